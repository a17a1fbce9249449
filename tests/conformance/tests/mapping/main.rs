//! Which extension a URL leads to, and what the extension is told about it.

mod access;
mod allow_list;
mod handlers;
mod interceptors;
mod path_info;

use isapi_axum::Handler;
use isapi_test_support::{Build, Extension};

/// A handler that runs an extension in the given build.
fn handler(pattern: &str, build: Build, extension: Extension) -> Handler {
    match build {
        Build::Linked => Handler::extension(pattern, extension.name(), extension.entry()),
        Build::C | Build::SharedObject => Handler::module(pattern, extension.module(build)),
    }
}
