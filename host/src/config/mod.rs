//! The configuration file, `isapi.toml`.
//!
//! Keys are IIS's attribute names in snake_case where IIS has one. The file is read by hand and not
//! by a derived deserialiser, because that stops at the first fault; this tells all of them, each
//! with its line and column, what was found and what was expected.

mod error_pages;
mod handlers;
mod limits;
mod modules;
mod nearest;
mod paths;
mod section;
mod server;
mod source;
mod tls;
mod urls;
mod value;
mod virtual_directories;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use isapi_axum::ServerInfo;
use toml::de::DeTable;

use self::error_pages::ErrorPage;
use self::section::Section;
use self::source::Source;
use self::value::Value;
use crate::failure::{self, StartFailure};
use crate::listen::ListenAddr;
use crate::logging;
use crate::options::Options;

pub(crate) use self::handlers::HandlerMapping;
pub(crate) use self::modules::{AllowedModule, MountedModule, is_listed};
pub(crate) use self::virtual_directories::VirtualDirectory;

/// Larger files are no configuration.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

/// What a configuration file says.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// Absolute.
    pub(crate) file: PathBuf,
    /// What flags and environment variables may say as well.
    pub(crate) options: Options,
    pub(crate) virtual_directories: Vec<VirtualDirectory>,
    /// In their order.
    pub(crate) handlers: Vec<HandlerMapping>,
    pub(crate) modules: Vec<MountedModule>,
    /// `None`: every module may be loaded.
    pub(crate) allowed: Option<Vec<AllowedModule>>,
    pub(crate) error_pages: Vec<ErrorPage>,
    pub(crate) server: ServerInfo,
}

impl Configuration {
    /// Reads a configuration file, and looks at everything that it names.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or every fault in it, a line each.
    pub(crate) fn load(file: &Path) -> Result<Self, StartFailure> {
        let unreadable = |error: io::Error| {
            let reason = failure::unopened(file, &error, "no such file");
            StartFailure::new(format!("cannot read {}: {reason}", file.display()))
        };
        let absolute = std::path::absolute(file).map_err(unreadable)?;
        let text = read(&absolute).map_err(unreadable)?;
        let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
        let source = Source::new(file, folder, &text);

        let (table, errors) = DeTable::parse_recoverable(&text);
        source.faults_of_syntax(&errors);
        // What was saved from broken TOML would have faults that are not the author's.
        let configuration = errors
            .is_empty()
            .then(|| Self::interpret(absolute, Section::new(&source, "", 0..0, table.get_ref())));
        let faults = source.into_faults();
        match configuration {
            Some(configuration) if faults.is_empty() => Ok(configuration),
            _ => Err(StartFailure::of(faults)),
        }
    }

    /// Takes the file apart; what is wrong with it is noted in its source.
    fn interpret(file: PathBuf, mut top: Section<'_>) -> Self {
        let listen = top.take("listen").map(|value| listen(&value));
        let log = top.take("log").and_then(|value| log(&value));
        let default_document = top
            .take("default_document")
            .and_then(|value| default_documents(&value));
        let tls = tls::read(top.section("tls"));
        let (limits, deadlines) = limits::read(top.section("limits"));
        let for_all = modules::read_for_all(top.section("modules"));
        let allowed = for_all.allowed;
        let configuration = Self {
            options: Options {
                listen: listen.unwrap_or_default(),
                log,
                default_document,
                modules: for_all.options,
                limits,
                deadlines,
                tls,
            },
            virtual_directories: virtual_directories::read(top.sections("virtual_directory")),
            handlers: handlers::read(top.sections("handler"), allowed.as_deref()),
            modules: modules::read(top.sections("module"), allowed.as_deref()),
            allowed,
            error_pages: error_pages::read(top.sections("http_error")),
            server: server::read(top.section("server"), &file),
            file,
        };
        if top.has_none_of(&["virtual_directory", "handler", "module"]) {
            top.fault(
                "nothing is served; expected a [[virtual_directory]], a [[handler]] or a [[module]]",
            );
        }
        top.finish();
        configuration
    }
}

fn read(file: &Path) -> io::Result<String> {
    if file.is_dir() {
        return Err(io::Error::other(
            "it is a directory, and no configuration file",
        ));
    }
    let mut bytes = Vec::new();
    // A pipe or a device has no length to go by.
    File::open(file)?
        .take(MAX_SIZE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(io::Error::other("it is too large for a configuration file"));
    }
    String::from_utf8(bytes).map_err(|error| {
        // The byte order marks of both kinds of UTF-16; neither is UTF-8.
        let is_utf_16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        io::Error::other(match is_utf_16 {
            true => "it is UTF-16; save it as UTF-8",
            false => "it is not UTF-8",
        })
    })
}

fn listen(value: &Value<'_>) -> Vec<ListenAddr> {
    let elements = value.elements("an array of addresses, such as [\"127.0.0.1:8080\"]");
    let mut addresses = Vec::new();
    let mut taken = HashSet::new();
    for element in elements.into_iter().flatten() {
        let Some(address) = element.parsed(
            "an address, such as \"127.0.0.1:8080\"",
            str::parse::<ListenAddr>,
        ) else {
            continue;
        };
        if address.is_fixed() && !taken.insert(address) {
            element.fault(format_args!("{address} is listed twice"));
        }
        addresses.push(address);
    }
    addresses
}

fn log(value: &Value<'_>) -> Option<String> {
    value.parsed("a log filter, such as \"info\"", |filter| {
        logging::parse(filter).map(|_| filter.to_owned())
    })
}

fn default_documents(value: &Value<'_>) -> Option<Vec<String>> {
    let elements = value.elements("an array of file names, such as [\"index.html\"]")?;
    let names = elements.iter().filter_map(|element| {
        let name = element.name("a file name, such as \"index.html\"")?;
        if name.contains(['/', '\\']) || name.starts_with('.') {
            element.unexpected("a file name, without a folder and not hidden");
            return None;
        }
        Some(name.to_owned())
    });
    Some(names.collect())
}
