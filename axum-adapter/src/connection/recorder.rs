//! Keeps the request heads of an HTTP/1 connection as they pass.

mod chunks;
mod framing;
mod head;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::BufRead;
use std::mem;

use bytes::{Bytes, BytesMut};
use http::{Method, Uri};

use super::RawFields;
use chunks::Chunks;
use framing::Framing;

/// Follows the bytes that hyper reads: head, body, next head.
///
/// It never disturbs the connection. Where it does not understand what it sees it gives up, and
/// further requests have no raw fields; hyper alone decides what is an error. Nothing is taken on
/// trust either: a head is only given out for a request of the same method and target.
#[derive(Debug)]
pub(super) struct Recorder {
    state: State,
    /// Whole heads, those of pipelined requests behind the one that is served.
    heads: VecDeque<Bytes>,
    /// The bytes of `heads` together.
    kept: usize,
    /// The bytes that one head may have, and those that wait together.
    max_head: usize,
}

#[derive(Debug)]
enum State {
    /// In a head, or before one as long as no line of text has ended.
    Head {
        buffer: BytesMut,
        line: Line,
        has_text: bool,
    },
    /// In a body, so many bytes before its end; never 0.
    Body(u64),
    /// In a chunked body.
    Chunked(Chunks),
    /// Where the next head begins is not known.
    Lost,
}

/// What is known of the line that the last byte stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Empty,
    CarriageReturn,
    Text,
}

/// A line that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Empty,
    Text,
}

impl Recorder {
    pub(super) fn new(max_head: usize) -> Self {
        Self {
            state: State::next_head(),
            heads: VecDeque::new(),
            kept: 0,
            max_head,
        }
    }

    /// Takes note of the next bytes that were read.
    pub(super) fn record(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let passed = match &mut self.state {
                State::Head { .. } => self.record_head(bytes),
                State::Body(left) => {
                    let passed = usize::try_from(*left).map_or(bytes.len(), |n| n.min(bytes.len()));
                    *left -= passed as u64;
                    if *left == 0 {
                        self.state = State::next_head();
                    }
                    passed
                }
                State::Chunked(chunks) => match chunks.pass(bytes) {
                    Some(passed) => {
                        if chunks.is_finished() {
                            self.state = State::next_head();
                        }
                        passed
                    }
                    None => return self.state = State::Lost,
                },
                State::Lost => return,
            };
            bytes = &bytes[passed..];
        }
    }

    /// The fields of the request that hyper has read: that of the oldest head.
    pub(super) fn take(&mut self, method: &Method, uri: &Uri) -> Option<RawFields> {
        let taken = self.heads.pop_front().and_then(|head| {
            self.kept -= head.len();
            head::is_of(&head, method, uri).then(|| RawFields::of_head(head))
        });
        if taken.is_none() {
            // One request without its head, and no other can be told to have its own.
            self.state = State::Lost;
            self.heads = VecDeque::new();
            self.kept = 0;
        }
        taken
    }

    /// Looks for the empty line that ends a head; answers how many bytes were passed.
    fn record_head(&mut self, bytes: &[u8]) -> usize {
        let State::Head {
            buffer,
            line,
            has_text,
        } = &mut self.state
        else {
            return 0;
        };
        let mut passed = 0;
        while passed < bytes.len() {
            let part = first_line(&bytes[passed..]);
            passed += part.len();
            match line.extend(part) {
                None => {}
                Some(Ended::Text) => *has_text = true,
                Some(Ended::Empty) if *has_text => {
                    self.finish_head(&bytes[..passed]);
                    return passed;
                }
                // A client's line break too many (RFC 9112, section 2.2).
                Some(Ended::Empty) => {
                    buffer.clear();
                    return passed;
                }
            }
        }
        buffer.extend_from_slice(bytes);
        if self.kept + buffer.len() > self.max_head {
            self.state = State::Lost;
        }
        passed
    }

    /// Keeps a head, of which these are the last bytes.
    fn finish_head(&mut self, last: &[u8]) {
        let State::Head { mut buffer, .. } = mem::replace(&mut self.state, State::Lost) else {
            return;
        };
        let head = if buffer.is_empty() {
            Bytes::copy_from_slice(last)
        } else {
            buffer.extend_from_slice(last);
            buffer.freeze()
        };
        if self.kept + head.len() > self.max_head {
            return;
        }
        self.state = match framing::of(&head) {
            Some(Framing::Length(0)) => State::next_head(),
            Some(Framing::Length(length)) => State::Body(length),
            Some(Framing::Chunked) => State::Chunked(Chunks::default()),
            None => State::Lost,
        };
        self.kept += head.len();
        self.heads.push_back(head);
    }
}

/// The first line with its end, or all that there is of it.
///
/// Every byte of a head comes by here, and the standard library looks at many of them at once.
fn first_line(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    // Memory cannot fail to be read.
    let length = rest.skip_until(b'\n').unwrap_or(bytes.len());
    &bytes[..length]
}

impl State {
    fn next_head() -> Self {
        Self::Head {
            buffer: BytesMut::new(),
            line: Line::default(),
            has_text: false,
        }
    }
}

impl Line {
    /// Goes over a part of a line, or all of it; says what line has ended with it.
    fn extend(&mut self, part: &[u8]) -> Option<Ended> {
        let text = part.strip_suffix(b"\n");
        *self = match (*self, text.unwrap_or(part)) {
            (line, []) => line,
            (Self::Empty, [b'\r']) => Self::CarriageReturn,
            _ => Self::Text,
        };
        text?;
        match mem::take(self) {
            Self::Text => Some(Ended::Text),
            Self::Empty | Self::CarriageReturn => Some(Ended::Empty),
        }
    }
}
