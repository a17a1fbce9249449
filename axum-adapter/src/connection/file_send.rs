//! Slices that stand for files, sent by the kernel.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use isapi_bridge::{FileBlock, FileSlice, KernelSend, PendingSend, SocketRef};
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::stream::Socket;

/// The most that is copied to leave with a file, in front of it and behind it. More in front is written
/// by itself.
const LONGEST_COPY: usize = 64 * 1024;

/// How much is read at a time where the kernel does not send files.
const LONGEST_READ: usize = 64 * 1024;

/// The files that go out over one connection, one block at a time.
#[derive(Default)]
pub(super) struct FileSend {
    pending: Option<Pending>,
    pace: Pace,
}

struct Pending {
    send: PendingSend,
    /// How much of the file it is.
    length: usize,
    since: Instant,
}

impl FileSend {
    /// Is a block on its way?
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Gives up the block that is on its way, for a connection that ends.
    pub(super) fn cancel(&mut self) {
        self.pending = None;
    }

    /// Writes buffers of which some may stand for files.
    ///
    /// It may be called with more buffers behind those of the call before while it is pending; the
    /// bytes it counts are then of those that it was called with first.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        socket: &Socket,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            if let Some(pending) = &mut self.pending {
                let sent = ready!(pending.send.as_mut().poll(cx));
                self.pace.sent(pending.length, pending.since.elapsed());
                self.pending = None;
                return Poll::Ready(sent);
            }
            let mut tcp = socket.tcp();
            let Some((block, file)) = next_block(bufs, self.pace.block) else {
                return Pin::new(&mut *tcp).poll_write_vectored(cx, bufs);
            };
            if length(block.head) > LONGEST_COPY {
                return Pin::new(&mut *tcp).poll_write_vectored(cx, block.head);
            }
            ready!(tcp.poll_write_ready(cx))?;
            let send = || file.file().send(socket_of(&tcp), &block);
            match tcp.try_io(Interest::WRITABLE, send) {
                Ok(KernelSend::Sent(bytes)) => {
                    self.pace.sent_at_once();
                    return Poll::Ready(Ok(bytes));
                }
                Ok(KernelSend::Pending(send)) => {
                    self.pending = Some(Pending {
                        send,
                        length: block.length,
                        since: Instant::now(),
                    });
                }
                // Tokio has forgotten that there was room.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    return poll_write_read(cx, &mut tcp, &file, &block);
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// The first file among the buffers, at most `longest` bytes of it, with what is around it; `None` if
/// there is none.
fn next_block<'a>(bufs: &'a [IoSlice<'a>], longest: usize) -> Option<(FileBlock<'a>, FileSlice)> {
    let files = bufs.iter().enumerate();
    let (index, file) = files
        .map(|(index, slice)| (index, FileSlice::find(slice)))
        .find_map(|(index, file)| Some((index, file?)))?;
    let (head, rest) = bufs.split_at(index);
    let (slice, behind) = rest.split_first()?;
    let length = slice.len().min(longest);
    let tail = if length == slice.len() {
        copied(behind)
    } else {
        &[]
    };
    let block = FileBlock {
        head,
        offset: file.offset(),
        length,
        tail,
    };
    Some((block, file))
}

/// The buffers up to the next file that are worth a copy.
fn copied<'a>(bufs: &'a [IoSlice<'a>]) -> &'a [IoSlice<'a>] {
    let mut length = 0;
    let count = bufs
        .iter()
        .take_while(|slice| {
            length += slice.len();
            length <= LONGEST_COPY && FileSlice::find(slice).is_none()
        })
        .count();
    &bufs[..count]
}

/// Writes the beginning of a block that the kernel does not send, by reading it.
fn poll_write_read(
    cx: &mut Context<'_>,
    tcp: &mut TcpStream,
    file: &FileSlice,
    block: &FileBlock<'_>,
) -> Poll<io::Result<usize>> {
    let mut buffer = vec![0; block.length.min(LONGEST_READ)];
    let read = file.file().read_at(block.offset, &mut buffer)?;
    if read == 0 {
        return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
    }
    let head = block.head.iter().map(|slice| IoSlice::new(slice));
    let bufs: Vec<_> = head.chain([IoSlice::new(&buffer[..read])]).collect();
    Pin::new(tcp).poll_write_vectored(cx, &bufs)
}

fn length(bufs: &[IoSlice<'_>]) -> usize {
    bufs.iter().map(|slice| slice.len()).sum()
}

#[cfg(windows)]
fn socket_of(tcp: &TcpStream) -> SocketRef<'_> {
    std::os::windows::io::AsSocket::as_socket(tcp)
}

#[cfg(not(windows))]
fn socket_of(tcp: &TcpStream) -> SocketRef<'_> {
    std::os::fd::AsFd::as_fd(tcp)
}

/// How large the blocks of one connection are.
///
/// Where the system sends in the background it says nothing until a block is done, so a block is the
/// least that is seen as progress: it has to be small for a slow client, whose deadline runs on. For a
/// fast one it has to be large, since the next one begins when the one before has arrived.
#[derive(Debug)]
struct Pace {
    block: usize,
}

impl Pace {
    const FIRST: usize = 256 * 1024;
    const SMALLEST: usize = 64 * 1024;
    /// In the usual 60 s without progress, a client that takes 18 KB/s takes that much, even where its
    /// system took the blocks before quickly and it reads slowly itself.
    const LARGEST: usize = 1024 * 1024;
    /// A block that took less than that is followed by a larger one.
    const QUICK: Duration = Duration::from_millis(250);
    /// A block that took more than that is followed by a smaller one.
    const SLOW: Duration = Duration::from_secs(1);

    /// The system says at once how much it has taken: nothing is gained by smaller blocks.
    fn sent_at_once(&mut self) {
        self.block = FileBlock::MAX_LENGTH;
    }

    fn sent(&mut self, length: usize, took: Duration) {
        if took > Self::SLOW {
            self.block = (self.block / 2).clamp(Self::SMALLEST, Self::LARGEST);
        } else if took < Self::QUICK && length >= self.block {
            self.block = (self.block * 2).min(Self::LARGEST);
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { block: Self::FIRST }
    }
}

#[cfg(test)]
mod tests;
