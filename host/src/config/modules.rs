//! `[[module]]`, single modules at URLs of their own, and `[modules]`, which hold for all.

use std::path::{Path, PathBuf};

use isapi_axum::DispatchMode;

use super::section::Section;
use super::urls::Urls;
use super::value::Value;
use crate::options::ModuleOptions;
use crate::values::DISPATCH_MODES;

/// A module at a URL of its own, which need not end like a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MountedModule {
    pub(crate) url: String,
    /// Absolute.
    pub(crate) path: PathBuf,
    pub(crate) preload: bool,
    /// `None`: as for all modules.
    pub(crate) dispatch: Option<DispatchMode>,
}

/// A module that may be loaded; IIS's
/// [`isapiCgiRestriction`](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/security/isapicgirestriction/).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedModule {
    /// Absolute, and free of links.
    pub(crate) path: PathBuf,
    /// What the file's content must come to.
    pub(crate) sha256: Option<[u8; 32]>,
}

pub(super) fn read(
    sections: Vec<Section<'_>>,
    allowed: Option<&[AllowedModule]>,
) -> Vec<MountedModule> {
    let mut urls = Urls::default();
    sections
        .into_iter()
        .filter_map(|section| module(section, &mut urls, allowed))
        .collect()
}

fn module(
    mut section: Section<'_>,
    urls: &mut Urls,
    allowed: Option<&[AllowedModule]>,
) -> Option<MountedModule> {
    let url = section
        .require("url", "a URL path, such as \"/api\"")
        .and_then(|url| urls.add(&url));
    let path = section
        .require("path", "the path of a module")
        .and_then(|path| runnable(&path, allowed));
    let preload = section
        .take("preload")
        .map_or(Some(false), |value| value.boolean());
    let dispatch = dispatch(&mut section);
    section.finish();
    Some(MountedModule {
        url: url?,
        path: path?,
        preload: preload?,
        dispatch: dispatch?,
    })
}

/// What holds for every module: when it is loaded and unloaded, and whether it may be.
#[derive(Debug, Default)]
pub(super) struct ForAll {
    pub(super) options: ModuleOptions,
    /// `None`: every module may be loaded. Also where the list has faults, so that no further ones
    /// follow from them.
    pub(super) allowed: Option<Vec<AllowedModule>>,
}

pub(super) fn read_for_all(section: Option<Section<'_>>) -> ForAll {
    let Some(mut section) = section else {
        return ForAll::default();
    };
    let allowed = section.take("allowed").and_then(|value| {
        let elements = value.elements("an array of tables, [{ path = \"...\" }]")?;
        let modules: Vec<_> = elements.iter().map(allowed).collect();
        modules.into_iter().collect()
    });
    let options = ModuleOptions {
        preload: section.take("preload").and_then(|value| value.boolean()),
        idle_timeout: section
            .take("idle_timeout")
            .and_then(|value| value.deadline()),
        unload_library: section
            .take("unload_library")
            .and_then(|value| value.boolean()),
        dispatch: dispatch(&mut section).flatten(),
    };
    section.finish();
    ForAll { options, allowed }
}

fn allowed(value: &Value<'_>) -> Option<AllowedModule> {
    let mut section = value.section(
        "the entry of allowed",
        "a table, { path = \"...\", sha256 = \"...\" }",
    )?;
    let path = section
        .require("path", "the path of a module")
        .and_then(|path| path.module());
    let sha256 = match section.take("sha256") {
        Some(value) => value.parsed("64 hexadecimal digits", digest).map(Some),
        None => Some(None),
    };
    section.finish();
    Some(AllowedModule {
        path: path?,
        sha256: sha256?,
    })
}

/// Where calls run, if the section says so; no answer where what it says is no mode.
pub(super) fn dispatch(section: &mut Section<'_>) -> Option<Option<DispatchMode>> {
    match section.take("dispatch") {
        Some(value) => value.one_of(&DISPATCH_MODES).map(Some),
        None => Some(None),
    }
}

/// The absolute path of a module that may be loaded.
pub(super) fn runnable(value: &Value<'_>, allowed: Option<&[AllowedModule]>) -> Option<PathBuf> {
    let path = value.module()?;
    if allowed.is_some_and(|allowed| !is_listed(&path, allowed)) {
        value.fault(format_args!(
            "{} is not on the list of modules that may be loaded; add it to allowed in [modules]",
            path.display()
        ));
        return None;
    }
    Some(path)
}

/// Whether a module's file is on the list, whatever is in it.
pub(crate) fn is_listed(path: &Path, allowed: &[AllowedModule]) -> bool {
    let file = canonical(path);
    allowed.iter().any(|module| canonical(&module.path) == file)
}

/// The path of the file itself; a file that has gone meanwhile keeps the name it had.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn digest(text: &str) -> Result<[u8; 32], &'static str> {
    const EXPECTED: &str = "expected 64 hexadecimal digits, as `sha256sum FILE` prints them";
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.is_ascii() {
        return Err(EXPECTED);
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or(EXPECTED)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_hexadecimal_digits() {
        assert_eq!(digest(&"Ab".repeat(32)), Ok([0xab; 32]));
        for text in [
            "",
            "ab",
            &"ag".repeat(32),
            &"+a".repeat(32),
            &"ä".repeat(32),
        ] {
            assert!(digest(text).is_err(), "{text}");
        }
    }
}
