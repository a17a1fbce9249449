//! The smallest extension: a synchronous hello, as a module file.

isapi_sdk::export_extension!(sample_hello::Hello);
