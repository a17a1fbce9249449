//! Holding the response back: what IIS 7 calls response buffering.

use super::response::{Response, Sink};
use super::{FileToken, Misuse, OperationId, Output, Session};

/// Whether a send may be held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// It goes out at once, behind what was held back.
    Always,
    /// As the response buffer has it.
    IfNotHeld,
}

/// What of the response is held back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Held {
    /// None where nothing is, as in most requests.
    parts: Option<Box<Parts>>,
    flush_flag: bool,
}

/// The parts of a response that are held back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Parts {
    /// Never empty.
    outputs: Vec<Output>,
    /// The files among them.
    files: Vec<FileToken>,
    bytes: u64,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_none()
    }

    fn has_head(&self) -> bool {
        let first = self.parts.as_ref().and_then(|parts| parts.outputs.first());
        matches!(first, Some(Output::SendHead(_)))
    }

    fn files(&self) -> &[FileToken] {
        self.parts.as_ref().map_or(&[], |parts| &parts.files)
    }

    pub(super) fn set_flush_flag(&mut self, on: bool) {
        self.flush_flag = on;
    }

    /// Nobody will get it.
    pub(super) fn discard(&mut self) {
        self.parts = None;
    }
}

impl Session {
    /// The files of sends that are held back: the host keeps them until they are asked for, and lets
    /// go of every other one that is not.
    #[must_use]
    pub fn held_files(&self) -> &[FileToken] {
        self.held.files()
    }

    /// Feeds the response and answers how many bytes that queued for the operation. What is refused
    /// half-way is as if it had never been begun.
    pub(super) fn feed(
        &mut self,
        operation: Option<OperationId>,
        flush: Flush,
        feed: impl FnOnce(&mut Response, &mut Sink<'_>) -> Result<(), Misuse>,
    ) -> Result<u64, Misuse> {
        let holds = flush == Flush::IfNotHeld && self.holds_back();
        let before = (self.response.clone(), self.outputs.len());
        let mut sink = Sink {
            // What is held back waits for nobody.
            operation: operation.filter(|_| !holds),
            queued: 0,
            outputs: &mut self.outputs,
        };
        let fed = feed(&mut self.response, &mut sink);
        let queued = sink.queued;
        if let Err(misuse) = fed {
            self.response = before.0;
            self.outputs.truncate(before.1);
            return Err(misuse);
        }
        if holds {
            self.hold_back(before.1, queued);
            return Ok(0);
        }
        if !self.held.is_empty() {
            let later = self.outputs.split_off(before.1);
            self.release_held();
            self.outputs.extend(later);
        }
        Ok(queued)
    }

    /// Passes on what was held back.
    pub(super) fn release_held(&mut self) {
        let Some(parts) = self.held.parts.take() else {
            return;
        };
        self.outputs.extend(parts.outputs);
        self.queued = self.queued.saturating_add(parts.bytes);
    }

    /// Takes a part of a response back that is held from its head on, since nothing of it has gone out:
    /// another response may go in its place.
    pub(super) fn take_back_held(&mut self) {
        if self.held.has_head() && !self.response.owes_nothing() {
            self.held.discard();
            self.response.take_back();
        }
    }

    /// Is the next send held back? Not while the client has a full send buffer to take: then the
    /// extension has to wait like any other.
    fn holds_back(&self) -> bool {
        self.config.response_buffer_limit > 0
            && !self.held.flush_flag
            && self.queued < self.config.send_buffer.max(1)
    }

    /// Holds back the parts of the response among the outputs from `start` on.
    fn hold_back(&mut self, start: usize, bytes: u64) {
        for output in self.outputs.split_off(start) {
            if !matches!(
                output,
                Output::SendHead(_) | Output::SendData { .. } | Output::SendFile { .. }
            ) {
                self.outputs.push_back(output);
                continue;
            }
            let parts = self.held.parts.get_or_insert_default();
            if let Output::SendFile { range, .. } = &output {
                parts.files.push(range.file);
            }
            parts.outputs.push(output);
        }
        let Some(parts) = &mut self.held.parts else {
            return;
        };
        parts.bytes = parts.bytes.saturating_add(bytes);
        if parts.bytes > self.config.response_buffer_limit {
            self.release_held();
        }
    }
}
