//! What a connection is doing, and until when it may.

use std::fmt;
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::ConnectionOptions;
use super::lent_memory::LentMemory;

#[cfg(test)]
mod tests;

/// How long a client of HTTP/2 may take to confirm that a connection without requests ends.
const GOODBYE: Duration = Duration::from_secs(5);

/// The part of a connection's life whose deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Not one byte came.
    FirstByte,
    /// A TLS handshake was begun and not finished.
    Handshake,
    /// A request head was begun and not finished.
    Head,
    /// No further request came.
    Idle,
    /// The client took no bytes of a response.
    Write,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstByte => "no byte was received",
            Self::Handshake => "the TLS handshake was not finished",
            Self::Head => "the request head was not finished",
            Self::Idle => "no further request was received",
            Self::Write => "the client took no bytes of the response",
        })
    }
}

/// What the bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "tls"),
    allow(dead_code, reason = "clear text is always HTTP/1")
)]
pub(super) enum Protocol {
    /// A TLS handshake, in which what comes then is settled.
    Handshake,
    /// HTTP/1: a byte between requests begins the next one's head.
    Http1,
    /// HTTP/2: a byte between requests may be anything.
    Http2,
}

/// The state that stream, requests and the connection's task share.
///
/// Between requests there is always a deadline; during one only for writes that make no progress,
/// since the session watches over its request's body and its extension.
#[derive(Debug)]
pub(super) struct Activity {
    options: ConnectionOptions,
    protocol: Protocol,
    /// Requests whose response is not out. The count does not depend on the order in which hyper
    /// drops the one and begins the next.
    requests: usize,
    is_fresh: bool,
    head_since: Option<Instant>,
    blocked_since: Option<Instant>,
    last_moved: Instant,
    /// HTTP/2: responses whose next bytes have no room, since the client takes none.
    waiting_for_room: usize,
    /// Since when none of them has found any.
    no_room_since: Option<Instant>,
    /// HTTP/2: since when the client knows that the connection ends.
    closing_since: Option<Instant>,
    pub(super) close_after: bool,
    pub(super) abort: bool,
    pub(super) reset: bool,
    /// Some of the bytes to be written may stand for a file ([`isapi_bridge::FileSlice`]).
    pub(super) sends_files: bool,
    /// The request that they were last sent for.
    pub(super) files_of: u64,
    /// A file that was being sent from a mapping has become shorter.
    pub(super) file_shrank: bool,
    pub(super) lent_memory: LentMemory,
    waker: Option<Waker>,
    /// The connection's task is being polled: it looks at its orders and deadlines before it sleeps.
    is_polled: bool,
    /// How often hyper has held no more bytes back.
    flushes: u64,
    flush_wakers: Vec<Waker>,
}

impl Activity {
    pub(super) fn new(options: ConnectionOptions, protocol: Protocol, now: Instant) -> Self {
        Self {
            options,
            protocol,
            requests: 0,
            is_fresh: true,
            head_since: None,
            blocked_since: None,
            last_moved: now,
            waiting_for_room: 0,
            no_room_since: None,
            closing_since: None,
            close_after: false,
            abort: false,
            reset: false,
            sends_files: false,
            files_of: 0,
            file_shrank: false,
            lent_memory: LentMemory::default(),
            waker: None,
            is_polled: false,
            flushes: 0,
            flush_wakers: Vec::new(),
        }
    }

    /// The deadline that comes first, and what it is for.
    pub(super) fn deadline(&self) -> Option<(Instant, Stage)> {
        let timeout = self.options.write_timeout;
        let write = self
            .blocked_since
            .map(|since| (since, timeout, Stage::Write));
        let room = self
            .no_room_since
            .map(|since| (since, timeout, Stage::Write));
        let wait = match self.requests {
            0 => Some(self.wait()),
            _ => None,
        };
        [wait, write, room]
            .into_iter()
            .flatten()
            // A time that the clock cannot tell never comes.
            .filter_map(|(since, timeout, stage)| Some((since.checked_add(timeout)?, stage)))
            .min_by_key(|(deadline, _)| *deadline)
    }

