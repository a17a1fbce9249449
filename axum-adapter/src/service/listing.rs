use std::sync::Arc;

use isapi_bridge::ExtensionSlot;

use super::{Inner, Mount};

/// A module and its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleListing {
    /// The URL's path, as this service sees it.
    pub url: String,
    /// The file, or "hello (linked in)".
    pub source: String,
}

impl Inner {
    /// Every module with its URL; what lies in mounted directories is looked up now.
    pub(super) fn modules(&self) -> Vec<(ModuleListing, Arc<ExtensionSlot>)> {
        let mut modules = Vec::new();
        for (url, mount) in self.mounts.iter() {
            match mount {
                Mount::Directory(directory) => {
                    modules.extend(directory.list().into_iter().map(|module| {
                        let listing = ModuleListing {
                            url: format!("{url}{}", module.url),
                            source: module.path.display().to_string(),
                        };
                        (listing, module.slot)
                    }));
                }
                Mount::Module(slot) => {
                    let listing = ModuleListing {
                        url: if url.is_empty() { "/" } else { url }.to_owned(),
                        source: slot.name().to_owned(),
                    };
                    modules.push((listing, Arc::clone(slot)));
                }
            }
        }
        modules.sort_by(|(one, _), (other, _)| one.url.cmp(&other.url));
        modules
    }

    /// The slots of all mounted extensions and of all modules that were asked for.
    pub(super) fn slots(&self) -> Vec<Arc<ExtensionSlot>> {
        self.mounts
            .iter()
            .flat_map(|(_, mount)| match mount {
                Mount::Directory(directory) => directory.slots(),
                Mount::Module(slot) => vec![Arc::clone(slot)],
            })
            .collect()
    }
}
