//! Files that the kernel sends: memory that stands for them, and who sends what it stands for.
//!
//! An HTTP library knows bytes in memory and nothing else. So a range of a file goes through it as a
//! range of addresses ([`SendableFile::map`](crate::SendableFile::map)) that a backend has
//! registered here. The stream at the library's other end finds out which file an address stands for
//! ([`FileSlice::find`]) and has the kernel send that ([`KernelFile::send`]). What lies at the
//! addresses is never looked at: it may be a mapping of the file, or nothing at all.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

/// A connection's socket, as a [`KernelFile`] is given it.
#[cfg(windows)]
pub type SocketRef<'a> = std::os::windows::io::BorrowedSocket<'a>;
/// A connection's socket, as a [`KernelFile`] is given it.
#[cfg(not(windows))]
pub type SocketRef<'a> = std::os::fd::BorrowedFd<'a>;

/// A file that the kernel can send over a socket: `TransmitFile` on Windows, `sendfile(2)` elsewhere.
pub trait KernelFile: Send + Sync + fmt::Debug + 'static {
    /// Sends one block on a TCP socket in non-blocking mode, or begins to; never waits for the client.
    ///
    /// Where nothing can be sent now and nothing was begun, it answers
    /// [`WouldBlock`](io::ErrorKind::WouldBlock); the caller tries again when the socket has room.
    ///
    /// # Errors
    ///
    /// * [`Unsupported`](io::ErrorKind::Unsupported): the kernel cannot do it on this socket. Nothing
    ///   was sent; the caller reads the file with [`read_at`](Self::read_at) instead.
    /// * [`UnexpectedEof`](io::ErrorKind::UnexpectedEof): the file has become shorter than the block.
    /// * What the system says of the socket or the file.
    ///
    /// Behind each but the first the connection cannot be used any more: how much of the block the
    /// client has is not known. The same holds for the errors of a [`PendingSend`].
    fn send(&self, socket: SocketRef<'_>, block: &FileBlock<'_>) -> io::Result<KernelSend>;

    /// Reads at most `buffer.len()` bytes from `offset` on, as
    /// [`SendableFile::read_at`](crate::SendableFile::read_at); 0 means the file's end.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// What is sent at once: bytes, a range of a file, bytes.
#[derive(Debug)]
pub struct FileBlock<'a> {
    /// The bytes before the range. They leave in one segment with its beginning where they fit.
    pub head: &'a [IoSlice<'a>],
    /// Where the range begins in the file.
    pub offset: u64,
    /// How many bytes of the file. At least one, and at most [`FileBlock::MAX_LENGTH`].
    pub length: usize,
    /// The bytes behind the range; they may be left for the next call.
    pub tail: &'a [IoSlice<'a>],
}

impl FileBlock<'_> {
    /// The longest range of one block: `TransmitFile` sends at most 2,147,483,646 bytes, head and
    /// tail among them, so half of that leaves room.
    pub const MAX_LENGTH: usize = 1 << 30;
}

/// What [`KernelFile::send`] came to.
pub enum KernelSend {
    /// That many bytes of head, range and tail together are on their way: at least one.
    Sent(usize),
    /// The system is sending.
    Pending(PendingSend),
}

/// A block on its way. The future's value is the number of bytes of head, range and tail together that
/// were sent.
///
/// It owns what the system needs for the block except the socket, which has to stay open until it is
/// ready. To drop it is to cancel the send: an unknown part of the block has gone out then.
pub type PendingSend = Pin<Box<dyn Future<Output = io::Result<usize>> + Send>>;

impl fmt::Debug for KernelSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(bytes) => f.debug_tuple("Sent").field(bytes).finish(),
            Self::Pending(_) => f.debug_tuple("Pending").finish_non_exhaustive(),
        }
    }
}

