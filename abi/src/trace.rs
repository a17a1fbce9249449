//! Request tracing, and the one callback that only the process activation service offers.

use crate::{BOOL, BYTE, DWORD, HRESULT, LPCWSTR, PVOID};

/// The answer of [`HSE_REQ_GET_TRACE_INFO`](crate::HSE_REQ_GET_TRACE_INFO).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_TRACE_INFO {
    /// Whether this request is traced.
    pub fTraceRequest: BOOL,
    /// Names the request in the trace.
    pub TraceContextId: [BYTE; 16],
    /// Not used.
    pub dwReserved1: DWORD,
    /// Not used.
    pub dwReserved2: DWORD,
}

/// Pointer to an [`HSE_TRACE_INFO`].
pub type LPHSE_TRACE_INFO = *mut HSE_TRACE_INFO;

functions! {
    /// The answer of
    /// [`HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK`](crate::HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK).
    ///
    /// # Safety
    ///
    /// Both texts end with a NUL and `ppCustomInterface` is writable.
    PFN_HSE_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK(
        pszProtocolManagerDll: LPCWSTR,
        pszProtocolManagerDllInitFunction: LPCWSTR,
        dwCustomInterfaceId: DWORD,
        ppCustomInterface: *mut PVOID,
    ) -> HRESULT;
}
