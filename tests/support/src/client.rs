//! A raw HTTP/1 client: sends exact bytes, reads responses strictly by their framing.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::channel::Channel;
use crate::response::{Framing, Response, ResponseHead};

/// How long a read may take in all before a test fails instead of hanging.
pub const READ_DEADLINE: Duration = Duration::from_secs(30);

/// A connection to a server under test.
///
/// Nothing is added to what a test sends and nothing is forgiven in what the server answers: a
/// malformed head, a broken chunk or a missing byte is an error.
#[derive(Debug)]
pub struct RawClient {
    stream: Channel,
    received: Vec<u8>,
}

/// Why no complete response was read.
#[derive(Debug)]
pub enum ReadError {
    /// The connection ended before the first byte of a response.
    Closed,
    /// The connection ended inside the head; holds what had come.
    HeadCut(Vec<u8>),
    /// The connection ended inside the body; holds the head and the bytes of the body that had
    /// come.
    BodyCut(Box<Response>),
    /// What came is not HTTP/1.1; says what is wrong.
    Malformed(String),
    /// Nothing came for [`READ_DEADLINE`]; holds what had come of the response until then.
    TimedOut(Vec<u8>),
}

impl RawClient {
    /// Connects to `address`.
    ///
    /// # Panics
    ///
    /// When the connection is refused.
    pub fn connect(address: SocketAddr) -> RawClient {
        RawClient::from_stream(TcpStream::connect(address).expect("the server accepts connections"))
    }

    /// Uses a stream that is connected already.
    pub fn from_stream(stream: TcpStream) -> RawClient {
        RawClient::from_channel(Channel::Clear(stream))
    }

    pub(crate) fn from_channel(stream: Channel) -> RawClient {
        stream
            .socket()
            .set_nodelay(true)
            .expect("TCP_NODELAY can be set");
        RawClient {
            stream,
            received: Vec::new(),
        }
    }

    /// The client's own address, which the extension sees as `REMOTE_ADDR` and `REMOTE_PORT`.
    pub fn local_address(&self) -> SocketAddr {
        self.stream
            .socket()
            .local_addr()
            .expect("a connected socket has an address")
    }

    /// Sends exactly these bytes.
    ///
    /// # Panics
    ///
    /// When the server no longer takes them.
    pub fn send(&mut self, data: impl AsRef<[u8]>) -> &mut RawClient {
        self.try_send(data).expect("the server takes the request");
        self
    }

    /// Sends these bytes to a server that may have closed the connection already.
    pub fn try_send(&mut self, data: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(data.as_ref())?;
        self.stream.flush()
    }

    /// Sends `GET target` with a `Host` field and nothing else.
    pub fn send_get(&mut self, target: &str) -> &mut RawClient {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"))
    }

    /// Sends `GET target` as HTTP/1.0, which has no `Host` field and keeps no connection.
    pub fn send_get_1_0(&mut self, target: &str) -> &mut RawClient {
        self.send(format!("GET {target} HTTP/1.0\r\n\r\n"))
    }

    /// Sends `POST target` with a body of known length.
    pub fn send_post(&mut self, target: &str, body: impl AsRef<[u8]>) -> &mut RawClient {
        let body = body.as_ref();
        self.send(format!(
            "POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n",
            body.len()
        ));
        self.send(body)
    }

    /// Sends `data` as one chunk of a chunked body.
    pub fn send_chunk(&mut self, data: impl AsRef<[u8]>) -> &mut RawClient {
        let data = data.as_ref();
        let mut chunk = format!("{:x}\r\n", data.len()).into_bytes();
        chunk.extend_from_slice(data);
        chunk.extend_from_slice(b"\r\n");
        self.send(chunk)
    }

    /// Says that no more will be sent, and keeps reading.
    pub fn finish_sending(&mut self) {
        self.stream
            .socket()
            .shutdown(Shutdown::Write)
            .expect("the sending side can be closed");
    }

    /// Reads the next response, which must be complete.
    ///
    /// # Panics
    ///
    /// On every [`ReadError`].
    #[track_caller]
    pub fn read_response(&mut self) -> Response {
        match self.try_read_response() {
            Ok(response) => response,
            Err(error) => panic!("no complete response: {error}"),
        }
    }

