//! Script extensions whose loads and unloads no other test sees.

use std::fs;
use std::path::PathBuf;

use crate::builder::TestServerBuilder;
use crate::extension::{Build, Extension};
use crate::platform::module_name;
use crate::script::Journal;
use crate::server::TestServer;
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
        let name = module_name("script");
        let copy = directory.copy(&Extension::Script.module(build), &name);
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
            Some((directory, path)) => {
                let path = match name {
                    "script" => path.clone(),
                    name => directory.copy(path, &module_name(name)),
                };
                server
                    .module(url, &path)
                    .lifecycle_file(directory.path().join("lifecycle"))
            }
        }
    }

    /// The calls of `GetExtensionVersion` and `TerminateExtension` so far, asked for at `url`,
    /// which loads the extension.
    ///
    /// Those of earlier servers are among them: in this process they used the same image, and
    /// programs leave them in a file. Programs with several instances leave none.
    #[track_caller]
    pub fn lifecycle(&self, server: &TestServer, url: &str) -> Vec<String> {
        let number = if self.module.is_none() { NUMBER } else { 0 };
        let name = format!("lifecycle {number}");
        let journal = Journal::fetch(server, url, "dump", &name, "GetExtensionVersion");
        match server.lifecycle_file() {
            None => journal.lines().to_vec(),
            Some(file) => {
                let text = fs::read_to_string(file).expect("the extension has written there");
                text.lines().map(str::to_owned).collect()
            }
        }
    }
}
