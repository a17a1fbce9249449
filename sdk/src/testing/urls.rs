//! The calls about URLs, as the host in memory answers them.

use std::ffi::c_char;
use std::ptr;

use isapi_abi::{DWORD, HSE_UNICODE_URL_MAPEX_INFO, LPDWORD, LPVOID, MAX_PATH, WCHAR};

use crate::error::Win32Error;
use crate::testing::pointers::{string, to_usize, wide_text};
use crate::testing::session::State;

/// `HSE_REQ_MAP_UNICODE_URL_TO_PATH`.
///
/// # Safety
///
/// `buffer` has `*size` bytes and a text in them that ends with a NUL. Counterpart: `Ecb::map_url`.
pub(super) unsafe fn map(state: &State, buffer: LPVOID, size: LPDWORD) -> Result<(), Win32Error> {
    // SAFETY: the caller vouches for the text.
    let url = unsafe { wide_text(buffer.cast()) };
    let path: Vec<WCHAR> = state
        .site
        .map(&url)?
        .path
        .encode_utf16()
        .chain([0])
        .collect();
    let needed = size_of_val(path.as_slice());
    // SAFETY: the caller vouches for the size, which takes the length that is needed.
    let room = to_usize(unsafe { size.replace(DWORD::try_from(needed).unwrap_or(DWORD::MAX)) });
    if needed > room {
        return Err(Win32Error::INSUFFICIENT_BUFFER);
    }
    // SAFETY: the buffer has room for the path.
    unsafe { ptr::copy_nonoverlapping(path.as_ptr(), buffer.cast(), path.len()) };
    Ok(())
}

/// `HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`.
///
/// # Safety
///
/// `url` ends with a NUL and `info` is writable. Counterpart: `Ecb::map_url_ex`.
pub(super) unsafe fn map_ex(
    state: &State,
    url: LPVOID,
    info: *mut HSE_UNICODE_URL_MAPEX_INFO,
) -> Result<(), Win32Error> {
    // SAFETY: the caller vouches for the text.
    let mapping = state.site.map(&unsafe { wide_text(url.cast()) })?;
    let path: Vec<WCHAR> = mapping.path.encode_utf16().collect();
    let length = path.len().min(MAX_PATH - 1);
    let characters = |text: &str| {
        let characters = text.encode_utf16().count().min(length);
        DWORD::try_from(characters).unwrap_or(DWORD::MAX)
    };
    let mut answer = HSE_UNICODE_URL_MAPEX_INFO {
        lpszPath: [0; MAX_PATH],
        dwFlags: mapping.flags,
        cchMatchingPath: characters(&mapping.matching_path),
        cchMatchingURL: characters(&mapping.matching_url),
    };
    answer.lpszPath[..length].copy_from_slice(&path[..length]);
    // SAFETY: the caller vouches for the structure.
    unsafe { info.write(answer) };
    if length < path.len() {
        return Err(Win32Error::INSUFFICIENT_BUFFER);
    }
    Ok(())
}

/// `HSE_REQ_NORMALIZE_URL`.
///
/// # Safety
///
/// `url` ends with a NUL. Counterpart: `Ecb::normalize_url`.
pub(super) unsafe fn normalize(state: &State, url: *mut c_char) -> Result<(), Win32Error> {
    // SAFETY: the caller vouches for the text.
    let text = unsafe { string(url) };
    let normal = state.site.normalize(&text)?;
    // SAFETY: the text has room for what is not longer (`TestRequest::normal_url`), and for the NUL.
    unsafe {
        ptr::copy_nonoverlapping(normal.as_ptr(), url.cast(), normal.len());
        url.add(normal.len()).write(0);
    }
    Ok(())
}
