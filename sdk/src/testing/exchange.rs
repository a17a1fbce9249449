//! A started request and what has come of it.

use std::sync::Arc;

use isapi_abi::HSE_STATUS_PENDING;

use crate::error::Win32Error;
use crate::testing::session::Session;
use crate::testing::vector::SentVector;
use crate::testing::{Loaded, callbacks};

/// A request the extension has been called with.
///
/// Dropped before it has ended, its control block stays valid for good.
#[derive(Debug)]
pub struct Exchange {
    session: Arc<Session>,
    _loaded: Arc<Loaded>,
}

impl Exchange {
    pub(super) fn start(loaded: Arc<Loaded>, session: Session) -> Exchange {
        let session = Arc::new(session);
        callbacks::call_extension(loaded.entry, &session);
        Exchange {
            session,
            _loaded: loaded,
        }
    }

    /// What `HttpExtensionProc` returned, one of the `HSE_STATUS_*` codes.
    pub fn returned(&self) -> u32 {
        self.session
            .state()
            .status_returned()
            .unwrap_or(HSE_STATUS_PENDING)
    }

    /// Whether the request has ended, by return or by `HSE_REQ_DONE_WITH_SESSION`.
    pub fn is_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// The status the request ended with, one of the `HSE_STATUS_*` codes.
    pub fn ended(&self) -> Option<u32> {
        self.session.state().ended()
    }

    /// Whether the extension has started an operation that has not completed.
    pub fn is_pending(&self) -> bool {
        self.session.state().pending.is_some()
    }

    /// Does what the pending operation asks and runs its completion on this thread; false if none
    /// is pending.
    pub fn complete(&self) -> bool {
        callbacks::complete(&self.session)
    }

    /// Completes the pending operation with no bytes and an error; false if none is pending.
    pub fn fail(&self, error: Win32Error) -> bool {
        callbacks::fail(&self.session, error)
    }

    /// Completes every operation until the request has ended, and waits for the extension's own
    /// threads where that is needed.
    ///
    /// # Panics
    ///
    /// The extension has done nothing for 30 seconds.
    #[must_use]
    pub fn finish(self) -> Exchange {
        while !self.is_ended() {
            assert!(
                self.session.wait(),
                "the extension neither ends the request nor goes on"
            );
            self.complete();
        }
        self
    }

    /// The status the extension sent, such as `200 OK`.
    pub fn status(&self) -> Option<String> {
        self.session
            .state()
            .head
            .as_ref()
            .map(|(status, _)| status.clone())
    }

    /// The value of a header field the extension sent; names compare without case.
    pub fn header(&self, name: &str) -> Option<String> {
        let state = self.session.state();
        let (_, fields) = state.head.as_ref()?;
        fields
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    }

    /// The bytes the extension sent after the head; those of operations once they have completed.
    pub fn body(&self) -> Vec<u8> {
        self.session.state().body.clone()
    }

    /// [`body`](Exchange::body) as text.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body()).into_owned()
    }

    /// Where the extension redirected to.
    pub fn redirect(&self) -> Option<String> {
        self.session.state().redirect.clone()
    }

    /// `dwHttpStatusCode` as the extension left it.
    ///
    /// # Panics
    ///
    /// The request has not ended, so the extension may still write there.
    pub fn http_status(&self) -> u32 {
        assert!(self.is_ended(), "the request has not ended");
        self.session.memory.http_status()
    }

    /// `lpszLogData` as the extension left it.
    ///
    /// # Panics
    ///
    /// The request has not ended, so the extension may still write there.
    pub fn log_data(&self) -> String {
        assert!(self.is_ended(), "the request has not ended");
        self.session.memory.log_data()
    }

    /// What the extension appended to the log.
    pub fn log(&self) -> String {
        self.session.state().log.clone()
    }

    /// Whether the extension asked to close the connection after a send.
    pub fn is_disconnected(&self) -> bool {
        self.session.state().disconnected
    }

    /// The vectors the extension sent, in order; asynchronous ones once they have completed.
    pub fn vectors(&self) -> Vec<SentVector> {
        self.session.state().vectors.clone()
    }

    /// The second part of a status such as 404.3, of the error page the extension asked for.
    pub fn sub_status(&self) -> u16 {
        self.session.state().sub_status
    }

    /// Whether the extension wants what it sends to leave at once.
    pub fn flushes(&self) -> bool {
        self.session.state().flushes
    }

    /// Whether the extension has closed the connection.
    pub fn is_closed(&self) -> bool {
        self.session.state().is_closed
    }

    /// The reasons the extension gave for being unhealthy; an empty one where it gave none.
    pub fn unhealthy(&self) -> Vec<String> {
        self.session.state().unhealthy.clone()
    }

    /// The calls refused for breaking a rule of the interface; a good extension has none.
    pub fn refused(&self) -> Vec<String> {
        self.session.state().refused.clone()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.is_ended() {
            callbacks::forget(&self.session);
        }
    }
}
