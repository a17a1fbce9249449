//! The calls that move no data: what the host is asked and told.

use std::ffi::CStr;
use std::ptr;

use isapi_abi::{
    DWORD, HSE_EXEC_URL_STATUS, HSE_REQ_ABORTIVE_CLOSE, HSE_REQ_CLOSE_CONNECTION,
    HSE_REQ_GET_EXEC_URL_STATUS, HSE_REQ_IS_IN_PROCESS, HSE_REQ_REPORT_UNHEALTHY,
    HSE_REQ_SET_FLUSH_FLAG,
};

use crate::error::Win32Error;
use crate::raw::ecb::Ecb;

impl Ecb {
    /// `HSE_REQ_GET_EXEC_URL_STATUS`.
    pub(crate) fn exec_url_status(&self) -> Result<HSE_EXEC_URL_STATUS, Win32Error> {
        let mut status = HSE_EXEC_URL_STATUS {
            uHttpStatusCode: 0,
            uHttpSubStatus: 0,
            dwWin32Error: 0,
        };
        let buffer = (&raw mut status).cast();
        // SAFETY: the code takes such a structure, which outlives the call.
        unsafe { self.support_buffer(HSE_REQ_GET_EXEC_URL_STATUS, buffer) }?;
        Ok(status)
    }

    /// `HSE_REQ_SET_FLUSH_FLAG`, whose argument is the value itself.
    pub(crate) fn set_flush_flag(&self, on: bool) -> Result<(), Win32Error> {
        let value = ptr::without_provenance_mut(usize::from(on));
        // SAFETY: the code takes a truth value in the place of the pointer.
        unsafe { self.support_buffer(HSE_REQ_SET_FLUSH_FLAG, value) }
    }

    /// `HSE_REQ_IS_IN_PROCESS`: one of the `HSE_APP_FLAG_` values.
    pub(crate) fn process(&self) -> Result<DWORD, Win32Error> {
        let mut process: DWORD = 0;
        let buffer = (&raw mut process).cast();
        // SAFETY: the code takes a `DWORD*`; the variable outlives the call.
        unsafe { self.support_buffer(HSE_REQ_IS_IN_PROCESS, buffer) }?;
        Ok(process)
    }

    /// `HSE_REQ_REPORT_UNHEALTHY`.
    pub(crate) fn report_unhealthy(&self, reason: Option<&CStr>) -> Result<(), Win32Error> {
        let reason = reason.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: the code takes null or a text that ends with a NUL.
        unsafe { self.support_buffer(HSE_REQ_REPORT_UNHEALTHY, reason.cast_mut().cast()) }
    }

    /// `HSE_REQ_CLOSE_CONNECTION`.
    pub(crate) fn close_connection(&self) -> Result<(), Win32Error> {
        // SAFETY: the code takes nothing.
        unsafe { self.support_buffer(HSE_REQ_CLOSE_CONNECTION, ptr::null_mut()) }
    }

    /// `HSE_REQ_ABORTIVE_CLOSE`.
    pub(crate) fn abortive_close(&self) -> Result<(), Win32Error> {
        // SAFETY: the code takes nothing.
        unsafe { self.support_buffer(HSE_REQ_ABORTIVE_CLOSE, ptr::null_mut()) }
    }
}
