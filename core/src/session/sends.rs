//! Sending a response: heads, bytes, redirects, error pages.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::held::Flush;
use super::response::{Response, Sink};
use super::{Callback, Misuse, OperationId, Outcome, Output, Refusal, Session, Wait};
use crate::response_head::ResponseHead;

impl Session {
    /// Synchronous `WriteClient`
    /// ([ms525515](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525515(v=vs.90))).
    ///
    /// Answers how many bytes of `data` were accepted, which may be fewer than all: give the rest
    /// again. Blocked on [`Wait::SendBuffer`] when none could be.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn write_client(&mut self, now: Instant, data: &[u8]) -> Result<Outcome<usize>, Refusal> {
        self.guard(|session| {
            session.ensure_may_send(Callback::WriteClient)?;
            if data.is_empty() {
                return Ok(Outcome::Done(0));
            }
            // A buffer of no size would never have room.
            let room = session
                .config
                .send_buffer
                .max(1)
                .saturating_sub(session.queued);
            let accepted = data.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            if accepted == 0 {
                return Ok(Outcome::Blocked(Wait::SendBuffer));
            }
            let data = Bytes::copy_from_slice(&data[..accepted]);
            session.send_now(now, Flush::IfNotHeld, |response, sink| {
                response.feed(data, sink)
            })?;
            Ok(Outcome::Done(accepted))
        })
    }

    /// `WriteClient` with `HSE_IO_ASYNC`. The completion's `bytes` is the length of `data`.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion.
    pub fn write_client_async(
        &mut self,
        now: Instant,
        data: Bytes,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            session.ensure_may_start(Callback::WriteClient, false)?;
            session.ensure_sendable()?;
            let total = data.len() as u64;
            let id = session.operation.next_id();
            let feed = |response: &mut Response, sink: &mut Sink<'_>| response.feed(data, sink);
            let queued = session.feed(Some(id), Flush::IfNotHeld, feed)?;
            Ok(session.start_sending(now, total, queued, false))
        })
    }

    /// `HSE_REQ_SEND_RESPONSE_HEADER` (3) and `..._EX` (1016): the head, and body bytes that
    /// followed its blank line. `request` is the code it came with.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn send_response_header(
        &mut self,
        now: Instant,
        request: u32,
        mut head: ResponseHead,
        body: Bytes,
        keep_conn: bool,
    ) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_may_send(Callback::ServerSupportFunction(request))?;
            if !keep_conn {
                head.set_close();
            }
            session.send_now(now, Flush::IfNotHeld, |response, sink| {
                response.start(head, sink)?;
                response.feed(body, sink)
            })
        })
    }

    /// `HSE_REQ_SEND_URL_REDIRECT_RESP` (1) and `HSE_REQ_SEND_URL` (2): 302 to `location`, without a
    /// body. `request` is the code it came with.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn send_redirect(
        &mut self,
        now: Instant,
        request: u32,
        location: HeaderValue,
    ) -> Result<(), Refusal> {
        let head = ResponseHead::new(StatusCode::FOUND)
            .with_field(header::LOCATION, location)
            .with_field(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        self.send_response_header(now, request, head, Bytes::new(), true)
    }

    /// `HSE_REQ_SEND_CUSTOM_ERROR`
    /// ([ms525792](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525792(v=vs.90))):
    /// a configured error page as the whole response.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn send_custom_error(
        &mut self,
        now: Instant,
        head: ResponseHead,
        sub_status: u16,
        page: Bytes,
    ) -> Result<(), Refusal> {
        self.send_response_header(now, CUSTOM_ERROR, head, page, true)?;
        self.outputs.push_back(Output::LogSubStatus(sub_status));
        Ok(())
    }

    /// `HSE_REQ_SEND_CUSTOM_ERROR` with `fAsync`. The completion's `bytes` is the page's length.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion.
    pub fn send_custom_error_async(
        &mut self,
        now: Instant,
        head: ResponseHead,
        sub_status: u16,
        page: Bytes,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            session.ensure_may_start(Callback::ServerSupportFunction(CUSTOM_ERROR), false)?;
            session.ensure_sendable()?;
            let total = page.len() as u64;
            let id = session.operation.next_id();
            let queued = session.feed(Some(id), Flush::IfNotHeld, |response, sink| {
                response.start(head, sink)?;
                response.feed(page, sink)
            })?;
            session.outputs.push_back(Output::LogSubStatus(sub_status));
            Ok(session.start_sending(now, total, queued, false))
        })
    }

    /// `HSE_REQ_SET_FLUSH_FLAG`
    /// ([KB946086](http://support.microsoft.com/?id=946086)): while it is on, nothing is held back,
    /// whatever [`response_buffer_limit`](super::SessionConfig::response_buffer_limit) says.
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn set_flush_flag(&mut self, now: Instant, on: bool) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1043))?;
            session.held.set_flush_flag(on);
            if on {
                session.release_held();
                session.watch_writes(now);
            }
            Ok(())
        })
    }

    /// A synchronous send.
    pub(super) fn send_now(
        &mut self,
        now: Instant,
        flush: Flush,
        feed: impl FnOnce(&mut Response, &mut Sink<'_>) -> Result<(), Misuse>,
    ) -> Result<(), Refusal> {
        let queued = self.feed(None, flush, feed)?;
        self.queued = self.queued.saturating_add(queued);
        self.watch_writes(now);
        Ok(())
    }

    /// Makes what was fed under the next id an operation.
    pub(super) fn start_sending(
        &mut self,
        now: Instant,
        total: u64,
        queued: u64,
        last: bool,
    ) -> OperationId {
        let id = self.operation.start_sending(total, queued, last);
        self.finish_sent(now);
        self.watch_writes(now);
        id
    }
}

/// `HSE_REQ_SEND_CUSTOM_ERROR`.
const CUSTOM_ERROR: u32 = 1028;
