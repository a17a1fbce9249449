//! A server on a runtime of its own, and clients that are not on it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use isapi_axum::connection::ConnectionOptions;
use isapi_axum::{DispatchMode, IsapiService};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::PATIENCE;
use crate::common;
use crate::extension::Placed;

/// The name of the runtime's threads; worker threads are called `isapi-call`.
pub(crate) const INLINE: &str = "connections";
pub(crate) const WORKER: &str = "isapi-call";

pub(crate) fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(INLINE)
        .enable_all()
        .build()
        .unwrap()
}

/// The extension at `/placed.dll`.
pub(crate) fn service(mode: DispatchMode) -> IsapiService {
    IsapiService::builder(isapi_emu_loader::Portable::new())
        .extension("/placed.dll", isapi_sdk::entry!(Placed))
        .dispatch(mode)
        .build()
        .unwrap()
}

pub(crate) struct Server {
    address: SocketAddr,
    _listener: common::Server,
    runtime: Option<Runtime>,
}

impl Server {
    pub(crate) fn new(threads: usize, mode: DispatchMode) -> Self {
        Self::of(threads, service(mode))
    }

    pub(crate) fn of(threads: usize, service: IsapiService) -> Self {
        let runtime = runtime(threads);
        let app = Router::new().fallback_service(service);
        let listener = common::Server::start(app, ConnectionOptions::default());
        let listener = runtime.block_on(listener);
        Self {
            address: listener.address(),
            _listener: listener,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    pub(crate) fn get(&self, target: &str) -> String {
        self.connect().get(target)
    }
}

impl Drop for Server {
    /// A call that hangs is a failed test, not one that hangs as well.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves on a runtime of one thread, on this thread, while `client` runs on another one.
pub(crate) fn on_one_thread(
    service: IsapiService,
    client: impl FnOnce(SocketAddr) + Send + 'static,
) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let app = Router::new().fallback_service(service);
        let listener = common::Server::start(app, ConnectionOptions::default()).await;
        let address = listener.address();
        let (done, finished) = oneshot::channel();
        let client = std::thread::spawn(move || {
            client(address);
            // Gone only where the test has failed.
            let _ = done.send(());
        });
        // Its end without a word is a panic, which the join passes on.
        let _ = finished.await;
        client.join().unwrap();
    });
}

pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
            set(&stream, Some(PATIENCE)).unwrap();
        }
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    pub(crate) fn ask(&mut self, target: &str) {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
    }

    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).unwrap(), 0, "cut: {head:?}");
        }
        head
    }

    /// The body behind a head with its length.
    pub(crate) fn body(&mut self, head: &str) -> String {
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse().unwrap())
        });
        let mut body = vec![0; length.expect("a length")];
        self.0.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }

    pub(crate) fn response(&mut self) -> String {
        let head = self.head();
        self.body(&head)
    }

    /// Everything up to the end of the connection, which may be a hard one: the body was not read.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = self.0.read_to_end(&mut rest);
        String::from_utf8(rest).unwrap()
    }

    pub(crate) fn get(&mut self, target: &str) -> String {
        self.ask(target);
        self.response()
    }

    /// Nothing comes for a moment.
    pub(crate) fn is_silent(&mut self) -> bool {
        let stream = self.0.get_mut();
        stream
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        let is_silent = stream.peek(&mut [0]).is_err();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        is_silent
    }
}
