use std::ptr;

use isapi_core::session::Misuse;
use isapi_core::url_path::{UrlPath, normalize_url};
use isapi_core::win32::Win32Error;

use crate::decode::{MapUrl, MapUrlAnswer, MapUrlEx, NormalizeUrl};
use crate::encode;
use crate::gate::{Failure, Visit};
use crate::shared::Shared;
use crate::{Backend, UrlMapping};

/// `HSE_REQ_MAP_URL_TO_PATH` and `HSE_REQ_MAP_UNICODE_URL_TO_PATH`. The path may have any length.
///
/// # Safety
///
/// The buffer of the request has the size that it says, which can be read and written.
pub(super) unsafe fn map_url(visit: &Visit, request: &MapUrl<'_>) -> Result<(), Failure> {
    let (_, mapping) = mapping(visit.shared(), &request.url)?;
    let path = encode::text(&mapping.path, request.encoding);
    // SAFETY: the caller's promise; that `size` is not null was checked.
    unsafe { encode::fill(&path, request.buffer, request.size) }?;
    Ok(())
}

/// `HSE_REQ_MAP_URL_TO_PATH_EX` and `HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`.
///
/// # Safety
///
/// The answer's place has room for it.
pub(super) unsafe fn map_url_ex(visit: &Visit, request: &MapUrlEx<'_>) -> Result<(), Failure> {
    let (url, mapping) = mapping(visit.shared(), &request.url)?;
    // SAFETY: the caller's promise, for both.
    unsafe {
        match &request.answer {
            MapUrlAnswer::Narrow(info, backend) => {
                encode::map_url_info(&url, &mapping, info.place(), *backend)
            }
            MapUrlAnswer::Utf16(info) => encode::map_unicode_url_info(&url, &mapping, info.place()),
        }
    }?;
    Ok(())
}

/// Where a URL lies; an empty one is the request's own. What is behind a `?` says nothing about it.
fn mapping(shared: &Shared, url: &str) -> Result<(UrlPath, UrlMapping), Failure> {
    let url = if url.is_empty() {
        shared.head().target()
    } else {
        url
    };
    let path = url.split('?').next().unwrap_or(url);
    let path = UrlPath::parse(path).map_err(|_| Misuse::InvalidUrl)?;
    let mapping = shared
        .site()
        .map_url(&path)
        .ok_or(Win32Error::FILE_NOT_FOUND)?;
    Ok((path, mapping))
}

/// `HSE_REQ_NORMALIZE_URL`.
///
/// # Safety
///
/// The buffer of the request can be written as far as its URL and the NUL behind it go.
pub(super) unsafe fn normalize(
    request: &NormalizeUrl,
    backend: &dyn Backend,
) -> Result<(), Failure> {
    let url = normalize_url(&request.url).map_err(|_| Misuse::InvalidUrl)?;
    let url = backend.encode_text(&url);
    // A normal form is never longer than the URL, unless an encoding has two forms of a character.
    if url.len() > request.length {
        return Err(Win32Error::INSUFFICIENT_BUFFER.into());
    }
    // SAFETY: what is written is no longer than the URL that stood there with its NUL, and our own
    // bytes do not overlap with the extension's buffer.
    unsafe {
        ptr::copy_nonoverlapping(url.as_ptr(), request.buffer, url.len());
        request.buffer.add(url.len()).write(0);
    }
    Ok(())
}
