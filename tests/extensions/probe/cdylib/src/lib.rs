//! A test extension that does what its query says, as a module file.

isapi_sdk::export_extension!(probe_extension::Probe);
