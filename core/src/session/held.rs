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
    outputs: Vec<Output>,
    /// The files among them.
    files: Vec<FileToken>,
    bytes: u64,
    flush_flag: bool,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    fn has_head(&self) -> bool {
        matches!(self.outputs.first(), Some(Output::SendHead(_)))
    }

    pub(super) fn set_flush_flag(&mut self, on: bool) {
        self.flush_flag = on;
    }

    /// Nobody will get it.
    pub(super) fn discard(&mut self) {
        self.outputs.clear();
        self.files.clear();
        self.bytes = 0;
    }
}

impl Session {
    /// The files of sends that are held back: the host keeps them until they are asked for, and lets
    /// go of every other one that is not.
    #[must_use]
    pub fn held_files(&self) -> &[FileToken] {
        &self.held.files
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
        if self.held.is_empty() {
            return;
        }
        self.outputs.extend(self.held.outputs.drain(..));
        self.held.files.clear();
        let bytes = std::mem::take(&mut self.held.bytes);
        self.queued = self.queued.saturating_add(bytes);
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
            match &output {
                Output::SendHead(_) | Output::SendData { .. } => {}
                Output::SendFile { range, .. } => self.held.files.push(range.file),
                _ => {
                    self.outputs.push_back(output);
                    continue;
                }
            }
            self.held.outputs.push(output);
        }
        self.held.bytes = self.held.bytes.saturating_add(bytes);
        if self.held.bytes > self.config.response_buffer_limit {
            self.release_held();
        }
    }
}
