//! `isapi run FILE`: one extension module.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use http::HeaderValue;
use isapi_core::url_map::has_module_ending;
use percent_encoding::utf8_percent_encode;

use crate::extensions;
use crate::failure::{self, StartFailure, Stop};
use crate::server::{self, Loading};
use crate::settings::Settings;
use crate::site::Front;
use crate::values;

/// Serves one module until told to stop. A module that does not load is no reason to stop:
/// its URL says why.
///
/// # Errors
///
/// The file cannot be read, or the server cannot start.
pub(crate) async fn run(
    file: &Path,
    mount: Option<&str>,
    settings: &Settings,
) -> Result<Stop, StartFailure> {
    let module = open(file)?;
    let mount = match mount {
        Some(mount) => mount.to_owned(),
        None => default_mount(file)?,
    };
    let folder = module.parent().unwrap_or(Path::new("/"));
    let location = HeaderValue::try_from(&mount)
        .map_err(|error| StartFailure::new(format!("cannot mount at {mount}: {error}")))?;
    let site = extensions::builder(settings)?
        .document_root(folder)
        .module(&mount, &module)
        .fallback(Front::redirect(location))
        .build()
        .map_err(extensions::refusal)?;
    server::run(site, Loading::All, settings).await
}

/// The module's own path, if it is a file that can be read.
fn open(file: &Path) -> Result<PathBuf, StartFailure> {
    let checked = || {
        let path = std::path::absolute(file)?;
        if !path.metadata()?.is_file() {
            return Err(io::Error::other(
                "not a file; `isapi serve DIR` serves a directory",
            ));
        }
        File::open(&path)?;
        Ok(path)
    };
    checked().map_err(|error: io::Error| {
        let reason = failure::unopened(file, &error, "no such file");
        StartFailure::new(format!("cannot run {}: {reason}", file.display()))
    })
}

/// `/STEM.dll`, where STEM is the file's name up to its module ending.
fn default_mount(file: &Path) -> Result<String, StartFailure> {
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let end = name
        .match_indices('.')
        .map(|(dot, _)| {
            name[dot + 1..]
                .find('.')
                .map_or(name.len(), |next| dot + 1 + next)
        })
        .find(|&end| has_module_ending(&name[..end]));
    let stem = match end.and_then(|end| name[..end].rsplit_once('.')) {
        Some((stem, _)) => stem,
        None => name,
    };
    let url = utf8_percent_encode(&format!("/{stem}.dll"), values::PATH).to_string();
    values::mount(&url).map_err(|reason| {
        let shown = file.display();
        StartFailure::new(format!(
            "no URL can be made of {shown} ({reason}); give one with --mount"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_mount_is_the_stem_with_the_ending_dll() {
        for (file, mount) in [
            ("hello.so", "/hello.dll"),
            ("target/debug/libhello.so", "/libhello.dll"),
            ("HELLO.DLL", "/HELLO.dll"),
            ("hello.v2.dylib", "/hello.v2.dll"),
            ("hello.so.1.2", "/hello.dll"),
            ("module", "/module.dll"),
            ("my module.so", "/my%20module.dll"),
        ] {
            assert_eq!(default_mount(Path::new(file)).unwrap(), mount, "{file}");
        }
    }

    #[test]
    fn a_name_that_fits_no_url_needs_a_mount() {
        // A colon behind one letter would be a drive of Windows.
        let failure = default_mount(Path::new("ab:c.so")).unwrap_err().to_string();
        assert!(failure.contains("--mount"), "{failure}");
    }
}
