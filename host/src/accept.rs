//! The accept loop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use isapi_axum::connection::{self, ConnectionOptions};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::site::Site;
use crate::tls::TlsConfig;

/// The pause after the first failure of a series; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The connections of all listeners, counted and limited.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    free: Arc<Semaphore>,
    limit: u32,
}

impl Connections {
    pub(crate) fn new(limit: u32) -> Self {
        let free = Arc::new(Semaphore::new(permits(limit)));
        Self { free, limit }
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        permits(self.limit).saturating_sub(self.free.available_permits())
    }

    /// Waits until none is open.
    pub(crate) async fn drained(&self) {
        let all = self.free.acquire_many(self.limit).await;
        drop(all.expect(NEVER_CLOSED));
    }

    /// Waits until one more may be open; it is open until the permit is dropped.
    async fn begin(&self) -> OwnedSemaphorePermit {
        self.free.clone().acquire_owned().await.expect(NEVER_CLOSED)
    }
}

const NEVER_CLOSED: &str = "the semaphore is never closed";

fn permits(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(Semaphore::MAX_PERMITS)
}

/// What the connections of every listener share.
#[derive(Clone, Debug)]
pub(crate) struct Acceptor {
    pub(crate) site: Site,
    pub(crate) connections: Connections,
    pub(crate) options: ConnectionOptions,
    /// What every connection is encrypted with, if with anything.
    pub(crate) tls: Option<TlsConfig>,
    /// Turns true when the server is to stop.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Acceptor {
    /// Accepts connections until the server is to stop, then closes the listener.
    pub(crate) async fn run(self, listener: TcpListener) {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            // An error means that the sender is gone, and with it the server.
            _ = stop.wait_for(|stop| *stop) => {}
            () = self.accept_all(&listener) => {}
        }
    }

    async fn accept_all(&self, listener: &TcpListener) {
        let mut pause = Pause::default();
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => {
                    pause = Pause::default();
                    // While the server is full this one waits here, further ones in the
                    // system's queue.
                    let permit = self.connections.begin().await;
                    tokio::spawn(self.serve(stream, remote, permit));
                }
                Err(error) if is_about_one_connection(&error) => {
                    tracing::debug!(%error, "a connection ended before it was accepted");
                }
                // Out of descriptors or memory: the connection stays in the queue, so trying
                // again at once would spin.
                Err(error) => pause.wait(&error).await,
            }
        }
    }

    fn serve(
        &self,
        stream: TcpStream,
        remote: SocketAddr,
        permit: OwnedSemaphorePermit,
    ) -> impl Future<Output = ()> + use<> {
        let Self {
            site,
            options,
            tls,
            stop,
            ..
        } = self.clone();
        async move {
            let served = match &tls {
                // In a box, so that a connection in clear text needs no memory for it.
                Some(tls) => Box::pin(tls.serve(stream, remote, site, options, stop)).await,
                None => connection::serve_connection(stream, remote, site, options, stop).await,
            };
            match served {
                Err(error) if error.is_handshake_refused() => {
                    tracing::info!(%remote, %error, "connection refused");
                }
                Err(error) => tracing::debug!(%remote, %error, "connection ended"),
                Ok(()) => {}
            }
            drop(permit);
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::TimedOut
    )
}

/// Pauses that grow while accepting keeps failing.
#[derive(Debug, Default)]
struct Pause(Option<Duration>);

impl Pause {
    async fn wait(&mut self, error: &io::Error) {
        if self.0.is_none() {
            tracing::error!(%error, "cannot accept connections; trying again until it works");
        }
        tokio::time::sleep(self.next()).await;
    }

    fn next(&mut self) -> Duration {
        let pause = self
            .0
            .map_or(FIRST_PAUSE, |last| LONGEST_PAUSE.min(last * 2));
        self.0 = Some(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second() {
        let mut pause = Pause::default();
        assert_eq!(pause.next(), Duration::from_millis(10));
        assert_eq!(pause.next(), Duration::from_millis(20));
        for _ in 0..10 {
            pause.next();
        }
        assert_eq!(pause.next(), LONGEST_PAUSE);
    }

    #[test]
    fn a_reset_connection_is_no_reason_to_pause() {
        assert!(is_about_one_connection(
            &io::ErrorKind::ConnectionAborted.into()
        ));
        assert!(!is_about_one_connection(&io::Error::other(
            "too many open files"
        )));
    }

    #[tokio::test]
    async fn connections_are_drained_when_the_last_one_ends() {
        let connections = Connections::new(2);
        let permit = connections.begin().await;
        assert_eq!(connections.open(), 1);
        let drained = connections.drained();
        tokio::pin!(drained);
        tokio::select! {
            biased;
            () = &mut drained => panic!("drained with a connection open"),
            () = std::future::ready(()) => {}
        }
        drop(permit);
        drained.await;
    }
}
