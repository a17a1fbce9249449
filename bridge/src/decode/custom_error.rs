use http::StatusCode;
use isapi_abi::{HSE_CUSTOM_ERROR_INFO, LPVOID};
use isapi_core::response_head::ResponseHead;
use isapi_core::session::Misuse;

use super::IoMode;
use super::memory::{c_string, read};

/// The error that `HSE_REQ_SEND_CUSTOM_ERROR` wants the site's page for
/// ([ms525792](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525792(v=vs.90))).
#[derive(Debug)]
pub(crate) struct CustomError {
    /// The status and its reason.
    pub(crate) head: ResponseHead,
    pub(crate) sub_status: u16,
    pub(crate) mode: IoMode,
}

impl CustomError {
    /// # Safety
    ///
    /// `info` is null or points to a filled `HSE_CUSTOM_ERROR_INFO`.
    pub(super) unsafe fn decode(info: LPVOID) -> Result<Self, Misuse> {
        // SAFETY: null or such a structure, hence readable.
        let info = unsafe { read(info.cast::<HSE_CUSTOM_ERROR_INFO>(), "lpvBuffer") }?;
        // SAFETY: in a filled structure, `pszStatus` is null or ends with a NUL.
        let status = unsafe { c_string(info.pszStatus, "pszStatus") }?;
        if status.trim_ascii().is_empty() {
            return Err(Misuse::InvalidArgument("pszStatus"));
        }
        let (head, _) =
            ResponseHead::from_header_call(Some(status), b"").map_err(Misuse::MalformedHead)?;
        let mode = match info.fAsync {
            0 => IoMode::Sync,
            _ => IoMode::Async,
        };
        Ok(Self {
            head,
            sub_status: info.uHttpSubError,
            mode,
        })
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head.status()
    }
}
