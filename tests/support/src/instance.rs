//! Script extensions whose loads and unloads no other test sees.

use std::path::PathBuf;

use crate::extension::{Build, Extension};
use crate::script::Journal;
use crate::server::{TestServer, TestServerBuilder};
use crate::temp_dir::TempDir;

/// The script extension as an image of its own, or as the linked-in instance `NUMBER`, which only
/// one test of a process may use.
#[derive(Debug)]
pub struct Instance<const NUMBER: u32> {
    /// The copy of the module file; none when linked in.
    module: Option<(TempDir, PathBuf)>,
}

impl<const NUMBER: u32> Instance<NUMBER> {
    /// Makes the image.
    #[track_caller]
    pub fn new(build: Build) -> Instance<NUMBER> {
        if build == Build::Linked {
            return Instance { module: None };
        }
        let directory = TempDir::new();
        let copy = directory.copy(&Extension::Script.module(build), "script.so");
        Instance {
            module: Some((directory, copy)),
        }
    }

    /// Starts a server that runs it at `/script.dll`.
    #[track_caller]
    pub fn start(&self) -> TestServer {
        self.add(TestServer::builder(), "/script.dll").start()
    }

    /// Adds it to a server at `url`.
    pub fn add(&self, server: TestServerBuilder, url: &str) -> TestServerBuilder {
        self.add_as(server, url, "script")
    }

    /// Adds it to a server at `url`, with a `name` that its log lines have: that of the module file;
    /// one that is linked in is named after its URL.
    pub fn add_as(&self, server: TestServerBuilder, url: &str, name: &str) -> TestServerBuilder {
        let server = server.long_queries();
        match &self.module {
            None => server.entry(url, script_extension::entry::<NUMBER>()),
            Some((directory, path)) if name != "script" => {
                server.module(url, &directory.copy(path, &format!("{name}.so")))
            }
            Some((_, path)) => server.module(url, path),
        }
    }

    /// The calls of `GetExtensionVersion` and `TerminateExtension` so far, asked for at `url`,
    /// which loads the extension.
    #[track_caller]
    pub fn lifecycle(&self, server: &TestServer, url: &str) -> Vec<String> {
        let number = if self.module.is_none() { NUMBER } else { 0 };
        let name = format!("lifecycle {number}");
        Journal::fetch(server, url, "dump", &name, "GetExtensionVersion")
            .lines()
            .to_vec()
    }
}
