//! Sending a part of a file.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::Arc as StdArc;

use bytes::Bytes;
use isapi_core::session::{FileRange, FileToken, HostFault, OperationId};

use crate::shared::Shared;
use crate::sync::Arc;
use crate::{ReadyRange, SendableFile};

/// A range up to this length is read at once by the call that asks for it: a page-cache read
/// costs less than the way to another thread and back, or than mapping the file.
pub(crate) const SMALL: u64 = 64 * 1024;

/// How much is read at a time.
const BLOCK: u64 = 128 * 1024;

/// How much of a mapping is handed out at a time. The kernel sends it without a copy; the pieces
/// are there so that progress is seen: within the usual 60 s by a client that takes 18 KB/s.
const MAPPED_PIECE: usize = 1024 * 1024;

/// What the call that starts a transmission has got hold of already.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// The whole range, mapped; never to be read in user space.
    Mapped(Bytes),
    /// The whole range, read.
    Read(Bytes),
    /// Nothing: the range is read block by block.
    Unread(StdArc<dyn SendableFile>),
    /// The read failed.
    Failed(HostFault),
}

impl From<ReadyRange> for Prepared {
    fn from(range: ReadyRange) -> Self {
        match range {
            ReadyRange::Mapped(bytes) => Self::Mapped(bytes),
            ReadyRange::Read(bytes) => Self::Read(bytes),
        }
    }
}

/// A file that a session was told of, until the session wants it sent.
#[derive(Debug)]
pub(crate) struct PreparedFile {
    /// What the session calls it.
    pub(crate) token: FileToken,
    pub(crate) prepared: Prepared,
}

/// Gets hold of a range on the thread of the call, without a lock. At most `room` bytes are read.
pub(crate) fn prepare(
    file: StdArc<dyn SendableFile>,
    offset: u64,
    length: u64,
    mapped_files: bool,
    room: u64,
) -> Prepared {
    if length <= SMALL.min(room) {
        return match read_block(&*file, offset, length) {
            Ok(bytes) => Prepared::Read(bytes),
            Err(fault) => Prepared::Failed(fault),
        };
    }
    let mapped = if mapped_files && length > SMALL {
        file.map(offset, length)
    } else {
        None
    };
    match mapped {
        // A mapping of another length is not the range that was asked for.
        Some(bytes) if u64::try_from(bytes.len()).is_ok_and(|mapped| mapped == length) => {
            Prepared::Mapped(bytes)
        }
        Some(_) | None => Prepared::Unread(file),
    }
}

/// A part of a file on its way to the client.
#[derive(Debug)]
pub(crate) struct FileTransfer {
    /// None where it is part of a synchronous send.
    operation: Option<OperationId>,
    token: FileToken,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Failed(HostFault),
    Mapped(Bytes),
    /// In one piece.
    Read(Bytes),
    Reading(ReadAhead),
}

/// Reads a range block by block, at most one block ahead of what was taken.
#[derive(Debug)]
struct ReadAhead {
    file: StdArc<dyn SendableFile>,
    next: u64,
    end: u64,
    reading: bool,
    ready: VecDeque<Bytes>,
    fault: Option<HostFault>,
}

/// What a transfer has for its consumer.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Bytes; `last` when the range is done with them.
    Data { data: Bytes, last: bool },
    /// It cannot go on.
    Failed(HostFault),
    /// A block is being read.
    NotYet,
}

impl FileTransfer {
    /// `range` may be shorter than what was prepared: a response has its own length.
    pub(crate) fn new(
        operation: Option<OperationId>,
        range: FileRange,
        file: PreparedFile,
    ) -> Self {
        let PreparedFile { token, prepared } = file;
        let fit = |mut bytes: Bytes| {
            bytes.truncate(usize::try_from(range.length).unwrap_or(usize::MAX));
            bytes
        };
        let source = match prepared {
            Prepared::Mapped(bytes) => Source::Mapped(fit(bytes)),
            Prepared::Read(bytes) => Source::Read(fit(bytes)),
            Prepared::Unread(file) => Source::Reading(ReadAhead::new(file, range)),
            Prepared::Failed(fault) => Source::Failed(fault),
        };
        Self {
            operation,
            token,
            source,
        }
    }

    pub(crate) fn operation(&self) -> Option<OperationId> {
        self.operation
    }

