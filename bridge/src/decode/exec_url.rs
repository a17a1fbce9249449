//! `HSE_EXEC_URL_INFO` and `HSE_EXEC_UNICODE_URL_INFO`.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use isapi_abi::{
    DWORD, HANDLE, HSE_EXEC_UNICODE_URL_INFO, HSE_EXEC_UNICODE_URL_USER_INFO,
    HSE_EXEC_URL_DISABLE_CUSTOM_ERROR, HSE_EXEC_URL_ENTITY_INFO, HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE,
    HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR, HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE,
    HSE_EXEC_URL_INFO, HSE_EXEC_URL_NO_HEADERS, HSE_EXEC_URL_SSI_CMD, HSE_EXEC_URL_USER_INFO,
    LPSTR, LPVOID,
};
use isapi_core::request_head::User;
use isapi_core::session::{ChildRequest, Misuse};
use isapi_core::url_path::UrlPath;

use super::memory::{bytes, c_string, read};
use super::text::{Encoding, text};
use crate::Backend;

/// The last two say nothing to a host without server-side includes and without a cache.
const KNOWN_FLAGS: DWORD = HSE_EXEC_URL_NO_HEADERS
    | HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR
    | HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE
    | HSE_EXEC_URL_DISABLE_CUSTOM_ERROR
    | HSE_EXEC_URL_SSI_CMD
    | HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE;

/// What `HSE_REQ_EXEC_URL` or `HSE_REQ_EXEC_UNICODE_URL` is to execute
/// ([ms525511](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525511(v=vs.90))).
#[derive(Debug)]
pub(crate) struct ExecUrl {
    pub(crate) child: ChildRequest,
    /// The child is to run under a Windows token.
    pub(crate) has_token: bool,
}

/// Both structures, which differ in the types of two pointers.
struct Info<'a> {
    encoding: Encoding<'a>,
    backend: &'a dyn Backend,
    url: LPVOID,
    method: LPSTR,
    headers: LPSTR,
    user: Option<UserInfo>,
    entity: *const HSE_EXEC_URL_ENTITY_INFO,
    flags: DWORD,
}

struct UserInfo {
    token: HANDLE,
    name: LPVOID,
    auth_type: LPSTR,
}

impl ExecUrl {
    /// `HSE_REQ_EXEC_URL`.
    ///
    /// # Safety
    ///
    /// `info` is null or points to a filled `HSE_EXEC_URL_INFO`.
    pub(super) unsafe fn decode(info: LPVOID, backend: &dyn Backend) -> Result<Self, Misuse> {
        // SAFETY: null or such a structure, hence readable.
        let info = unsafe { read(info.cast::<HSE_EXEC_URL_INFO>(), "lpvBuffer") }?;
        // SAFETY: in a filled structure, `pUserInfo` is null or points to a filled one.
        let user =
            unsafe { optional(info.pUserInfo) }.map(|user: HSE_EXEC_URL_USER_INFO| UserInfo {
                token: user.hImpersonationToken,
                name: user.pszCustomUserName.cast(),
                auth_type: user.pszCustomAuthType,
            });
        let info = Info {
            encoding: Encoding::Narrow(backend),
            backend,
            url: info.pszUrl.cast(),
            method: info.pszMethod,
            headers: info.pszChildHeaders,
            user,
            entity: info.pEntity,
            flags: info.dwExecUrlFlags,
        };
        // SAFETY: the pointers are those of a filled structure.
        unsafe { Self::from_info(&info) }
    }

    /// `HSE_REQ_EXEC_UNICODE_URL`.
    ///
    /// # Safety
    ///
    /// `info` is null or points to a filled `HSE_EXEC_UNICODE_URL_INFO`.
    pub(super) unsafe fn decode_unicode(
        info: LPVOID,
        backend: &dyn Backend,
    ) -> Result<Self, Misuse> {
        // SAFETY: null or such a structure, hence readable.
        let info = unsafe { read(info.cast::<HSE_EXEC_UNICODE_URL_INFO>(), "lpvBuffer") }?;
        // SAFETY: in a filled structure, `pUserInfo` is null or points to a filled one.
        let user =
            unsafe { optional(info.pUserInfo) }.map(|user: HSE_EXEC_UNICODE_URL_USER_INFO| {
                UserInfo {
                    token: user.hImpersonationToken,
                    name: user.pszCustomUserName.cast(),
                    auth_type: user.pszCustomAuthType,
                }
            });
        let info = Info {
            encoding: Encoding::Utf16,
            backend,
            url: info.pszUrl.cast(),
            method: info.pszMethod,
            headers: info.pszChildHeaders,
            user,
            entity: info.pEntity,
            flags: info.dwExecUrlFlags,
        };
        // SAFETY: the pointers are those of a filled structure.
        unsafe { Self::from_info(&info) }
    }

