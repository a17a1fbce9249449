//! The Windows leg: `isapi.exe` and its modules, cross-built, and tested under Wine.
//!
//! Everything it makes lies in `target/windows`: `isapi.exe`, `extensions`, cargo's own `build` and
//! Wine's `prefix`. On Windows itself none of this is needed: there `cargo build` and `cargo test`
//! do the same.

mod build;
mod check;
mod differences;
mod prefix;
mod results;
mod test;
mod toolchain;

pub(crate) use build::build;
pub(crate) use check::check;
pub(crate) use test::test;

use std::path::PathBuf;

use crate::workspace::Workspace;

/// Where the parts of the leg lie.
#[derive(Debug)]
struct Layout {
    root: PathBuf,
}

impl Layout {
    fn of(workspace: &Workspace) -> Layout {
        Layout {
            root: workspace.target("windows"),
        }
    }

    /// The server.
    fn program(&self) -> PathBuf {
        self.root.join("isapi.exe")
    }

    /// The modules that tests load.
    fn extensions(&self) -> PathBuf {
        self.root.join("extensions")
    }

    /// Cargo's target directory, apart from the ordinary one: the two would wait for each other.
    fn build(&self) -> PathBuf {
        self.root.join("build")
    }

    /// What Wine takes for the machine.
    fn prefix(&self) -> PathBuf {
        self.root.join("prefix")
    }
}
