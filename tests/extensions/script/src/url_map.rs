//! From URLs to paths: the four forms of `HSE_REQ_MAP_URL_TO_PATH`, and `HSE_REQ_NORMALIZE_URL`.

use std::ffi::c_char;
use std::ptr;

use isapi_abi::{
    BOOL, DWORD, FALSE, HSE_REQ_MAP_UNICODE_URL_TO_PATH, HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX,
    HSE_REQ_MAP_URL_TO_PATH, HSE_REQ_MAP_URL_TO_PATH_EX, HSE_REQ_NORMALIZE_URL,
    HSE_UNICODE_URL_MAPEX_INFO, HSE_URL_MAPEX_INFO, LPVOID, MAX_PATH,
};

use crate::calls::{last_error, outcome};
use crate::run::Run;
use crate::wide::{narrow_text, wide_string, wide_text};

/// The buffer's size where a step names none.
const ROOM: u32 = 4096;

/// What lies behind the buffer, which must stay as it is.
const BEHIND: usize = 64;

/// What untouched memory holds, which is no number, character or flag that a host writes.
const UNTOUCHED: u8 = b'#';

impl Run {
    /// In place, in a buffer of `capacity` bytes that begins with the URL.
    pub(crate) fn map_url(&self, url: &[u8], capacity: Option<u32>) -> String {
        let capacity = capacity.unwrap_or(ROOM);
        let mut buffer = padded(&[url, b"\0"].concat(), capacity as usize);
        let before = buffer.clone();
        let mut size = capacity;
        let data = buffer.as_mut_ptr().cast();
        // SAFETY: the buffer has at least `size` bytes.
        let ok = unsafe {
            self.support(
                HSE_REQ_MAP_URL_TO_PATH,
                data,
                &raw mut size,
                ptr::null_mut(),
            )
        };
        let text = narrow_text(&buffer);
        mapped("map_url", ok, size, &before, &buffer, &text)
    }

    /// The same in UTF-16; the capacity and the size are in bytes all the same.
    pub(crate) fn map_unicode_url(&self, url: &str, capacity: Option<u32>) -> String {
        let capacity = capacity.unwrap_or(ROOM);
        let mut buffer = padded(&wide_string(url.as_bytes()), capacity.div_ceil(2) as usize);
        let before = buffer.clone();
        let mut size = capacity;
        let data = buffer.as_mut_ptr().cast();
        let code = HSE_REQ_MAP_UNICODE_URL_TO_PATH;
        // SAFETY: the buffer has at least `size` bytes.
        let ok = unsafe { self.support(code, data, &raw mut size, ptr::null_mut()) };
        let text = wide_text(&buffer);
        mapped("map_unicode_url", ok, size, &before, &buffer, &text)
    }

    pub(crate) fn map_url_ex(&self, url: &[u8]) -> String {
        let mut info = HSE_URL_MAPEX_INFO {
            lpszPath: [c_char::from_ne_bytes([UNTOUCHED]); MAX_PATH],
            dwFlags: 7,
            cchMatchingPath: 7,
            cchMatchingURL: 7,
            dwReserved1: 7,
            dwReserved2: 7,
        };
        let mut url = [url, b"\0"].concat();
        let (data, kind) = (url.as_mut_ptr().cast(), (&raw mut info).cast());
        let ok = self.map_ex(HSE_REQ_MAP_URL_TO_PATH_EX, data, kind);
        let path = info.lpszPath.map(|unit| unit.to_ne_bytes()[0]);
        let reserved = (info.dwReserved1, info.dwReserved2);
        let rest = if reserved == (7, 7) {
            "untouched"
        } else {
            "touched"
        };
        let numbers = (info.dwFlags, info.cchMatchingPath, info.cchMatchingURL);
        mapped_ex("map_url_ex", ok, &narrow_text(&path), numbers, rest)
    }

    pub(crate) fn map_unicode_url_ex(&self, url: &str) -> String {
        /// Microsoft's page shows two more fields than the header has.
        #[repr(C)]
        struct Documented {
            header: HSE_UNICODE_URL_MAPEX_INFO,
            reserved: [DWORD; 2],
        }
        let mut info = Documented {
            header: HSE_UNICODE_URL_MAPEX_INFO {
                lpszPath: [u16::from(UNTOUCHED); MAX_PATH],
                dwFlags: 7,
                cchMatchingPath: 7,
                cchMatchingURL: 7,
            },
            reserved: [7; 2],
        };
        let mut url = wide_string(url.as_bytes());
        let (data, kind) = (url.as_mut_ptr().cast(), (&raw mut info).cast());
        let ok = self.map_ex(HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX, data, kind);
        let Documented { header, reserved } = info;
        let rest = if reserved == [7; 2] {
            "untouched"
        } else {
            "touched"
        };
        let numbers = (
            header.dwFlags,
            header.cchMatchingPath,
            header.cchMatchingURL,
        );
        mapped_ex(
            "map_unicode_url_ex",
            ok,
            &wide_text(&header.lpszPath),
            numbers,
            rest,
        )
    }

    fn map_ex(&self, code: DWORD, url: LPVOID, info: *mut DWORD) -> BOOL {
        // SAFETY: the URL ends with a NUL and `info` points to the structure of this code. The size
        // may be null.
        unsafe { self.support(code, url, ptr::null_mut(), info) }
    }

    pub(crate) fn normalize(&self, url: &[u8]) -> String {
        let mut buffer = padded(&[url, b"\0"].concat(), 0);
        let data = buffer.as_mut_ptr().cast();
        let code = HSE_REQ_NORMALIZE_URL;
        // SAFETY: the URL ends with a NUL.
        let ok = unsafe { self.support(code, data, ptr::null_mut(), ptr::null_mut()) };
        let behind = &buffer[url.len() + 1..];
        let rest = if behind.iter().all(|byte| *byte == UNTOUCHED) {
            ""
        } else {
            " and wrote behind it"
        };
        outcome("normalize", ok, &format!("{}{rest}", narrow_text(&buffer)))
    }
}

/// `content` in `length` units or more, and [`BEHIND`] untouched ones.
fn padded<T: Copy + From<u8>>(content: &[T], length: usize) -> Vec<T> {
    let mut buffer = content.to_vec();
    let length = buffer.len().max(length);
    buffer.resize(length + BEHIND, T::from(UNTOUCHED));
    buffer
}

/// The path and the size, or the error, the size that is needed, and whether anything was written.
fn mapped<T: PartialEq>(
    name: &str,
    ok: BOOL,
    size: DWORD,
    before: &[T],
    after: &[T],
    text: &str,
) -> String {
    let code = last_error();
    let behind = before.len() - BEHIND;
    if before[behind..] != after[behind..] {
        return format!("{name} wrote behind its buffer");
    }
    if ok != FALSE {
        return format!("{name} TRUE {size} {text}");
    }
    let rest = if before == after {
        "untouched"
    } else {
        "touched"
    };
    format!("{name} FALSE {code} {size} {rest}")
}

fn mapped_ex(
    name: &str,
    ok: BOOL,
    path: &str,
    (flags, matching_path, matching_url): (DWORD, DWORD, DWORD),
    rest: &str,
) -> String {
    let answer = outcome("", ok, "");
    format!("{name}{answer} {path} {flags:#x} {matching_path} {matching_url} reserved {rest}")
}
