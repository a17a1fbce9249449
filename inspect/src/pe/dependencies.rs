//! What a module needs of others: DLLs, DLLs that these need, functions in them.

use std::collections::HashMap;
use std::fs;

use super::functions::{Exports, Function};
use super::image::{Image, Needed};
use super::search::Search;
use crate::problem::{Problem, ProblemCode};
use crate::report::{Dependency, DependencyState, Report};

/// Most DLLs that are followed; more is a circle of generated names.
const MOST_LIBRARIES: usize = 1000;

/// How many functions of the same fault are named.
const MOST_NAMED: usize = 3;

/// Lists the DLLs that `image` needs, directly or through others, and what is wrong with them.
/// `is_here` says that it would be loaded on this machine; elsewhere other DLLs may be installed,
/// and nothing is certain.
pub(super) fn examine(report: &mut Report, image: &Image, is_here: bool) {
    let search = Search::new(&report.file, is_here);
    let libraries = Libraries::of(image, &search);
    let mut problems = libraries.unusable(image, is_here);
    if problems.is_empty() {
        problems.extend(libraries.without_functions(image, &search));
    }
    report.problems.extend(problems);
    report.dependencies.extend(libraries.into_dependencies());
}

/// DLLs by name, in the order in which they are come upon.
struct Libraries {
    order: Vec<Library>,
    /// Where each is, by its name in lower case.
    index: HashMap<String, usize>,
}

struct Library {
    name: String,
    /// Who needs it first, in words that its name follows: "it needs ".
    needed_by: String,
    /// Whether a module may need it and be loaded without it.
    is_delayed: bool,
    /// Whether who needs it may get it from a side-by-side assembly.
    is_assembly: bool,
    state: DependencyState,
    /// What was read, of those that no Windows has.
    image: Option<Image>,
}

impl Libraries {
    /// All that `module` needs, breadth first, as the loader does it.
    fn of(module: &Image, search: &Search) -> Self {
        let mut libraries = Self {
            order: Vec::new(),
            index: HashMap::new(),
        };
        libraries.add(module, "it needs ", search);
        // The list grows while it is gone through.
        let mut next = 0;
        while let Some(library) = libraries.order.get_mut(next) {
            let Some(image) = library.image.take() else {
                next += 1;
                continue;
            };
            let needed_by = format!("{}{}, which needs ", library.needed_by, library.name);
            libraries.add(&image, &needed_by, search);
            libraries.order[next].image = Some(image);
            next += 1;
        }
        libraries
    }

    fn add(&mut self, needer: &Image, needed_by: &str, search: &Search) {
        for Needed {
            name, is_delayed, ..
        } in &needer.needed
        {
            let key = name.to_ascii_lowercase();
            if self.index.contains_key(&key) || self.order.len() == MOST_LIBRARIES {
                continue;
            }
            let state = search.find(name);
            let image = match &state {
                DependencyState::Found(path) if !is_delayed => fs::read(path)
                    .ok()
                    .and_then(|data| Image::parse(&data).ok()),
                _ => None,
            };
            self.index.insert(key, self.order.len());
            self.order.push(Library {
                name: name.clone(),
                needed_by: needed_by.to_owned(),
                is_delayed: *is_delayed,
                is_assembly: needer.names_assemblies,
                state,
                image,
            });
        }
    }

    /// The problems of those that are not there, or for another processor.
    fn unusable(&self, module: &Image, is_here: bool) -> Vec<Problem> {
        let needed = self.order.iter().filter(|library| !library.is_delayed);
        needed
            .filter_map(|library| {
                let problem = library.unusable(module)?;
                let is_certain = is_here && !library.is_assembly;
                Some(if is_certain {
                    problem
                } else {
                    problem.perhaps()
                })
            })
            .collect()
    }

