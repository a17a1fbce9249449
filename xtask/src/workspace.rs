//! Where the workspace lies, and how commands run in it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::metadata::Metadata;

/// The workspace this program was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    metadata: Metadata,
}

impl Workspace {
    /// Reads the workspace's metadata; fails when `Cargo.lock` is stale.
    pub(crate) fn discover() -> Result<Workspace, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("xtask has no parent")?;
        let mut command = cargo_in(root, ["metadata", "--format-version=1", "--locked"]);
        let metadata = Metadata::parse(&output(command.stderr(std::process::Stdio::inherit()))?)?;
        Ok(Workspace {
            root: root.to_owned(),
            metadata,
        })
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// A path inside the repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path inside the target directory, wherever the user keeps it.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.metadata.target_directory().join(relative)
    }

    /// The text of a file in the repository.
    pub(crate) fn read(&self, relative: &str) -> Result<String, String> {
        read(&self.path(relative))
    }

    /// The files directly in a folder of the repository whose names end in `.ending`, sorted.
    pub(crate) fn files(&self, folder: &str, ending: &str) -> Result<Vec<PathBuf>, String> {
        let folder = self.path(folder);
        let entries = fs::read_dir(&folder).map_err(|error| describe(&folder, &error))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| describe(&folder, &error))?.path();
            if path.extension() == Some(OsStr::new(ending)) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Cargo, to be run at the root of the workspace.
    pub(crate) fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        cargo_in(&self.root, arguments)
    }
}

/// Cargo, to be run in `folder`: the one that runs this program.
pub(crate) fn cargo_in<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(folder).args(arguments);
    command
}

/// Runs `command` with its output shown; an error names the command.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{} ended with {status}", line(command)))
}

/// Runs `command` and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "{} ended with {}\n{}",
            line(command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{}: {error}", line(command)))
}

/// The text of the file at `path`.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| describe(path, &error))
}

/// Replaces the file at `path`.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| describe(path, &error))
}

/// An error with the path it happened at.
pub(crate) fn describe(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let mut line = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
