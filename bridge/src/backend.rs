//! What a platform gives.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use isapi_abi::HANDLE;
use isapi_core::win32::Win32Error;

use crate::{AccessToken, EntryProvider, LoadError};

/// A platform's part of hosting: modules and files. `isapi-emu-loader` implements it for `.so` and
/// `.dylib`, `isapi-win-backend` for DLLs.
pub trait Backend: Send + Sync + fmt::Debug + 'static {
    /// Loads the module at `path` and finds its entry points; calls none of them.
    ///
    /// # Errors
    ///
    /// Where the file is missing, no module, one of another architecture, or lacks an export.
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError>;

    /// The file names to try, in this order, for a module that a URL calls `url_name`
    /// (`hello.dll`).
    fn module_file_names(&self, url_name: &str) -> Vec<String>;

    /// The host's own duplicate of a file that an extension wants sent.
    ///
    /// # Errors
    ///
    /// The last-error code for a handle that is none, or not one of a regular file.
    ///
    /// # Safety
    ///
    /// `handle` is a value an extension passed as that of a file (`hFile` of `HSE_TF_INFO`,
    /// `pvContext` of `HSE_VECTOR_ELEMENT`), and the extension keeps it open while this call runs.
    unsafe fn duplicate_file(&self, handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error>;

    /// Gets hold of a part of a file that an extension wants sent, without a duplicate of it.
    ///
    /// It is a shorter way to what [`duplicate_file`](Self::duplicate_file) and the methods of
    /// [`SendableFile`] come to, for ranges that are read or mapped within the call. `None` says that
    /// their way is to be gone, for any reason, which finds out what is wrong as well. The default
    /// always says so. A range of another length or kind than `wanted` allows counts as `None`.
    ///
    /// # Safety
    ///
    /// As for [`duplicate_file`](Self::duplicate_file).
    unsafe fn file_range(&self, handle: HANDLE, wanted: &WantedRange) -> Option<ReadyRange> {
        let _ = (handle, wanted);
        None
    }

    /// Text as an 8-bit string of the interface has it, such as `lpszPathInfo`: UTF-8, unless the
    /// platform has another encoding for them, as Windows has its ANSI code page.
    ///
    /// What the encoding does not have becomes `?`, and never a character that only looks like it: a
    /// path must not come to mean another file. A text is encoded character by character, and there
    /// is no NUL in what has none.
    fn encode_text<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        Cow::Borrowed(text.as_bytes())
    }

    /// The text of an 8-bit string that an extension passed, in the encoding of
    /// [`encode_text`](Self::encode_text); `None` where it is no text in that encoding.
    fn decode_text<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        str::from_utf8(bytes).ok().map(Cow::Borrowed)
    }

    /// A new token of the account that requests run under, for extensions to impersonate. Without
    /// Windows there is none.
    ///
    /// # Errors
    ///
    /// `ERROR_NOT_SUPPORTED` (50) where the platform has no tokens, else what the system says.
    fn access_token(&self) -> Result<Box<dyn AccessToken>, Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }
}

/// A part of a file, as [`Backend::file_range`] is asked for it.
#[derive(Clone, Copy, Debug)]
pub struct WantedRange {
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How many bytes it has; `None`: all up to the file's end.
    pub length: Option<u64>,
    /// It may be read if it has at most this many bytes.
    pub read_up_to: u64,
    /// It may be mapped if it has more bytes than this; `None`: never.
    pub map_above: Option<u64>,
}

impl WantedRange {
    /// Whether a backend gave what it was asked for. It is not trusted with that: a mapping that is
    /// read in user space ends the process when someone truncates the file.
    pub(crate) fn is_met_by(&self, ready: &ReadyRange) -> bool {
        let (ReadyRange::Mapped(bytes) | ReadyRange::Read(bytes)) = ready;
        let Ok(length) = u64::try_from(bytes.len()) else {
            return false;
        };
        if self.length.is_some_and(|wanted| wanted != length) {
            return false;
        }
        match ready {
            ReadyRange::Mapped(_) => self.map_above.is_some_and(|above| length > above),
            ReadyRange::Read(_) => length <= self.read_up_to,
        }
    }
}

/// A part of a file, whole.
#[derive(Debug)]
pub enum ReadyRange {
    /// Addresses that stand for it, as [`SendableFile::map`] gives them.
    Mapped(Bytes),
    /// Its bytes, none of which the file had lost when they had been read.
    Read(Bytes),
}

/// A file an extension handed over with `HSE_REQ_TRANSMIT_FILE` or `HSE_REQ_VECTOR_SEND`.
///
/// No position is kept: the extension's own is never moved.
pub trait SendableFile: Send + Sync + fmt::Debug + 'static {
    /// The file's length in bytes, now or when it was handed over, a moment ago.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes, by [`len`](Self::len).
    ///
    /// # Errors
    ///
    /// What the system says.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads at most `buf.len()` bytes from `offset` on; 0 means the file's end.
    ///
    /// Only bytes that the file still had when they had been read: a system that lets others cut the
    /// file meanwhile may have put zeros in place of the rest.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Addresses that stand for a range of the file, or `None` where it has to be read.
    ///
    /// The bytes must not be read in user space: they are those of a mapping that someone else may
    /// truncate, or only reserved for their addresses. They are for a transport that hands the range
    /// to the kernel: as it is where the addresses are those of a mapping, by
    /// [`FileSlice::find`](crate::FileSlice::find) where they are registered.
    fn map(&self, offset: u64, length: u64) -> Option<Bytes>;
}
