//! A server under test, on a port of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;

use http::Request;
use isapi_axum::IsapiService;
use isapi_bridge::StillBusy;

use crate::builder::TestServerBuilder;
use crate::client::RawClient;
use crate::description::Description;
use crate::extension::{Build, Extension};
use crate::http2;
use crate::in_process::InProcess;
use crate::platform;
use crate::program::Program;
use crate::response::Response;
use crate::tls::TlsClient;

/// A running server; stops gracefully when dropped.
///
/// It runs in this process, or as the program that `ISAPI_TEST_PROGRAM` names.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    is_tls: bool,
    lifecycle_file: Option<PathBuf>,
    /// None once it was stopped.
    running: Option<Running>,
}

#[derive(Debug)]
enum Running {
    InProcess(InProcess),
    Program(Program),
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
        TestServerBuilder::default()
    }

    #[track_caller]
    pub(crate) fn start(mut description: Description) -> TestServer {
        let Some(program) = platform::program() else {
            let server = InProcess::start(&description);
            return TestServer {
                address: server.address(),
                is_tls: description.speaks_tls,
                lifecycle_file: None,
                running: Some(Running::InProcess(server)),
            };
        };
        description.speaks_tls |= !description.maps_files;
        let server = Program::start(&program, &description);
        TestServer {
            address: server.address(),
            is_tls: description.speaks_tls,
            lifecycle_file: description.lifecycle_file().cloned(),
            running: Some(Running::Program(server)),
        }
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The service behind the listener of a server in this process.
    pub fn service(&self) -> Option<&IsapiService> {
        match &self.running {
            Some(Running::InProcess(server)) => Some(server.service()),
            Some(Running::Program(_)) | None => None,
        }
    }

    /// The file that a server program was configured with, as it names it.
    pub fn configuration(&self) -> Option<String> {
        match &self.running {
            Some(Running::Program(program)) => Some(program.configuration()),
            Some(Running::InProcess(_)) | None => None,
        }
    }

    /// Where the script extension's module writes its loads and unloads, if it does.
    pub(crate) fn lifecycle_file(&self) -> Option<&PathBuf> {
        self.lifecycle_file.as_ref()
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
    /// Names the extensions that still had requests when the drain timeout had passed.
    pub fn stop(mut self) -> Result<(), Vec<StillBusy>> {
        match self.running.take() {
            Some(Running::InProcess(server)) => server.stop(),
            Some(Running::Program(program)) => program.stop(),
            None => Ok(()),
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        if thread::panicking() {
            // The failed assertion is the news; a request it left open is not.
            match running {
                Running::InProcess(server) => server.abandon(),
                Running::Program(program) => program.abandon(),
            }
            return;
        }
        let stopped = match running {
            Running::InProcess(server) => server.stop(),
            Running::Program(program) => program.stop(),
        };
        stopped.expect("every request has ended when its test has");
    }
}
