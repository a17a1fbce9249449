//! What every request offers, synchronous or not.

use std::borrow::Cow;
use std::path::PathBuf;

use isapi_abi::{
    EXTENSION_CONTROL_BLOCK, HSE_STATUS_ERROR, HSE_STATUS_SUCCESS, HSE_STATUS_SUCCESS_AND_KEEP_CONN,
};

use crate::error::Win32Error;
use crate::header::HeaderBlock;
use crate::raw::ecb::Ecb;
use crate::status::Finish;
use crate::text::{c_string, from_wide};

/// The part of a request that [`Request`](crate::Request) and
/// [`AsyncRequest`](crate::AsyncRequest) share; the safe view of
/// [`EXTENSION_CONTROL_BLOCK`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525658(v=vs.90)).
///
/// Texts of the block are given as UTF-8; a byte that is not becomes U+FFFD. The exact bytes are in
/// the [`variable`](ControlBlock::variable) of the same meaning. Decoded paths, which have the ANSI
/// code page on Windows, are asked for in UTF-16 there.
#[derive(Debug)]
pub struct ControlBlock {
    pub(crate) ecb: Ecb,
}

impl ControlBlock {
    pub(crate) fn new(ecb: Ecb) -> ControlBlock {
        ControlBlock { ecb }
    }

