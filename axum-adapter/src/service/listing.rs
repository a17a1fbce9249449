use std::sync::Arc;

use isapi_core::url_path::UrlPath;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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
        let mut modules = Vec::new();
        for (url, mount) in self.mounts.iter() {
            match mount {
                Mount::Directory(directory) => {
                    for listed in directory.list() {
                        let url = format!("{url}{}", listed.url);
                        if self.is_run_at(&url, &listed.module) {
                            modules.push((listing(&url, &listed.module), listed.module));
                        }
                    }
                }
                Mount::Module(module) => {
                    let url = if url.is_empty() { "/" } else { url };
                    modules.push((listing(url, module), Arc::clone(module)));
                }
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

    /// Whether a client that asks for a decoded URL runs this very module: its directory allows it,
    /// nothing else is mounted there, and the URL is none that is refused.
    fn is_run_at(&self, url: &str, module: &Arc<Module>) -> bool {
        let Ok(path) = UrlPath::parse(&utf8_percent_encode(url, PATH).to_string()) else {
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
