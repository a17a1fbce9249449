//! A server in this process, on a port of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use http::Request;
use isapi_abi::Entry;
use isapi_axum::connection::{
    ConnectionOptions, TlsConfig, serve_connection, serve_tls_connection,
};
use isapi_axum::{Builder, IsapiService, Limits};
use isapi_bridge::StillBusy;
use isapi_core::session::SessionConfig;
use isapi_emu_loader::Portable;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::services::ServeDir;

use crate::client::RawClient;
use crate::extension::{Build, Extension};
use crate::http2;
use crate::logs;
use crate::response::Response;
use crate::tls::{self, TlsClient};

/// How long a stop waits for requests that are still open.
const STOP_DEADLINE: Duration = Duration::from_secs(30);

/// A running server; stops gracefully when dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    service: IsapiService,
    is_tls: bool,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<Result<(), Vec<StillBusy>>>>,
    stop_deadline: watch::Sender<Duration>,
}

/// What a [`TestServer`] will serve.
#[derive(Debug)]
pub struct TestServerBuilder {
    service: Builder,
    options: ConnectionOptions,
    tls: Option<TlsConfig>,
}

impl TestServer {
    /// Starts a server that runs one extension at its usual URL, such as `/hello.dll`.
    #[track_caller]
    pub fn with(build: Build, extension: Extension) -> TestServer {
        TestServer::builder()
            .extension(&extension.url(), build, extension)
            .start()
    }

    /// Starts a server that runs [`Script`](crate::Script)s at `/script.dll`.
    #[track_caller]
    pub fn for_scripts(build: Build) -> TestServer {
        TestServer::builder().scripts(build).start()
    }

    /// Says step by step what the server serves.
    pub fn builder() -> TestServerBuilder {
        let service = IsapiService::builder(Portable::new());
        TestServerBuilder {
            service,
            options: TestServer::connection_options(),
            tls: None,
        }
    }

    /// How connections are served unless a test says otherwise: as the host does it, with files
    /// sent from memory mappings.
    pub fn connection_options() -> ConnectionOptions {
        ConnectionOptions {
            mapped_files: true,
            ..ConnectionOptions::default()
        }
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service behind the listener.
    pub fn service(&self) -> &IsapiService {
        &self.service
    }

    /// Opens a connection, under TLS if that is what the server speaks.
    #[track_caller]
    pub fn connect(&self) -> RawClient {
        if self.is_tls {
            return self.connect_tls(TlsClient::default());
        }
        RawClient::connect(self.address)
    }

    /// Opens a connection under TLS.
    #[track_caller]
    pub fn connect_tls(&self, client: TlsClient) -> RawClient {
        client.connect(self.address)
    }

    /// Sends a request by HTTP/2 under TLS, on a connection of its own; answers the client's port
    /// too.
    #[track_caller]
    pub fn send_http2(&self, request: Request<Vec<u8>>) -> (Response, u16) {
        http2::send(self.address, request)
    }

    /// Sends `GET target` on a connection of its own and reads the answer.
    #[track_caller]
    pub fn get(&self, target: &str) -> Response {
        self.connect().send_get(target).read_response()
    }

    /// Sends `POST target` on a connection of its own and reads the answer.
    #[track_caller]
    pub fn post(&self, target: &str, body: impl AsRef<[u8]>) -> Response {
        self.connect().send_post(target, body).read_response()
    }

    /// Stops: connections drain, then every extension is terminated.
    ///
    /// # Errors
    ///
    /// Names the extensions that still had requests when `deadline` had passed.
    pub fn stop(mut self, deadline: Duration) -> Result<(), Vec<StillBusy>> {
        self.stop_deadline.send_replace(deadline);
        self.join()
    }

    fn join(&mut self) -> Result<(), Vec<StillBusy>> {
        self.stop.send_replace(true);
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        thread.join().expect("the server's thread does not panic")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if self.thread.is_none() {
            return;
        }
        if thread::panicking() {
            // The failed assertion is the news; a request it left open is not.
            self.stop_deadline.send_replace(Duration::ZERO);
            let _ = self.join();
            return;
        }
        self.join()
            .expect("every request has ended when its test has");
    }
}

impl TestServerBuilder {
    /// Runs `extension` in the given build at `url`.
    #[track_caller]
    pub fn extension(self, url: &str, build: Build, extension: Extension) -> TestServerBuilder {
        match build {
            Build::Linked => self.entry(url, extension.entry()),
            Build::C | Build::SharedObject => self.module(url, &extension.module(build)),
        }
    }

    /// Runs [`Script`](crate::Script)s at `/script.dll`; a script makes a long query.
    #[track_caller]
    pub fn scripts(self, build: Build) -> TestServerBuilder {
        self.extension(&Extension::Script.url(), build, Extension::Script)
            .long_queries()
    }

