//! The servers: ours and those it is compared with. Each listens on a free port of 127.0.0.1, and
//! ends when it is dropped.

mod apache;
mod isapi;
mod nginx;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(super) use isapi::{Site, extension};

use super::Setup;
use super::process::Process;

/// How long a server may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Apache httpd with a module in C, run in its processes.
    Apache,
    /// A handler in axum; tower-http's `ServeDir`.
    Axum,
    /// The least there can be: epoll, `sendfile(2)`, C.
    Floor,
    /// Ours, `isapi serve`, with extensions in C.
    Isapi,
    /// nginx: `return 200`, static files.
    Nginx,
}

impl Kind {
    /// As the report calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Apache => "Apache",
            Kind::Axum => "axum",
            Kind::Floor => "floor",
            Kind::Isapi => "isapi",
            Kind::Nginx => "nginx",
        }
    }

    /// Starts it as the cases usually need it.
    pub(super) fn start(self, setup: &Setup) -> Result<Server, String> {
        let programs = &setup.programs;
        match self {
            Kind::Apache => apache::start(setup),
            Kind::Axum => start(setup, self, Command::new(&programs.axum).arg(setup.files())),
            Kind::Floor => start(
                setup,
                self,
                Command::new(&programs.floor).arg(setup.files()),
            ),
            Kind::Isapi => Site::usual(setup).start(setup),
            Kind::Nginx => nginx::start(setup),
        }
    }
}

/// A server that listens.
#[derive(Debug)]
pub(super) struct Server {
    kind: Kind,
    process: Process,
    address: SocketAddr,
}

impl Server {
    pub(super) fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Its first process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Starts a server that says where it listens.
fn start(setup: &Setup, kind: Kind, command: &Command) -> Result<Server, String> {
    let mut process = Process::start(command, &setup.folder.join("logs"))?;
    let address = process.listening()?;
    Ok(Server {
        kind,
        process,
        address,
    })
}

/// Starts a server that was told where to listen.
fn start_at(
    setup: &Setup,
    kind: Kind,
    command: &Command,
    address: SocketAddr,
) -> Result<Server, String> {
    let mut process = Process::start(command, &setup.folder.join("logs"))?;
    let limit = Instant::now() + START_LIMIT;
    while TcpStream::connect(address).is_err() {
        process.check()?;
        if Instant::now() > limit {
            return Err(process.failure("does not listen"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(Server {
        kind,
        process,
        address,
    })
}

/// An address that is free now, for servers that have to be told one.
fn free_address() -> Result<SocketAddr, String> {
    let free =
        || -> io::Result<SocketAddr> { TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr() };
    free().map_err(|error| format!("no free port: {error}"))
}
