//! What a client's bytes go over.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use tokio_rustls::rustls::{ClientConnection, StreamOwned};

/// A TCP connection, in the clear or under TLS.
#[derive(Debug)]
pub(crate) enum Channel {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Channel {
    /// The connection itself.
    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Channel::Clear(stream) => stream,
            Channel::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Channel::Clear(stream) => stream.read(buffer),
            Channel::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Channel {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Channel::Clear(stream) => stream.write(data),
            Channel::Tls(stream) => stream.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Channel::Clear(stream) => stream.flush(),
            Channel::Tls(stream) => stream.flush(),
        }
    }
}
