//! What leaves a function of a DLL by another way than its return. The DLLs are
//! `tests/extensions/c/windows/raise.cpp` and `version_throws.cpp`.
#![cfg(all(windows, target_arch = "x86_64"))]

mod support;

use std::arch::asm;
use std::env;
use std::ffi::{CString, c_void};
use std::mem;
use std::process::{self, Command};
use std::ptr;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use isapi_abi::{
    BOOL, CHAR, DWORD, EXTENSION_CONTROL_BLOCK, HCONN, HSE_REQ_IO_COMPLETION, HSE_STATUS_PENDING,
    HSE_STATUS_SUCCESS, HSE_TERM_MUST_UNLOAD, HSE_VERSION, LPDWORD, LPSTR, LPVOID,
    PFN_HSE_IO_COMPLETION, TRUE,
};
use isapi_bridge::{
    Backend, EntryProvider, Escaped, ExtensionSlot, ForeignCall, ForeignFunction, LoadError,
    ModuleSource, Runtime,
};
use isapi_win_backend::{Native, report_crashes};
use windows_sys::Win32::System::Diagnostics::Debug::RaiseException;

use support::extension;

/// What the child of a test is to do: the query of its request.
const QUERY: &str = "ISAPI_TEST_QUERY";

/// Longer than a child takes.
const PATIENCE: Duration = Duration::from_secs(30);

const GNU_THROW: &str = "C++ exception 0x20474343";

/// An extension that is called without a session behind it.
struct Extension {
    provider: Box<dyn EntryProvider>,
}

impl Extension {
    fn open() -> Self {
        let native = Native::new().unwrap();
        let provider = native.open(&extension("c-raise.dll")).unwrap();
        Self { provider }
    }

    fn call(&self, function: ForeignFunction) -> Result<DWORD, Escaped> {
        let name = self.provider.name();
        let call = ForeignCall {
            extension: &name,
            request: Some(7),
            function,
        };
        // SAFETY: the functions are those of the DLL, and get what they ask for.
        unsafe { self.provider.call(&call) }
    }

    /// `HttpExtensionProc` with this query: what it answered, and `dwHttpStatusCode` behind it.
    fn request(&self, query: &str) -> (Result<DWORD, Escaped>, DWORD) {
        let query = CString::new(query).unwrap();
        let mut ecb = control_block(&query);
        let proc = self.provider.entry().http_extension_proc();
        let result = self.call(ForeignFunction::HttpExtensionProc(proc, &raw mut ecb));
        (result, ecb.dwHttpStatusCode)
    }

    fn escaped(&self, query: &str) -> String {
        let (result, _) = self.request(query);
        result.unwrap_err().to_string()
    }
}

/// A block whose callbacks do as little as the DLL needs.
fn control_block(query: &CString) -> EXTENSION_CONTROL_BLOCK {
    let empty = c"".as_ptr().cast_mut();
    EXTENSION_CONTROL_BLOCK {
        cbSize: u32::try_from(mem::size_of::<EXTENSION_CONTROL_BLOCK>()).unwrap(),
        dwVersion: HSE_VERSION,
        ConnID: ptr::null_mut(),
        dwHttpStatusCode: 200,
        lpszLogData: [0; 80],
        lpszMethod: empty,
        lpszQueryString: query.as_ptr().cast_mut(),
        lpszPathInfo: empty,
        lpszPathTranslated: empty,
        cbTotalBytes: 0,
        cbAvailable: 0,
        lpbData: ptr::null_mut(),
        lpszContentType: empty,
        GetServerVariable: Some(get_server_variable),
        WriteClient: Some(write_client),
        ReadClient: Some(read_client),
        ServerSupportFunction: Some(server_support_function),
    }
}

/// The callback that was registered last.
static CALLBACK: Mutex<Option<PFN_HSE_IO_COMPLETION>> = Mutex::new(None);
/// The tests that register one.
static ONE_CALLBACK: Mutex<()> = Mutex::new(());

unsafe extern "system" fn get_server_variable(_: HCONN, _: LPSTR, _: LPVOID, _: LPDWORD) -> BOOL {
    0
}

unsafe extern "system" fn read_client(_: HCONN, _: LPVOID, _: LPDWORD) -> BOOL {
    0
}

