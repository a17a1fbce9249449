//! Folders with DLLs of the leg in them.

use std::fs;
use std::path::PathBuf;

use crate::support::{Directory, Server};

/// The file of a DLL that the leg has built.
#[track_caller]
pub(crate) fn dll(name: &str) -> PathBuf {
    let folder = std::env::var_os("ISAPI_TEST_EXTENSIONS").expect(
        "ISAPI_TEST_EXTENSIONS names the folder of the DLLs; `cargo xtask windows-test` sets it",
    );
    let path = PathBuf::from(folder).join(format!("{name}.dll"));
    let shown = path.display();
    assert!(
        path.is_file(),
        "{shown} is missing; `cargo xtask windows-build` makes it"
    );
    path
}

/// Copies a DLL of the leg into `directory`, under the name `target`.
#[track_caller]
pub(crate) fn put(directory: &Directory, name: &str, target: &str) -> PathBuf {
    let target = directory.path().join(target);
    fs::create_dir_all(target.parent().expect("a folder")).unwrap();
    fs::copy(dll(name), &target).unwrap();
    target
}

/// A site with the DLLs of these names at `/NAME.dll`.
#[track_caller]
pub(crate) fn with(names: &[&str]) -> Directory {
    let directory = Directory::new();
    for name in names {
        put(&directory, name, &format!("{name}.dll"));
    }
    directory
}

/// A server for a site, which logs what it does.
pub(crate) fn serve(directory: &Directory) -> Server {
    Server::start(&["serve", directory.str(), "--log", "debug"])
}
