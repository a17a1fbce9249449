//! The stream under hyper: tells the connection's task what moves.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::file_send::FileSend;
use super::handle::Shared;
use super::unsent::UnsentLimit;

/// A socket that its requests may ask about while hyper reads and writes it.
///
/// The lock is held for one system call that does not block, and never awaited under.
pub(super) struct Socket(Mutex<TcpStream>);

impl Socket {
    pub(super) fn new(tcp: TcpStream) -> Arc<Self> {
        Arc::new(Self(Mutex::new(tcp)))
    }

    /// Whether the client has closed or reset the connection, or the connection is gone.
    ///
    /// Tokio hears of both from the system whether anything is read or not.
    pub(super) fn is_peer_gone(this: &Weak<Self>) -> bool {
        let Some(socket) = this.upgrade() else {
            return true;
        };
        let tcp = socket.tcp();
        let ready = pin!(tcp.ready(Interest::READABLE | Interest::WRITABLE));
        match ready.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => false,
            Poll::Ready(Ok(ready)) => ready.is_read_closed() || ready.is_write_closed(),
            // The runtime has ended.
            Poll::Ready(Err(_)) => true,
        }
    }

    pub(super) fn tcp(&self) -> MutexGuard<'_, TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP stream whose reads and writes are counted as the connection's activity.
pub(super) struct Stream {
    socket: Arc<Socket>,
    shared: Arc<Shared>,
    files: FileSend,
    unsent: UnsentLimit,
}

impl Stream {
    pub(super) fn new(socket: Arc<Socket>, shared: Arc<Shared>) -> Self {
        let files = FileSend::default();
        let unsent = UnsentLimit::new(&socket.tcp());
        Self {
            socket,
            shared,
            files,
            unsent,
        }
    }

    fn wrote(
        &mut self,
        bufs: &[IoSlice<'_>],
        sends_files: bool,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(length)) => {
                let mut activity = self.shared.activity();
                let waited = activity.bytes_written(Instant::now());
                activity.lent_memory.count(bufs, *length);
                drop(activity);
                if let Some(waited) = waited {
                    self.unsent.found_room(&self.socket.tcp(), waited);
                }
            }
            Poll::Ready(Err(error)) => match Gone::of(error, sends_files) {
                Some(Gone::File) => self.file_shrank(),
                Some(Gone::Memory) => self.memory_is_gone(),
                None => {}
            },
            Poll::Pending => self.shared.activity().write_blocked(Instant::now()),
        }
        written
    }

    /// The connection fails. By now the request may count as done: hyper had all of its response.
    fn file_shrank(&self) {
        let request = {
            let mut activity = self.shared.activity();
            activity.file_shrank = true;
            activity.files_of
        };
        tracing::warn!(
            remote = %self.shared.remote(),
            request,
            "a file became shorter while it was sent; the response is cut"
        );
    }

    /// The connection fails.
    fn memory_is_gone(&self) {
        let request = self.shared.activity().lent_memory.lent_by();
        tracing::warn!(
            remote = %self.shared.remote(),
            request,
            "the memory of an asynchronous write could not be read any more; the response is cut"
        );
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut *self.socket.tcp()).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.shared.activity().bytes_read(Instant::now());
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self {
            socket,
            shared,
            files,
            ..
        } = &mut *self;
        let sends_files = files.is_pending() || shared.activity().sends_files;
        let written = match sends_files {
            true => files.poll_write(cx, socket, bufs),
            false => Pin::new(&mut *socket.tcp()).poll_write_vectored(cx, bufs),
        };
        self.wrote(bufs, sends_files, written)
    }

    /// Always: without it hyper copies a body's bytes into one buffer, which would read memory
    /// mappings in user space.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut *self.socket.tcp()).poll_flush(cx);
        if flushed.is_ready() {
            let wakers = self.shared.activity().flushed();
            for waker in wakers {
                waker.wake();
            }
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.files.cancel();
        Pin::new(&mut *self.socket.tcp()).poll_shutdown(cx)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.files.cancel();
        if self.shared.activity().reset {
            // Where the system refuses, the close is an orderly one.
            let _ = self.socket.tcp().set_zero_linger();
        }
    }
}

/// What was to be written, and is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gone {
    /// A part of a file.
    File,
    /// Memory that an extension lent, and freed before it had it back.
    Memory,
}

impl Gone {
    /// What a write failed for, if it is that.
    fn of(error: &io::Error, sends_files: bool) -> Option<Self> {
        /// The kernel found nothing behind an address. The same number on every Unix that Rust runs
        /// on.
        const EFAULT: i32 = 14;
        let is_fault = cfg!(unix) && error.raw_os_error() == Some(EFAULT);
        match is_fault || error.kind() == io::ErrorKind::UnexpectedEof {
            true if sends_files => Some(Self::File),
            // All other memory of a connection is the host's own.
            true if is_fault => Some(Self::Memory),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_ends_too_early_is_a_shorter_file() {
        let error = io::ErrorKind::UnexpectedEof.into();
        assert_eq!(Gone::of(&error, true), Some(Gone::File));
    }

    #[cfg(unix)]
    #[test]
    fn a_fault_is_a_files_only_where_files_are_sent() {
        let error = io::Error::from_raw_os_error(14);
        assert_eq!(Gone::of(&error, true), Some(Gone::File));
        assert_eq!(Gone::of(&error, false), Some(Gone::Memory));
    }

    #[test]
    fn a_client_that_goes_is_neither() {
        let error = io::ErrorKind::ConnectionReset.into();
        assert_eq!(Gone::of(&error, true), None);
        assert_eq!(Gone::of(&error, false), None);
    }
}
