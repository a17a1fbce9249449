//! One call of a function of an extension, as a value.

use std::error::Error;
use std::fmt;

use isapi_abi::{
    DWORD, EXTENSION_CONTROL_BLOCK, HSE_VERSION_INFO, PFN_GETEXTENSIONVERSION,
    PFN_HSE_IO_COMPLETION, PFN_HTTPEXTENSIONPROC, PFN_TERMINATEEXTENSION, PVOID,
};

/// A call that is about to be made, and whom it is made for.
#[derive(Clone, Copy, Debug)]
pub struct ForeignCall<'a> {
    /// The extension, by its provider's name.
    pub extension: &'a str,
    /// The request that the call belongs to, by the number it has in the log.
    pub request: Option<u64>,
    /// What is called.
    pub function: ForeignFunction,
}

/// The functions of an extension that a host calls, each with its arguments.
#[derive(Clone, Copy, Debug)]
pub enum ForeignFunction {
    /// `GetExtensionVersion`.
    GetExtensionVersion(PFN_GETEXTENSIONVERSION, *mut HSE_VERSION_INFO),
    /// `HttpExtensionProc`.
    HttpExtensionProc(PFN_HTTPEXTENSIONPROC, *mut EXTENSION_CONTROL_BLOCK),
    /// `TerminateExtension` with its flags.
    TerminateExtension(PFN_TERMINATEEXTENSION, DWORD),
    /// A completion callback: block, context, bytes, error.
    Completion(
        PFN_HSE_IO_COMPLETION,
        *mut EXTENSION_CONTROL_BLOCK,
        PVOID,
        DWORD,
        DWORD,
    ),
}

impl ForeignFunction {
    /// Its name, for logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::GetExtensionVersion(..) => "GetExtensionVersion",
            Self::HttpExtensionProc(..) => "HttpExtensionProc",
            Self::TerminateExtension(..) => "TerminateExtension",
            Self::Completion(..) => "a completion callback",
        }
    }

    /// Calls it; 0 where it answers nothing. A `BOOL` is answered with its bits as they are.
    ///
    /// # Safety
    ///
    /// The function may be called now, with these arguments and without a lock, as the interface
    /// says.
    pub unsafe fn call(self) -> DWORD {
        // SAFETY: promised by the caller.
        unsafe {
            match self {
                Self::GetExtensionVersion(function, version) => function(version).cast_unsigned(),
                Self::HttpExtensionProc(function, ecb) => function(ecb),
                Self::TerminateExtension(function, flags) => function(flags).cast_unsigned(),
                Self::Completion(function, ecb, context, bytes, error) => {
                    function(ecb, context, bytes, error);
                    0
                }
            }
        }
    }
}

/// Something left a function of an extension by another way than its return, and was stopped there.
/// Displays what: "C++ exception 0xE06D7363".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escaped {
    description: String,
}

impl Escaped {
    /// `description` is one printable line.
    #[must_use]
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
        }
    }
}

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

impl Error for Escaped {}
