//! The extensions under test, and in which build they run.

use std::path::{Path, PathBuf};

use isapi_abi::Entry;

use crate::platform;

/// In which build a test runs an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// The C twin, compiled to a module file.
    C,
    /// Linked into the test binary, without exported symbols.
    Linked,
    /// The Rust extension as a module file.
    SharedObject,
}

/// An extension of the project that tests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// The synchronous hello.
    Hello,
    /// The broker of images: asynchronous writes and file sends.
    ImageServer,
    /// Does what the query says.
    Probe,
    /// Makes the calls its query lists.
    Script,
    /// The five steps of an asynchronous read.
    UploadEcho,
    /// The dump of server variables.
    Variables,
    /// Ends requests from a thread of its own.
    WorkerThread,
}

impl Extension {
    /// The name of its module file, without ending; the file of its C twin is named after the
    /// source.
    pub fn name(self) -> &'static str {
        match self {
            Extension::Hello => "hello",
            Extension::ImageServer => "imageserver",
            Extension::Probe => "probe",
            Extension::Script => "script",
            Extension::UploadEcho => "uploadecho",
            Extension::Variables => "variables",
            Extension::WorkerThread => "workerthread",
        }
    }

    /// The name of the C source, without ending.
    fn c_name(self) -> &'static str {
        match self {
            Extension::ImageServer => "image_server",
            Extension::UploadEcho => "upload_echo",
            Extension::WorkerThread => "worker_thread",
            Extension::Script => panic!("the script extension has no C twin"),
            same => same.name(),
        }
    }

    /// The URL it is mounted at when a test does not say: `/hello.dll`.
    pub fn url(self) -> String {
        format!("/{}.dll", self.name())
    }

    /// The entry points of the linked-in build.
    pub fn entry(self) -> Entry {
        match self {
            Extension::Hello => isapi_sdk::entry!(sample_hello::Hello),
            Extension::ImageServer => isapi_sdk::entry!(sample_image_server::ImageServer),
            Extension::Probe => isapi_sdk::entry!(probe_extension::Probe),
            Extension::Script => script_extension::entry::<0>(),
            Extension::UploadEcho => isapi_sdk::entry!(sample_upload_echo::UploadEcho),
            Extension::Variables => isapi_sdk::entry!(sample_variables::Variables),
            Extension::WorkerThread => isapi_sdk::entry!(sample_worker_thread::WorkerThread),
        }
    }

    /// The module file of a build.
    ///
    /// # Panics
    ///
    /// When the file is missing, with the command that makes it; for [`Build::Linked`], which
    /// has none.
    pub fn module(self, build: Build) -> PathBuf {
        match build {
            Build::C => module_file(&format!("c-{}", self.c_name())),
            Build::Linked => panic!("a linked-in extension has no module file"),
            Build::SharedObject => module_file(self.name()),
        }
    }
}

/// The module file `name` among those that `cargo xtask test` builds, or that are built for the server
/// program under test.
///
/// # Panics
///
/// When it is missing, with the command that makes it.
#[track_caller]
pub fn module_file(name: &str) -> PathBuf {
    let path = platform::extensions().join(platform::module_name(name));
    assert!(
        path.is_file(),
        "{} is missing: `cargo xtask test` builds the extensions before it runs the tests",
        path.display(),
    );
    path
}

/// Where cargo puts what it builds: `CARGO_TARGET_DIR`, else `target` in the workspace.
pub fn target_dir() -> PathBuf {
    let workspace = workspace_dir();
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => workspace.join(directory),
        None => workspace.join("target"),
    }
}

/// The root of the workspace.
pub fn workspace_dir() -> PathBuf {
    let support = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = support.parent().and_then(Path::parent);
    workspace
        .expect("this crate is two folders below the workspace")
        .to_owned()
}
