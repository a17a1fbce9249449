//! Windows.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_bridge::{AccessToken, EntryProvider, LoadError, SendableFile};
use isapi_core::win32::Win32Error;

use crate::Unsupported;
use crate::dll::Dll;
use crate::file::HandleFile;
use crate::text;
use crate::token::ProcessToken;

/// What Windows gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Platform;

pub(crate) use crate::contain::report_crashes;

impl Platform {
    #[expect(clippy::unnecessary_wraps, reason = "off Windows it fails")]
    pub(crate) const fn new() -> Result<Self, Unsupported> {
        Ok(Self)
    }

    pub(crate) fn open(
        self,
        path: &Path,
        unload: bool,
    ) -> Result<Box<dyn EntryProvider>, LoadError> {
        Ok(Box::new(match unload {
            true => Dll::open_to_unload(path)?,
            false => Dll::open(path)?,
        }))
    }

    /// # Safety
    ///
    /// As of `Backend::duplicate_file`.
    pub(crate) unsafe fn duplicate_file(
        self,
        handle: HANDLE,
    ) -> Result<Arc<dyn SendableFile>, Win32Error> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { HandleFile::duplicate(handle) }
    }

    pub(crate) fn encode_text(self, text: &str) -> Cow<'_, [u8]> {
        text::encode(text)
    }

    pub(crate) fn decode_text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        text::decode(bytes)
    }

    pub(crate) fn access_token(self) -> Result<Box<dyn AccessToken>, Win32Error> {
        Ok(Box::new(ProcessToken::new()?))
    }
}
