use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use isapi_bridge::{Loan, Peer};
use isapi_core::request_head::{ConnectionInfo, TlsInfo};
use tokio::time::Instant;

use super::ConnectionOptions;
use super::activity::{Activity, Protocol};
use super::exchange::Exchange;
use super::lent_memory::Probe;
use super::stream::Socket;

/// The connection a request came over, in the request's extensions.
///
/// It may be kept for as long as anybody likes. It does not keep the connection open: once the
/// response is out, the client's next request is waited for only until the deadlines for that.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
    /// HTTP/2: which of the connection's requests this one is.
    exchange: Option<Arc<Exchange>>,
}

impl Connection {
    /// The client's address.
    #[must_use]
    pub fn remote(&self) -> SocketAddr {
        self.shared.remote
    }

    /// The server's address, if the system told it.
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        self.shared.local
    }

    /// Whether files may be sent by the kernel, or from memory mappings:
    /// [`ConnectionOptions::mapped_files`], and never under TLS.
    #[must_use]
    pub fn mapped_files(&self) -> bool {
        self.shared.mapped_files
    }

    /// Whether the memory of an asynchronous write may be sent without a copy:
    /// [`ConnectionOptions::lent_memory`], and never under TLS.
    #[must_use]
    pub fn lent_memory(&self) -> bool {
        self.shared.lent_memory
    }

    /// How many bytes the system has taken from the memory of extensions so far, over the whole life of
    /// the connection. What was copied before is not among them.
    #[must_use]
    pub fn lent_memory_sent(&self) -> u64 {
        self.shared.activity().lent_memory.sent()
    }

    /// A body sends a probe, to find out whether its frames come through to the connection.
    pub(crate) fn probe(&self) -> Probe {
        self.shared.activity().lent_memory.probe()
    }

    /// Has the probe come through?
    pub(crate) fn has_passed(&self, probe: Probe) -> bool {
        self.shared.activity().lent_memory.has_passed(probe)
    }

    /// Some of the bytes that hyper is about to write for `request` are of a loan.
    pub(crate) fn lend(&self, loan: Loan, request: u64) {
        self.shared.activity().lent_memory.lend(loan, request);
    }

    /// Whether the client has closed or reset its end of the connection.
    ///
    /// The system says so, whether or not what the client sent before has been read; but it knows
    /// of an orderly end only once it had room for all of that. A client that has only said that it
    /// will send no more counts as gone as well.
    #[must_use]
    pub fn is_peer_gone(&self) -> bool {
        self.shared.is_gone()
    }

    /// The client, for what outlives the request.
    pub(crate) fn peer(&self) -> Arc<dyn Peer> {
        Arc::clone(&self.shared) as _
    }

    /// Waits until hyper has given everything it holds to the socket. To be called from within the
    /// body of the connection's response.
    pub(crate) fn poll_flushed(&self, cx: &Context<'_>) -> Poll<()> {
        match &self.exchange {
            Some(exchange) => exchange.poll_flushed(&mut self.shared.activity(), cx.waker()),
            None => self.shared.poll_flushed(cx.waker()),
        }
    }

    /// Some of the bytes that hyper is about to write may stand for a file that `request` sends.
    pub(crate) fn sends_files(&self, request: u64) {
        let mut activity = self.shared.activity();
        activity.sends_files = true;
        activity.files_of = request;
    }

    /// Has a file that was being sent from a mapping become shorter? Then the connection has failed.
    pub(crate) fn file_shrank(&self) -> bool {
        self.shared.activity().file_shrank
    }

    /// Closes the connection once the response under way is out; in HTTP/2 once all of them are, and
    /// no further request is accepted.
    pub fn close_after(&self) {
        self.shared.order(|activity| activity.close_after = true);
    }

    /// Closes the connection now. What the system's send buffer holds still goes out, what does not
    /// fit into it any more is lost; the client sees a response that is cut.
    ///
    /// In HTTP/2 it ends this request's stream (RST_STREAM) and leaves the others alone.
    pub fn abort(&self) {
        match &self.exchange {
            Some(exchange) => exchange.abort(),
            None => self.shared.order(|activity| activity.abort = true),
        }
    }

    /// Lets the connection end in a reset (RST) instead of an orderly close, whenever it ends: the
    /// only way to tell a client that a response which ends with the connection was cut.
    ///
    /// In HTTP/2 there is no such response, and nothing happens.
    pub fn reset(&self) {
        if self.exchange.is_none() {
            self.shared.order(|activity| activity.reset = true);
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("remote", &self.remote())
            .finish_non_exhaustive()
    }
}