/// Reads the first byte, and raises an exception for a text that begins with "raise".
unsafe extern "system" fn write_client(_: HCONN, buffer: LPVOID, _: LPDWORD, _: DWORD) -> BOOL {
    // SAFETY: the DLL's buffer; where it is none, that is what is tested.
    let first = unsafe { buffer.cast::<CHAR>().read_volatile() };
    if env::var(QUERY).is_ok_and(|query| query == "catch") && first != 0 {
        // SAFETY: it takes any code.
        unsafe { RaiseException(0xE000_1235, 0, 0, ptr::null()) };
    }
    TRUE
}

unsafe extern "system" fn server_support_function(
    _: HCONN,
    request: DWORD,
    buffer: LPVOID,
    _: LPDWORD,
    _: LPDWORD,
) -> BOOL {
    if request == HSE_REQ_IO_COMPLETION {
        // SAFETY: the interface says that the buffer is the function.
        let callback = unsafe { mem::transmute::<*mut c_void, PFN_HSE_IO_COMPLETION>(buffer) };
        *CALLBACK.lock().unwrap_or_else(PoisonError::into_inner) = Some(callback);
    }
    TRUE
}

#[test]
fn a_cpp_exception_is_contained_and_destructors_run() {
    let extension = Extension::open();
    let (result, status) = extension.request("throw");
    assert_eq!(result.unwrap_err().to_string(), GNU_THROW);
    assert_eq!(status, 202, "both frames have a local object that counts");
}

#[test]
fn an_exception_that_the_dll_catches_is_its_own() {
    assert_eq!(
        Extension::open().request("catch"),
        (Ok(HSE_STATUS_SUCCESS), 200)
    );
}

#[test]
fn exceptions_on_purpose_are_contained_whatever_the_language() {
    let extension = Extension::open();
    for (code, told) in [
        ("E0001234", "exception 0xE0001234"),
        ("E06D7363", "C++ exception 0xE06D7363"),
        ("0EEDFADE", "Delphi exception 0x0EEDFADE"),
        ("0EEFFACE", "C++ exception 0x0EEFFACE"),
        ("E0434352", ".NET exception 0xE0434352"),
    ] {
        assert_eq!(extension.escaped(&format!("raise={code}")), told);
    }
}

#[test]
fn an_extension_goes_on_after_any_number_of_exceptions() {
    let extension = Extension::open();
    for _ in 0..1000 {
        assert_eq!(extension.escaped("throw"), GNU_THROW);
        assert_eq!(extension.escaped("raise=E0001234"), "exception 0xE0001234");
    }
    assert_eq!(extension.request("catch").0, Ok(HSE_STATUS_SUCCESS));
}

#[test]
fn an_exception_out_of_a_callback_is_contained() {
    let _alone = ONE_CALLBACK.lock().unwrap_or_else(PoisonError::into_inner);
    let extension = Extension::open();
    assert_eq!(
        extension.request("throw-callback").0,
        Ok(HSE_STATUS_PENDING)
    );
    let callback = CALLBACK.lock().unwrap().take().unwrap();
    let mut ecb = control_block(&CString::default());
    let none = ptr::null_mut();
    let completion = ForeignFunction::Completion(callback, &raw mut ecb, none, 5, 0);
    assert_eq!(
        extension.call(completion).unwrap_err().to_string(),
        GNU_THROW
    );
    assert_eq!(ecb.dwHttpStatusCode, 201);
}

#[test]
fn an_exception_out_of_terminate_extension_is_contained() {
    let extension = Extension::open();
    assert_eq!(
        extension.request("throw-terminate").0,
        Ok(HSE_STATUS_SUCCESS)
    );
    let terminate = extension.provider.entry().terminate_extension().unwrap();
    let terminate = ForeignFunction::TerminateExtension(terminate, HSE_TERM_MUST_UNLOAD);
    assert_eq!(
        extension.call(terminate).unwrap_err().to_string(),
        GNU_THROW
    );
}

#[test]
fn an_exception_out_of_get_extension_version_fails_the_load_with_its_reason() {
    let runtime = Runtime::builder(Native::new().unwrap()).build();
    let slot = ExtensionSlot::new(
        ModuleSource::File(extension("c-version_throws.dll")),
        runtime,
    );
    let error = slot.load_blocking().unwrap_err();
    assert!(matches!(*error, LoadError::Escaped { .. }), "{error}");
    let told = format!("{GNU_THROW} escaped GetExtensionVersion");
    assert!(error.to_string().contains(&told), "{error}");
}

