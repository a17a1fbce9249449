//! Sending files with [`sendfile(2)`](https://man7.org/linux/man-pages/man2/sendfile.2.html).

use std::fs::File;
use std::io;

use isapi_bridge::{FileBlock, KernelFile, KernelSend, SocketRef};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

use crate::positional_read;

/// A file that `sendfile` sends.
///
/// On a connection that is closed the call raises `SIGPIPE`, which programs in Rust ignore from their
/// start.
#[derive(Debug)]
pub(crate) struct SentFile(pub(crate) File);

impl KernelFile for SentFile {
    fn send(&self, socket: SocketRef<'_>, block: &FileBlock<'_>) -> io::Result<KernelSend> {
        let head: usize = block.head.iter().map(|slice| slice.len()).sum();
        let mut sent = 0;
        if head > 0 {
            // What comes behind belongs into the same segment.
            let flags = SendFlags::MORE | SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            let mut control = SendAncillaryBuffer::default();
            sent = sendmsg(socket, block.head, &mut control, flags)?;
        }
        if sent < head {
            return Ok(KernelSend::Sent(sent));
        }
        let mut offset = block.offset;
        let length = block.length.min(FileBlock::MAX_LENGTH);
        match rustix::fs::sendfile(socket, &self.0, Some(&mut offset), length) {
            Ok(bytes) if sent + bytes > 0 => Ok(KernelSend::Sent(sent + bytes)),
            Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
            // It is answered to the next call.
            Err(_) if sent > 0 => Ok(KernelSend::Sent(sent)),
            Err(error @ (Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)) => {
                Err(io::Error::new(io::ErrorKind::Unsupported, error))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        positional_read::read_at(&self.0, offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{IoSlice, Read};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;

    use super::*;
    use crate::test_file::TestFile;

    /// The two ends of a connection, the first in non-blocking mode.
    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        (server, client)
    }

    fn send(file: &TestFile, socket: &TcpStream, block: &FileBlock<'_>) -> io::Result<usize> {
        match SentFile(file.open()).send(socket.as_fd(), block)? {
            KernelSend::Sent(bytes) => Ok(bytes),
            KernelSend::Pending(_) => unreachable!("it is done at once"),
        }
    }

    #[test]
    fn head_and_range_arrive_in_this_order() {
        let file = TestFile::with(b"0123456789");
        let (server, mut client) = connection();
        let block = FileBlock {
            head: &[IoSlice::new(b"he"), IoSlice::new(b"ad")],
            offset: 3,
            length: 5,
            tail: &[],
        };
        assert_eq!(send(&file, &server, &block).unwrap(), 9);
        let mut received = [0; 9];
        client.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"head34567");
    }

    #[test]
    fn a_socket_without_room_says_so_and_loses_nothing() {
        let content: Vec<u8> = (0_u8..251).cycle().take(32 * 1024 * 1024).collect();
        let file = TestFile::with(&content);
        let (server, mut client) = connection();
        let mut sent = 0;
        let error = loop {
            let block = FileBlock {
                head: &[],
                offset: sent.try_into().unwrap(),
                length: content.len() - sent,
                tail: &[],
            };
            match send(&file, &server, &block) {
                Ok(bytes) => sent += bytes,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!((1..content.len()).contains(&sent), "{sent}");
        drop(server);
        let mut received = Vec::new();
        client.read_to_end(&mut received).unwrap();
        assert!(received == content[..sent]);
    }

    #[test]
    fn a_file_that_has_become_shorter_says_so_behind_what_it_has() {
        let file = TestFile::with(b"0123456789");
        let (server, _client) = connection();
        let block = |offset| FileBlock {
            head: &[],
            offset,
            length: 100,
            tail: &[],
        };
        assert_eq!(send(&file, &server, &block(0)).unwrap(), 10);
        let error = send(&file, &server, &block(10)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
