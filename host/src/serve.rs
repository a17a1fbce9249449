//! `isapi serve DIR`: a directory of extension modules and files.

use std::io;
use std::path::Path;

use crate::beneath::Beneath;
use crate::cli::Options;
use crate::extensions;
use crate::failure::{StartFailure, Stop};
use crate::files::StaticFiles;
use crate::server::{self, Loading};
use crate::site::{Front, Site};

/// Serves a directory until told to stop.
///
/// # Errors
///
/// The directory cannot be served, or the server cannot start.
pub(crate) async fn run(directory: &Path, options: &Options) -> Result<Stop, StartFailure> {
    let root = open(directory)?;
    let extensions = extensions::builder(options)?
        .document_root(root.path())
        .directory("/", root.path())
        .build()
        .map_err(extensions::refusal)?;
    let front = Front::Files(StaticFiles::new(root));
    let site = Site::new(extensions, front, options.limits.request());
    server::run(site, Loading::AtFirstRequest, options).await
}

fn open(directory: &Path) -> Result<Beneath, StartFailure> {
    let shown = directory.display();
    if directory.is_file() {
        let reason = match directory
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
        {
            true => "configuration files are not supported by this version; give a directory",
            false => "not a directory; `isapi run FILE` runs a single module",
        };
        return Err(StartFailure::new(format!("cannot serve {shown}: {reason}")));
    }
    Beneath::new(directory).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "no such directory".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        StartFailure::new(format!("cannot serve {shown}: {reason}"))
    })
}
