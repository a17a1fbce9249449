//! The fields of an `EXTENSION_CONTROL_BLOCK` and the synchronous calls of its four callbacks.

use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use std::slice;

use isapi_abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, FALSE, HCONN, HSE_APPEND_LOG_PARAMETER, HSE_IO_SYNC,
    HSE_REQ_DONE_WITH_SESSION, HSE_REQ_IS_CONNECTED, HSE_REQ_IS_KEEP_CONN,
    HSE_REQ_SEND_RESPONSE_HEADER_EX, HSE_REQ_SEND_URL_REDIRECT_RESP, HSE_SEND_HEADER_EX_INFO,
    LPDWORD, LPSTR, LPVOID, TRUE,
};

use crate::error::Win32Error;
use crate::header::HeaderBlock;
use crate::raw::form::Form;
use crate::raw::last_error::last_error;

/// The one owner of a live control block's callbacks and OUT fields.
#[derive(Debug)]
pub(crate) struct Ecb(NonNull<EXTENSION_CONTROL_BLOCK>);

// SAFETY: the host lets every callback be called from any thread until the session has ended, and
// this value, which is not `Sync`, is the only one that touches the block's fields.
unsafe impl Send for Ecb {}

impl Ecb {
    /// # Safety
    ///
    /// `ecb` is what the host passed to `HttpExtensionProc`. The value is dropped before that call
    /// returns, or before `HSE_REQ_DONE_WITH_SESSION` has been said; until then it is the only one
    /// for this block.
    pub(crate) unsafe fn new(ecb: NonNull<EXTENSION_CONTROL_BLOCK>) -> Ecb {
        Ecb(ecb)
    }

    pub(crate) fn as_ptr(&self) -> *mut EXTENSION_CONTROL_BLOCK {
        self.0.as_ptr()
    }

    /// A copy of the block; nothing borrows from the host's memory but its pointers.
    pub(crate) fn fields(&self) -> EXTENSION_CONTROL_BLOCK {
        // SAFETY: the block is live (`new`), and only this thread writes to it (not `Sync`).
        unsafe { self.0.read() }
    }

    pub(crate) fn connection(&self) -> HCONN {
        self.fields().ConnID
    }

    pub(crate) fn method(&self) -> &[u8] {
        self.text(self.fields().lpszMethod)
    }

    pub(crate) fn query(&self) -> &[u8] {
        self.text(self.fields().lpszQueryString)
    }

    pub(crate) fn path_info(&self) -> &[u8] {
        self.text(self.fields().lpszPathInfo)
    }

    pub(crate) fn path_translated(&self) -> &[u8] {
        self.text(self.fields().lpszPathTranslated)
    }

    pub(crate) fn content_type(&self) -> &[u8] {
        self.text(self.fields().lpszContentType)
    }

    /// One of the block's texts; some hosts leave a missing one null.
    fn text(&self, text: LPSTR) -> &[u8] {
        if text.is_null() {
            return &[];
        }
        // SAFETY: the texts of the block end with a NUL and live as long as it does.
        unsafe { CStr::from_ptr(text) }.to_bytes()
    }

    pub(crate) fn total_bytes(&self) -> DWORD {
        self.fields().cbTotalBytes
    }

    pub(crate) fn preread(&self) -> &[u8] {
        let fields = self.fields();
        let Some(data) = NonNull::new(fields.lpbData) else {
            return &[];
        };
        let Ok(length) = usize::try_from(fields.cbAvailable) else {
            return &[];
        };
        // SAFETY: the host put `cbAvailable` bytes there, which live as long as the block.
        unsafe { slice::from_raw_parts(data.as_ptr(), length) }
    }

    pub(crate) fn set_http_status(&self, status: DWORD) {
        // SAFETY: the block is live, and the field is the extension's to write.
        unsafe { (*self.as_ptr()).dwHttpStatusCode = status }
    }

