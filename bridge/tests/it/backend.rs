//! A platform without modules, whose files are in memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use isapi_abi::HANDLE;
use isapi_bridge::{Backend, EntryProvider, LoadError, ReadyRange, SendableFile, WantedRange};
use isapi_core::win32::Win32Error;

#[path = "latin1.rs"]
mod latin1;

#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryBackend {
    files: Arc<Mutex<HashMap<usize, Arc<dyn SendableFile>>>>,
    latin1: bool,
    file_range: Option<RangeOf>,
}

/// What is to be had at once of any file.
pub(crate) type RangeOf = fn(&WantedRange) -> Option<ReadyRange>;

impl MemoryBackend {
    /// Its 8-bit text is Latin-1.
    pub(crate) fn latin1() -> Self {
        Self {
            latin1: true,
            ..Self::default()
        }
    }

    /// Says of a part of any file that it is what `file_range` answers, be that true or not.
    pub(crate) fn with_file_range(file_range: RangeOf) -> Self {
        Self {
            file_range: Some(file_range),
            ..Self::default()
        }
    }

    /// "Opens" a file; the handle is what an extension passes as `hFile`.
    pub(crate) fn open_file<F: SendableFile>(&self, file: F) -> (usize, Arc<F>) {
        let file = Arc::new(file);
        let mut files = self.files.lock().expect("unpoisoned");
        let handle = files.len() + 1;
        files.insert(handle, Arc::clone(&file) as Arc<dyn SendableFile>);
        (handle, file)
    }
}

pub(crate) fn handle(number: usize) -> HANDLE {
    ptr::without_provenance_mut(number)
}

impl Backend for MemoryBackend {
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        let source = io::Error::from(io::ErrorKind::NotFound);
        Err(LoadError::Open {
            path: path.to_owned(),
            source,
            advice: None,
        })
    }

    fn module_file_names(&self, url_name: &str) -> Vec<String> {
        vec![url_name.to_owned()]
    }

    unsafe fn duplicate_file(&self, handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        let files = self.files.lock().expect("unpoisoned");
        let file = files.get(&handle.addr()).cloned();
        file.ok_or(Win32Error::INVALID_HANDLE)
    }

    unsafe fn file_range(&self, _: HANDLE, wanted: &WantedRange) -> Option<ReadyRange> {
        self.file_range?(wanted)
    }

    fn encode_text<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        match self.latin1 {
            true => latin1::encode(text).into(),
            false => text.as_bytes().into(),
        }
    }

    fn decode_text<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        match self.latin1 {
            true => latin1::decode(bytes).map(Cow::Owned),
            false => str::from_utf8(bytes).ok().map(Cow::Borrowed),
        }
    }
}

/// A file that says how it was used.
#[derive(Debug, Default)]
pub(crate) struct MemoryFile {
    pub(crate) data: Mutex<Vec<u8>>,
    /// What `len` answers where it is not the truth: the file is to shrink right after.
    pub(crate) claimed_length: Option<u64>,
    pub(crate) reads: AtomicUsize,
    pub(crate) maps: AtomicUsize,
}

impl MemoryFile {
    pub(crate) fn new(data: Vec<u8>) -> Self {
        Self {
            data: Mutex::new(data),
            ..Self::default()
        }
    }

    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    pub(crate) fn maps(&self) -> usize {
        self.maps.load(Ordering::Relaxed)
    }
}

impl SendableFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        let length = self.data.lock().expect("unpoisoned").len();
        Ok(self
            .claimed_length
            .unwrap_or(u64::try_from(length).expect("fits")))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let data = self.data.lock().expect("unpoisoned");
        let start = usize::try_from(offset).expect("fits").min(data.len());
        let length = buf.len().min(data.len() - start);
        buf[..length].copy_from_slice(&data[start..start + length]);
        Ok(length)
    }

    fn map(&self, offset: u64, length: u64) -> Option<Bytes> {
        self.maps.fetch_add(1, Ordering::Relaxed);
        let data = self.data.lock().expect("unpoisoned");
        let start = usize::try_from(offset).expect("fits");
        let end = start + usize::try_from(length).expect("fits");
        data.get(start..end).map(Bytes::copy_from_slice)
    }
}

/// A file of a length that no test has room for; what is in it follows from the place.
#[derive(Debug)]
pub(crate) struct HugeFile {
    pub(crate) length: u64,
}

impl HugeFile {
    pub(crate) fn byte_at(offset: u64) -> u8 {
        let [low, .., high] = (offset / 251)
            .to_le_bytes()
            .map(|byte| byte.wrapping_add(1));
        low ^ high ^ offset.to_le_bytes()[4]
    }
}

impl SendableFile for HugeFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.length)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let length = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        for (place, byte) in (offset..).zip(&mut buf[..length]) {
            *byte = Self::byte_at(place);
        }
        Ok(length)
    }

    fn map(&self, _: u64, _: u64) -> Option<Bytes> {
        None
    }
}