/// One connection, as its stream, its requests and its task see it.
pub(super) struct Shared {
    remote: SocketAddr,
    local: Option<SocketAddr>,
    mapped_files: bool,
    lent_memory: bool,
    /// The stream's own: a request that outlives it does not keep it open.
    socket: Weak<Socket>,
    activity: Mutex<Activity>,
    /// HTTP/1: since which flush somebody waits for one.
    flush_mark: Mutex<Option<u64>>,
    tls: OnceLock<Arc<TlsInfo>>,
}

impl Shared {
    pub(super) fn new(
        remote: SocketAddr,
        local: Option<SocketAddr>,
        socket: &Arc<Socket>,
        protocol: Protocol,
        options: ConnectionOptions,
    ) -> Arc<Self> {
        Arc::new(Self {
            remote,
            local,
            mapped_files: options.mapped_files,
            lent_memory: options.lent_memory,
            socket: Arc::downgrade(socket),
            activity: Mutex::new(Activity::new(options, protocol, Instant::now())),
            flush_mark: Mutex::new(None),
            tls: OnceLock::new(),
        })
    }

    pub(super) fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// The lock is held for a few loads and stores, never while anything else is called.
    pub(super) fn activity(&self) -> MutexGuard<'_, Activity> {
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handshake came to this.
    #[cfg(feature = "tls")]
    pub(super) fn set_tls(&self, tls: TlsInfo) {
        // There is one handshake on a connection.
        let _ = self.tls.set(Arc::new(tls));
    }

    /// What an extension may know of an encrypted connection; `None` in clear text, where the
    /// [`Connection`] says it all.
    pub(super) fn secure_info(&self) -> Option<ConnectionInfo> {
        let tls = self.tls.get()?;
        Some(ConnectionInfo {
            remote: Some(self.remote),
            local: self.local,
            secure: true,
            tls: Some(Arc::clone(tls)),
        })
    }

    pub(super) fn handle(self: &Arc<Self>, exchange: Option<Arc<Exchange>>) -> Connection {
        Connection {
            shared: Arc::clone(self),
            exchange,
        }
    }

    /// Cuts the loans of the connection when it is dropped: before hyper's connection, which drops what
    /// it has not sent.
    pub(super) fn cut_loans(&self) -> CutLoans<'_> {
        CutLoans { shared: self }
    }

    fn poll_flushed(&self, waker: &Waker) -> Poll<()> {
        let mut mark = self
            .flush_mark
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.activity().poll_flushed(&mut mark, waker)
    }

    /// A request begins; it is under way until the mark is dropped.
    #[must_use]
    pub(super) fn begin_request(self: &Arc<Self>) -> RequestMark {
        self.activity().request_begun();
        RequestMark {
            shared: Arc::clone(self),
        }
    }

    fn order(&self, order: impl FnOnce(&mut Activity)) {
        let waker = {
            let mut activity = self.activity();
            order(&mut activity);
            activity.take_waker()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Peer for Shared {
    fn is_gone(&self) -> bool {
        Socket::is_peer_gone(&self.socket)
    }
}

/// Says that nothing more is sent of lent memory.
pub(super) struct CutLoans<'a> {
    shared: &'a Shared,
}

impl Drop for CutLoans<'_> {
    fn drop(&mut self) {
        self.shared.activity().lent_memory.cut();
    }
}

/// Marks a request as under way until dropped.
pub(super) struct RequestMark {
    shared: Arc<Shared>,
}

impl RequestMark {
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for RequestMark {
    fn drop(&mut self) {
        let waker = self.shared.activity().request_ended(Instant::now());
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
