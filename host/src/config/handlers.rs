//! `[[handler]]`: which URLs a module handles that do not name it.

use std::path::PathBuf;

use isapi_axum::DispatchMode;
use isapi_core::url_map::{Access, Pattern, ResourceType, Verbs};

use super::modules::{AllowedModule, dispatch, runnable};
use super::section::Section;

/// A module, and the requests it is asked for; IIS's
/// [`handlers/add`](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HandlerMapping {
    pub(crate) pattern: Pattern,
    /// The module; absolute.
    pub(crate) script_processor: PathBuf,
    pub(crate) verbs: Verbs,
    pub(crate) resource_type: ResourceType,
    pub(crate) allow_path_info: bool,
    pub(crate) require_access: Access,
    /// `None`: as for all others.
    pub(crate) response_buffer_limit: Option<u64>,
    pub(crate) preload: bool,
    /// `None`: as for all calls of the module.
    pub(crate) dispatch: Option<DispatchMode>,
}

const RESOURCE_TYPES: [(&str, ResourceType); 2] = [
    ("file", ResourceType::File),
    ("unspecified", ResourceType::Unspecified),
];

const ACCESSES: [(&str, Access); 4] = [
    ("none", Access::NONE),
    ("read", Access::READ),
    ("script", Access::SCRIPT),
    ("execute", Access::EXECUTE),
];

pub(super) fn read(
    sections: Vec<Section<'_>>,
    allowed: Option<&[AllowedModule]>,
) -> Vec<HandlerMapping> {
    sections
        .into_iter()
        .filter_map(|section| handler(section, allowed))
        .collect()
}

fn handler(mut section: Section<'_>, allowed: Option<&[AllowedModule]>) -> Option<HandlerMapping> {
    let pattern = section
        .require("path", "a pattern, such as \"*.asp\"")
        .and_then(|path| path.parsed("a pattern, such as \"*.asp\"", Pattern::parse));
    let script_processor = section
        .require("script_processor", "the path of a module")
        .and_then(|module| runnable(&module, allowed));
    let verbs = match section.take("verb") {
        Some(verb) => verb.parsed("methods, such as \"GET,POST\", or \"*\"", |names| {
            Verbs::list(names.split(','))
        }),
        None => Some(Verbs::ALL),
    };
    let resource_type = section
        .take("resource_type")
        .map_or(Some(ResourceType::Unspecified), |value| {
            value.one_of(&RESOURCE_TYPES)
        });
    let allow_path_info = section
        .take("allow_path_info")
        .map_or(Some(false), |value| value.boolean());
    let require_access = section
        .take("require_access")
        .map_or(Some(Access::SCRIPT), |value| value.one_of(&ACCESSES));
    let response_buffer_limit = section
        .take("response_buffer_limit")
        .map_or(Some(None), |value| value.number(0..=u64::MAX).map(Some));
    let preload = section
        .take("preload")
        .map_or(Some(false), |value| value.boolean());
    let dispatch = dispatch(&mut section);
    section.finish();
    Some(HandlerMapping {
        pattern: pattern?,
        script_processor: script_processor?,
        verbs: verbs?,
        resource_type: resource_type?,
        allow_path_info: allow_path_info?,
        require_access: require_access?,
        response_buffer_limit: response_buffer_limit?,
        preload: preload?,
        dispatch: dispatch?,
    })
}
