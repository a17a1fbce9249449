//! `isapi serve`: a directory of extension modules and files, or what a configuration file says.

use std::path::Path;

use crate::beneath::Beneath;
use crate::config::{AllowedModule, Configuration};
use crate::extensions;
use crate::failure::{self, StartFailure, Stop};
use crate::files::StaticFiles;
use crate::server::{self, Loading};
use crate::settings::Settings;
use crate::site::Front;

/// Whether what is to be served is named as a configuration file is.
pub(crate) fn is_configuration(source: &Path) -> bool {
    let is_toml = source
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    is_toml && !source.is_dir()
}

/// Serves what a configuration file says until told to stop.
///
/// # Errors
///
/// Something cannot be served, or the server cannot start.
pub(crate) async fn configuration(
    configuration: &Configuration,
    settings: &Settings,
) -> Result<Stop, StartFailure> {
    let site = extensions::configured(configuration, settings)?;
    let loading = loading(settings, configuration.allowed.as_deref());
    server::run(site, loading, settings).await
}

/// Serves a directory until told to stop.
///
/// # Errors
///
/// The directory cannot be served, or the server cannot start.
pub(crate) async fn directory(directory: &Path, settings: &Settings) -> Result<Stop, StartFailure> {
    let root = open(directory, settings)?;
    let path = root.path().to_owned();
    let mut files = StaticFiles::default();
    files.add("/", root).map_err(extensions::refusal)?;
    let site = extensions::builder(settings)?
        .document_root(&path)
        .directory("/", &path)
        .default_documents(&settings.default_document)
        .fallback(Front::files(files))
        .build()
        .map_err(extensions::refusal)?;
    server::run(site, loading(settings, None), settings).await
}

fn loading<'a>(settings: &Settings, allowed: Option<&'a [AllowedModule]>) -> Loading<'a> {
    match settings.modules.preload {
        true => Loading::All,
        false => Loading::Marked { allowed },
    }
}

fn open(directory: &Path, settings: &Settings) -> Result<Beneath, StartFailure> {
    let shown = directory.display();
    if directory.is_file() {
        let reason = "not a directory; `isapi run FILE` runs a single module, and a configuration \
                      file is named FILE.toml";
        return Err(StartFailure::new(format!("cannot serve {shown}: {reason}")));
    }
    Beneath::new(directory, extensions::hidden(None, settings)).map_err(|error| {
        let reason = failure::unopened(directory, &error, "no such directory");
        StartFailure::new(format!("cannot serve {shown}: {reason}"))
    })
}
