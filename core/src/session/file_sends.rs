//! Sending files and vectors.

use std::time::Instant;

use bytes::Bytes;

use super::held::Flush;
use super::response::{Cause, Response, Sink};
use super::{
    Callback, ClientFault, FileTransmission, HostFault, Misuse, OperationId, Outcome, Refusal,
    Session, TransmitHead, VectorElement, VectorSend, Wait,
};

impl Session {
    /// `HSE_REQ_TRANSMIT_FILE`
    /// ([ms525816](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525816(v=vs.90))).
    /// The completion's `bytes` counts raw head, file and tail.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion and nothing is sent.
    pub fn transmit_file(
        &mut self,
        now: Instant,
        transmission: FileTransmission,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            let callback = Callback::ServerSupportFunction(1006);
            session.ensure_may_start(callback, transmission.own_callback)?;
            session.start_vector(now, transmission.into(), Flush::Always)
        })
    }

    /// Synchronous `HSE_REQ_VECTOR_SEND`
    /// ([ms525867](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525867(v=vs.90))).
    ///
    /// All of it is queued at once, so that it is sent whole or not at all; then wait for
    /// [`vector_sent`](Self::vector_sent).
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then nothing is sent.
    pub fn vector_send(&mut self, now: Instant, vector: VectorSend) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_may_send(VECTOR_SEND)?;
            let ends_now = vector.is_last() && !vector.has_file();
            session.send_now(now, vector.flush(), |response, sink| {
                vector.feed(response, sink)
            })?;
            if ends_now {
                session.end_response(now);
            }
            Ok(())
        })
    }

    /// Whether a synchronous vector was sent as far as its caller has to wait: a file to its end,
    /// since a file may fail, and memory until there is room for the next send.
    /// Blocked on [`Wait::SendBuffer`].
    ///
    /// # Errors
    ///
    /// The file could not be sent as announced, or the connection is gone.
    pub fn vector_sent(&mut self, now: Instant, had_file: bool) -> Result<Outcome<()>, Refusal> {
        match self.response.closed() {
            None | Some(Cause::Whole) => {}
            Some(Cause::FileFailed(fault)) => return Err(fault.into()),
            Some(Cause::ClientGone) => return Err(ClientFault::Gone.into()),
            Some(Cause::Cut | Cause::Disconnected | Cause::TimedOut) => {
                return Err(HostFault::ConnectionClosed.into());
            }
        }
        let limit = if had_file { 0 } else { self.config.send_buffer };
        if self.queued > limit {
            return Ok(Outcome::Blocked(Wait::SendBuffer));
        }
        if had_file && self.response.is_sealed() && self.response.closed().is_none() {
            self.end_response(now);
        }
        Ok(Outcome::Done(()))
    }

    /// The last data of the response has been sent.
    pub(super) fn end_response(&mut self, now: Instant) {
        self.release_held();
        let queued = self.response.finish(200, &mut self.outputs);
        self.queued = self.queued.saturating_add(queued);
        self.watch_writes(now);
    }

    /// Asynchronous `HSE_REQ_VECTOR_SEND`. The completion's `bytes` counts the elements, and body
    /// bytes behind the head.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion and
    /// nothing is sent.
    pub fn vector_send_async(
        &mut self,
        now: Instant,
        vector: VectorSend,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            session.ensure_may_start(VECTOR_SEND, false)?;
            let flush = vector.flush();
            session.start_vector(now, vector, flush)
        })
    }

    /// Starts the operation that sends a vector.
    fn start_vector(
        &mut self,
        now: Instant,
        vector: VectorSend,
        flush: Flush,
    ) -> Result<OperationId, Refusal> {
        self.ensure_sendable()?;
        let (total, last) = (vector.total(), vector.is_last());
        let id = self.operation.next_id();
        let queued = self.feed(Some(id), flush, |response, sink| {
            vector.feed(response, sink)
        })?;
        Ok(self.start_sending(now, total, queued, last))
    }
}

impl From<FileTransmission> for VectorSend {
    /// A file with a head and a tail is a vector of at most three elements.
    fn from(transmission: FileTransmission) -> Self {
        let (head, raw) = match transmission.head {
            TransmitHead::Raw(raw) => (None, raw),
            TransmitHead::Response(head, body) => (Some((head, body)), Bytes::new()),
        };
        let memory = |data: Bytes| (!data.is_empty()).then_some(VectorElement::Memory(data));
        let file = transmission.file.filter(|range| range.length > 0);
        let elements = [
            memory(raw),
            file.map(VectorElement::File),
            memory(transmission.tail),
        ];
        Self {
            head,
            elements: elements.into_iter().flatten().collect(),
            disconnect: transmission.disconnect,
            final_send: transmission.final_send,
        }
    }
}

impl VectorSend {
    fn is_last(&self) -> bool {
        self.disconnect || self.final_send
    }

    fn has_file(&self) -> bool {
        let mut elements = self.elements.iter();
        elements.any(|element| matches!(element, VectorElement::File(_)))
    }

    fn flush(&self) -> Flush {
        if self.is_last() {
            Flush::Always
        } else {
            Flush::IfNotHeld
        }
    }

    fn total(&self) -> u64 {
        let behind_head = self.head.as_ref().map_or(0, |(_, body)| body.len() as u64);
        let elements = self.elements.iter().map(|element| match element {
            VectorElement::Memory(data) => data.len() as u64,
            VectorElement::File(range) => range.length,
        });
        elements.fold(behind_head, u64::saturating_add)
    }

    fn feed(self, response: &mut Response, sink: &mut Sink<'_>) -> Result<(), Misuse> {
        let is_last = self.is_last();
        if self.disconnect {
            response.close_after();
        }
        if let Some((head, body)) = self.head {
            response.start(head, sink)?;
            response.feed(body, sink)?;
        }
        for element in self.elements {
            match element {
                VectorElement::Memory(data) => response.feed(data, sink)?,
                VectorElement::File(range) => response.feed_file(range, sink)?,
            }
        }
        if is_last {
            response.seal();
        }
        Ok(())
    }
}

const VECTOR_SEND: Callback = Callback::ServerSupportFunction(1037);