    /// # Safety
    ///
    /// Every text in `info` is null or ends with a NUL, and its entity is null or filled.
    unsafe fn from_info(info: &Info<'_>) -> Result<Self, Misuse> {
        let flags = info.flags;
        if flags & !KNOWN_FLAGS != 0 {
            return Err(Misuse::UnknownFlags(flags));
        }
        // SAFETY: all four are such texts, and a filled structure.
        let (url, method, headers, entity) = unsafe {
            (
                url(info.url, info.encoding)?,
                method(info.method)?,
                child_headers(info.headers)?,
                entity(info.entity)?,
            )
        };
        let user = match &info.user {
            // SAFETY: its texts are such as well.
            Some(user) => unsafe { self::user(user, info) }?,
            None => None,
        };
        Ok(Self {
            child: ChildRequest {
                url,
                method,
                headers,
                entity,
                user,
                no_headers: flags & HSE_EXEC_URL_NO_HEADERS != 0,
                ignore_current_interceptor: flags & HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR != 0,
                ignore_validation_and_range: flags & HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE != 0,
                disable_custom_error: flags & HSE_EXEC_URL_DISABLE_CUSTOM_ERROR != 0,
            },
            has_token: info.user.as_ref().is_some_and(|user| !user.token.is_null()),
        })
    }
}

/// What an optional pointer points to.
///
/// # Safety
///
/// `pointer` is null or readable.
unsafe fn optional<T: Copy>(pointer: *const T) -> Option<T> {
    // SAFETY: the same promise.
    unsafe { read(pointer, "") }.ok()
}

/// # Safety
///
/// `url` is null or ends with a NUL.
unsafe fn url(url: LPVOID, encoding: Encoding<'_>) -> Result<Option<String>, Misuse> {
    if url.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, hence ends with a NUL.
    let url = unsafe { text(url, encoding, "pszUrl", Misuse::InvalidUrl) }?;
    request_target(&url).map(Some)
}

/// The URL as a client would have sent it: what is no visible ASCII is escaped.
///
/// A path that means nothing to anybody is refused. One that is only never served is not: the child
/// gets the same 404 as a client.
fn request_target(url: &str) -> Result<String, Misuse> {
    let mut target = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'#' | 0..=0x1f | 0x7f => return Err(Misuse::InvalidUrl),
            b'!'..=b'~' => target.push(char::from(byte)),
            b' ' | 0x80..=0xff => {
                // Writing to a `String` cannot fail.
                let _ = write!(target, "%{byte:02X}");
            }
        }
    }
    let path = target.split('?').next().unwrap_or(&target);
    match UrlPath::parse(path) {
        Err(error) if error.status() == StatusCode::BAD_REQUEST => Err(Misuse::InvalidUrl),
        Ok(_) | Err(_) => Ok(target),
    }
}

/// # Safety
///
/// `method` is null or ends with a NUL.
unsafe fn method(method: LPSTR) -> Result<Option<Method>, Misuse> {
    if method.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, hence ends with a NUL.
    let method = unsafe { c_string(method, "pszMethod") }?;
    let method = Method::from_bytes(method).map_err(|_| Misuse::InvalidArgument("pszMethod"))?;
    Ok(Some(method))
}

/// # Safety
///
/// `headers` is null or ends with a NUL.
unsafe fn child_headers(headers: LPSTR) -> Result<Option<Vec<(HeaderName, HeaderValue)>>, Misuse> {
    if headers.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, hence ends with a NUL.
    let headers = unsafe { c_string(headers, "pszChildHeaders") }?;
    let fields = fields(headers).ok_or(Misuse::InvalidArgument("pszChildHeaders"))?;
    Ok(Some(fields))
}

