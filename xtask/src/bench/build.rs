//! Builds and makes what the cases need: programs, extension modules, files.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Workspace, describe, output, run};

/// Cargo packages of programs that are measured or that measure.
const PACKAGES: [&str; 4] = [
    "isapi-bench-load",
    "isapi-bench-peers",
    "isapi-bench-service",
    "isapi-host",
];

/// Names and lengths of the files that servers send.
const FILES: [(&str, usize); 3] = [("10k", 10 << 10), ("1m", 1 << 20), ("100m", 100 << 20)];

/// Where each program lies.
#[derive(Debug)]
pub(super) struct Programs {
    /// The server that all this is about.
    pub(super) isapi: PathBuf,
    /// The plain axum server.
    pub(super) axum: PathBuf,
    /// The server on bare epoll.
    pub(super) floor: PathBuf,
    /// Our own client.
    pub(super) load: PathBuf,
    /// Counts allocations.
    pub(super) allocations: PathBuf,
    /// The module for Apache.
    pub(super) apache_module: PathBuf,
    /// The folder with the extensions, `NAME.so`.
    pub(super) extensions: PathBuf,
}

/// Builds everything into the release folder of the target directory and `folder`.
pub(super) fn build(workspace: &Workspace, folder: &Path) -> Result<Programs, String> {
    let mut cargo = workspace.cargo(["build", "--release", "--locked"]);
    for package in PACKAGES {
        cargo.args(["--package", package]);
    }
    run(&mut cargo)?;

    let extensions = folder.join("extensions");
    create(&extensions)?;
    let mut sources = workspace.files("tests/bench/extensions", "c")?;
    sources.push(workspace.path("samples/c/hello.c"));
    for source in sources {
        let name = source.file_stem().unwrap_or_default();
        let module = extensions.join(name).with_extension("so");
        let include = include(&workspace.path("sdk/include"));
        compile(
            &source,
            &module,
            &["-shared".into(), "-fPIC".into(), include],
        )?;
    }
    make_files(&folder.join("files"))?;
    Ok(Programs {
        isapi: workspace.target("release/isapi"),
        axum: workspace.target("release/isapi-bench-axum"),
        floor: build_floor(workspace, folder)?,
        load: workspace.target("release/isapi-bench-load"),
        allocations: workspace.target("release/isapi-bench-allocations"),
        apache_module: build_apache_module(workspace, folder)?,
        extensions,
    })
}

fn build_floor(workspace: &Workspace, folder: &Path) -> Result<PathBuf, String> {
    let program = folder.join("floor");
    compile(&workspace.path("tests/bench/floor/floor.c"), &program, &[])?;
    Ok(program)
}

/// Apache's own tool says where its headers are; it would build with libtool, into the folder of the
/// source.
fn build_apache_module(workspace: &Workspace, folder: &Path) -> Result<PathBuf, String> {
    let module = folder.join("mod_hello.so");
    let headers = output(Command::new("apxs2").args(["-q", "INCLUDEDIR"]))?;
    let runtime = output(Command::new("apr-1-config").args(["--includes", "--cppflags"]))?;
    let mut flags = vec!["-shared".into(), "-fPIC".into()];
    flags.push(include(Path::new(headers.trim())));
    flags.extend(runtime.split_whitespace().map(OsString::from));
    let source = workspace.path("tests/bench/apache/mod_hello.c");
    compile(&source, &module, &flags)?;
    Ok(module)
}

fn include(folder: &Path) -> OsString {
    let mut flag = OsString::from("-I");
    flag.push(folder);
    flag
}

fn compile(source: &Path, result: &Path, flags: &[OsString]) -> Result<(), String> {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command
        .args(["-O2", "-Wall", "-Wextra", "-pthread"])
        .args(flags);
    run(command.arg(source).arg("-o").arg(result))
}

fn make_files(folder: &Path) -> Result<(), String> {
    create(folder)?;
    for (name, length) in FILES {
        let path = folder.join(name);
        if fs::metadata(&path).is_ok_and(|file| file.len() == length as u64) {
            continue;
        }
        fs::write(&path, vec![b'x'; length]).map_err(|error| describe(&path, &error))?;
    }
    Ok(())
}

/// Makes a folder and those above it, unless they are there.
pub(super) fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| describe(folder, &error))
}
