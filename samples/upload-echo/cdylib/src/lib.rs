//! Reads the body asynchronously and echoes it, as a module file.

isapi_sdk::export_extension!(sample_upload_echo::UploadEcho);
