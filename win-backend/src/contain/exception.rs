//! What is raised, and what it means for the process.

use std::fmt;

use windows_sys::Win32::Foundation::{
    EXCEPTION_ACCESS_VIOLATION, EXCEPTION_BREAKPOINT, EXCEPTION_DATATYPE_MISALIGNMENT,
    EXCEPTION_GUARD_PAGE, EXCEPTION_ILLEGAL_INSTRUCTION, EXCEPTION_IN_PAGE_ERROR,
    EXCEPTION_INT_DIVIDE_BY_ZERO, EXCEPTION_INT_OVERFLOW, EXCEPTION_PRIV_INSTRUCTION,
    EXCEPTION_STACK_OVERFLOW, STATUS_HEAP_CORRUPTION,
};
use windows_sys::Win32::System::Diagnostics::Debug::EXCEPTION_RECORD;

/// Set in codes that programs make up
/// (<https://learn.microsoft.com/windows/win32/debug/getexceptioncode>).
const CUSTOMER: u32 = 1 << 29;
/// "msc" with the customer bit: C++ of Visual C++.
const MSVC_THROW: u32 = 0xE06D_7363;
/// "GCC" with the customer bit: C++ of MinGW (libgcc and LLVM's libunwind), a `throw`.
pub(super) const GNU_THROW: u32 = 0x2047_4343;
/// The same library on its way through frames (collided and forced unwinding): its own affair.
const GNU_UNWIND: u32 = 0x2147_4343;
const GNU_FORCED: u32 = 0x2247_4343;
/// Delphi and C++Builder chose theirs without the customer bit.
const DELPHI: u32 = 0x0EED_FADE;
const CPP_BUILDER: u32 = 0x0EEF_FACE;
const DOTNET: [u32; 2] = [0xE043_4352, 0xE043_4F4D];

/// What was raised, and where.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Exception {
    pub(super) code: u32,
    pub(super) address: usize,
}

impl Exception {
    pub(super) const NONE: Self = Self {
        code: 0,
        address: 0,
    };

    pub(super) fn of(record: &EXCEPTION_RECORD) -> Self {
        Self {
            code: record.ExceptionCode.cast_unsigned(),
            address: record.ExceptionAddress.addr(),
        }
    }

    /// Did a program raise it on purpose, rather than the processor or the system?
    pub(super) fn is_on_purpose(self) -> bool {
        match self.code {
            CPP_BUILDER | DELPHI => true,
            GNU_UNWIND | GNU_FORCED => false,
            code => code & CUSTOMER != 0,
        }
    }

    fn name(self) -> &'static str {
        match self.code {
            CPP_BUILDER | GNU_THROW | MSVC_THROW => return "C++ exception",
            DELPHI => return "Delphi exception",
            code if DOTNET.contains(&code) => return ".NET exception",
            _ => {}
        }
        match self.code.cast_signed() {
            EXCEPTION_ACCESS_VIOLATION => "access violation",
            EXCEPTION_BREAKPOINT => "breakpoint",
            EXCEPTION_DATATYPE_MISALIGNMENT => "misaligned access",
            EXCEPTION_GUARD_PAGE => "guard page touched",
            EXCEPTION_ILLEGAL_INSTRUCTION => "illegal instruction",
            EXCEPTION_IN_PAGE_ERROR => "page that cannot be read",
            EXCEPTION_INT_DIVIDE_BY_ZERO => "integer division by zero",
            EXCEPTION_INT_OVERFLOW => "integer overflow",
            EXCEPTION_PRIV_INSTRUCTION => "privileged instruction",
            EXCEPTION_STACK_OVERFLOW => "stack overflow",
            STATUS_HEAP_CORRUPTION => "damaged heap",
            _ => "exception",
        }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 0x{:08X}", self.name(), self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(code: u32) -> Exception {
        Exception {
            code,
            ..Exception::NONE
        }
    }

    #[test]
    fn what_programs_raise_is_on_purpose_and_nothing_else() {
        for code in [
            MSVC_THROW,
            GNU_THROW,
            0xE000_1234,
            0x0EED_FADE,
            0x0EEF_FACE,
            0xE043_4352,
        ] {
            assert!(exception(code).is_on_purpose(), "{code:#x}");
        }
        for code in [
            0xC000_0005,
            0xC000_00FD,
            0xC000_001D,
            0xC000_0374,
            0xC000_0094,
            0x8000_0003,
            0x4001_0006,
            GNU_UNWIND,
            GNU_FORCED,
        ] {
            assert!(!exception(code).is_on_purpose(), "{code:#x}");
        }
    }

    #[test]
    fn is_displayed_with_its_name_and_its_code() {
        assert_eq!(exception(GNU_THROW).to_string(), "C++ exception 0x20474343");
        assert_eq!(
            exception(0xC000_0005).to_string(),
            "access violation 0xC0000005"
        );
        assert_eq!(exception(0xE000_1234).to_string(), "exception 0xE0001234");
    }
}
