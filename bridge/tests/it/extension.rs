//! An extension whose every call is a closure of the test.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use isapi_abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, Entry, HCONN, HSE_IO_ASYNC, HSE_IO_SYNC,
    HSE_REQ_ASYNC_READ_CLIENT, HSE_REQ_DONE_WITH_SESSION, HSE_REQ_IO_COMPLETION,
    HSE_REQ_SEND_RESPONSE_HEADER_EX, HSE_SEND_HEADER_EX_INFO, HSE_VERSION_INFO, TRUE,
};

/// A control block as a test's closure gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ecb(pub(crate) *mut EXTENSION_CONTROL_BLOCK);

// SAFETY: the callbacks in it may be called from any thread; that is what is tested.
unsafe impl Send for Ecb {}
// SAFETY: as above.
unsafe impl Sync for Ecb {}

type Proc = Arc<dyn Fn(Ecb) -> DWORD + Send + Sync>;
type OnCompletion = Box<dyn FnOnce(Ecb, DWORD, DWORD) + Send>;

fn procs() -> &'static Mutex<HashMap<String, Proc>> {
    static PROCS: OnceLock<Mutex<HashMap<String, Proc>>> = OnceLock::new();
    PROCS.get_or_init(Mutex::default)
}

/// Registers what `HttpExtensionProc` does for the query string that is returned.
pub(crate) fn on_call(run: impl Fn(Ecb) -> DWORD + Send + Sync + 'static) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let query = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    procs()
        .lock()
        .expect("no test panics here")
        .insert(query.clone(), Arc::new(run));
    query
}

/// The extension that calls what [`on_call`] registered.
pub(crate) fn entry() -> Entry {
    // SAFETY: the functions below follow the contract as far as the closures of the tests do.
    unsafe { Entry::new(version, call, None) }
}

pub(crate) unsafe extern "system" fn version(info: *mut HSE_VERSION_INFO) -> BOOL {
    // SAFETY: the host gives a writable structure.
    unsafe {
        (*info).dwExtensionVersion = 0x0002_0003;
        for (to, from) in (*info)
            .lpszExtensionDesc
            .iter_mut()
            .zip(b"test extension\0")
        {
            *to = c_char::from_ne_bytes([*from]);
        }
    }
    TRUE
}

pub(crate) unsafe extern "system" fn call(ecb: *mut EXTENSION_CONTROL_BLOCK) -> DWORD {
    let query = Ecb(ecb).query();
    let run = procs().lock().expect("no test panics here")[&query].clone();
    run(Ecb(ecb))
}

unsafe extern "system" fn completed(
    ecb: *mut EXTENSION_CONTROL_BLOCK,
    context: *mut c_void,
    bytes: DWORD,
    error: DWORD,
) {
    // SAFETY: `context` came from `Ecb::on_completion`, and a completion comes once.
    let run = unsafe { Box::from_raw(context.cast::<OnCompletion>()) };
    run(Ecb(ecb), bytes, error);
}

/// The completion routine that runs the closure in its context.
pub(crate) const COMPLETED: isapi_abi::PFN_HSE_IO_COMPLETION = completed;

/// A context for [`COMPLETED`].
pub(crate) fn context(run: impl FnOnce(Ecb, DWORD, DWORD) + Send + 'static) -> *mut c_void {
    let run: OnCompletion = Box::new(run);
    Box::into_raw(Box::new(run)).cast()
}

/// The calling thread's last error.
pub(crate) fn last_error() -> DWORD {
    let code = io::Error::last_os_error()
        .raw_os_error()
        .expect("an error of the system");
    DWORD::try_from(code).expect("not negative")
}

fn answer(result: BOOL) -> Result<(), DWORD> {
    if result == TRUE {
        Ok(())
    } else {
        Err(last_error())
    }
}

impl Ecb {
    pub(crate) fn block(&self) -> EXTENSION_CONTROL_BLOCK {
        // SAFETY: the tests call this while the block is valid, or under quarantine.
        unsafe { self.0.read() }
    }

    pub(crate) fn conn(&self) -> HCONN {
        self.block().ConnID
    }

    pub(crate) fn query(&self) -> String {
        text(self.block().lpszQueryString)
    }

    pub(crate) fn set_http_status(&self, status: DWORD) {
        // SAFETY: the field is the extension's to write.
        unsafe { (*self.0).dwHttpStatusCode = status }
    }

    pub(crate) fn set_log_data(&self, data: &[u8]) {
        // SAFETY: the field is the extension's to write; `zip` stops at its end.
        unsafe {
            for (to, from) in (*self.0).lpszLogData.iter_mut().zip(data) {
                *to = c_char::from_ne_bytes([*from]);
            }
        }
    }