    /// Fills `lpszLogData`, cutting what does not fit.
    pub(crate) fn set_log_data(&self, text: &[u8]) {
        // SAFETY: the block is live, and the field is the extension's to write.
        let field = unsafe { &raw mut (*self.as_ptr()).lpszLogData };
        let length = text.len().min(isapi_abi::HSE_LOG_BUFFER_LEN - 1);
        let field = field.cast::<u8>();
        // SAFETY: `length` bytes and a NUL fit into the field, which `text` cannot overlap.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr(), field, length);
            field.add(length).write(0);
        }
    }

    /// `GetServerVariable`: the bytes written, the NUL included; refused with the size needed.
    pub(crate) fn server_variable(
        &self,
        name: &CStr,
        buffer: &mut [u8],
    ) -> Result<usize, (Win32Error, usize)> {
        let Some(get_server_variable) = self.fields().GetServerVariable else {
            return Err((Win32Error::CALL_NOT_IMPLEMENTED, 0));
        };
        let mut size = clamp(buffer.len());
        // SAFETY: the name ends with a NUL, the buffer has room for `size` bytes.
        let answer = unsafe {
            get_server_variable(
                self.connection(),
                name.as_ptr().cast_mut(),
                buffer.as_mut_ptr().cast(),
                &mut size,
            )
        };
        let outcome = outcome(answer);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        outcome.map(|()| size).map_err(|error| (error, size))
    }

    /// Synchronous `WriteClient`: the bytes taken, which may be fewer than asked.
    pub(crate) fn write_client(&self, data: &[u8]) -> Result<usize, Win32Error> {
        let Some(write_client) = self.fields().WriteClient else {
            return Err(Win32Error::CALL_NOT_IMPLEMENTED);
        };
        let mut size = clamp(data.len());
        let data = data.as_ptr().cast_mut().cast::<c_void>();
        // SAFETY: `data` has `size` readable bytes, which the host does not write to.
        let answer = unsafe { write_client(self.connection(), data, &mut size, HSE_IO_SYNC) };
        outcome(answer)?;
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// Synchronous `ReadClient`: the bytes read, 0 at the end.
    pub(crate) fn read_client(&self, buffer: &mut [u8]) -> Result<usize, Win32Error> {
        let Some(read_client) = self.fields().ReadClient else {
            return Err(Win32Error::CALL_NOT_IMPLEMENTED);
        };
        let mut size = clamp(buffer.len());
        // SAFETY: the buffer has room for `size` bytes.
        let answer =
            unsafe { read_client(self.connection(), buffer.as_mut_ptr().cast(), &mut size) };
        outcome(answer)?;
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// `HSE_REQ_SEND_RESPONSE_HEADER_EX`, with the wish to keep the connection.
    pub(crate) fn send_header(&self, head: &HeaderBlock) -> Result<(), Win32Error> {
        let mut info = HSE_SEND_HEADER_EX_INFO {
            pszStatus: head.status.as_ptr(),
            pszHeader: head.fields.as_ptr(),
            cchStatus: length(head.status.as_bytes())?,
            cchHeader: length(head.fields.as_bytes())?,
            fKeepConn: TRUE,
        };
        let info = (&raw mut info).cast();
        // SAFETY: the code takes this structure; what it points to outlives the call.
        unsafe { self.support_buffer(HSE_REQ_SEND_RESPONSE_HEADER_EX, info) }
    }

    /// `HSE_REQ_SEND_URL_REDIRECT_RESP`.
    pub(crate) fn send_redirect(&self, url: &CStr) -> Result<(), Win32Error> {
        // SAFETY: the code takes a text that ends with a NUL, and its length.
        unsafe { self.support_text(HSE_REQ_SEND_URL_REDIRECT_RESP, url) }
    }

    /// `HSE_APPEND_LOG_PARAMETER`.
    pub(crate) fn append_log(&self, text: &CStr) -> Result<(), Win32Error> {
        // SAFETY: the code takes a text that ends with a NUL, and its length.
        unsafe { self.support_text(HSE_APPEND_LOG_PARAMETER, text) }
    }

    /// `HSE_REQ_IS_KEEP_CONN`.
    pub(crate) fn is_keep_conn(&self) -> Result<bool, Win32Error> {
        // SAFETY: the code takes a `BOOL*` and nothing else.
        unsafe { self.support_bool(HSE_REQ_IS_KEEP_CONN) }
    }

    /// `HSE_REQ_IS_CONNECTED`.
    pub(crate) fn is_connected(&self) -> Result<bool, Win32Error> {
        // SAFETY: the code takes a `BOOL*` and nothing else.
        unsafe { self.support_bool(HSE_REQ_IS_CONNECTED) }
    }

    /// A synchronous send of what has the C form `S`.
    pub(crate) fn send<S: Form<P>, P>(&self, payload: &P) -> Result<(), Win32Error> {
        let mut form = S::new(payload)?;
        let structure = form.fill(payload, None)?;
        // SAFETY: the code takes this structure (`Form::CODE`); what it points to outlives the call.
        unsafe { self.support_buffer(S::CODE, structure) }
    }

    /// `HSE_REQ_DONE_WITH_SESSION`. The block is not to be used any more.
    pub(crate) fn done_with_session(&self, mut status: DWORD) -> Result<(), Win32Error> {
        let status = (&raw mut status).cast();
        // SAFETY: the code takes a status; the variable outlives the call.
        unsafe { self.support_buffer(HSE_REQ_DONE_WITH_SESSION, status) }
    }

    /// # Safety
    ///
    /// `buffer` is what `code` takes, and it takes nothing else.
    pub(crate) unsafe fn support_buffer(
        &self,
        code: DWORD,
        buffer: LPVOID,
    ) -> Result<(), Win32Error> {
        // SAFETY: the caller vouches for code and buffer.
        unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) }
    }

    /// # Safety
    ///
    /// `code` takes a `BOOL*` and nothing else.
    unsafe fn support_bool(&self, code: DWORD) -> Result<bool, Win32Error> {
        let mut answer: BOOL = FALSE;
        let buffer = (&raw mut answer).cast();
        // SAFETY: the caller vouches for the code; the variable outlives the call.
        unsafe { self.support_buffer(code, buffer) }?;
        Ok(answer != FALSE)
    }

    /// # Safety
    ///
    /// `code` takes a text and a pointer to its length.
    unsafe fn support_text(&self, code: DWORD, text: &CStr) -> Result<(), Win32Error> {
        let mut size = length(text.to_bytes())?;
        let text = text.as_ptr().cast_mut().cast();
        // SAFETY: the caller vouches for the code; text and length outlive the call.
        unsafe { self.support(code, text, &mut size, ptr::null_mut()) }
    }

    /// `ServerSupportFunction`.
    ///
    /// # Safety
    ///
    /// The three pointers are what the page of `code` asks for.
    pub(crate) unsafe fn support(
        &self,
        code: DWORD,
        buffer: LPVOID,
        size: LPDWORD,
        data_type: LPDWORD,
    ) -> Result<(), Win32Error> {
        let Some(server_support_function) = self.fields().ServerSupportFunction else {
            return Err(Win32Error::CALL_NOT_IMPLEMENTED);
        };
        // SAFETY: the caller vouches for code and pointers, `new` for the connection.
        outcome(unsafe {
            server_support_function(self.connection(), code, buffer, size, data_type)
        })
    }
}

/// Reads the last error at once if the host's callback answered FALSE.
pub(crate) fn outcome(answer: BOOL) -> Result<(), Win32Error> {
    if answer == FALSE {
        Err(last_error())
    } else {
        Ok(())
    }
}

/// The length of something that cannot be sent in parts.
pub(crate) fn length(bytes: &[u8]) -> Result<DWORD, Win32Error> {
    DWORD::try_from(bytes.len()).map_err(|_| Win32Error::INVALID_PARAMETER)
}

/// The part of a length that one call can move.
fn clamp(length: usize) -> DWORD {
    DWORD::try_from(length).unwrap_or(DWORD::MAX)
}
