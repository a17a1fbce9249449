//! Dumps the server variables of the request, as a module file.

isapi_sdk::export_extension!(sample_variables::Variables);
