//! Handlers of a server under test.

use std::path::PathBuf;

use isapi_abi::Entry;
use isapi_axum::ResourceType;

use crate::extension::{Build, Extension};

/// Has requests done by an extension that their URL does not name; see [`isapi_axum::Handler`].
#[derive(Clone, Debug)]
pub struct Handler {
    pub(crate) pattern: String,
    pub(crate) processor: Processor,
    /// None: every verb.
    pub(crate) verbs: Option<Vec<String>>,
    pub(crate) resource_type: ResourceType,
    pub(crate) allow_path_info: bool,
}

/// Where the code of an extension comes from.
#[derive(Clone, Debug)]
pub(crate) enum Processor {
    /// It is linked in, and goes by this name in logs.
    Entry(String, Entry),
    /// The module in this file.
    Module(PathBuf),
}

impl Handler {
    /// Maps URLs to an extension in the given build.
    ///
    /// # Panics
    ///
    /// When the module file is missing.
    #[track_caller]
    pub fn new(pattern: &str, build: Build, extension: Extension) -> Handler {
        let processor = match build {
            Build::Linked => Processor::Entry(extension.name().to_owned(), extension.entry()),
            Build::C | Build::SharedObject => Processor::Module(extension.module(build)),
        };
        Handler {
            pattern: pattern.to_owned(),
            processor,
            verbs: None,
            resource_type: ResourceType::Unspecified,
            allow_path_info: false,
        }
    }

    /// The methods that reach the extension.
    pub fn verbs(mut self, verbs: &[&str]) -> Handler {
        self.verbs = Some(verbs.iter().map(|verb| (*verb).to_owned()).collect());
        self
    }

    /// Whether the URL must name a file that is there.
    pub fn resource_type(mut self, resource_type: ResourceType) -> Handler {
        self.resource_type = resource_type;
        self
    }

    /// Whether PATH_INFO is only what follows the script in the URL.
    pub fn allow_path_info(mut self, allow: bool) -> Handler {
        self.allow_path_info = allow;
        self
    }
}