    /// Reads the next response, which must be complete and answers a `HEAD` request: a head that
    /// names a length has no body all the same.
    #[track_caller]
    pub fn read_response_to_head_request(&mut self) -> Response {
        let head = self.read_head();
        Response {
            head,
            body: Vec::new(),
            framing: Framing::None,
        }
    }

    /// Reads the next response.
    ///
    /// # Errors
    ///
    /// When the connection ends or falls silent before the response is complete, or when the
    /// response is malformed.
    pub fn try_read_response(&mut self) -> Result<Response, ReadError> {
        let head = self.try_read_head()?;
        self.try_read_body(head)
    }

    /// Reads what follows a head.
    ///
    /// # Errors
    ///
    /// As [`try_read_response`](RawClient::try_read_response).
    pub fn try_read_body(&mut self, head: ResponseHead) -> Result<Response, ReadError> {
        let deadline = Instant::now() + READ_DEADLINE;
        let framing = head.framing().map_err(ReadError::Malformed)?;
        let mut response = Response {
            head,
            body: Vec::new(),
            framing,
        };
        match self.read_body(&mut response, deadline) {
            Ok(()) => Ok(response),
            Err(ReadError::Closed) => Err(ReadError::BodyCut(Box::new(response))),
            Err(error) => Err(error),
        }
    }

    /// Reads a head and leaves the body unread.
    ///
    /// # Panics
    ///
    /// On every [`ReadError`].
    #[track_caller]
    pub fn read_head(&mut self) -> ResponseHead {
        match self.try_read_head() {
            Ok(head) => head,
            Err(error) => panic!("no response head: {error}"),
        }
    }

    /// Reads a head and leaves the body unread.
    ///
    /// # Errors
    ///
    /// As [`try_read_response`](RawClient::try_read_response).
    pub fn try_read_head(&mut self) -> Result<ResponseHead, ReadError> {
        let deadline = Instant::now() + READ_DEADLINE;
        let end = loop {
            if let Some(position) = find(&self.received, b"\r\n\r\n") {
                break position + 4;
            }
            match self.fill(deadline) {
                Ok(()) => (),
                Err(ReadError::Closed) if !self.received.is_empty() => {
                    return Err(ReadError::HeadCut(std::mem::take(&mut self.received)));
                }
                Err(error) => return Err(error),
            }
        };
        let head: Vec<u8> = self.received.drain(..end).collect();
        ResponseHead::parse(&head).map_err(ReadError::Malformed)
    }

    /// Reads exactly `length` raw bytes, framing included.
    ///
    /// # Panics
    ///
    /// When the connection ends or falls silent before.
    #[track_caller]
    pub fn read_exact(&mut self, length: usize) -> Vec<u8> {
        match self.take(length, Instant::now() + READ_DEADLINE) {
            Ok(data) => data,
            Err(error) => panic!("{length} bytes expected: {error}"),
        }
    }

    /// Reads raw bytes, framing included: what has come, at least one byte.
    ///
    /// # Errors
    ///
    /// When the connection ends or falls silent before.
    pub fn try_read_some(&mut self) -> Result<Vec<u8>, ReadError> {
        if self.received.is_empty() {
            self.fill(Instant::now() + READ_DEADLINE)?;
        }
        Ok(std::mem::take(&mut self.received))
    }

    /// Reads the next chunk of a chunked body; empty at its end.
    ///
    /// # Panics
    ///
    /// On every [`ReadError`].
    #[track_caller]
    pub fn read_chunk(&mut self) -> Vec<u8> {
        match self.try_read_chunk(Instant::now() + READ_DEADLINE) {
            Ok(data) => data,
            Err(error) => panic!("no chunk: {error}"),
        }
    }

    /// Asserts that the server closes the connection and sends nothing more before it does.
    #[track_caller]
    pub fn expect_closed(&mut self) {
        let deadline = Instant::now() + READ_DEADLINE;
        assert_eq!(
            String::from_utf8_lossy(&self.received),
            "",
            "bytes before the close"
        );
        match self.fill(deadline) {
            Err(ReadError::Closed) => (),
            Err(error) => panic!("the connection was not closed: {error}"),
            Ok(()) => panic!("not closed: {:?}", String::from_utf8_lossy(&self.received)),
        }
    }