/// Addresses that stand for a range of a file, until this is dropped.
///
/// ```
/// # use std::io;
/// # use std::sync::Arc;
/// use isapi_bridge::{FileAddresses, FileBlock, FileSlice, KernelFile, KernelSend, SocketRef};
///
/// #[derive(Debug)]
/// struct Sender;
///
/// impl KernelFile for Sender {
///     fn send(&self, _: SocketRef<'_>, _: &FileBlock<'_>) -> io::Result<KernelSend> {
///         Err(io::ErrorKind::Unsupported.into())
///     }
/// #   fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> { Ok(0) }
///     // ...
/// }
///
/// let mapped = vec![0; 100];
/// let addresses = mapped.as_ptr_range();
/// let addresses = addresses.start.addr()..addresses.end.addr();
/// let registered = FileAddresses::register(addresses, Arc::new(Sender), 4096);
/// let slice = FileSlice::find(&mapped[10..]).unwrap();
/// assert_eq!(slice.offset(), 4106);
/// drop(registered);
/// assert!(FileSlice::find(&mapped[10..]).is_none());
/// ```
#[derive(Debug)]
#[must_use = "the addresses stand for nothing when this is dropped"]
pub struct FileAddresses {
    start: usize,
}

impl FileAddresses {
    /// Lets `addresses` stand for the bytes of `file` from `offset` on.
    ///
    /// They must be the caller's own as long as this lives: whoever has the bytes of another range at
    /// these addresses sent over a connection of ours sends the file's instead.
    ///
    /// # Panics
    ///
    /// Where other addresses are registered with the same start.
    pub fn register(addresses: Range<usize>, file: Arc<dyn KernelFile>, offset: u64) -> Self {
        let start = addresses.start;
        let registered = Registered {
            end: addresses.end,
            file,
            offset,
        };
        let mut all = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
        let before = all.insert(start, registered);
        assert!(before.is_none(), "addresses registered twice");
        Self { start }
    }
}

impl Drop for FileAddresses {
    fn drop(&mut self) {
        let mut all = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
        let removed = all.remove(&self.start);
        drop(all);
        // It may close the file: not under the lock.
        drop(removed);
    }
}

/// The registered ranges by their start; no two overlap.
static REGISTERED: RwLock<BTreeMap<usize, Registered>> = RwLock::new(BTreeMap::new());

struct Registered {
    end: usize,
    file: Arc<dyn KernelFile>,
    offset: u64,
}

/// The range of a file that a slice of memory stands for.
#[derive(Clone, Debug)]
pub struct FileSlice {
    file: Arc<dyn KernelFile>,
    offset: u64,
}

impl FileSlice {
    /// What the whole of `bytes` stands for; `None` where they are nothing but bytes in memory.
    ///
    /// It takes a lock that all connections share, so it is to be asked only about responses that
    /// [send mapped files](crate::RequestSession::sends_mapped_files).
    #[must_use]
    pub fn find(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let addresses = bytes.as_ptr_range();
        let (start, end) = (addresses.start.addr(), addresses.end.addr());
        let all = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
        let (first, registered) = all.range(..=start).next_back()?;
        if end > registered.end {
            return None;
        }
        Some(Self {
            file: Arc::clone(&registered.file),
            offset: registered.offset + u64::try_from(start - first).ok()?,
        })
    }

    /// Who sends it.
    #[must_use]
    pub fn file(&self) -> &dyn KernelFile {
        &*self.file
    }

    /// Where it begins in the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Nothing;

    impl KernelFile for Nothing {
        fn send(&self, _: SocketRef<'_>, _: &FileBlock<'_>) -> io::Result<KernelSend> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }

    fn register(bytes: &[u8], offset: u64) -> FileAddresses {
        let addresses = bytes.as_ptr_range();
        let addresses = addresses.start.addr()..addresses.end.addr();
        FileAddresses::register(addresses, Arc::new(Nothing), offset)
    }

    #[test]
    fn only_slices_that_lie_wholly_in_a_registered_range_stand_for_a_file() {
        let memory = [0; 30];
        let _registered = register(&memory[10..20], 1000);
        let offset = |range: Range<usize>| FileSlice::find(&memory[range]).map(|f| f.offset());
        assert_eq!(offset(10..20), Some(1000));
        assert_eq!(offset(13..14), Some(1003));
        for elsewhere in [0..10, 9..11, 19..21, 20..30, 10..21, 15..15] {
            assert_eq!(offset(elsewhere.clone()), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn neighbours_are_told_apart() {
        let memory = [0; 20];
        let _first = register(&memory[..10], 0);
        let second = register(&memory[10..], 500);
        let offset = |at: usize| FileSlice::find(&memory[at..=at]).map(|f| f.offset());
        assert_eq!((offset(9), offset(10)), (Some(9), Some(500)));
        drop(second);
        assert_eq!((offset(9), offset(10)), (Some(9), None));
    }
}
