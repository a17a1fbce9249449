//! The requests that ask for one value, and those that nobody outside Windows can answer.

use std::ffi::c_void;
use std::ptr;

use isapi_abi::{
    CERT_CONTEXT, CERT_CONTEXT_EX, DWORD, FALSE, HANDLE, HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK,
    HSE_REQ_GET_CERT_INFO_EX, HSE_REQ_GET_SSPI_INFO, HSE_REQ_GET_TRACE_INFO, HSE_REQ_IS_IN_PROCESS,
    HSE_REQ_SET_FLUSH_FLAG, HSE_TRACE_INFO, PFN_HSE_CACHE_INVALIDATION_CALLBACK,
};

use crate::calls::{last_error, outcome};
use crate::fill::describe;
use crate::run::Run;
use crate::wide::wide_string;

/// What an answer holds that the host has not written.
const UNTOUCHED: usize = 0x7777;

impl Run {
    /// The value is passed as the pointer.
    pub(crate) fn flush(&self, on: u32) -> String {
        let value = ptr::without_provenance_mut(on as usize);
        let code = HSE_REQ_SET_FLUSH_FLAG;
        // SAFETY: the pointer is a number, which is what the request asks for.
        let ok = unsafe { self.support(code, value, ptr::null_mut(), ptr::null_mut()) };
        outcome("flush", ok, "")
    }

    pub(crate) fn is_in_process(&self) -> String {
        let mut answer: DWORD = 7;
        let buffer = ptr::from_mut(&mut answer).cast();
        let code = HSE_REQ_IS_IN_PROCESS;
        // SAFETY: the answer lives until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        outcome("is_in_process", ok, &answer.to_string())
    }

    pub(crate) fn trace_info(&self) -> String {
        let mut info = HSE_TRACE_INFO {
            fTraceRequest: 7,
            TraceContextId: [7; 16],
            dwReserved1: 7,
            dwReserved2: 7,
        };
        let buffer = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_GET_TRACE_INFO;
        // SAFETY: the structure lives until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        let context: DWORD = info
            .TraceContextId
            .iter()
            .map(|byte| DWORD::from(*byte))
            .sum();
        let detail = format!(
            "{} {context} {} {}",
            info.fTraceRequest, info.dwReserved1, info.dwReserved2
        );
        outcome("trace_info", ok, &detail)
    }

    /// Asks for the routine and calls it.
    pub(crate) fn cache_callback(&self) -> String {
        let mut callback: Option<PFN_HSE_CACHE_INVALIDATION_CALLBACK> = None;
        let buffer = ptr::from_mut(&mut callback).cast();
        let code = HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK;
        // SAFETY: the place for the pointer lives until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        let answer = outcome("cache_callback", ok, "");
        let Some(callback) = callback else {
            return format!("{answer} and no routine");
        };
        let mut url = wide_string(b"http://127.0.0.1:80:127.0.0.1/x");
        // SAFETY: the host's routine, with a URL that ends with a NUL.
        let result = unsafe { callback(url.as_mut_ptr()) };
        format!("{answer} {result:#x}")
    }

    /// With room for `capacity` bytes and more behind it, which must stay as it is.
    pub(crate) fn cert_info(&self, capacity: u32) -> String {
        let mut room = vec![b'#'; capacity as usize + 16];
        let mut info = CERT_CONTEXT_EX {
            CertContext: CERT_CONTEXT {
                dwCertEncodingType: 7,
                pbCertEncoded: room.as_mut_ptr(),
                cbCertEncoded: 7,
                pCertInfo: ptr::null_mut(),
                hCertStore: ptr::null_mut(),
            },
            cbAllocated: capacity,
            dwCertificateFlags: 7,
        };
        let buffer = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_GET_CERT_INFO_EX;
        // SAFETY: the structure and the room it points to live until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        let error = last_error();
        let length = info.CertContext.cbCertEncoded;
        let (result, written) = if ok == FALSE {
            (format!("FALSE {error}"), 0)
        } else {
            ("TRUE".to_owned(), length as usize)
        };
        let rest = if room[written..].iter().all(|byte| *byte == b'#') {
            "untouched"
        } else {
            "touched"
        };
        format!(
            "cert_info {result} {length} encoding {} flags {} {} {rest}",
            info.CertContext.dwCertEncodingType,
            info.dwCertificateFlags,
            describe(&room[..written]),
        )
    }

    /// A request that writes a pointer or a handle to its first argument.
    pub(crate) fn out(&self, code: u32) -> String {
        let mut answer = untouched();
        let mut size: DWORD = 8;
        let buffer = ptr::from_mut(&mut answer).cast();
        // SAFETY: the answer lives until after the call.
        let ok = unsafe { self.support(code, buffer, &raw mut size, ptr::null_mut()) };
        told(&format!("out {code}"), ok, answer)
    }

    /// With pointers that lead nowhere, which a request that uses none must not follow.
    pub(crate) fn wild(&self, code: u32) -> String {
        let wild = ptr::without_provenance_mut::<c_void>(UNTOUCHED);
        // SAFETY: none of these requests uses its pointers.
        let ok = unsafe { self.support(code, wild, wild.cast(), wild.cast()) };
        outcome(&format!("wild {code}"), ok, "")
    }

    /// The handle is asked for where other requests have their size.
    pub(crate) fn anonymous_token(&self, name: &str, code: u32, path: &[u8]) -> String {
        let mut answer = untouched();
        // Ends with a NUL in both widths.
        let mut path = [path, b"\0\0\0"].concat();
        let (buffer, handle) = (path.as_mut_ptr().cast(), (&raw mut answer).cast());
        // SAFETY: the path and the answer live until after the call.
        let ok = unsafe { self.support(code, buffer, handle, ptr::null_mut()) };
        told(name, ok, answer)
    }

    pub(crate) fn sspi(&self) -> String {
        // Both are structures of two pointers.
        let (mut context, mut credentials) = ([untouched(); 2], [untouched(); 2]);
        let code = HSE_REQ_GET_SSPI_INFO;
        let (buffer, kind) = ((&raw mut context).cast(), (&raw mut credentials).cast());
        // SAFETY: both live until after the call.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), kind) };
        let touched = [context, credentials].concat();
        let answer = touched.into_iter().find(|value| *value != untouched());
        told("sspi", ok, answer.unwrap_or(untouched()))
    }
}

fn untouched() -> HANDLE {
    ptr::without_provenance_mut::<c_void>(UNTOUCHED)
}

fn told(name: &str, ok: isapi_abi::BOOL, answer: HANDLE) -> String {
    let answer_line = outcome(name, ok, "");
    let rest = if answer == untouched() {
        "untouched"
    } else {
        "touched"
    };
    format!("{answer_line} {rest}")
}
