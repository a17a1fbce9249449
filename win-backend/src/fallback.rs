//! Systems that are not Windows.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_bridge::{AccessToken, EntryProvider, LoadError, SendableFile};
use isapi_core::win32::Win32Error;

use crate::Unsupported;

/// What the system gives; there is no value of it here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Platform {}

/// The system reports crashes by itself.
pub(crate) fn report_crashes() {}

impl Platform {
    pub(crate) const fn new() -> Result<Self, Unsupported> {
        Err(Unsupported::new(
            "Windows DLLs run on Windows only; use the portable backend here",
        ))
    }

    pub(crate) fn open(
        self,
        _path: &Path,
        _unload: bool,
    ) -> Result<Box<dyn EntryProvider>, LoadError> {
        match self {}
    }

    /// # Safety
    ///
    /// There is no value to call it on.
    pub(crate) unsafe fn duplicate_file(
        self,
        _handle: HANDLE,
    ) -> Result<Arc<dyn SendableFile>, Win32Error> {
        match self {}
    }

    pub(crate) fn encode_text(self, _text: &str) -> Cow<'_, [u8]> {
        match self {}
    }

    pub(crate) fn decode_text(self, _bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {}
    }

    pub(crate) fn access_token(self) -> Result<Box<dyn AccessToken>, Win32Error> {
        match self {}
    }
}
