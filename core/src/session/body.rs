//! The request's body on its way to the extension.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::request_head::BodyLength;

/// What has come of the body and what has been handed on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestBody {
    length: BodyLength,
    received: u64,
    /// What went into the control block, as far as no child has read it, and for as long as the
    /// extension has read nothing more.
    preread: Bytes,
    buffered: VecDeque<Bytes>,
    /// How long `buffered` is altogether: a client may send a body byte by byte.
    buffered_length: u64,
    arrival: Arrival,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Arrival {
    /// More may come.
    Streaming,
    /// All has come.
    Ended,
    /// No more will come, though more was announced.
    Cut,
    /// More may come, but not to the extension: it is too large.
    Refused,
}

impl RequestBody {
    pub(super) fn new(length: BodyLength) -> Self {
        let arrival = match length {
            BodyLength::None | BodyLength::Known(0) => Arrival::Ended,
            BodyLength::Known(_) | BodyLength::Unknown => Arrival::Streaming,
        };
        Self {
            length,
            received: 0,
            preread: Bytes::new(),
            buffered: VecDeque::new(),
            buffered_length: 0,
            arrival,
        }
    }

    /// `cbTotalBytes`
    /// ([ms525658](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525658(v=vs.90))).
    pub(super) fn total_bytes(&self) -> u32 {
        match self.length {
            BodyLength::None => 0,
            BodyLength::Known(length) => u32::try_from(length).unwrap_or(u32::MAX),
            BodyLength::Unknown => u32::MAX,
        }
    }

    /// How much to have before the call, of at most `read_ahead` bytes.
    pub(super) fn read_ahead_target(&self, read_ahead: u64) -> u64 {
        match self.length {
            BodyLength::None => 0,
            BodyLength::Known(length) => length.min(read_ahead),
            BodyLength::Unknown => read_ahead,
        }
    }

    pub(super) fn is_streaming(&self) -> bool {
        self.arrival == Arrival::Streaming
    }

    pub(super) fn buffered(&self) -> u64 {
        self.buffered_length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffered.is_empty()
    }

    pub(super) fn name(&self) -> &'static str {
        match (self.arrival, self.buffered.is_empty()) {
            (Arrival::Streaming, true) => "Streaming",
            (Arrival::Streaming, false) => "Streaming, buffered",
            (Arrival::Ended, true) => "Ended",
            (Arrival::Ended, false) => "Ended, buffered",
            (Arrival::Cut, true) => "Cut",
            (Arrival::Cut, false) => "Cut, buffered",
            (Arrival::Refused, true) => "Refused",
            (Arrival::Refused, false) => "Refused, buffered",
        }
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        if !self.is_streaming() || chunk.is_empty() {
            return;
        }
        self.received += chunk.len() as u64;
        self.buffered_length += chunk.len() as u64;
        self.buffered.push_back(chunk);
        if let BodyLength::Known(length) = self.length
            && self.received >= length
        {
            self.arrival = Arrival::Ended;
        }
    }

    pub(super) fn end(&mut self) {
        if self.is_streaming() {
            self.arrival = Arrival::Ended;
        }
    }

    pub(super) fn cut(&mut self) {
        if self.is_streaming() {
            self.arrival = Arrival::Cut;
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.arrival == Arrival::Cut
    }

    pub(super) fn refuse(&mut self) {
        if self.is_streaming() {
            self.arrival = Arrival::Refused;
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.arrival == Arrival::Refused
    }

    /// The read-ahead, of up to `max` bytes. It is remembered for a child.
    pub(super) fn take_preread(&mut self, max: u64) -> Bytes {
        let preread = self.take_joined(max);
        self.preread = preread.clone();
        preread
    }

    /// Is there nothing for a child to read now?
    pub(super) fn is_empty_for_child(&self) -> bool {
        self.preread.is_empty() && self.is_empty()
    }

    /// Up to `max` bytes of what is left for a child: the read-ahead again, where nothing else was
    /// read, and then the rest. Empty when there are none.
    pub(super) fn take_for_child(&mut self, max: usize) -> Bytes {
        if self.preread.is_empty() {
            return self.take(max);
        }
        self.preread.split_to(max.min(self.preread.len()))
    }

    /// How much is left for a child.
    pub(super) fn remaining_for_child(&self) -> BodyLength {
        let at_hand = self.preread.len() as u64 + self.buffered();
        let remaining = match self.length {
            BodyLength::None => return BodyLength::None,
            BodyLength::Known(length) => length.saturating_sub(self.received - at_hand),
            BodyLength::Unknown if self.is_streaming() => return BodyLength::Unknown,
            BodyLength::Unknown => at_hand,
        };
        if remaining == 0 {
            BodyLength::None
        } else {
            BodyLength::Known(remaining)
        }
    }

    /// Has all come that was announced?
    pub(super) fn is_whole(&self) -> bool {
        self.arrival == Arrival::Ended
    }

    /// Up to `max` bytes; empty when there are none.
    pub(super) fn take(&mut self, max: usize) -> Bytes {
        let Some(front) = self.buffered.front_mut().filter(|_| max > 0) else {
            return Bytes::new();
        };
        self.preread = Bytes::new();
        let taken = front.split_to(front.len().min(max));
        if front.is_empty() {
            self.buffered.pop_front();
        }
        self.buffered_length -= taken.len() as u64;
        taken
    }

    /// Up to `max` bytes in one piece.
    fn take_joined(&mut self, max: u64) -> Bytes {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let first = self.take(max);
        if first.len() == max || self.is_empty() {
            return first;
        }
        let mut joined = BytesMut::from(first);
        while joined.len() < max && !self.is_empty() {
            joined.extend_from_slice(&self.take(max - joined.len()));
        }
        joined.freeze()
    }
}