    /// Accepts the long queries that scripts make.
    pub fn long_queries(self) -> TestServerBuilder {
        self.limits(Limits {
            max_url: 32_768,
            max_query_string: 32_768,
            ..Limits::default()
        })
    }

    /// Runs a linked-in extension at `url`.
    pub fn entry(mut self, url: &str, entry: Entry) -> TestServerBuilder {
        self.service = self.service.extension(url, entry);
        self
    }

    /// Runs a module file at `url`.
    pub fn module(mut self, url: &str, path: &Path) -> TestServerBuilder {
        self.service = self.service.module(url, path);
        self
    }

    /// Runs the module files below a folder at their paths below `url`.
    pub fn directory(mut self, url: &str, path: &Path) -> TestServerBuilder {
        self.service = self.service.directory(url, path);
        self
    }

    /// Says more about the service than the methods here can.
    pub fn service(mut self, change: impl FnOnce(Builder) -> Builder) -> TestServerBuilder {
        self.service = change(self.service);
        self
    }

    /// Makes a folder the site's document root, whose files are sent for URLs of no extension.
    pub fn static_files(self, path: &Path) -> TestServerBuilder {
        let files = Router::new().fallback_service(ServeDir::new(path));
        self.service(|service| service.document_root(path).fallback(files))
    }

    /// Read-ahead, deadlines and the send buffer of every request.
    pub fn session_config(mut self, config: SessionConfig) -> TestServerBuilder {
        self.service = self.service.session_config(config);
        self
    }

    /// Limits of URL, query and body.
    pub fn limits(mut self, limits: Limits) -> TestServerBuilder {
        self.service = self.service.limits(limits);
        self
    }

    /// Speaks TLS, and HTTP/2 with clients that offer it. Clients are asked for a certificate.
    pub fn tls(mut self) -> TestServerBuilder {
        self.tls = Some(tls::server_config());
        self
    }

    /// Deadlines of the connections.
    pub fn connection_options(mut self, options: ConnectionOptions) -> TestServerBuilder {
        self.options = options;
        self
    }

    /// Starts the server; it accepts connections when this returns.
    ///
    /// # Panics
    ///
    /// When what was asked for cannot be served.
    #[track_caller]
    pub fn start(self) -> TestServer {
        logs::capture();
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime can be started");
        let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime
            .block_on(listen)
            .expect("a port of 127.0.0.1 is free");
        let address = listener.local_addr().expect("a listener has an address");
        let service = self.service.build().expect("the service can be built");
        let (stop, stopped) = watch::channel(false);
        let (stop_deadline, deadline) = watch::channel(STOP_DEADLINE);
        let is_tls = self.tls.is_some();
        let server = Server {
            listener,
            service: service.clone(),
            options: self.options,
            tls: self.tls,
            stopped,
        };
        let thread = thread::spawn(move || server.run(&runtime, &deadline));
        TestServer {
            address,
            service,
            is_tls,
            stop,
            thread: Some(thread),
            stop_deadline,
        }
    }
}

/// The server's own side, on its own thread.
struct Server {
    listener: TcpListener,
    service: IsapiService,
    options: ConnectionOptions,
    tls: Option<TlsConfig>,
    stopped: watch::Receiver<bool>,
}

impl Server {
    fn run(
        self,
        runtime: &Runtime,
        deadline: &watch::Receiver<Duration>,
    ) -> Result<(), Vec<StillBusy>> {
        let service = self.service.clone();
        let connections = runtime.block_on(self.accept());
        runtime.block_on(async {
            let deadline = *deadline.borrow();
            drain(connections, deadline).await;
            service.shutdown(deadline).await
        })
    }

    /// Accepts until told to stop; returns the connections that are open then.
    async fn accept(self) -> JoinSet<()> {
        let mut connections = JoinSet::new();
        let mut stopped = self.stopped.clone();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let Ok((stream, remote)) = accepted else { continue };
                    let service = self.service.clone();
                    let options = self.options;
                    let stopped = self.stopped.clone();
                    let tls = self.tls.clone();
                    connections.spawn(async move {
                        // A connection that fails is the client's to notice.
                        let _ = match tls {
                            None => serve_connection(stream, remote, service, options, stopped).await,
                            Some(tls) => {
                                serve_tls_connection(stream, remote, &tls, service, options, stopped)
                                    .await
                            }
                        };
                    });
                }
                _ = stopped.wait_for(|stopped| *stopped) => return connections,
            }
        }
    }
}

/// Waits for the connections to end, at most until `deadline`; cuts those that remain.
async fn drain(mut connections: JoinSet<()>, deadline: Duration) {
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(deadline, all_ended).await.is_err() {
        connections.shutdown().await;
    }
}