    /// The problems of those that lack what is needed of them. None is certain: Wine loads a module
    /// all the same and ends the process when it calls the function.
    fn without_functions(&self, module: &Image, search: &Search) -> Vec<Problem> {
        let mut of_windows = HashMap::new();
        let mut problems = Vec::new();
        let libraries = self.order.iter().filter_map(|library| {
            let name = format!("{}{}, which needs ", library.needed_by, library.name);
            Some((name, library.image.as_ref()?))
        });
        for (needer, image) in std::iter::once(("it needs ".to_owned(), module)).chain(libraries) {
            for needed in image.needed.iter().filter(|needed| !needed.is_delayed) {
                let Some(library) = self.library(&needed.name) else {
                    continue;
                };
                let exports = match (&library.image, &library.state) {
                    (Some(image), _) => Some(&image.exports),
                    (None, DependencyState::System) => of_windows
                        .entry(needed.name.to_ascii_lowercase())
                        .or_insert_with(|| exports_of_windows(&needed.name, search))
                        .as_ref(),
                    (None, _) => None,
                };
                problems
                    .extend(exports.and_then(|exports| lacking(&needer, needed, library, exports)));
            }
        }
        problems
    }

    fn library(&self, name: &str) -> Option<&Library> {
        let index = *self.index.get(&name.to_ascii_lowercase())?;
        self.order.get(index)
    }

    fn into_dependencies(self) -> impl Iterator<Item = Dependency> {
        self.order.into_iter().map(|library| Dependency {
            name: library.name,
            state: library.state,
        })
    }
}

impl Library {
    /// What is wrong with it for `module`.
    fn unusable(&self, module: &Image) -> Option<Problem> {
        let Self {
            name, needed_by, ..
        } = self;
        if self.state == DependencyState::Missing {
            return Some(Problem::new(
                ProblemCode::MissingLibrary,
                format!("{needed_by}{name}, which is neither beside it nor a part of Windows"),
                cure(name),
            ));
        }
        let (DependencyState::Found(path), Some(image)) = (&self.state, &self.image) else {
            return None;
        };
        if image.machine == module.machine && image.bits == module.bits {
            return None;
        }
        Some(Problem::new(
            ProblemCode::MissingLibrary,
            format!(
                "{needed_by}{name}, but {} is for {}",
                path.display(),
                image.processor_and_bits()
            ),
            format!(
                "put the {name} for {} in its place",
                module.processor_and_bits()
            ),
        ))
    }
}

/// What a DLL of this Windows exports; `None` where there is no such file to look into.
fn exports_of_windows(name: &str, search: &Search) -> Option<Exports> {
    let image = Image::parse(&fs::read(search.in_system(name)?).ok()?).ok()?;
    Some(image.exports)
}

/// The problem of a DLL that lacks functions which are needed of it.
fn lacking(needer: &str, needed: &Needed, library: &Library, exports: &Exports) -> Option<Problem> {
    let lacking: Vec<&Function> = needed
        .functions
        .iter()
        .filter(|function| !exports.has(function))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let named: Vec<String> = lacking
        .iter()
        .take(MOST_NAMED)
        .map(ToString::to_string)
        .collect();
    let mut names = named.join(", ");
    if lacking.len() > MOST_NAMED {
        names += &format!(" and {} more", lacking.len() - MOST_NAMED);
    }
    let name = &needed.name;
    let cure = match &library.state {
        DependencyState::System => {
            "run it on the Windows it was built for, or build it for this one (_WIN32_WINNT)"
                .to_owned()
        }
        _ => format!("put the {name} it was built with in the place of this one"),
    };
    let problem = Problem::new(
        ProblemCode::UndefinedSymbol,
        format!("{needer}{names} of {name}, which does not have it"),
        cure,
    );
    Some(problem.perhaps())
}

/// What mends that a DLL is missing.
fn cure(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| lower.starts_with(prefix));
    if begins(&["vcruntime", "msvcp", "concrt", "vcomp", "mfc"]) {
        "install the Visual C++ Redistributable where it runs, or link it with /MT".to_owned()
    } else if begins(&["msvcr"]) {
        "install the Visual C++ Redistributable of that version where it runs".to_owned()
    } else if begins(&["libgcc", "libstdc++", "libwinpthread"]) {
        "link it with -static".to_owned()
    } else if lower.ends_with(".bpl") {
        format!("put {name} beside it, or build it without run-time packages")
    } else {
        format!("put {name} beside it; PATH is not searched")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_compilers_bring_has_a_cure_of_its_own() {
        assert!(cure("VCRUNTIME140.dll").contains("Redistributable"));
        assert!(cure("libgcc_s_seh-1.dll").contains("-static"));
        assert!(cure("rtl290.bpl").contains("packages"));
        assert!(cure("own.dll").contains("beside it"));
    }
}
