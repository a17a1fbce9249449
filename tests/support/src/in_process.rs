//! A server in this process, with the platform's backend.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use isapi_axum::connection::{
    ConnectionOptions, TlsConfig, serve_connection, serve_tls_connection,
};
use isapi_axum::{Builder, Handler, IsapiService};
use isapi_bridge::StillBusy;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::services::ServeDir;

use crate::description::Description;
use crate::handler::{self, Processor};
use crate::{logs, tls};

/// A running server.
#[derive(Debug)]
pub(crate) struct InProcess {
    address: SocketAddr,
    service: IsapiService,
    stop: watch::Sender<bool>,
    stop_deadline: watch::Sender<Duration>,
    thread: JoinHandle<Result<(), Vec<StillBusy>>>,
}

impl InProcess {
    /// Starts a server; it accepts connections when this returns.
    ///
    /// # Panics
    ///
    /// When what is described cannot be served.
    #[track_caller]
    pub(crate) fn start(description: &Description) -> InProcess {
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
        let service = builder(description)
            .build()
            .expect("the service can be built");
        let (stop, stopped) = watch::channel(false);
        let (stop_deadline, deadline) = watch::channel(description.drain_timeout);
        let server = Server {
            listener,
            service: service.clone(),
            options: options(description),
            tls: description.speaks_tls.then(tls::server_config),
            stopped,
        };
        let thread = thread::spawn(move || server.run(&runtime, &deadline));
        InProcess {
            address,
            service,
            stop,
            stop_deadline,
            thread,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service behind the listener.
    pub(crate) fn service(&self) -> &IsapiService {
        &self.service
    }

    /// Stops it: connections drain, then every extension is terminated.
    ///
    /// # Errors
    ///
    /// Names the extensions that still had requests when the drain timeout had passed.
    pub(crate) fn stop(self) -> Result<(), Vec<StillBusy>> {
        self.stop.send_replace(true);
        self.thread
            .join()
            .expect("the server's thread does not panic")
    }

    /// Stops it at once, whatever is still open.
    pub(crate) fn abandon(self) {
        self.stop_deadline.send_replace(Duration::ZERO);
        let _ = self.stop();
    }
}

/// The service that a description asks for.
fn builder(description: &Description) -> Builder {
    let mut builder = IsapiService::builder(backend())
        .session_config(description.session_config)
        .limits(description.limits);
    for (url, entry) in &description.entries {
        builder = builder.extension(url, *entry);
    }
    for (url, path) in &description.modules {
        builder = builder.module(url, path);
    }
    for directory in &description.virtual_directories {
        builder = builder.virtual_directory(&directory.url, &directory.path, directory.access);
    }
    for described in &description.handlers {
        builder = builder.handler(handler(described));
    }
    if let Some(modules) = &description.allowed_modules {
        builder = builder.allow_modules(modules.iter().cloned());
    }
    if let Some(names) = &description.default_documents {
        builder = builder.default_documents(names);
    }
    for page in &description.error_pages {
        builder = builder.error_page(page.status, page.sub_status, &page.path);
    }
    if let Some(root) = &description.document_root {
        builder = builder.document_root(root);
        if description.sends_files {
            builder = builder.fallback(Router::new().fallback_service(ServeDir::new(root)));
        }
    }
    match description.idle_timeout {
        Some(timeout) => builder.idle_timeout(timeout),
        None => builder,
    }
}

fn handler(described: &handler::Handler) -> Handler {
    let pattern = described.pattern.as_str();
    let handler = match &described.processor {
        Processor::Entry(name, entry) => Handler::extension(pattern, name, *entry),
        Processor::Module(path) => Handler::module(pattern, path),
    };
    let handler = handler
        .resource_type(described.resource_type)
        .allow_path_info(described.allow_path_info);
    match &described.verbs {
        Some(verbs) => handler.verbs(verbs),
        None => handler,
    }
}

/// How connections are served: as the host does it, unless a test says otherwise.
fn options(description: &Description) -> ConnectionOptions {
    let usual = ConnectionOptions::default();
    ConnectionOptions {
        mapped_files: description.maps_files,
        max_head: description.max_request_head.unwrap_or(usual.max_head),
        ..usual
    }
}

#[cfg(not(windows))]
fn backend() -> isapi_emu_loader::Portable {
    isapi_emu_loader::Portable::new()
}

#[cfg(windows)]
fn backend() -> isapi_win_backend::Native {
    isapi_win_backend::Native::new().expect("this is Windows")
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