    pub(crate) fn token(&self) -> FileToken {
        self.token
    }

    /// The next piece for the consumer.
    pub(crate) fn next_piece(&mut self) -> Piece {
        match &mut self.source {
            Source::Failed(fault) => Piece::Failed(*fault),
            Source::Mapped(rest) => {
                let data = rest.split_to(rest.len().min(MAPPED_PIECE));
                Piece::Data {
                    data,
                    last: rest.is_empty(),
                }
            }
            Source::Read(whole) => Piece::Data {
                data: mem::take(whole),
                last: true,
            },
            Source::Reading(blocks) => blocks.next_piece(),
        }
    }

    /// Is a part of it still to be read?
    pub(crate) fn is_unread(&self) -> bool {
        match &self.source {
            Source::Failed(_) | Source::Mapped(_) | Source::Read(_) => false,
            Source::Reading(blocks) => !blocks.is_read(),
        }
    }

    /// The read to be made now, if there is one; it is answered with
    /// [`block_read`](Self::block_read).
    pub(crate) fn wanted_read(&mut self) -> Option<FileRead> {
        let token = self.token;
        match &mut self.source {
            Source::Failed(_) | Source::Mapped(_) | Source::Read(_) => None,
            Source::Reading(blocks) => blocks.wanted_read(token),
        }
    }

    pub(crate) fn block_read(&mut self, result: Result<Bytes, HostFault>) {
        let Source::Reading(blocks) = &mut self.source else {
            return;
        };
        blocks.reading = false;
        match result {
            Ok(block) => blocks.ready.push_back(block),
            Err(fault) => blocks.fault = Some(fault),
        }
    }
}

impl ReadAhead {
    fn new(file: StdArc<dyn SendableFile>, range: FileRange) -> Self {
        Self {
            file,
            next: range.offset,
            end: range.offset.saturating_add(range.length),
            reading: false,
            ready: VecDeque::new(),
            fault: None,
        }
    }

    fn next_piece(&mut self) -> Piece {
        if let Some(data) = self.ready.pop_front() {
            let last = self.ready.is_empty() && !self.reading && self.next == self.end;
            return Piece::Data {
                data,
                last: last && self.fault.is_none(),
            };
        }
        match self.fault {
            Some(fault) => Piece::Failed(fault),
            None => Piece::NotYet,
        }
    }

    /// Has the last block been read, or will none be any more?
    fn is_read(&self) -> bool {
        !self.reading && (self.next == self.end || self.fault.is_some())
    }

    fn wanted_read(&mut self, token: FileToken) -> Option<FileRead> {
        if self.is_read() || self.reading || !self.ready.is_empty() {
            return None;
        }
        let length = BLOCK.min(self.end - self.next);
        let read = FileRead {
            token,
            file: self.file.clone(),
            offset: self.next,
            length,
        };
        self.next += length;
        self.reading = true;
        Some(read)
    }
}

/// One block to be read on a file thread.
#[derive(Debug)]
pub(crate) struct FileRead {
    token: FileToken,
    file: StdArc<dyn SendableFile>,
    offset: u64,
    length: u64,
}

impl FileRead {
    pub(crate) fn dispatch(self, shared: &Arc<Shared>) {
        let token = self.token;
        let owner = Arc::clone(shared);
        let job = Box::new(move || {
            let result = read_block(&*self.file, self.offset, self.length);
            Shared::file_block_read(&owner, token, result);
        });
        if shared.runtime().file_reads().dispatch(job).is_err() {
            Shared::file_block_read(shared, token, Err(HostFault::FileRead));
        }
    }
}

/// Reads exactly `length` bytes; fewer are a fault, since more were announced.
fn read_block(file: &dyn SendableFile, offset: u64, length: u64) -> Result<Bytes, HostFault> {
    let mut block = vec![0; usize::try_from(length).map_err(|_| HostFault::FileRead)?];
    let mut filled = 0;
    while filled < block.len() {
        let position = u64::try_from(filled)
            .unwrap_or(u64::MAX)
            .saturating_add(offset);
        match file.read_at(position, &mut block[filled..]) {
            Ok(0) => return Err(HostFault::FileTruncated),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                tracing::warn!(?file, "cannot be read: {error}");
                return Err(HostFault::FileRead);
            }
        }
    }
    Ok(block.into())
}
