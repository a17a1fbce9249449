//! What a connection is doing, and until when it may.

use std::fmt;
use std::task::{Poll, Waker};

use tokio::time::Instant;

use super::ConnectionOptions;

/// The part of a connection's life whose deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Not one byte came.
    FirstByte,
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
            Self::Head => "the request head was not finished",
            Self::Idle => "no further request was received",
            Self::Write => "the client took no bytes of the response",
        })
    }
}

/// The state that stream, requests and the connection's task share.
///
/// Between requests there is always a deadline; during one only for writes that make no progress,
/// since the session watches over its request's body and its extension.
#[derive(Debug)]
pub(super) struct Activity {
    options: ConnectionOptions,
    /// Requests whose response is not out. HTTP/1 serves one at a time; the count does not depend on
    /// the order in which hyper drops the one and begins the next.
    requests: usize,
    is_fresh: bool,
    head_since: Option<Instant>,
    blocked_since: Option<Instant>,
    last_moved: Instant,
    pub(super) close_after: bool,
    pub(super) abort: bool,
    pub(super) reset: bool,
    /// A file that was being sent from a mapping has become shorter.
    pub(super) file_shrank: bool,
    waker: Option<Waker>,
    flush: Flush,
}

/// Whether somebody waits until hyper holds no more bytes back.
#[derive(Debug, Default)]
enum Flush {
    #[default]
    Unwatched,
    Awaited(Waker),
    Done,
}

impl Activity {
    pub(super) fn new(options: ConnectionOptions, now: Instant) -> Self {
        Self {
            options,
            requests: 0,
            is_fresh: true,
            head_since: None,
            blocked_since: None,
            last_moved: now,
            close_after: false,
            abort: false,
            reset: false,
            file_shrank: false,
            waker: None,
            flush: Flush::Unwatched,
        }
    }

    /// The deadline that comes first, and what it is for.
    pub(super) fn deadline(&self) -> Option<(Instant, Stage)> {
        let options = &self.options;
        let write = self
            .blocked_since
            .map(|since| (since, options.write_timeout, Stage::Write));
        let wait = match self.head_since {
            _ if self.requests > 0 => None,
            Some(since) => Some((since, options.head_timeout, Stage::Head)),
            None if self.is_fresh => Some((
                self.last_moved,
                options.first_byte_timeout,
                Stage::FirstByte,
            )),
            None => Some((self.last_moved, options.idle_timeout, Stage::Idle)),
        };
        [wait, write]
            .into_iter()
            .flatten()
            // A time that the clock cannot tell never comes.
            .filter_map(|(since, timeout, stage)| Some((since.checked_add(timeout)?, stage)))
            .min_by_key(|(deadline, _)| *deadline)
    }

    pub(super) fn bytes_read(&mut self, now: Instant) {
        if self.requests == 0 {
            self.last_moved = now;
            self.head_since.get_or_insert(now);
        }
    }

    pub(super) fn bytes_written(&mut self, now: Instant) {
        self.last_moved = now;
        self.blocked_since = None;
    }

    pub(super) fn write_blocked(&mut self, now: Instant) {
        self.blocked_since.get_or_insert(now);
    }

    /// hyper has given everything to the socket; wake what this answers.
    #[must_use = "somebody waits for the flush"]
    pub(super) fn flushed(&mut self) -> Option<Waker> {
        match std::mem::take(&mut self.flush) {
            Flush::Awaited(waker) => {
                self.flush = Flush::Done;
                Some(waker)
            }
            other => {
                self.flush = other;
                None
            }
        }
    }

    /// Ready behind the first flush after the first call.
    pub(super) fn poll_flushed(&mut self, waker: &Waker) -> Poll<()> {
        if matches!(self.flush, Flush::Done) {
            return Poll::Ready(());
        }
        self.flush = Flush::Awaited(waker.clone());
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

    /// Wake what this answers: the idle deadline counts from now on.
    #[must_use = "the connection's task has to look at its deadlines"]
    pub(super) fn request_ended(&mut self, now: Instant) -> Option<Waker> {
        self.requests -= 1;
        self.last_moved = now;
        if self.requests == 0 {
            self.waker.take()
        } else {
            None
        }
    }

    #[must_use = "the connection's task has to look at its orders"]
    pub(super) fn take_waker(&mut self) -> Option<Waker> {
        self.waker.take()
    }

    pub(super) fn set_waker(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn activity() -> (Activity, Instant) {
        let now = Instant::now();
        (Activity::new(ConnectionOptions::default(), now), now)
    }

    #[test]
    fn a_silent_connection_ends_after_the_first_byte_timeout() {
        let (activity, start) = activity();
        assert_eq!(
            activity.deadline(),
            Some((start + seconds(30), Stage::FirstByte))
        );
    }

    #[test]
    fn a_timeout_of_all_the_time_there_is_never_comes() {
        let now = Instant::now();
        let options = ConnectionOptions {
            first_byte_timeout: Duration::MAX,
            ..ConnectionOptions::default()
        };
        assert_eq!(Activity::new(options, now).deadline(), None);
    }

    #[test]
    fn a_head_has_to_be_finished_however_slowly_it_drips() {
        let (mut activity, start) = activity();
        activity.bytes_read(start + seconds(10));
        activity.bytes_read(start + seconds(29));
        assert_eq!(
            activity.deadline(),
            Some((start + seconds(40), Stage::Head))
        );
    }

    #[test]
    fn a_request_under_way_has_no_deadline_of_the_connections() {
        let (mut activity, start) = activity();
        activity.bytes_read(start);
        activity.request_begun();
        assert_eq!(activity.deadline(), None);
        activity.bytes_read(start + seconds(1));
        assert_eq!(activity.deadline(), None);
    }

    #[test]
    fn between_requests_the_idle_timeout_runs_from_the_last_byte() {
        let (mut activity, start) = activity();
        activity.request_begun();
        assert!(activity.request_ended(start + seconds(1)).is_none());
        assert_eq!(
            activity.deadline(),
            Some((start + seconds(121), Stage::Idle))
        );
        activity.bytes_written(start + seconds(5));
        assert_eq!(
            activity.deadline(),
            Some((start + seconds(125), Stage::Idle))
        );
        activity.bytes_read(start + seconds(6));
        assert_eq!(
            activity.deadline(),
            Some((start + seconds(36), Stage::Head))
        );
    }

    #[test]
    fn a_client_that_takes_nothing_is_waited_for_only_so_long() {
        let (mut activity, start) = activity();
        activity.request_begun();
        activity.write_blocked(start);
        activity.write_blocked(start + seconds(50));
        assert_eq!(
            activity.deadline(),
            Some((start + seconds(60), Stage::Write))
        );
        activity.bytes_written(start + seconds(55));
        assert_eq!(activity.deadline(), None);
    }

    #[test]
    fn a_request_that_begins_before_the_last_one_is_dropped_is_under_way() {
        let (mut activity, start) = activity();
        activity.request_begun();
        activity.request_begun();
        assert!(activity.request_ended(start).is_none());
        assert_eq!(activity.deadline(), None);
    }
}
