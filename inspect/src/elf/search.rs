//! Where the dynamic linker looks for a library (`ld.so(8)`).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::image::{Image, Machine};

/// What every search has in common, read once.
#[derive(Debug)]
pub(crate) struct Search {
    machine: Machine,
    /// `LD_LIBRARY_PATH`, at the time of the inspection.
    library_path: Vec<PathBuf>,
    /// The files in the linker's cache.
    cache: Vec<PathBuf>,
}

/// The module or library that needs another.
#[derive(Clone, Debug)]
pub(crate) struct Needer {
    /// The folder that `$ORIGIN` stands for.
    pub(crate) origin: PathBuf,
    /// Its `DT_RPATH` and that of all who led to it, unless it has a `DT_RUNPATH`.
    pub(crate) rpath: Vec<PathBuf>,
    /// Its own `DT_RUNPATH`.
    pub(crate) runpath: Vec<PathBuf>,
}

impl Needer {
    /// The needer that `image`, the file at `path`, is. `parent` needs it itself.
    pub(crate) fn new(path: &Path, image: &Image, parent: Option<&Self>) -> Self {
        let origin = path.parent().unwrap_or(Path::new(".")).to_owned();
        let folders = |list: &Option<String>| folders(list.as_deref().unwrap_or(""), &origin);
        let runpath = folders(&image.runpath);
        let mut rpath = Vec::new();
        if image.runpath.is_none() {
            rpath = folders(&image.rpath);
            rpath.extend(parent.iter().flat_map(|parent| parent.rpath.clone()));
        }
        Self {
            origin,
            rpath,
            runpath,
        }
    }
}

impl Search {
    /// A search for libraries of one machine.
    pub(crate) fn new(machine: Machine) -> Self {
        let library_path = env::var("LD_LIBRARY_PATH").unwrap_or_default();
        Self {
            machine,
            library_path: folders(&library_path.replace(';', ":"), Path::new("")),
            cache: cached_files(&fs::read(CACHE).unwrap_or_default()),
        }
    }

    /// The first file that the linker could use as the library `name`, with what is in it.
    pub(crate) fn find(&self, name: &str, needer: &Needer) -> Option<(PathBuf, Image)> {
        if name.contains('/') {
            return self.open(Path::new(&expand(name, &needer.origin)));
        }
        let folders = needer
            .rpath
            .iter()
            .chain(&self.library_path)
            .chain(&needer.runpath);
        let cached = self
            .cache
            .iter()
            .filter(|path| path.file_name().is_some_and(|file| file == name));
        let default = DEFAULT_FOLDERS
            .iter()
            .map(|folder| Path::new(folder).join(name));
        folders
            .map(|folder| folder.join(name))
            .chain(cached.cloned())
            .chain(default)
            .find_map(|path| self.open(&path))
    }

    /// The library at `path`, if it is one of this machine; the linker passes over others.
    fn open(&self, path: &Path) -> Option<(PathBuf, Image)> {
        if !fs::metadata(path).ok()?.is_file() {
            return None;
        }
        let image = Image::parse(&fs::read(path).ok()?).ok()?;
        (image.machine == self.machine).then(|| (path.to_owned(), image))
    }
}

const CACHE: &str = "/etc/ld.so.cache";

/// Those of glibc and musl, on systems with and without folders for each architecture.
const DEFAULT_FOLDERS: [&str; 7] = [
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
    MULTIARCH[0],
    MULTIARCH[1],
];

const MULTIARCH: [&str; 2] = if cfg!(target_arch = "aarch64") {
    ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
} else {
    ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"]
};

/// The folders of a list with colons; an empty one is the working directory.
fn folders(list: &str, origin: &Path) -> Vec<PathBuf> {
    if list.is_empty() {
        return Vec::new();
    }
    list.split(':')
        .flat_map(|folder| match folder {
            "" => vec![PathBuf::from(".")],
            // What $LIB stands for differs between distributions.
            _ if folder.contains("$LIB") || folder.contains("${LIB}") => ["lib", "lib64"]
                .map(|lib| folder.replace("${LIB}", lib).replace("$LIB", lib))
                .map(|folder| PathBuf::from(expand(&folder, origin)))
                .to_vec(),
            _ => vec![PathBuf::from(expand(folder, origin))],
        })
        .collect()
}

fn expand(path: &str, origin: &Path) -> String {
    let origin = origin.to_string_lossy();
    path.replace("${ORIGIN}", &origin)
        .replace("$ORIGIN", &origin)
        .replace("${PLATFORM}", env::consts::ARCH)
        .replace("$PLATFORM", env::consts::ARCH)
}

/// The files in the linker's cache.
///
/// Its format is private to the C library. But it is a few tables of numbers, then strings with a
/// NUL behind each, and those that are paths begin with a slash; whether a file fits is asked of the
/// file.
fn cached_files(cache: &[u8]) -> Vec<PathBuf> {
    cache
        .split(|byte| *byte == 0)
        .filter_map(|text| {
            let slash = text.iter().position(|byte| *byte == b'/')?;
            let path = std::str::from_utf8(&text[slash..]).ok()?;
            Some(PathBuf::from(path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_between_the_numbers_of_a_cache() {
        let cache = b"glibc-ld.so.cache1.1\x02\0\0\0\x07@/lib/liba.so.1\0liba.so.1\0/opt/libb.so\0";
        assert_eq!(
            cached_files(cache),
            [Path::new("/lib/liba.so.1"), Path::new("/opt/libb.so")]
        );
    }

    #[test]
    fn folders_of_a_list_stand_for_what_the_linker_takes_them_for() {
        let origin = Path::new("/srv/modules");
        assert_eq!(
            folders("$ORIGIN/../lib:${ORIGIN}::/opt/$LIB", origin),
            [
                "/srv/modules/../lib",
                "/srv/modules",
                ".",
                "/opt/lib",
                "/opt/lib64"
            ]
            .map(PathBuf::from)
        );
        assert!(folders("", origin).is_empty());
    }
}
