//! An HTTP/2 client.

use std::error::Error;
use std::future::Future;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::client::READ_DEADLINE;
use crate::response::{Framing, Response, ResponseHead};
use crate::tls::{TlsClient, server_name};

/// How many bytes of a body the server may send ahead of what was read.
const WINDOW: u32 = 256 * 1024;

/// A connection by HTTP/2 under TLS.
///
/// It moves only while one of the methods waits: nothing is read in between.
#[derive(Debug)]
pub struct Http2Client {
    sender: SendRequest<Full<Bytes>>,
    /// The body that is being read.
    body: Option<Incoming>,
    /// The last to be dropped: the connection runs in it.
    runtime: Runtime,
}

impl Http2Client {
    /// Shakes hands over a stream that is connected already.
    ///
    /// # Panics
    ///
    /// When the server does not speak HTTP/2, or not in time.
    #[track_caller]
    pub fn over(stream: TcpStream) -> Http2Client {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be started");
        let sender = in_time(&runtime, handshake(stream)).expect("the server speaks HTTP/2");
        Http2Client {
            sender,
            body: None,
            runtime,
        }
    }

    /// Sends a request and reads the answer's head.
    ///
    /// # Errors
    ///
    /// Says how the answer broke off before its head was there.
    ///
    /// # Panics
    ///
    /// When nothing comes in time.
    #[track_caller]
    pub fn request(&mut self, request: Request<Vec<u8>>) -> Result<ResponseHead, String> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let answer = in_time(&self.runtime, self.sender.send_request(request));
        let (head, body) = answer.map_err(|error| error.to_string())?.into_parts();
        self.body = Some(body);
        let fields = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        Ok(ResponseHead {
            version: "HTTP/2".to_owned(),
            status: head.status.as_u16(),
            reason: String::new(),
            fields: fields.collect(),
        })
    }

    /// The next bytes of the answer's body, `None` behind the last.
    ///
    /// # Errors
    ///
    /// Says how the body was cut.
    ///
    /// # Panics
    ///
    /// When nothing comes in time.
    #[track_caller]
    pub fn read_some(&mut self) -> Result<Option<Bytes>, String> {
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        match in_time(&self.runtime, body.frame()) {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(error)) => Err(error.to_string()),
        }
    }
}

/// A request on a connection of its own, and the port it came from.
pub(crate) fn send(address: SocketAddr, request: Request<Vec<u8>>) -> (Response, u16) {
    let stream = TcpStream::connect(address).expect("the server accepts connections");
    let local = stream.local_addr();
    let port = local.expect("a connected socket has an address").port();
    let mut client = Http2Client::over(stream);
    let head = client.request(request).expect("the server answers");
    let mut body = Vec::new();
    while let Some(data) = client.read_some().expect("the response comes whole") {
        body.extend_from_slice(&data);
    }
    let response = Response {
        head,
        framing: Framing::Length(body.len()),
        body,
    };
    (response, port)
}

async fn handshake(stream: TcpStream) -> Result<SendRequest<Full<Bytes>>, Box<dyn Error>> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    let stream = tokio::net::TcpStream::from_std(stream)?;
    let connector = TlsConnector::from(Arc::new(TlsClient::default().config(b"h2")));
    let stream = connector.connect(server_name(), stream).await?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .handshake(TokioIo::new(stream))
        .await?;
    // Its end is the sender's to tell.
    tokio::spawn(connection);
    Ok(sender)
}

#[track_caller]
fn in_time<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    let done = runtime.block_on(async { timeout(READ_DEADLINE, work).await });
    done.expect("the server answers in time")
}