    /// What is waited for while there is no request, since when and for how long.
    fn wait(&self) -> (Instant, Duration, Stage) {
        let options = &self.options;
        match (self.protocol, self.head_since) {
            (Protocol::Handshake, Some(since)) => (since, options.head_timeout, Stage::Handshake),
            (Protocol::Http1, Some(since)) => (since, options.head_timeout, Stage::Head),
            (Protocol::Http2, _) => match self.closing_since {
                Some(since) => (since.max(self.last_moved), GOODBYE, Stage::Idle),
                // Its first bytes are no request's.
                None if self.is_fresh => (self.last_moved, options.head_timeout, Stage::Head),
                None => (self.last_moved, options.idle_timeout, Stage::Idle),
            },
            (_, None) if self.is_fresh => (
                self.last_moved,
                options.first_byte_timeout,
                Stage::FirstByte,
            ),
            (_, None) => (self.last_moved, options.idle_timeout, Stage::Idle),
        }
    }

    /// The handshake is over; requests are waited for.
    #[cfg(feature = "tls")]
    pub(super) fn handshake_done(&mut self, protocol: Protocol, now: Instant) {
        self.protocol = protocol;
        self.head_since = None;
        self.last_moved = now;
    }

    pub(super) fn bytes_read(&mut self, now: Instant) {
        if self.requests == 0 && self.protocol != Protocol::Http2 {
            self.last_moved = now;
            self.head_since.get_or_insert(now);
        }
    }

    /// How long they had to wait for room, if they had to.
    pub(super) fn bytes_written(&mut self, now: Instant) -> Option<Duration> {
        let blocked_since = self.blocked_since.take();
        // Answers to pings do not keep an idle connection.
        if self.protocol != Protocol::Http2 {
            self.last_moved = now;
        }
        blocked_since.map(|since| now.saturating_duration_since(since))
    }

    pub(super) fn write_blocked(&mut self, now: Instant) {
        self.blocked_since.get_or_insert(now);
    }

    /// A response has bytes, or may have some, and is not asked for them.
    pub(super) fn wants_room(&mut self, now: Instant) {
        self.waiting_for_room += 1;
        self.no_room_since.get_or_insert(now);
    }

    /// A response is asked for bytes, or is gone.
    pub(super) fn found_room(&mut self, now: Instant) {
        self.waiting_for_room -= 1;
        self.no_room_since = (self.waiting_for_room > 0).then_some(now);
    }

    /// hyper has given everything to the socket; wake what this answers.
    #[must_use = "somebody waits for the flush"]
    pub(super) fn flushed(&mut self) -> Vec<Waker> {
        self.flushes += 1;
        // While a response is under way, something between it and hyper may still hold a file.
        self.sends_files &= self.requests > 0;
        std::mem::take(&mut self.flush_wakers)
    }

    /// How often hyper has held no more bytes back.
    pub(super) fn flushes(&self) -> u64 {
        self.flushes
    }

    /// Ready behind the first flush after the first call with this `mark`, which begins as `None`.
    pub(super) fn poll_flushed(&mut self, mark: &mut Option<u64>, waker: &Waker) -> Poll<()> {
        if self.flushes > *mark.get_or_insert(self.flushes) {
            return Poll::Ready(());
        }
        if !self.flush_wakers.iter().any(|known| known.will_wake(waker)) {
            self.flush_wakers.push(waker.clone());
        }
        Poll::Pending
    }

    pub(super) fn request_begun(&mut self) {
        self.requests += 1;
        self.is_fresh = false;
        self.head_since = None;
    }

    /// Is there no request under way and nothing left to be written?
    pub(super) fn is_quiet(&self) -> bool {
        self.requests == 0 && self.blocked_since.is_none()
    }

    /// Whether the client is told that the connection ends before it does.
    pub(super) fn says_goodbye(&self) -> bool {
        self.protocol == Protocol::Http2
    }

    /// The client is told now.
    pub(super) fn goodbye_said(&mut self, now: Instant) {
        self.closing_since.get_or_insert(now);
    }

    /// Wake what this answers: the idle deadline counts from now on.
    #[must_use = "the connection's task has to look at its deadlines"]
    pub(super) fn request_ended(&mut self, now: Instant) -> Option<Waker> {
        self.requests -= 1;
        self.last_moved = now;
        if self.requests == 0 {
            self.take_waker()
        } else {
            None
        }
    }

    #[must_use = "the connection's task has to look at its orders"]
    pub(super) fn take_waker(&mut self) -> Option<Waker> {
        match self.is_polled {
            true => None,
            false => self.waker.take(),
        }
    }

    /// The connection's task is polled from now on, until it [sets its waker](Self::set_waker).
    pub(super) fn poll_begins(&mut self) {
        self.is_polled = true;
    }

    /// The connection's task looks at everything now, and wants to know of what comes.
    pub(super) fn set_waker(&mut self, waker: &Waker) {
        self.is_polled = false;
        match &mut self.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}
