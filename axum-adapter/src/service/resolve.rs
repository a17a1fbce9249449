//! From a URL to an extension.

use std::path::PathBuf;
use std::sync::Arc;

use isapi_bridge::ExtensionSlot;
use isapi_core::url_map::{Mounted, split_module};
use isapi_core::url_path::UrlPath;

use super::{Inner, Mount};
use crate::request::Mapping;

/// What a URL names.
pub(super) struct Resolved {
    pub(super) slot: Arc<ExtensionSlot>,
    pub(super) mapping: Mapping,
}

impl Inner {
    /// The extension at `path`, if there is one.
    pub(super) fn resolve(&self, path: &UrlPath) -> Option<Resolved> {
        let (slot, script_name, path_info) = match self.mounts.find(path)? {
            Mounted::Module {
                target: Mount::Module(slot),
                script_name,
                path_info,
            } => (
                Arc::clone(slot),
                script_name.to_owned(),
                path_info.to_owned(),
            ),
            Mounted::Directory {
                target: Mount::Directory(directory),
                prefix,
                ..
            } => {
                let mut slot = None;
                let (script_name, path_info) = split_module(path, |script_name| {
                    slot = script_name
                        .strip_prefix(prefix)
                        .filter(|below| !below.is_empty())
                        .and_then(|below| directory.find(below));
                    slot.is_some()
                })?;
                (slot?, script_name, path_info)
            }
            // A kind of URL is mounted only with its own kind of target.
            Mounted::Module { .. } | Mounted::Directory { .. } => return None,
        };
        let mapping = Mapping {
            path_translated: self.translate(&path_info).display().to_string(),
            // An empty last name leaves a separator at the end.
            appl_physical_path: self.document_root.join("").display().to_string(),
            script_name,
            path_info,
        };
        Some(Resolved { slot, mapping })
    }

    /// Where PATH_INFO lies below the document root; an empty one is the root itself. Its segments are
    /// clean: it is the end of a [`UrlPath`].
    fn translate(&self, path_info: &str) -> PathBuf {
        let mut path = self.document_root.clone();
        path.extend(path_info.split('/').filter(|segment| !segment.is_empty()));
        path
    }
}
