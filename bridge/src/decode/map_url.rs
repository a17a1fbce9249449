//! The arguments of the four requests that map a URL, and of the one that normalises one.

use isapi_abi::{BYTE, HSE_UNICODE_URL_MAPEX_INFO, HSE_URL_MAPEX_INFO, LPDWORD, LPVOID};
use isapi_core::session::Misuse;

use super::Answer;
use super::memory::c_string;
use super::text::{Encoding, text};
use crate::Backend;

/// `HSE_REQ_MAP_URL_TO_PATH`, `HSE_REQ_MAP_UNICODE_URL_TO_PATH`: the path takes the URL's place
/// ([ms525532](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525532(v=vs.90))).
#[derive(Debug)]
pub(crate) struct MapUrl<'a> {
    /// Empty for the request's own.
    pub(crate) url: String,
    pub(crate) encoding: Encoding<'a>,
    pub(crate) buffer: *mut BYTE,
    /// Not null; the size of `buffer` in bytes, whatever the encoding.
    pub(crate) size: LPDWORD,
}

impl<'a> MapUrl<'a> {
    /// The URL ends with its NUL, wherever `size` says that the buffer ends.
    ///
    /// # Safety
    ///
    /// `buffer` is null or holds a text that ends with a NUL.
    pub(super) unsafe fn decode(
        buffer: LPVOID,
        size: LPDWORD,
        encoding: Encoding<'a>,
    ) -> Result<Self, Misuse> {
        // SAFETY: the same promise.
        let url = unsafe { url(buffer, encoding) }?;
        if size.is_null() {
            return Err(Misuse::NullPointer("lpdwSize"));
        }
        Ok(Self {
            url,
            encoding,
            buffer: buffer.cast(),
            size,
        })
    }
}

/// `HSE_REQ_MAP_URL_TO_PATH_EX`, `HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`: the path goes to a structure
/// of its own
/// ([ms524961](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524961(v=vs.90))).
#[derive(Debug)]
pub(crate) struct MapUrlEx<'a> {
    /// Empty for the request's own.
    pub(crate) url: String,
    pub(crate) answer: MapUrlAnswer<'a>,
}

/// Where the path goes, and with it the encoding.
#[derive(Debug)]
pub(crate) enum MapUrlAnswer<'a> {
    Narrow(Answer<HSE_URL_MAPEX_INFO>, &'a dyn Backend),
    Utf16(Answer<HSE_UNICODE_URL_MAPEX_INFO>),
}

impl<'a> MapUrlEx<'a> {
    /// The URL ends with its NUL; `lpdwSize` is not asked for its length.
    ///
    /// # Safety
    ///
    /// `buffer` is null or holds a text that ends with a NUL.
    pub(super) unsafe fn decode(
        buffer: LPVOID,
        info: LPDWORD,
        encoding: Encoding<'a>,
    ) -> Result<Self, Misuse> {
        // SAFETY: the same promise.
        let url = unsafe { url(buffer, encoding) }?;
        let answer = match encoding {
            Encoding::Narrow(backend) => {
                MapUrlAnswer::Narrow(Answer::at(info, "lpdwDataType")?, backend)
            }
            Encoding::Utf16 => MapUrlAnswer::Utf16(Answer::at(info, "lpdwDataType")?),
        };
        Ok(Self { url, answer })
    }
}

/// `HSE_REQ_NORMALIZE_URL`: the normal form takes the URL's place
/// ([ms525993](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525993(v=vs.90))).
#[derive(Debug)]
pub(crate) struct NormalizeUrl {
    pub(crate) url: String,
    /// Holds the URL and its NUL, hence has room for as much.
    pub(crate) buffer: *mut BYTE,
    /// How many bytes the URL has in the buffer, its NUL not counted.
    pub(crate) length: usize,
}

impl NormalizeUrl {
    /// # Safety
    ///
    /// `buffer` is null or holds a text that ends with a NUL.
    pub(super) unsafe fn decode(buffer: LPVOID, backend: &dyn Backend) -> Result<Self, Misuse> {
        // SAFETY: the same promise, for both.
        let (url, length) = unsafe {
            let url = url(buffer, Encoding::Narrow(backend))?;
            (url, c_string(buffer.cast(), "lpvBuffer")?.len())
        };
        Ok(Self {
            url,
            buffer: buffer.cast(),
            length,
        })
    }
}

/// # Safety
///
/// `buffer` is null or holds a text that ends with a NUL.
unsafe fn url(buffer: LPVOID, encoding: Encoding<'_>) -> Result<String, Misuse> {
    // SAFETY: the same promise.
    unsafe { text(buffer, encoding, "lpvBuffer", Misuse::InvalidUrl) }
}
