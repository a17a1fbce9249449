//! What a module needs of others: libraries, versions of them, symbols in them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::image::Image;
use super::search::{Needer, Search};
use crate::problem::{Problem, ProblemCode};
use crate::report::{Dependency, DependencyState, Report};

/// Most libraries that are followed; more is a circle of generated names.
const MOST_LIBRARIES: usize = 1000;

/// How many symbols of the same fault are named.
const MOST_NAMED: usize = 3;

/// Lists the libraries that `image` needs, and what is wrong with them. Where `is_checked` is
/// false, the module is for another machine and its libraries are not looked for here.
pub(super) fn examine(report: &mut Report, image: &Image, is_checked: bool) {
    if !is_checked || !cfg!(target_os = "linux") {
        let unchecked = image.needed.iter().map(|name| Dependency {
            name: name.clone(),
            state: DependencyState::NotChecked,
        });
        report.dependencies.extend(unchecked);
        return;
    }

    let search = Search::new(image.machine);
    // Links are followed: `$ORIGIN` is where the file itself is.
    let path = report
        .file
        .canonicalize()
        .unwrap_or_else(|_| report.file.clone());
    let libraries = Libraries::of(image, &path, &search);
    let mut problems = libraries.missing();
    let all_are_there = problems.is_empty();
    problems.extend(libraries.missing_versions(&image_name(&path), image));
    if all_are_there && problems.is_empty() {
        problems.extend(libraries.undefined_symbols(image, &search));
    }
    report.problems.extend(problems);
    report.dependencies.extend(libraries.into_dependencies());
}

/// Libraries by name, in the order in which they are loaded.
struct Libraries {
    order: Vec<Library>,
    index: HashMap<String, usize>,
}

struct Library {
    name: String,
    /// The file name of who needs it first.
    needed_by: String,
    found: Option<(PathBuf, Image)>,
}

impl Libraries {
    /// All that the file at `path` needs, directly or through others.
    fn of(image: &Image, path: &Path, search: &Search) -> Self {
        let mut libraries = Self {
            order: Vec::new(),
            index: HashMap::new(),
        };
        let module = Needer::new(path, image, None);
        libraries.add(&image.needed, &image_name(path), &module, search);
        // Breadth first, as the linker does: the list grows while it is gone through.
        let mut next = 0;
        while let Some(library) = libraries.order.get(next) {
            next += 1;
            let Some((path, image)) = &library.found else {
                continue;
            };
            let needer = Needer::new(path, image, Some(&module));
            let (needed, name) = (image.needed.clone(), image_name(path));
            libraries.add(&needed, &name, &needer, search);
        }
        libraries
    }

    fn add(&mut self, names: &[String], needed_by: &str, needer: &Needer, search: &Search) {
        for name in names {
            if self.index.contains_key(name) || self.order.len() == MOST_LIBRARIES {
                continue;
            }
            self.index.insert(name.clone(), self.order.len());
            self.order.push(Library {
                name: name.clone(),
                needed_by: needed_by.to_owned(),
                found: search.find(name, needer),
            });
        }
    }

    fn missing(&self) -> Vec<Problem> {
        let missing = self.order.iter().filter(|library| library.found.is_none());
        missing
            .map(|library| {
                let Library {
                    name, needed_by, ..
                } = library;
                Problem::new(
                    ProblemCode::MissingLibrary,
                    format!("{needed_by} needs {name}, which is not found"),
                    format!(
                        "install {name}, or name its folder in LD_LIBRARY_PATH or at link time \
                         with -Wl,-rpath"
                    ),
                )
            })
            .collect()
    }

    /// Versions that a library here does not have: the module was built on a newer system.
    fn missing_versions(&self, name: &str, image: &Image) -> Vec<Problem> {
        let found = self
            .order
            .iter()
            .filter_map(|library| library.found.as_ref());
        let libraries = found.map(|(path, image)| (image_name(path), image));
        let mut problems = Vec::new();
        for (name, image) in std::iter::once((name.to_owned(), image)).chain(libraries) {
            for needed in &image.needed_versions {
                let Some((path, library)) = self.image(&needed.library) else {
                    continue;
                };
                // A library without versions satisfies any.
                if library.defined_versions.is_empty()
                    || library.defined_versions.contains(&needed.version)
                {
                    continue;
                }
                problems.push(Problem::new(
                    ProblemCode::MissingVersion,
                    format!(
                        "{name} needs version {} of {}, which {} does not have",
                        needed.version,
                        needed.library,
                        path.display()
                    ),
                    format!(
                        "build it on a system no newer than this one, or install a newer {}",
                        needed.library
                    ),
                ));
            }
        }
        problems
    }

    fn images(&self) -> impl Iterator<Item = &Image> {
        let found = self
            .order
            .iter()
            .filter_map(|library| library.found.as_ref());
        found.map(|(_, image)| image)
    }

    fn image(&self, name: &str) -> Option<&(PathBuf, Image)> {
        self.order[*self.index.get(name)?].found.as_ref()
    }

    /// Symbols that neither the libraries nor this program and its libraries have. Modules are
    /// loaded with all their symbols resolved, so one is enough to keep it from loading.
    fn undefined_symbols(&self, image: &Image, search: &Search) -> Option<Problem> {
        if image.undefined.is_empty() {
            return None;
        }
        let program = std::env::current_exe().ok()?;
        let program_image = Image::parse(&std::fs::read(&program).ok()?).ok()?;
        let global = Self::of(&program_image, &program, search);
        let is_defined = |name: &[u8]| {
            let has = |image: &Image| image.defined.contains(name);
            has(&program_image) || self.images().chain(global.images()).any(has)
        };
        let open: Vec<_> = image
            .undefined
            .iter()
            .filter(|name| !is_defined(name))
            .map(|name| String::from_utf8_lossy(name))
            .collect();
        if open.is_empty() {
            return None;
        }
        let mut names = open[..open.len().min(MOST_NAMED)].join(", ");
        if open.len() > MOST_NAMED {
            names += &format!(" and {} more", open.len() - MOST_NAMED);
        }
        Some(Problem::new(
            ProblemCode::UndefinedSymbol,
            format!("no library it needs defines {names}"),
            "link it with the library that does (-l...), or with the missing source file",
        ))
    }

    fn into_dependencies(self) -> impl Iterator<Item = Dependency> {
        self.order.into_iter().map(|library| Dependency {
            name: library.name,
            state: match library.found {
                Some((path, _)) => DependencyState::Found(path),
                None => DependencyState::Missing,
            },
        })
    }
}

fn image_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
