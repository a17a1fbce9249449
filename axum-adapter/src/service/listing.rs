use std::sync::Arc;

use super::module::Module;
use super::{Inner, Mount};

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
    /// Every module with its URL; what lies in mounted directories is looked up now.
    pub(super) fn modules(&self) -> Vec<(ModuleListing, Arc<Module>)> {
        let mut modules = Vec::new();
        for (url, mount) in self.mounts.iter() {
            match mount {
                Mount::Directory(directory) => {
                    modules.extend(directory.list().into_iter().map(|listed| {
                        let listing = ModuleListing {
                            url: format!("{url}{}", listed.url),
                            source: listed.path.display().to_string(),
                        };
                        (listing, listed.module)
                    }));
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
        modules
    }
}

fn listing(url: &str, module: &Module) -> ModuleListing {
    ModuleListing {
        url: url.to_owned(),
        source: module.slot.name().to_owned(),
    }
}
