//! Says which modules there are, and how loading them went.

use isapi_axum::{ExtensionInfo, IsapiService};

use crate::console::note;

/// Lists the modules with their URLs, without loading one.
pub(crate) fn list(extensions: &IsapiService) {
    let modules = extensions.modules();
    if modules.is_empty() {
        note("no extension modules found; files are served");
    }
    for module in modules {
        note(format_args!(
            "{}: {}, loaded at its first request",
            module.url, module.source
        ));
    }
}

/// Loads every module and says what it is, or what becomes of its URL.
///
/// A module that fails to load stops nothing: its URL answers 500 with the reason, which is in
/// the log already.
pub(crate) async fn load(extensions: &IsapiService) {
    for (url, loaded) in extensions.preload().await {
        match loaded {
            Ok(ExtensionInfo {
                name,
                description,
                version: (major, minor),
                ..
            }) => note(format_args!(
                "{url} runs {name}: {description}, version {major}.{minor}"
            )),
            Err(_) => note(format_args!(
                "{url} answers 500 until it loads; tried again at a request after 30 s"
            )),
        }
    }
}