    /// The request method, such as `GET`.
    pub fn method(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.ecb.method())
    }

    /// What follows the `?` of the URL, not decoded; empty if nothing does.
    pub fn query(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.ecb.query())
    }

    /// The decoded path that follows the extension's own in the URL; empty if none does.
    pub fn path_info(&self) -> Cow<'_, str> {
        self.decoded(self.ecb.path_info(), "PATH_INFO")
    }

    /// [`path_info`](ControlBlock::path_info) as a path in the file system.
    pub fn path_translated(&self) -> PathBuf {
        let path = self.decoded(self.ecb.path_translated(), "PATH_TRANSLATED");
        PathBuf::from(path.into_owned())
    }

    /// The `Content-Type` of the request's body; empty if it has none.
    pub fn content_type(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.ecb.content_type())
    }

    /// The length of the request's body in bytes, [`preread`](ControlBlock::preread) included.
    ///
    /// `None` if it is not known beforehand, or is 4 GiB or more: then the body ends where a read
    /// gives no bytes.
    pub fn total_bytes(&self) -> Option<u32> {
        match self.ecb.total_bytes() {
            u32::MAX => None,
            total => Some(total),
        }
    }

    /// The first bytes of the body, which the host has read already; reads give what follows them.
    pub fn preread(&self) -> &[u8] {
        self.ecb.preread()
    }

    /// The value of a server variable, without the NUL (of two bytes for `UNICODE_` names) that
    /// ends it;
    /// [`GetServerVariable`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525335(v=vs.90)).
    ///
    /// # Errors
    ///
    /// [`INVALID_INDEX`](Win32Error::INVALID_INDEX) for an unknown name or a header field that was
    /// not sent, [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for a name with a NUL in it.
    pub fn variable(&self, name: &str) -> Result<Vec<u8>, Win32Error> {
        const ATTEMPTS: usize = 4;

        let c_name = c_string(name)?;
        let mut value = vec![0; 256];
        for _ in 0..ATTEMPTS {
            match self.ecb.server_variable(&c_name, &mut value) {
                Ok(size) => {
                    value.truncate(size.saturating_sub(terminator(name)));
                    return Ok(value);
                }
                Err((Win32Error::INSUFFICIENT_BUFFER, size)) => value.resize(size, 0),
                Err((error, _)) => return Err(error),
            }
        }
        Err(Win32Error::INSUFFICIENT_BUFFER)
    }

    /// The value of a server variable as UTF-8; a byte that is not becomes U+FFFD. On Windows, where
    /// it may have the ANSI code page, it is asked for in UTF-16 if there is more than ASCII in it.
    ///
    /// # Errors
    ///
    /// As for [`variable`](ControlBlock::variable).
    pub fn variable_str(&self, name: &str) -> Result<String, Win32Error> {
        let value = self.variable(name)?;
        Ok(self.decoded(&value, name).into_owned())
    }

    /// Sends the head of the response, once and before its body;
    /// [`HSE_REQ_SEND_RESPONSE_HEADER_EX`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms526034(v=vs.90)).
    ///
    /// `status` is the code and its reason, `200 OK`. The connection is kept for further requests
    /// where client and response allow it; a field `Connection: close` closes it.
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for a control character anywhere, a
    /// name that is none, or a second head; otherwise the host's code.
    pub fn send_header(&self, status: &str, headers: &[(&str, &str)]) -> Result<(), Win32Error> {
        let head = HeaderBlock::new(status, headers.iter().copied())?;
        self.ecb.send_header(&head)
    }

    /// Answers with a redirect to `url`, which is the whole response;
    /// [`HSE_REQ_SEND_URL_REDIRECT_RESP`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525014(v=vs.90)).
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for a URL with a control character or
    /// after a head has been sent.
    pub fn redirect(&self, url: &str) -> Result<(), Win32Error> {
        if url.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        self.ecb.send_redirect(&c_string(url)?)
    }

    /// Sets `dwHttpStatusCode`, the status the log shows.
    pub fn set_http_status(&self, status: u16) {
        self.ecb.set_http_status(status.into());
    }

    /// Sets `lpszLogData`, at most 79 bytes that the log shows; the rest is cut off.
    pub fn set_log_data(&self, text: &str) {
        self.ecb.set_log_data(text.as_bytes());
    }

    /// Appends to what the log shows as the request's query;
    /// [`HSE_APPEND_LOG_PARAMETER`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524660(v=vs.90)).
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for a text with a NUL in it.
    pub fn append_log(&self, text: &str) -> Result<(), Win32Error> {
        self.ecb.append_log(&c_string(text)?)
    }

    /// Whether the client is still there;
    /// [`HSE_REQ_IS_CONNECTED`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524582(v=vs.90)).
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn is_connected(&self) -> Result<bool, Win32Error> {
        self.ecb.is_connected()
    }

    /// Whether the client asked to keep the connection;
    /// [`HSE_REQ_IS_KEEP_CONN`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525422(v=vs.90)).
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn is_keep_conn(&self) -> Result<bool, Win32Error> {
        self.ecb.is_keep_conn()
    }

    /// The host's structure itself, for calls this crate has no method for.
    ///
    /// Whoever uses it takes the contract over: no `HSE_REQ_DONE_WITH_SESSION` and no asynchronous
    /// operation through it, and nothing after the request has ended.
    pub fn as_ptr(&self) -> *mut EXTENSION_CONTROL_BLOCK {
        self.ecb.as_ptr()
    }

    /// What an 8-bit text says that is the variable `name` as well.
    fn decoded<'a>(&self, text: &'a [u8], name: &str) -> Cow<'a, str> {
        // What the code page does not have is a `?` in it.
        let is_certain = !cfg!(windows) || (text.is_ascii() && !text.contains(&b'?'));
        if is_certain {
            return String::from_utf8_lossy(text);
        }
        match self.variable(&format!("UNICODE_{name}")) {
            Ok(wide) => Cow::Owned(from_wide(&units(&wide))),
            // What the client sent has no such form, nor has the code page.
            Err(_) => String::from_utf8_lossy(text),
        }
    }

    pub(crate) fn write_client(&self, mut data: &[u8]) -> Result<(), Win32Error> {
        while !data.is_empty() {
            let taken = self.ecb.write_client(data)?;
            if taken == 0 {
                return Err(Win32Error::WRITE_FAULT);
            }
            data = data.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    pub(crate) fn read_client(&self, buffer: &mut [u8]) -> Result<usize, Win32Error> {
        let read = self.ecb.read_client(buffer)?;
        Ok(read.min(buffer.len()))
    }

    pub(crate) fn done_with_session(&self, ending: Finish) {
        let status = match ending {
            Finish::Success => HSE_STATUS_SUCCESS,
            Finish::SuccessAndKeepConn => HSE_STATUS_SUCCESS_AND_KEEP_CONN,
            Finish::Error => HSE_STATUS_ERROR,
        };
        // A refused ending leaves nothing that could still be done.
        let _ = self.ecb.done_with_session(status);
    }
}

/// The units of a text in UTF-16.
fn units(bytes: &[u8]) -> Vec<u16> {
    let pairs = bytes.chunks_exact(2);
    pairs
        .map(|pair| u16::from_ne_bytes([pair[0], pair[1]]))
        .collect()
}

/// Bytes at the end of a variable's value that are not part of it.
fn terminator(name: &str) -> usize {
    let unicode = name
        .get(..8)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("UNICODE_"));
    if unicode { 2 } else { 1 }
}
