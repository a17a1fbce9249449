//! A call with a handler of its own around it.
//!
//! Rust has no `__try`, so the two functions that touch the stack are written here in assembly: the
//! one that calls, whose unwind information names a handler, and the handler, which has [`judge`]
//! decide and unwinds. Neither has anything to clean up, which is why they may be unwound or left.

use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr;

use isapi_abi::DWORD;
use isapi_bridge::{Escaped, ForeignCall, ForeignFunction};
use windows_sys::Win32::System::Diagnostics::Debug::{
    CONTEXT, DISPATCHER_CONTEXT, EXCEPTION_CONTINUE_EXECUTION, EXCEPTION_POINTERS,
    EXCEPTION_RECORD, RtlUnwindEx,
};

use super::exception::{Exception, GNU_THROW};
use super::last_line::{self, Escape};
use super::{stack, unhandled};

/// One call, as the assembly knows it.
#[repr(C)]
struct Frame<'a> {
    function: *const c_void,
    arguments: [*mut c_void; 4],
    returned: DWORD,
    /// What escaped, where something did.
    exception: Exception,
    call: &'a ForeignCall<'a>,
}

/// Where a call's [`Frame`] is kept in the stack frame of `isapi_contained_call`.
const FRAME: usize = 32;

/// What is to become of an exception.
#[repr(i32)]
enum Judgement {
    /// `ExceptionContinueExecution`
    Continue = 0,
    /// `ExceptionContinueSearch`
    Search = 1,
    /// The call ends here.
    Contain = 2,
}

unsafe extern "system" {
    /// Makes the call of a [`Frame`]; whether something escaped it.
    fn isapi_contained_call(frame: *mut c_void) -> u32;
    /// Where the call goes on when something escaped it. Not to be called.
    fn isapi_contained_call_escaped();
}

