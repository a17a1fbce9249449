//! A URL in its normal form, for `HSE_REQ_NORMALIZE_URL`.

use crate::request_head::is_authority;

use super::{UrlError, UrlPath};

/// The normal form of a URL: its path as [`UrlPath::parse`] decodes it, everything else as it is.
///
/// A path, with or without a query, or an absolute `http` or `https` URL. Escapes of the path are
/// decoded once, dot segments resolved, doubled slashes made one. The query begins at the first
/// `?`, before anything is decoded, and is not touched. The result is never longer than `url`, so
/// that it fits where the URL stood; therefore no `/` is put behind a host that has none.
///
/// ```
/// use isapi_core::url_path::{UrlError, normalize_url};
///
/// assert_eq!(normalize_url("/a//b/../%63?d=%65").as_deref(), Ok("/a/c?d=%65"));
/// assert_eq!(normalize_url("http://host:80/./a").as_deref(), Ok("http://host:80/a"));
/// assert_eq!(normalize_url("/../a"), Err(UrlError::LeavesRoot));
/// ```
///
/// See [HSE_REQ_NORMALIZE_URL](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525993(v=vs.90)).
///
/// # Errors
///
/// [`UrlError`] names the first offence: of the path as for [`UrlPath::parse`], a host that is
/// none, or a URL that is neither a path nor absolute.
pub fn normalize_url(url: &str) -> Result<String, UrlError> {
    let (before_query, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    let (origin, path) = before_query.split_at(path_start(before_query)?);
    if path.is_empty() {
        return Ok(url.to_owned());
    }
    let path = UrlPath::parse(path)?;
    Ok([origin, path.decoded(), query].concat())
}

/// Where the path begins: behind scheme and host, where there are some.
fn path_start(url: &str) -> Result<usize, UrlError> {
    if url.starts_with('/') {
        return Ok(0);
    }
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::NotAbsolute)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(UrlError::NotAbsolute);
    }
    let authority = rest.split('/').next().unwrap_or(rest);
    if !is_authority(authority) {
        return Err(UrlError::InvalidHost);
    }
    Ok(url.len() - rest.len() + authority.len())
}