/// The fields of a header block. Its lines end with CR LF or LF, the last one may lack its end; a
/// blank line ends the block, and nothing may follow it.
fn fields(block: &[u8]) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let mut lines = block
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut fields = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let name = HeaderName::from_bytes(name).ok()?;
        let value = HeaderValue::from_bytes(value.trim_ascii()).ok()?;
        fields.push((name, value));
    }
    lines.all(<[u8]>::is_empty).then_some(fields)
}

/// Nobody is put in the place of the request's own user by a structure that names none.
///
/// # Safety
///
/// Both texts are null or end with a NUL.
unsafe fn user(user: &UserInfo, info: &Info<'_>) -> Result<Option<User>, Misuse> {
    if user.name.is_null() && user.auth_type.is_null() {
        return Ok(None);
    }
    let named = |pointer: LPVOID, encoding: Encoding<'_>, name: &'static str| {
        if pointer.is_null() {
            return Ok(String::new());
        }
        let malformed = Misuse::InvalidArgument(name);
        // SAFETY: `named` is called with the two texts alone, which end with a NUL.
        let text = unsafe { text(pointer, encoding, name, malformed) }?;
        if text.contains(char::is_control) {
            return Err(malformed);
        }
        Ok(text)
    };
    Ok(Some(User {
        name: named(user.name, info.encoding, "pszCustomUserName")?,
        auth_type: named(
            user.auth_type.cast(),
            Encoding::Narrow(info.backend),
            "pszCustomAuthType",
        )?,
    }))
}

/// # Safety
///
/// `info` is null or filled.
unsafe fn entity(info: *const HSE_EXEC_URL_ENTITY_INFO) -> Result<Option<Bytes>, Misuse> {
    // SAFETY: null or readable.
    let Some(info) = (unsafe { optional(info) }) else {
        return Ok(None);
    };
    // SAFETY: in a filled structure, `lpbData` is null or points to `cbAvailable` bytes; they are
    // copied during the extension's call.
    let data = unsafe { bytes(info.lpbData.cast(), info.cbAvailable, "lpbData") }?;
    Ok(Some(Bytes::copy_from_slice(data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_a_client_would_have_sent() {
        let cases = [
            ("/", "/"),
            ("/a%20b?c=%41", "/a%20b?c=%41"),
            ("/gr\u{fc}n b?\u{e4}", "/gr%C3%BCn%20b?%C3%A4"),
            // Never served, but a URL all the same.
            ("/aux", "/aux"),
            ("/a:b", "/a:b"),
        ];
        for (url, target) in cases {
            assert_eq!(request_target(url).as_deref(), Ok(target));
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for url in [
            "",
            "a",
            "?a=1",
            "http://example.org/",
            "/../a",
            "/%zz",
            "/a#b",
            "/a?b#c",
            "/a\r\nX: 1",
            "/a?b\x7f",
            "/%ff",
        ] {
            assert_eq!(request_target(url), Err(Misuse::InvalidUrl), "{url:?}");
        }
    }

    fn names_and_values(block: &str) -> Option<Vec<(String, String)>> {
        let fields = fields(block.as_bytes())?;
        let text = |value: &HeaderValue| value.to_str().expect("ASCII").to_owned();
        let pairs = fields
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)));
        Some(pairs.collect())
    }

    #[test]
    fn a_header_block_is_read_with_every_line_end() {
        let both = Some(vec![
            ("host".to_owned(), "a:80".to_owned()),
            ("x-b".to_owned(), String::new()),
        ]);
        for block in [
            "Host: a:80\r\nX-B:\r\n\r\n",
            "Host:a:80\nX-B: \n",
            "Host: a:80\r\nX-B:",
        ] {
            assert_eq!(names_and_values(block), both, "{block:?}");
        }
        assert_eq!(names_and_values(""), Some(Vec::new()));
        assert_eq!(names_and_values("\r\n"), Some(Vec::new()));
    }

    #[test]
    fn a_malformed_header_block_is_refused() {
        for block in [
            "Host",
            "Host : a\r\n",
            " Host: a\r\n",
            "A: 1\r\n folded\r\n",
            "A: 1\r\n\r\nbody",
            "A: b\rc\r\n",
            ": 1\r\n",
        ] {
            assert_eq!(names_and_values(block), None, "{block:?}");
        }
    }
}