#[test]
fn the_floating_point_environment_is_as_it_was() {
    fn environment() -> (u32, u16) {
        let (mut sse, mut x87) = (0u32, 0u16);
        // SAFETY: both only store.
        unsafe {
            asm!("stmxcsr [{}]", in(reg) &raw mut sse);
            asm!("fnstcw [{}]", in(reg) &raw mut x87);
        }
        // The six lowest bits are what has happened, not what is to happen.
        (sse & !0x3F, x87)
    }

    let before = environment();
    let extension = Extension::open();
    for query in ["floating", "floating-pending"] {
        assert_eq!(extension.request(query).0, Ok(HSE_STATUS_SUCCESS));
        assert_eq!(environment(), before, "{query}");
    }
}

/// The process ends with the code, and says so in its last line.
fn assert_last_line(query: &str, code: u32, told: &str) {
    let end = End::of(query);
    assert_eq!(end.code, code, "{query}: {end:?}");
    let line = end.last_line();
    assert!(
        line.starts_with(&format!("isapi: {told}")),
        "{query}: {end:?}"
    );
    assert!(
        line.contains(" escaped HttpExtensionProc of "),
        "{query}: {end:?}"
    );
    assert!(
        line.ends_with(r"c-raise.dll in request 7; the process ends"),
        "{query}: {end:?}"
    );
}

#[test]
fn what_the_processor_raises_ends_the_process_with_a_last_line() {
    for (query, code, told) in [
        (
            "null",
            0xC000_0005,
            "access violation 0xC0000005 at c-raise.dll+0x",
        ),
        (
            "divide",
            0xC000_0094,
            "integer division by zero 0xC0000094 at c-raise.dll+0x",
        ),
        ("breakpoint", 0x8000_0003, "breakpoint 0x80000003 at "),
        ("raise=C0000374", 0xC000_0374, "damaged heap 0xC0000374 at "),
    ] {
        assert_last_line(query, code, told);
    }
}

#[test]
fn a_stack_overflow_ends_the_process_with_a_last_line() {
    let told = "stack overflow 0xC00000FD at c-raise.dll+0x";
    assert_last_line("overflow", 0xC000_00FD, told);
}

#[test]
fn an_access_violation_in_a_callback_of_the_server_ends_the_process() {
    let end = End::of("bad-buffer");
    assert_eq!(end.code, 0xC000_0005, "{end:?}");
    let line = end.last_line();
    assert!(
        line.contains("access violation 0xC0000005 at the program+0x"),
        "{end:?}"
    );
}

#[test]
fn an_exception_through_a_callback_of_the_server_unwinds_none_of_its_frames() {
    let end = End::of("catch");
    assert_eq!(end.code, 0xE000_1235, "{end:?}");
    let told = "in request 7 through a callback of the server; the process ends";
    assert!(end.last_line().ends_with(told), "{end:?}");
}

#[test]
fn an_exception_on_a_thread_of_the_extension_is_told() {
    let end = End::of("null-thread");
    assert_eq!(end.code, 0xC000_0005, "{end:?}");
    let line = end.last_line();
    assert!(
        line.starts_with("isapi: access violation 0xC0000005 at c-raise.dll+0x"),
        "{end:?}"
    );
    assert!(
        line.ends_with(" was handled by nobody; the process ends"),
        "{end:?}"
    );
}

#[test]
fn a_cpp_exception_on_a_thread_of_the_extension_is_told() {
    let end = End::of("throw-thread");
    assert_ne!(end.code, 0, "{end:?}");
    assert!(
        end.stderr.contains(&format!("isapi: {GNU_THROW} at ")),
        "{end:?}"
    );
}

/// How a process ended that an extension was called in.
#[derive(Debug)]
struct End {
    code: u32,
    stderr: String,
}

impl End {
    fn of(query: &str) -> Self {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(QUERY, query)
            .output()
            .unwrap();
        Self {
            code: output.status.code().unwrap().cast_unsigned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// Not a test by itself: the process that the others look at.
#[test]
fn child() {
    let Ok(query) = env::var(QUERY) else { return };
    // A process that hangs is a failure of its own and keeps nobody waiting.
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        process::exit(9);
    });
    report_crashes();
    let result = Extension::open().request(&query);
    println!("went on: {result:?}");
    process::exit(1);
}
