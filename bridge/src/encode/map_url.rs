//! `HSE_URL_MAPEX_INFO` and its UTF-16 form.

use isapi_abi::{BYTE, DWORD, HSE_UNICODE_URL_MAPEX_INFO, HSE_URL_MAPEX_INFO, MAX_PATH};
use isapi_core::url_path::UrlPath;
use isapi_core::win32::Win32Error;

use super::text;
use crate::decode::Encoding;
use crate::{Backend, UrlMapping};

/// Answers `HSE_REQ_MAP_URL_TO_PATH_EX`
/// ([ms524968](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524968(v=vs.90))).
/// The reserved fields are left alone.
///
/// # Errors
///
/// `ERROR_INSUFFICIENT_BUFFER` when the path has no room: then it is cut, as by IIS 6.
///
/// # Safety
///
/// `info` points to such a structure, wherever it is aligned.
pub(crate) unsafe fn map_url_info(
    url: &UrlPath,
    mapping: &UrlMapping,
    info: *mut HSE_URL_MAPEX_INFO,
    backend: &dyn Backend,
) -> Result<(), Win32Error> {
    // SAFETY: fields of such a structure; none of them is read through a reference.
    let fields = unsafe {
        Fields {
            path: (&raw mut (*info).lpszPath).cast(),
            flags: &raw mut (*info).dwFlags,
            matching_path: &raw mut (*info).cchMatchingPath,
            matching_url: &raw mut (*info).cchMatchingURL,
        }
    };
    // SAFETY: the array has room for `MAX_PATH` bytes.
    unsafe { fields.fill(url, mapping, Encoding::Narrow(backend)) }
}

/// Answers `HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`
/// ([ms525973](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525973(v=vs.90))).
///
/// # Errors
///
/// As for [`map_url_info`].
///
/// # Safety
///
/// As for [`map_url_info`].
pub(crate) unsafe fn map_unicode_url_info(
    url: &UrlPath,
    mapping: &UrlMapping,
    info: *mut HSE_UNICODE_URL_MAPEX_INFO,
) -> Result<(), Win32Error> {
    // SAFETY: fields of such a structure; none of them is read through a reference.
    let fields = unsafe {
        Fields {
            path: (&raw mut (*info).lpszPath).cast(),
            flags: &raw mut (*info).dwFlags,
            matching_path: &raw mut (*info).cchMatchingPath,
            matching_url: &raw mut (*info).cchMatchingURL,
        }
    };
    // SAFETY: the array has room for `MAX_PATH` units.
    unsafe { fields.fill(url, mapping, Encoding::Utf16) }
}

/// Where the answer's parts go. None need be aligned.
struct Fields {
    path: *mut BYTE,
    flags: *mut DWORD,
    matching_path: *mut DWORD,
    matching_url: *mut DWORD,
}

impl Fields {
    /// # Safety
    ///
    /// All can be written, `path` as far as `MAX_PATH` characters go.
    unsafe fn fill(
        self,
        url: &UrlPath,
        mapping: &UrlMapping,
        encoding: Encoding<'_>,
    ) -> Result<(), Win32Error> {
        let path = fitting(&mapping.path, encoding);
        let bytes = text(path, encoding);
        let matching_path = length(path, mapping.matching_path, encoding);
        let matching_url = length(url.decoded(), mapping.matching_url, encoding);
        // SAFETY: the caller's promise; `bytes` are at most `MAX_PATH` characters, and ours.
        unsafe {
            self.path
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            self.flags.write_unaligned(mapping.access);
            self.matching_path.write_unaligned(matching_path);
            self.matching_url.write_unaligned(matching_url);
        }
        if path.len() < mapping.path.len() {
            return Err(Win32Error::INSUFFICIENT_BUFFER);
        }
        Ok(())
    }
}

/// As much of a path as there is room for with a NUL behind it. No character is torn apart.
fn fitting<'a>(path: &'a str, encoding: Encoding<'_>) -> &'a str {
    let mut used = 0;
    let cut = path.char_indices().find(|(_, char)| {
        used += width(*char, encoding);
        used >= MAX_PATH
    });
    cut.map_or(path, |(end, _)| &path[..end])
}

/// How long the first `bytes` bytes of a text are in an encoding.
fn length(text: &str, bytes: usize, encoding: Encoding<'_>) -> DWORD {
    let chars = text.char_indices().take_while(|(start, _)| *start < bytes);
    let length = chars.map(|(_, char)| width(char, encoding)).sum::<usize>();
    DWORD::try_from(length).unwrap_or(DWORD::MAX)
}

