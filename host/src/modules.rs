//! Says which modules there are, and how loading them went.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use isapi_axum::{DispatchError, ExtensionInfo, IsapiService, LoadError};
use isapi_inspect::Verdict;

use crate::config::{self, AllowedModule};
use crate::console::note;

/// Loads every module and says what it is, or what becomes of its URL.
///
/// A module that fails to load stops nothing: its URL answers with an error and the reason, which is
/// in the log already.
pub(crate) async fn load(extensions: &IsapiService) {
    for (url, loaded) in extensions.preload().await {
        tell(url, &loaded);
    }
}

/// Loads the modules that are to be loaded at start, and lists the others with their URLs. `None`
/// allows every module.
pub(crate) async fn load_marked(extensions: &IsapiService, allowed: Option<&[AllowedModule]>) {
    let marked = extensions.preload_marked().await;
    let modules = extensions.modules();
    if modules.is_empty() {
        note("no extension modules found; files are served");
    }
    for module in modules {
        if marked.iter().all(|(source, _)| *source != module.source) {
            let outlook = outlook(Path::new(&module.source), allowed);
            note(format_args!("{}: {}, {outlook}", module.url, module.source));
        }
    }
    for (source, loaded) in marked {
        tell(source, &loaded);
    }
}

/// What becomes of a module at its first request, as far as its file tells.
fn outlook(file: &Path, allowed: Option<&[AllowedModule]>) -> String {
    if allowed.is_some_and(|allowed| !config::is_listed(file, allowed)) {
        return "not on the list of allowed modules, so it does not run".to_owned();
    }
    match isapi_inspect::inspect(file).map(|report| report.verdict) {
        Ok(Verdict::RunsElsewhere { platform }) => {
            format!("for {platform}, so it does not run here")
        }
        // What else is wrong with it is told by the load.
        _ => "loaded at its first request".to_owned(),
    }
}

/// `subject` is the URL of a module, or its file.
fn tell(subject: impl Display, loaded: &Result<ExtensionInfo, Arc<LoadError>>) {
    match loaded {
        Ok(ExtensionInfo {
            name,
            description,
            version: (major, minor),
            ..
        }) => note(format_args!(
            "{subject} runs {name}: {description}, version {major}.{minor}"
        )),
        Err(error) => note(format_args!(
            "{subject} answers {} until it loads; tried again at a request after 30 s",
            status(error)
        )),
    }
}

/// What requests are answered with, such as `500`, or `404.2` for a module that is not allowed.
fn status(error: &Arc<LoadError>) -> String {
    let refusal = DispatchError::from(Arc::clone(error));
    let status = refusal.status().as_u16();
    match refusal.sub_status() {
        0 => status.to_string(),
        sub_status => format!("{status}.{sub_status}"),
    }
}
