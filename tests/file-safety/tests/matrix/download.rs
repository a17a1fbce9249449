//! A client that reads as much as it is told to, so that the rest is still on its way.

use std::fmt;
use std::net::{SocketAddr, TcpStream};

use http::Request;
use isapi_test_support::{Http2Client, RawClient, ReadError, ResponseHead, TlsClient};
use socket2::{Domain, SockRef, Socket, Type};

/// What a client asks for at first: hardly anything is sent ahead of what it reads.
const SMALL_BUFFER: usize = 16 * 1024;

/// What it asks for when the rest is to come quickly.
const LARGE_BUFFER: usize = 4 * 1024 * 1024;

/// The loopback device's own size of segments, 64 KiB, would let the server's socket hold megabytes.
const SEGMENT: u32 = 1460;

/// How a response comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// HTTP/1 in clear text.
    ClearText,
    /// HTTP/2 under TLS.
    Http2,
    /// HTTP/1 under TLS.
    Tls,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::ClearText => "HTTP/1",
            Transport::Http2 => "HTTP/2",
            Transport::Tls => "HTTP/1 under TLS",
        })
    }
}

/// A connection that is to bring one file.
#[derive(Debug)]
pub(crate) struct Download {
    client: Client,
    socket: TcpStream,
    /// None before it was there, or where it did not come.
    head: Option<ResponseHead>,
    body: Vec<u8>,
    /// None while the body may go on.
    end: Option<End>,
}

#[derive(Debug)]
enum Client {
    Http1(Box<RawClient>),
    Http2(Box<Http2Client>),
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Before all bytes of it had come.
    Cut,
    /// With all the bytes that its head named.
    Whole,
}

impl Download {
    /// Connects, and has the extension answer `target` without a file. Bodies are read into `memory`.
    pub(crate) fn connect(
        transport: Transport,
        address: SocketAddr,
        target: &str,
        memory: Vec<u8>,
    ) -> Download {
        let socket = connect(address);
        let stream = socket.try_clone().expect("a socket has a second handle");
        let client = match transport {
            Transport::ClearText => Client::Http1(Box::new(RawClient::from_stream(stream))),
            Transport::Tls => Client::Http1(Box::new(TlsClient::default().speak(stream))),
            Transport::Http2 => Client::Http2(Box::new(Http2Client::over(stream))),
        };
        let mut download = Download {
            client,
            socket,
            head: None,
            body: memory,
            end: None,
        };
        download.request(target);
        assert_eq!(download.status(), Some(200), "{target}");
        assert_eq!(download.read_to_end(), End::Whole, "{target}");
        download
    }

    /// Asks for `target` and reads the head.
    pub(crate) fn request(&mut self, target: &str) {
        self.body.clear();
        self.head = match &mut self.client {
            Client::Http1(client) => client.send_get(target).try_read_head().map_err(cut).ok(),
            Client::Http2(client) => client.request(request(target)).ok(),
        };
        self.end = match self.length() {
            None => Some(End::Cut),
            Some(0) => Some(End::Whole),
            Some(_) => None,
        };
    }

    /// Reads until there are `length` bytes of the body, or until it ends.
    pub(crate) fn read_to(&mut self, length: usize) {
        while self.body.len() < length && self.end.is_none() {
            self.read_some();
        }
    }

    /// Reads what is left, quickly.
    pub(crate) fn read_to_end(&mut self) -> End {
        let socket = SockRef::from(&self.socket);
        let enlarged = socket.set_recv_buffer_size(LARGE_BUFFER);
        enlarged.expect("a buffer can be made larger");
        loop {
            match self.end {
                Some(end) => return end,
                None => self.read_some(),
            }
        }
    }

    /// Ends the connection and gives the memory back.
    pub(crate) fn close(self) -> Vec<u8> {
        self.body
    }

    /// The client's own address.
    pub(crate) fn local_address(&self) -> SocketAddr {
        let address = self.socket.local_addr();
        address.expect("a connected socket has an address")
    }

    /// How the response ended, if it has.
    pub(crate) fn end(&self) -> Option<End> {
        self.end
    }

    /// The status code, if there was a head.
    pub(crate) fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// What has come of the body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// How long the head says that the body is.
    pub(crate) fn length(&self) -> Option<usize> {
        let length = self.head.as_ref()?.field("content-length");
        Some(length?.parse().expect("a length is a number"))
    }

    fn read_some(&mut self) {
        let length = self.length().expect("a body has a head");
        let ended = match &mut self.client {
            Client::Http1(client) => match client.try_read_some() {
                Ok(data) => {
                    self.body.extend_from_slice(&data);
                    false
                }
                Err(error) => {
                    cut(error);
                    true
                }
            },
            Client::Http2(client) => match client.read_some() {
                Ok(Some(data)) => {
                    self.body.extend_from_slice(&data);
                    false
                }
                Ok(None) | Err(_) => true,
            },
        };
        assert!(self.body.len() <= length, "more came than {length} bytes");
        self.end = match (self.body.len() == length, ended) {
            (true, _) => Some(End::Whole),
            (false, true) => Some(End::Cut),
            (false, false) => None,
        };
    }
}

/// A connection over which little is on its way at a time.
fn connect(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None);
    let socket = socket.expect("a socket can be made");
    // Both have to be known when the connection is made.
    let prepared = socket
        .set_recv_buffer_size(SMALL_BUFFER)
        .and_then(|()| socket.set_tcp_mss(SEGMENT));
    prepared.expect("a socket has these options");
    socket
        .connect(&address.into())
        .expect("the server accepts connections");
    socket.into()
}

fn request(target: &str) -> Request<Vec<u8>> {
    let request = Request::get(format!("https://localhost{target}"));
    request.body(Vec::new()).expect("a target is part of a URL")
}

/// A response that was cut is an outcome; one that is malformed or does not go on is a failure.
fn cut(error: ReadError) {
    match error {
        ReadError::Closed | ReadError::HeadCut(_) | ReadError::BodyCut(_) => {}
        ReadError::Malformed(_) | ReadError::TimedOut(_) => panic!("{error}"),
    }
}