    /// `WriteClient`: how many bytes, or the last error.
    pub(crate) fn write_flags(&self, data: &[u8], flags: DWORD) -> Result<DWORD, DWORD> {
        let mut size = DWORD::try_from(data.len()).expect("short");
        let write = self.block().WriteClient.expect("filled");
        // SAFETY: buffer and size belong together.
        let result = unsafe {
            write(
                self.conn(),
                data.as_ptr().cast_mut().cast(),
                &raw mut size,
                flags,
            )
        };
        answer(result).map(|()| size)
    }

    pub(crate) fn write(&self, data: &[u8]) -> Result<DWORD, DWORD> {
        self.write_flags(data, HSE_IO_SYNC)
    }

    pub(crate) fn write_async(&self, data: &[u8]) -> Result<(), DWORD> {
        self.write_flags(data, HSE_IO_ASYNC).map(drop)
    }

    /// `ReadClient`: what came.
    pub(crate) fn read(&self, capacity: usize) -> Result<Vec<u8>, DWORD> {
        let mut buffer = vec![0u8; capacity];
        let mut size = DWORD::try_from(capacity).expect("short");
        let read = self.block().ReadClient.expect("filled");
        // SAFETY: buffer and size belong together.
        answer(unsafe { read(self.conn(), buffer.as_mut_ptr().cast(), &raw mut size) })?;
        buffer.truncate(usize::try_from(size).expect("fits"));
        Ok(buffer)
    }

    /// `HSE_REQ_ASYNC_READ_CLIENT` into a buffer that lives until the callback.
    pub(crate) fn read_async(&self, buffer: *mut u8, capacity: usize) -> Result<(), DWORD> {
        let mut size = DWORD::try_from(capacity).expect("short");
        let mut flags = HSE_IO_ASYNC;
        self.support(
            HSE_REQ_ASYNC_READ_CLIENT,
            buffer.cast(),
            &raw mut size,
            &raw mut flags,
        )
    }

    pub(crate) fn support(
        &self,
        request: DWORD,
        buffer: *mut c_void,
        size: *mut DWORD,
        data_type: *mut DWORD,
    ) -> Result<(), DWORD> {
        let support = self.block().ServerSupportFunction.expect("filled");
        // SAFETY: the caller passes what the request code asks for.
        answer(unsafe { support(self.conn(), request, buffer, size, data_type) })
    }

    /// `ServerSupportFunction` with nothing but a structure.
    pub(crate) fn ask<T>(&self, request: DWORD, info: &mut T) -> Result<(), DWORD> {
        let none = ptr::null_mut();
        self.support(request, ptr::from_mut(info).cast(), none, none)
    }

    /// `ServerSupportFunction` without arguments.
    pub(crate) fn order(&self, request: DWORD) -> Result<(), DWORD> {
        let none = ptr::null_mut();
        self.support(request, ptr::null_mut(), none, none)
    }

    /// `HSE_REQ_IO_COMPLETION` with a closure.
    pub(crate) fn on_completion(
        &self,
        run: impl FnOnce(Ecb, DWORD, DWORD) + Send + 'static,
    ) -> Result<(), DWORD> {
        let function: isapi_abi::PFN_HSE_IO_COMPLETION = completed;
        let function = function as *mut c_void;
        self.support(
            HSE_REQ_IO_COMPLETION,
            function,
            ptr::null_mut(),
            context(run).cast(),
        )
    }

    pub(crate) fn send_header(&self, status: &str, headers: &str) -> Result<(), DWORD> {
        let mut info = HSE_SEND_HEADER_EX_INFO {
            pszStatus: status.as_ptr().cast(),
            pszHeader: headers.as_ptr().cast(),
            cchStatus: DWORD::try_from(status.len()).expect("short"),
            cchHeader: DWORD::try_from(headers.len()).expect("short"),
            fKeepConn: TRUE,
        };
        let info = (&raw mut info).cast();
        self.support(
            HSE_REQ_SEND_RESPONSE_HEADER_EX,
            info,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    }

    pub(crate) fn done(&self, mut status: DWORD) -> Result<(), DWORD> {
        let status = (&raw mut status).cast();
        self.support(
            HSE_REQ_DONE_WITH_SESSION,
            status,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    }
}

pub(crate) fn text(string: *const c_char) -> String {
    assert!(!string.is_null());
    // SAFETY: strings of a control block end with a NUL.
    unsafe { CStr::from_ptr(string) }
        .to_str()
        .expect("UTF-8")
        .to_owned()
}