// `isapi_contained_call` keeps the state that a function must leave as it found it and that some do
// not (Delphi's runtime is known for unmasking floating point exceptions): the control words of SSE
// and x87, the direction flag. An exception of x87 that is pending behind the call would be raised by
// the next instruction of x87, so it is forgotten first. Its frame, from the stack pointer up:
//
//    0  home of the callee's four arguments
//   32  the `Frame`
//   40  MXCSR, 44 the x87 control word
//   48  RBX as the caller had it, then the return address
//
// The handler gets the record, the establisher frame (the stack pointer above), the context and the
// dispatcher's context, and unwinds as a `__except` block does. See
// <https://learn.microsoft.com/cpp/build/exception-handling-x64>.
std::arch::global_asm!(
    ".text",
    ".globl isapi_contained_call",
    ".globl isapi_contained_call_escaped",
    ".p2align 4",
    ".seh_proc isapi_contained_call",
    "isapi_contained_call:",
    "push rbx",
    ".seh_pushreg rbx",
    "sub rsp, 48",
    ".seh_stackalloc 48",
    ".seh_endprologue",
    "mov rbx, rcx",
    "mov [rsp + {frame}], rcx",
    "stmxcsr dword ptr [rsp + 40]",
    "fnstcw word ptr [rsp + 44]",
    "mov rcx, [rbx + {arguments}]",
    "mov rdx, [rbx + {arguments} + 8]",
    "mov r8, [rbx + {arguments} + 16]",
    "mov r9, [rbx + {arguments} + 24]",
    "call qword ptr [rbx + {function}]",
    "mov [rbx + {returned}], eax",
    "xor eax, eax",
    "jmp 2f",
    "isapi_contained_call_escaped:",
    "mov eax, 1",
    "2:",
    "cld",
    "ldmxcsr dword ptr [rsp + 40]",
    "fnclex",
    "fldcw word ptr [rsp + 44]",
    "add rsp, 48",
    "pop rbx",
    "ret",
    ".seh_handler isapi_exception_escapes, @except",
    ".seh_endproc",
    "",
    ".p2align 4",
    ".seh_proc isapi_exception_escapes",
    "isapi_exception_escapes:",
    "push rbx",
    ".seh_pushreg rbx",
    "push rsi",
    ".seh_pushreg rsi",
    "push rdi",
    ".seh_pushreg rdi",
    "push rbp",
    ".seh_pushreg rbp",
    "sub rsp, 56",
    ".seh_stackalloc 56",
    ".seh_endprologue",
    "mov rbx, rcx",
    "mov rsi, rdx",
    "mov rdi, r8",
    "mov rbp, r9",
    "call {judge}",
    "cmp eax, {contain}",
    "jne 2f",
    // RtlUnwindEx(frame, isapi_contained_call_escaped, record, NULL, context, history)
    "mov rcx, rsi",
    "lea rdx, [rip + isapi_contained_call_escaped]",
    "mov r8, rbx",
    "xor r9d, r9d",
    "mov [rsp + 32], rdi",
    "mov rax, [rbp + {history}]",
    "mov [rsp + 40], rax",
    "call {unwind}",
    "ud2",
    "2:",
    "add rsp, 56",
    "pop rbp",
    "pop rdi",
    "pop rsi",
    "pop rbx",
    "ret",
    ".seh_endproc",
    frame = const FRAME,
    function = const offset_of!(Frame<'_>, function),
    arguments = const offset_of!(Frame<'_>, arguments),
    returned = const offset_of!(Frame<'_>, returned),
    history = const offset_of!(DISPATCHER_CONTEXT, HistoryTable),
    contain = const Judgement::Contain as i32,
    judge = sym judge,
    unwind = sym RtlUnwindEx,
);

/// Makes a call and stops what may be stopped.
///
/// # Errors
///
/// What escaped.
///
/// # Safety
///
/// As of [`ForeignFunction::call`].
pub(super) unsafe fn call(call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
    let (function, arguments) = pieces(call.function);
    let mut frame = Frame {
        function,
        arguments,
        returned: 0,
        exception: Exception::NONE,
        call,
    };
    // SAFETY: the promise is the caller's; the function takes the arguments of `pieces` and no more
    // than four, and all of them as integers or pointers, so the registers that it reads are set as
    // its own type would have them.
    let escaped = unsafe { isapi_contained_call((&raw mut frame).cast()) };
    match escaped {
        0 => Ok(frame.returned),
        _ => Err(Escaped::new(frame.exception.to_string())),
    }
}

/// A function and its arguments as registers hold them.
fn pieces(function: ForeignFunction) -> (*const c_void, [*mut c_void; 4]) {
    let none = ptr::null_mut();
    match function {
        ForeignFunction::GetExtensionVersion(function, version) => {
            (function as _, [version.cast(), none, none, none])
        }
        ForeignFunction::HttpExtensionProc(function, ecb) => {
            (function as _, [ecb.cast(), none, none, none])
        }
        ForeignFunction::TerminateExtension(function, flags) => {
            (function as _, [number(flags), none, none, none])
        }
        ForeignFunction::Completion(function, ecb, context, bytes, error) => (
            function as _,
            [ecb.cast(), context, number(bytes), number(error)],
        ),
    }
}

fn number(value: DWORD) -> *mut c_void {
    ptr::without_provenance_mut(value as usize)
}

/// Decides on an exception that nothing in the DLL handles. `frame` is the stack frame of the
/// `isapi_contained_call` that it reached.
///
/// It may run with little stack left, and with the heap damaged: it allocates nothing.
///
/// # Safety
///
/// Called by the system's dispatcher through `isapi_exception_escapes`.
unsafe extern "system" fn judge(
    record: *mut EXCEPTION_RECORD,
    frame: *mut c_void,
    context: *mut CONTEXT,
) -> Judgement {
    // SAFETY: the dispatcher's own, valid while the handler runs.
    let exception = Exception::of(unsafe { &*record });
    // SAFETY: the assembly has put it there; `call` owns it and waits for the assembly.
    let call = unsafe { *frame.byte_add(FRAME).cast::<*mut Frame<'_>>() };

    let on_purpose = exception.is_on_purpose();
    // SAFETY: the context is that of the exception, on this stack, and `frame` lies above it.
    let contained = on_purpose && !unsafe { stack::has_own_frames(context, frame.addr()) };
    if !contained {
        // SAFETY: as above; it lives as long as its frame.
        let foreign = unsafe { (*call).call };
        let escape = Escape {
            call: foreign,
            through_us: on_purpose,
        };
        last_line::write(exception, Some(&escape));
        let pointers = EXCEPTION_POINTERS {
            ExceptionRecord: record,
            ContextRecord: context,
        };
        // SAFETY: the dispatcher's own record and context.
        return match unsafe { unhandled::end_process(&pointers) } {
            EXCEPTION_CONTINUE_EXECUTION => Judgement::Continue,
            _ => Judgement::Search,
        };
    }
    // SAFETY: as above, and nobody else uses the field now.
    unsafe { (*call).exception = exception };
    if exception.code == GNU_THROW {
        // SAFETY: the record is that of such an exception.
        unsafe { aim_gnu_unwinder(record, frame) };
    }
    Judgement::Contain
}

/// Tells the unwinder of MinGW where the unwinding is to end.
///
/// It cancels the unwinding at each frame that has something to clean up, lets that run, and starts
/// anew from what it has stored in the exception: target frame, target address, RDX there. The handler
/// that wants the exception stores them, so we do what it would have done
/// (`_GCC_specific_handler` in libgcc's `unwind-seh.c`; LLVM's `Unwind-seh.cpp` keeps to it).
///
/// # Safety
///
/// `record` is that of a `throw` of MinGW ([`GNU_THROW`]).
unsafe fn aim_gnu_unwinder(record: *mut EXCEPTION_RECORD, frame: *mut c_void) {
    /// `_Unwind_Exception`
    #[repr(C)]
    struct UnwindException {
        class: u64,
        cleanup: usize,
        private: [usize; 6],
    }
    let target = isapi_contained_call_escaped as *const () as usize;
    // SAFETY: the first parameter of such an exception is its `_Unwind_Exception`, which is the
    // unwinder's to write from here on; the record has room for fifteen parameters.
    unsafe {
        let exception = (*record).ExceptionInformation[0] as *mut UnwindException;
        (*exception).private[1] = frame.addr();
        (*exception).private[2] = target;
        (*exception).private[3] = 0;
        (*record).NumberParameters = 4;
        (*record).ExceptionInformation[1] = frame.addr();
        (*record).ExceptionInformation[2] = target;
        (*record).ExceptionInformation[3] = 0;
    }
}
