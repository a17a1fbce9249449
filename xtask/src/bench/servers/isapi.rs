//! Our server, `isapi serve isapi.toml`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::workspace::write;

use super::super::Setup;
use super::super::build::create;
use super::{Kind, Server, start};

/// URLs and the extensions that answer there.
const USUAL: [(&str, &str); 8] = [
    ("/hello", "hello"),
    ("/async-hello", "async_hello"),
    ("/kept", "send_kept_file"),
    ("/opened", "send_opened_file"),
    ("/pending", "pending"),
    ("/sleep", "sleep"),
    ("/upload", "upload"),
    ("/write", "write_1m"),
];

/// How many configurations were written; each server has its own.
static WRITTEN: AtomicUsize = AtomicUsize::new(0);

/// What the server is told to serve.
#[derive(Debug)]
pub(crate) struct Site {
    sections: String,
}

impl Site {
    /// No module.
    pub(crate) fn empty() -> Site {
        Site {
            sections: String::new(),
        }
    }

    /// All the extensions of the benchmark.
    pub(crate) fn usual(setup: &Setup) -> Site {
        let mut site = Site::empty();
        for (url, name) in USUAL {
            site.module(url, &extension(setup, name));
        }
        site
    }

    /// One more module, loaded at the start.
    pub(crate) fn module(&mut self, url: &str, path: &Path) {
        let path = path.display();
        let _ = write!(
            self.sections,
            "\n[[module]]\nurl = {url:?}\npath = '{path}'\npreload = true\n"
        );
    }

    /// One more handler.
    pub(crate) fn handler(&mut self, pattern: &str, path: &Path) {
        let path = path.display();
        let _ = write!(
            self.sections,
            "\n[[handler]]\npath = {pattern:?}\nscript_processor = '{path}'\nrequire_access = \"none\"\n\
             preload = true\n"
        );
    }

    /// Starts a server with it.
    pub(crate) fn start(&self, setup: &Setup) -> Result<Server, String> {
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let folder = setup.folder.join("isapi");
        create(&folder)?;
        let file = folder.join(format!("{number}.toml"));
        let text = format!(
            "listen = [\"127.0.0.1:0\"]\n\n[limits]\nmax_connections = 100000\n{}",
            self.sections
        );
        write(&file, &text)?;
        let mut command = Command::new(&setup.programs.isapi);
        command.arg("serve").arg(&file);
        command.env("BENCH_FILES", setup.files());
        start(setup, Kind::Isapi, &command)
    }
}

/// The module of that name.
pub(crate) fn extension(setup: &Setup, name: &str) -> PathBuf {
    setup.programs.extensions.join(name).with_extension("so")
}