fn width(char: char, encoding: Encoding<'_>) -> usize {
    match encoding {
        Encoding::Narrow(backend) => backend.encode_text(char.encode_utf8(&mut [0; 4])).len(),
        Encoding::Utf16 => char.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use std::mem;

    use super::*;
    use crate::test_backend::TestBackend;

    const CANARY: u8 = 0xa5;

    fn mapping(path: String) -> UrlMapping {
        UrlMapping {
            path,
            access: 0x205,
            matching_path: 8,
            matching_url: 5,
        }
    }

    fn url() -> UrlPath {
        UrlPath::parse("/gr%C3%BCn/a").expect("a path")
    }

    /// The structure's bytes behind one that makes them unaligned.
    fn narrow(mapping: &UrlMapping) -> (Result<(), Win32Error>, Vec<u8>) {
        narrow_in(&TestBackend::Utf8, mapping)
    }

    fn narrow_in(backend: &dyn Backend, mapping: &UrlMapping) -> (Result<(), Win32Error>, Vec<u8>) {
        let mut memory = vec![CANARY; 1 + mem::size_of::<HSE_URL_MAPEX_INFO>()];
        let info = memory[1..].as_mut_ptr().cast();
        // SAFETY: there is room for the structure.
        let result = unsafe { map_url_info(&url(), mapping, info, backend) };
        (result, memory.split_off(1))
    }

    fn wide(mapping: &UrlMapping) -> (Result<(), Win32Error>, Vec<u8>) {
        // The page's two extra fields.
        let mut memory = vec![CANARY; 1 + mem::size_of::<HSE_UNICODE_URL_MAPEX_INFO>() + 8];
        let info = memory[1..].as_mut_ptr().cast();
        // SAFETY: there is room for the structure.
        let result = unsafe { map_unicode_url_info(&url(), mapping, info) };
        (result, memory.split_off(1))
    }

    fn dwords(bytes: &[u8]) -> Vec<u32> {
        let chunks = bytes.chunks_exact(4);
        let dword = |chunk: &[u8]| u32::from_ne_bytes(chunk.try_into().expect("four bytes"));
        chunks.map(dword).collect()
    }

    #[test]
    fn what_is_reserved_is_not_written() {
        let (result, bytes) = narrow(&mapping("/sit\u{e9}/\u{1f600}x".into()));
        assert_eq!(result, Ok(()));
        assert!(bytes.starts_with("/sit\u{e9}/\u{1f600}x\0".as_bytes()));
        let reserved = u32::from_ne_bytes([CANARY; 4]);
        assert_eq!(dwords(&bytes[260..]), [0x205, 11, 5, reserved, reserved]);

        let (result, bytes) = wide(&mapping("/sit\u{e9}/\u{1f600}x".into()));
        assert_eq!(result, Ok(()));
        let path = text("/sit\u{e9}/\u{1f600}x", Encoding::Utf16);
        assert!(bytes.starts_with(&path));
        assert_eq!(dwords(&bytes[520..]), [0x205, 8, 4, reserved, reserved]);
    }

    #[test]
    fn a_path_of_259_characters_fits_and_a_longer_one_is_cut() {
        for (length, result) in [
            (259, Ok(())),
            (260, Err(Win32Error::INSUFFICIENT_BUFFER)),
            (5000, Err(Win32Error::INSUFFICIENT_BUFFER)),
        ] {
            let mapping = mapping("/".repeat(length));
            let (answer, bytes) = narrow(&mapping);
            assert_eq!(answer, result, "{length}");
            assert_eq!(bytes[..260], [&[b'/'; 259][..], &[0]].concat());

            let (answer, bytes) = wide(&mapping);
            assert_eq!(answer, result, "{length}");
            let (slash, nul) = (u16::from(b'/').to_ne_bytes(), [0; 2]);
            assert_eq!(bytes[516..520], [slash, nul].concat());
        }
    }

    #[test]
    fn no_character_is_cut_in_two_and_the_lengths_stay_inside() {
        let mut mapping = mapping(format!("{}\u{1f600}", "/".repeat(258)));
        mapping.matching_path = mapping.path.len();
        let (answer, bytes) = narrow(&mapping);
        assert_eq!(answer, Err(Win32Error::INSUFFICIENT_BUFFER));
        assert_eq!(bytes[257..259], [b'/', 0]);
        assert_eq!(dwords(&bytes[264..268]), [258]);
        let (answer, bytes) = wide(&mapping);
        assert_eq!(answer, Err(Win32Error::INSUFFICIENT_BUFFER));
        assert_eq!(dwords(&bytes[524..528]), [258]);
    }

    #[test]
    fn narrow_lengths_are_those_of_the_platform_s_encoding() {
        let (result, bytes) = narrow_in(
            &TestBackend::Latin1,
            &mapping("/sit\u{e9}/\u{1f600}x".into()),
        );
        assert_eq!(result, Ok(()));
        assert!(bytes.starts_with(b"/sit\xe9/?x\0"));
        assert_eq!(dwords(&bytes[260..272]), [0x205, 7, 4]);

        let (result, bytes) = narrow_in(&TestBackend::Latin1, &mapping("\u{e9}".repeat(259)));
        assert_eq!(result, Ok(()));
        assert_eq!(bytes[..260], [&[0xe9; 259][..], &[0]].concat());
        let (result, _) = narrow_in(&TestBackend::Utf8, &mapping("\u{e9}".repeat(259)));
        assert_eq!(result, Err(Win32Error::INSUFFICIENT_BUFFER));
    }
}
