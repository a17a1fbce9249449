//! Getting hold of the files that an extension wants sent.

use std::io;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_core::session::{FileRange, Misuse};
use isapi_core::win32::Win32Error;

use crate::file_transfer::{Prepared, PreparedFile, SMALL, prepare};
use crate::gate::Failure;
use crate::shared::Shared;
use crate::{ReadyRange, SendableFile, WantedRange};

/// How much of one send's files is read before the session hears of it.
const MOST_PREPARED: u64 = 256 * 1024;

/// The files of one send. What is cheap to have of them is read or mapped at once; of the others there
/// are duplicates, measured. All of it without the request's lock.
#[derive(Debug)]
pub(super) struct OpenFiles<'a> {
    shared: &'a Shared,
    /// By handle: one file may be sent in many pieces.
    duplicates: Vec<(HANDLE, Arc<dyn SendableFile>)>,
    prepared: Vec<PreparedFile>,
    room: u64,
}

impl<'a> OpenFiles<'a> {
    pub(super) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            duplicates: Vec::new(),
            prepared: Vec::new(),
            room: MOST_PREPARED,
        }
    }

    /// Adds a part of a file; without a length it goes up to the file's end.
    ///
    /// # Safety
    ///
    /// `handle` is what the extension passed as the handle of a file, open during its call.
    pub(super) unsafe fn add(
        &mut self,
        handle: HANDLE,
        offset: u64,
        length: Option<u64>,
    ) -> Result<FileRange, Failure> {
        // SAFETY: the same promise.
        if let Some(ready) = unsafe { self.at_once(handle, offset, length) } {
            let (ReadyRange::Mapped(bytes) | ReadyRange::Read(bytes)) = &ready;
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            return Ok(self.push(offset, length, ready.into()));
        }
        // SAFETY: the same promise.
        let file = unsafe { self.duplicate(handle) }?;
        let end = file.len().map_err(|error| unreadable(&error))?;
        let available = end.checked_sub(offset).ok_or(Misuse::OffsetPastEnd)?;
        let length = length.unwrap_or(available);
        if length > available {
            return Err(Misuse::LengthPastEnd.into());
        }
        let mapped_files = self.shared.mapped_files();
        let prepared = prepare(file, offset, length, mapped_files, self.room);
        Ok(self.push(offset, length, prepared))
    }

    /// Takes a range whose `length` bytes from `offset` on are the file's.
    fn push(&mut self, offset: u64, length: u64, prepared: Prepared) -> FileRange {
        match prepared {
            Prepared::Read(_) => self.room = self.room.saturating_sub(length),
            Prepared::Mapped(_) => self.shared.file_mapped(),
            Prepared::Unread(_) | Prepared::Failed(_) => {}
        }
        let token = self.shared.next_file();
        self.prepared.push(PreparedFile { token, prepared });
        FileRange {
            file: token,
            offset,
            length,
        }
    }

    /// The files as the request keeps them until its session wants them.
    pub(super) fn into_prepared(self) -> Vec<PreparedFile> {
        self.prepared
    }

    /// A range that needs no duplicate of its file.
    ///
    /// # Safety
    ///
    /// As for [`add`](Self::add).
    unsafe fn at_once(
        &self,
        handle: HANDLE,
        offset: u64,
        length: Option<u64>,
    ) -> Option<ReadyRange> {
        let wanted = WantedRange {
            offset,
            length,
            read_up_to: SMALL.min(self.room),
            map_above: self.shared.mapped_files().then_some(SMALL),
        };
        let backend = self.shared.runtime().backend();
        // SAFETY: the extension passed the handle and keeps it open during this call.
        let ready = unsafe { backend.file_range(handle, &wanted) }?;
        wanted.is_met_by(&ready).then_some(ready)
    }

    /// # Safety
    ///
    /// As for [`add`](Self::add).
    unsafe fn duplicate(&mut self, handle: HANDLE) -> Result<Arc<dyn SendableFile>, Failure> {
        let mut known = self.duplicates.iter();
        if let Some((_, file)) = known.find(|(known, _)| *known == handle) {
            return Ok(Arc::clone(file));
        }
        // SAFETY: the extension passed the handle and keeps it open during this call; the backend
        // makes a duplicate of its own.
        let file =
            unsafe { self.shared.runtime().backend().duplicate_file(handle) }.map_err(refused)?;
        self.duplicates.push((handle, Arc::clone(&file)));
        Ok(file)
    }
}

fn refused(error: Win32Error) -> Failure {
    match error {
        Win32Error::INVALID_HANDLE | Win32Error::INVALID_PARAMETER => {
            Failure::Misuse(Misuse::InvalidFile)
        }
        other => Failure::Win32(other),
    }
}

fn unreadable(error: &io::Error) -> Failure {
    tracing::warn!("the length of a file to be sent cannot be had: {error}");
    Failure::Win32(Win32Error::READ_FAULT)
}
