//! A mounted directory of modules.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use isapi_core::url_map::has_module_ending;

use super::module::{Module, Modules};
use super::own_name::has_own_names;
use super::shown_path::{as_written, shown};

/// How deep modules are looked for when they are listed.
const MAX_DEPTH: usize = 16;
/// URLs of loaded modules that are remembered. Only URLs that were right get here, but where the
/// file system does not tell letters' case, a module has many.
const MAX_REMEMBERED: usize = 1024;

/// The modules below one directory, each loaded once however it is named.
#[derive(Debug)]
pub(super) struct ModuleDirectory {
    /// Canonical.
    root: PathBuf,
    modules: Arc<Modules>,
    /// Spares requests of loaded modules the file system, and locks: a new URL makes a new table.
    urls: ArcSwap<Urls>,
}

/// By decoded URL below the mount.
type Urls = HashMap<Arc<str>, Remembered>;

/// A module that a URL led to.
#[derive(Clone, Debug)]
struct Remembered {
    module: Arc<Module>,
    /// How often it had been unloaded by then. Once it is unloaded again, the file may be another one.
    unloads: u64,
}

impl Remembered {
    fn is_right(&self) -> bool {
        self.module.unloads() == self.unloads
    }
}

/// A module that lies in a directory.
#[derive(Debug)]
pub(super) struct ListedModule {
    /// The URL below the mount, ending in `.dll`.
    pub(super) url: String,
    pub(super) module: Arc<Module>,
}

impl ModuleDirectory {
    /// `root` is canonical.
    pub(super) fn new(root: PathBuf, modules: Arc<Modules>) -> Self {
        Self {
            root,
            modules,
            urls: ArcSwap::default(),
        }
    }

    /// The module that a decoded URL below the mount (`/app/hello.dll`) names.
    pub(super) fn find(&self, url: &str) -> Option<Arc<Module>> {
        if let Some(module) = self.remembered(url) {
            return Some(module);
        }
        let module = self.modules.file(&self.locate(url)?);
        let unloads = module.unloads();
        // An extension that is not loaded may be waiting for its file to be mended, perhaps by one
        // of a name that goes before.
        if module.slot.info().is_some() {
            let remembered = Remembered {
                module: Arc::clone(&module),
                unloads,
            };
            self.remember(url, &remembered);
        }
        Some(module)
    }

    fn remembered(&self, url: &str) -> Option<Arc<Module>> {
        let urls = self.urls.load();
        let remembered = urls.get(url)?;
        remembered
            .is_right()
            .then(|| Arc::clone(&remembered.module))
    }

    /// In place of what was remembered of the URL before.
    fn remember(&self, url: &str, remembered: &Remembered) {
        let url = Arc::<str>::from(url);
        self.urls.rcu(|urls| {
            let is_full = urls.len() >= MAX_REMEMBERED;
            if is_full && urls.values().all(Remembered::is_right) {
                return Arc::clone(urls);
            }
            let mut urls = Urls::clone(urls);
            urls.retain(|_, remembered| remembered.is_right());
            urls.insert(Arc::clone(&url), remembered.clone());
            Arc::new(urls)
        });
    }

    /// Whether a decoded URL below the mount names a directory.
    pub(super) fn has_folder(&self, url: &str) -> bool {
        let mut path = self.root.clone();
        path.extend(url.split('/').filter(|segment| !segment.is_empty()));
        path.is_dir()
    }

    /// The path, without links, of the file behind a decoded URL, if it lies beneath the root.
    ///
    /// The URL's segments are clean (no `..`, no separators), so only links can lead out. The path
    /// that is compared with the root is the one that is opened afterwards.
    fn locate(&self, url: &str) -> Option<PathBuf> {
        let (parent, name) = url.rsplit_once('/')?;
        if url.split('/').any(|segment| segment.starts_with('.')) {
            return None;
        }
        let mut directory = self.root.clone();
        directory.extend(parent.split('/').filter(|segment| !segment.is_empty()));

        for file_name in self.modules.runtime().backend().module_file_names(name) {
            let named = directory.join(file_name);
            // Most names are not there.
            let Ok(path) = named.canonicalize() else {
                continue;
            };
            if !path.is_file() || !has_own_names(&self.root, &named, &path) {
                continue;
            }
            if path.starts_with(&self.root) {
                return Some(as_written(path));
            }
            tracing::warn!(
                module = %shown(&path),
                root = %shown(&self.root),
                "not served: a link leads out of the mounted directory"
            );
        }
        None
    }

    /// The modules that lie in the directory now, in the order of their URLs. Links to directories are
    /// not followed.
    pub(super) fn list(&self) -> Vec<ListedModule> {
        let mut urls = Vec::new();
        self.walk(&self.root, "", 0, &mut urls);
        urls.sort();
        urls.dedup();
        urls.into_iter()
            .filter_map(|url| {
                let module = self.modules.file(&self.locate(&url)?);
                Some(ListedModule { url, module })
            })
            .collect()
    }

    fn walk(&self, directory: &Path, url: &str, depth: usize, urls: &mut Vec<String>) {
        // A directory that cannot be read, or that is gone by now, has nothing to show.
        let Ok(entries) = fs::read_dir(directory) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let is_directory = entry.file_type().is_ok_and(|file_type| file_type.is_dir());
            if is_directory && depth < MAX_DEPTH {
                self.walk(&entry.path(), &format!("{url}/{name}"), depth + 1, urls);
            } else if !is_directory && has_module_ending(name) {
                let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                urls.push(format!("{url}/{stem}.dll"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use isapi_bridge::Runtime;
    use isapi_emu_loader::Portable;

    use super::super::module::DispatchModes;
    use super::*;

    #[test]
    fn a_listed_module_goes_by_the_path_that_people_write() {
        let folder = format!("isapi-module-directory-{}", std::process::id());
        let root = std::env::temp_dir().join(folder);
        fs::create_dir_all(&root).unwrap();
        let name = format!("tool{}", std::env::consts::DLL_SUFFIX);
        fs::write(root.join(&name), "").unwrap();
        let root = root.canonicalize().unwrap();
        let modules = Modules::new(
            Runtime::builder(Portable::new()).build(),
            DispatchModes::default(),
        );
        let directory = ModuleDirectory::new(root.clone(), modules);
        let sources: Vec<_> = directory
            .list()
            .iter()
            .map(|listed| listed.module.slot.name().to_owned())
            .collect();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(sources, [shown(&root.join(name))]);
    }
}
