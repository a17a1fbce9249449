use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use isapi_core::url_path::UrlPath;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::directory::ListedModule;
use super::module::Module;
use super::{Inner, Mount};

/// All but the slashes between names.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/');

/// A module and its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleListing {
    /// The URL's path, as this service sees it; a handler's pattern.
    pub url: String,
    /// The file, or "hello (linked in)".
    pub source: String,
}

impl Inner {
    /// Every module that can be run, with its URL; what lies in mounted directories is looked up now.
    pub(super) fn modules(&self) -> Vec<(ModuleListing, Arc<Module>)> {
        let mut modules = self.modules_in_directories();
        for (url, mount) in self.mounts.iter() {
            if let Mount::Module(module) = mount {
                let url = if url.is_empty() { "/" } else { url };
                modules.push((listing(url, module), Arc::clone(module)));
            }
        }
        for (rule, target) in self.handlers.iter() {
            let listing = listing(rule.pattern.as_str(), &target.module);
            modules.push((listing, Arc::clone(&target.module)));
        }
        modules.sort_by(|(one, _), (other, _)| one.url.cmp(&other.url));
        // A module may be mounted where it lies.
        modules.dedup_by(|(one, module), (other, same)| {
            one.url == other.url && Arc::ptr_eq(module, same)
        });
        modules
    }

    /// What lies in several directories, because one is within another, is listed for the one with
    /// the longest URL.
    fn modules_in_directories(&self) -> Vec<(ModuleListing, Arc<Module>)> {
        let mut directories: Vec<_> = self
            .mounts
            .iter()
            .filter_map(|(url, mount)| match mount {
                Mount::Directory(directory) => Some((url, directory)),
                Mount::Module(_) => None,
            })
            .collect();
        directories.sort_by_key(|(url, _)| Reverse(url.len()));
        let mut modules = Vec::new();
        let mut files = HashSet::new();
        for (url, directory) in directories {
            let mut listed = directory.list();
            listed.retain(|listed| !files.contains(&Arc::as_ptr(&listed.module)));
            for ListedModule { url: below, module } in listed {
                let url = format!("{url}{below}");
                if self.is_run_at(&url, &module) {
                    files.insert(Arc::as_ptr(&module));
                    modules.push((listing(&url, &module), module));
                }
            }
        }
        modules
    }

    /// Whether a client that asks for a decoded URL runs this very module: its directory allows it,
    /// nothing else is mounted there, and the URL is none that is refused.
    fn is_run_at(&self, url: &str, module: &Arc<Module>) -> bool {
        let Ok(path) = UrlPath::parse(utf8_percent_encode(url, PATH).to_string()) else {
            return false;
        };
        let found = self.find_module(&path);
        found.is_ok_and(|found| found.is_some_and(|(found, ..)| Arc::ptr_eq(&found, module)))
    }
}

fn listing(url: &str, module: &Module) -> ModuleListing {
    ModuleListing {
        url: url.to_owned(),
        source: module.slot.name().to_owned(),
    }
}
