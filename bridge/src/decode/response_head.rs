//! The arguments of the requests that send a head and little else.

use bytes::Bytes;
use http::HeaderValue;
use isapi_abi::{HSE_SEND_HEADER_EX_INFO, LPDWORD, LPVOID};
use isapi_core::response_head::{HeadError, ResponseHead};
use isapi_core::session::Misuse;

use super::memory::{c_string, counted_string, read};

/// A response head and the body bytes that came with it.
#[derive(Debug)]
pub(crate) struct HeaderCall {
    pub(crate) head: ResponseHead,
    pub(crate) body: Bytes,
    pub(crate) keep_conn: bool,
}

impl HeaderCall {
    /// `HSE_REQ_SEND_RESPONSE_HEADER`: both strings end with a NUL, both may be missing. There is no
    /// way to say whether the connection is to be kept; the framing decides, as on IIS 7.
    ///
    /// # Safety
    ///
    /// Each is null or ends with a NUL.
    pub(super) unsafe fn decode(status: LPVOID, headers: LPDWORD) -> Result<Self, Misuse> {
        let text = |pointer: LPVOID| {
            if pointer.is_null() {
                return Ok(&[][..]);
            }
            // SAFETY: `text` is called with `status` and `headers` alone, which end with a NUL.
            unsafe { c_string(pointer.cast(), "") }
        };
        Self::new(text(status)?, text(headers.cast())?, true)
    }

    /// `HSE_REQ_SEND_RESPONSE_HEADER_EX`: both strings have the length that is given.
    ///
    /// # Safety
    ///
    /// `info` is null or points to a filled `HSE_SEND_HEADER_EX_INFO`.
    pub(super) unsafe fn decode_ex(info: LPVOID) -> Result<Self, Misuse> {
        // SAFETY: null or such a structure, hence readable.
        let info = unsafe { read(info.cast::<HSE_SEND_HEADER_EX_INFO>(), "lpvBuffer") }?;
        // SAFETY: in a filled structure, `pszStatus` is null or points to `cchStatus` bytes.
        let status = unsafe { counted_string(info.pszStatus, info.cchStatus, "pszStatus") }?;
        // SAFETY: and `pszHeader` is null or points to `cchHeader` bytes.
        let headers = unsafe { counted_string(info.pszHeader, info.cchHeader, "pszHeader") }?;
        Self::new(status, headers, info.fKeepConn != 0)
    }

    fn new(status: &[u8], headers: &[u8], keep_conn: bool) -> Result<Self, Misuse> {
        let (head, body) = head_and_body(status, headers)?;
        Ok(Self {
            head,
            body,
            keep_conn,
        })
    }
}

/// A head from its two texts, and the body bytes behind its blank line.
pub(super) fn head_and_body(
    status: &[u8],
    headers: &[u8],
) -> Result<(ResponseHead, Bytes), Misuse> {
    let (head, used) =
        ResponseHead::from_header_call(Some(status), headers).map_err(Misuse::MalformedHead)?;
    let body = headers.get(used..).unwrap_or_default();
    Ok((head, Bytes::copy_from_slice(body)))
}

/// Where `HSE_REQ_SEND_URL` and `HSE_REQ_SEND_URL_REDIRECT_RESP` send the client.
///
/// The size that comes with the URL is not read: the URL ends with a NUL, and authors leave the
/// size unset. The URL is the value of a header field, so its bytes go out as they are.
///
/// # Safety
///
/// `url` is null or ends with a NUL.
pub(super) unsafe fn redirect(url: LPVOID) -> Result<HeaderValue, Misuse> {
    // SAFETY: the same promise; the result is copied before the call returns.
    let url = unsafe { c_string(url.cast(), "lpvBuffer") }?;
    HeaderValue::from_bytes(url).map_err(|_| Misuse::MalformedHead(HeadError::InvalidValue))
}
