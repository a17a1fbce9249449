//! A platform for unit tests, which has text alone.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_core::win32::Win32Error;

use crate::{Backend, EntryProvider, LoadError, SendableFile};

#[path = "../tests/it/latin1.rs"]
mod latin1;

/// The encodings of 8-bit text that are tested.
pub(crate) const BACKENDS: [&dyn Backend; 2] = [&TestBackend::Utf8, &TestBackend::Latin1];

#[derive(Debug)]
pub(crate) enum TestBackend {
    Latin1,
    Utf8,
}

impl Backend for TestBackend {
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        Err(LoadError::Open {
            path: path.to_owned(),
            source: io::ErrorKind::NotFound.into(),
            advice: None,
        })
    }

    fn module_file_names(&self, _url_name: &str) -> Vec<String> {
        Vec::new()
    }

    unsafe fn duplicate_file(&self, _handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        Err(Win32Error::INVALID_HANDLE)
    }

    fn encode_text<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        match self {
            Self::Latin1 => latin1::encode(text).into(),
            Self::Utf8 => text.as_bytes().into(),
        }
    }

    fn decode_text<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        match self {
            Self::Latin1 => latin1::decode(bytes).map(Cow::Owned),
            Self::Utf8 => str::from_utf8(bytes).ok().map(Cow::Borrowed),
        }
    }
}
