//! `[[virtual_directory]]`: a directory at a URL.

use std::path::PathBuf;

use isapi_core::url_map::Access;

use super::section::Section;
use super::urls::Urls;

/// A directory at a URL, and what may be done with what lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VirtualDirectory {
    pub(crate) url: String,
    /// Absolute.
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
}

/// What may be done in a directory of which nothing is said, as on IIS.
const DEFAULT_ACCESS: Access = Access::READ;

const RIGHTS: [(&str, Access); 3] = [
    ("read", Access::READ),
    ("script", Access::SCRIPT),
    ("execute", Access::EXECUTE),
];

pub(super) fn read(sections: Vec<Section<'_>>) -> Vec<VirtualDirectory> {
    let mut urls = Urls::default();
    sections
        .into_iter()
        .filter_map(|section| directory(section, &mut urls))
        .collect()
}

fn directory<'a>(mut section: Section<'a>, urls: &mut Urls) -> Option<VirtualDirectory> {
    let url = section
        .require("url", "a URL path, such as \"/scripts\"")
        .and_then(|url| urls.add(&url));
    let path = section
        .require("path", "the path of a directory")
        .and_then(|path| path.directory());
    let access = match section.take("access") {
        Some(access) => self::access(&access),
        None => Some(DEFAULT_ACCESS),
    };
    section.finish();
    Some(VirtualDirectory {
        url: url?,
        path: path?,
        access: access?,
    })
}

fn access(value: &super::value::Value<'_>) -> Option<Access> {
    let rights = value.elements("an array of \"read\", \"script\" and \"execute\"")?;
    let mut access = Some(Access::NONE);
    for right in rights {
        let right = right.one_of(&RIGHTS);
        access = access.and_then(|access| Some(access | right?));
    }
    access
}
