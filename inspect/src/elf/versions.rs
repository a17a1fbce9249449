//! Symbol versions: `GLIBC_2.38` of `libc.so.6` and the like.

use object::Endianness;
use object::elf::VER_FLG_WEAK;
use object::read::elf::{FileHeader, SectionTable};

/// A version that a module needs one of its libraries to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeededVersion {
    /// The library, as in the list of needed ones.
    pub(crate) library: String,
    pub(crate) version: String,
}

/// Most versions that are read of one file; a small one can claim to have millions.
const MOST_VERSIONS: usize = 4096;

/// The versions a file needs, as far as they can be read.
pub(crate) fn needed<'data, Elf: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    data: &'data [u8],
    sections: &SectionTable<'data, Elf>,
) -> Vec<NeededVersion> {
    let mut found = Vec::new();
    let Ok(Some((files, link))) = sections.gnu_verneed(endian, data) else {
        return found;
    };
    let Ok(strings) = sections.strings(endian, data, link) else {
        return found;
    };
    for (file, versions) in files.map_while(Result::ok).take(MOST_VERSIONS) {
        let Ok(library) = file.file(endian, strings) else {
            continue;
        };
        for version in versions.map_while(Result::ok) {
            if found.len() == MOST_VERSIONS {
                return found;
            }
            if version.vna_flags.get(endian).0 & VER_FLG_WEAK.0 != 0 {
                continue;
            }
            if let Ok(name) = version.name(endian, strings) {
                found.push(NeededVersion {
                    library: String::from_utf8_lossy(library).into_owned(),
                    version: String::from_utf8_lossy(name).into_owned(),
                });
            }
        }
    }
    found
}

/// The versions a library has, as far as they can be read.
pub(crate) fn defined<'data, Elf: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    data: &'data [u8],
    sections: &SectionTable<'data, Elf>,
) -> Vec<String> {
    let Ok(Some((versions, link))) = sections.gnu_verdef(endian, data) else {
        return Vec::new();
    };
    let Ok(strings) = sections.strings(endian, data, link) else {
        return Vec::new();
    };
    versions
        .map_while(Result::ok)
        .take(MOST_VERSIONS)
        // The first name is the version's own, further ones are its parents.
        .filter_map(|(_, mut names)| names.next().ok().flatten())
        .filter_map(|name| name.name(endian, strings).ok())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}
