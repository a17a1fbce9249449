//! Hands the request to a thread of its own and ends it from there, as a module file.

isapi_sdk::export_extension!(sample_worker_thread::WorkerThread);