    /// Asserts that the connection still serves: a `GET target` on it is answered.
    #[track_caller]
    pub fn expect_reusable(&mut self, target: &str) -> Response {
        self.send_get(target).read_response()
    }

    /// What has come and was not read yet, without waiting for more.
    pub fn received_so_far(&mut self) -> Vec<u8> {
        self.stream
            .socket()
            .set_nonblocking(true)
            .expect("a socket can be asked without waiting");
        let mut buffer = [0; 64 * 1024];
        while let Ok(count @ 1..) = self.stream.read(&mut buffer) {
            self.received.extend_from_slice(&buffer[..count]);
        }
        self.stream
            .socket()
            .set_nonblocking(false)
            .expect("a socket can be waited for again");
        self.received.clone()
    }

    /// Resets the connection: the server's next read or write on it fails.
    pub fn reset(self) {
        let linger = Some(Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(self.stream.socket(), linger)
            .expect("SO_LINGER can be set");
    }

    fn read_body(&mut self, response: &mut Response, deadline: Instant) -> Result<(), ReadError> {
        match response.framing {
            Framing::None => Ok(()),
            Framing::Length(length) => {
                while self.received.len() < length {
                    if let Err(error) = self.fill(deadline) {
                        response.body = std::mem::take(&mut self.received);
                        return Err(error);
                    }
                }
                response.body = self.received.drain(..length).collect();
                Ok(())
            }
            Framing::Chunked => loop {
                let chunk = self.try_read_chunk(deadline)?;
                if chunk.is_empty() {
                    return Ok(());
                }
                response.body.extend_from_slice(&chunk);
            },
            Framing::Close => loop {
                match self.fill(deadline) {
                    Ok(()) => (),
                    Err(ReadError::Closed) => {
                        response.body = std::mem::take(&mut self.received);
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                }
            },
        }
    }

    fn try_read_chunk(&mut self, deadline: Instant) -> Result<Vec<u8>, ReadError> {
        let line_end = loop {
            if let Some(position) = find(&self.received, b"\r\n") {
                break position;
            }
            self.fill(deadline)?;
        };
        let line: Vec<u8> = self.received.drain(..line_end + 2).collect();
        let text = String::from_utf8_lossy(&line[..line_end]);
        let length = usize::from_str_radix(&text, 16)
            .map_err(|_| ReadError::Malformed(format!("chunk size {text:?}")))?;
        let mut data = self.take(length + 2, deadline)?;
        if !data.ends_with(b"\r\n") {
            return Err(ReadError::Malformed(format!(
                "a chunk of {length} bytes ends in no CRLF"
            )));
        }
        data.truncate(length);
        Ok(data)
    }

    fn take(&mut self, length: usize, deadline: Instant) -> Result<Vec<u8>, ReadError> {
        while self.received.len() < length {
            self.fill(deadline)?;
        }
        Ok(self.received.drain(..length).collect())
    }

    /// Reads what the socket has, at least one byte.
    fn fill(&mut self, deadline: Instant) -> Result<(), ReadError> {
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(ReadError::TimedOut(self.received.clone()));
        }
        self.stream
            .socket()
            .set_read_timeout(Some(remaining))
            .expect("a read timeout can be set");
        let mut buffer = [0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ReadError::Closed),
            Ok(count) => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(())
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    Err(ReadError::TimedOut(self.received.clone()))
                }
                ErrorKind::Interrupted => Ok(()),
                _ => Err(ReadError::Closed),
            },
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Closed => f.write_str("the connection was closed"),
            ReadError::HeadCut(head) => {
                write!(
                    f,
                    "closed inside the head: {:?}",
                    String::from_utf8_lossy(head)
                )
            }
            ReadError::BodyCut(response) => {
                write!(
                    f,
                    "closed inside the body, after {} bytes",
                    response.body.len()
                )
            }
            ReadError::Malformed(what) => write!(f, "malformed: {what}"),
            ReadError::TimedOut(got) => {
                write!(
                    f,
                    "nothing more came; had {:?}",
                    String::from_utf8_lossy(got)
                )
            }
        }
    }
}

fn find(data: &[u8], needle: &[u8]) -> Option<usize> {
    data.windows(needle.len())
        .position(|window| window == needle)
}
