//! What may come of a round.

use crate::change::Change;
use crate::download::{Download, End, Transport};
use crate::files::{contents, other_contents};
use crate::moment::{Moment, Opened};

/// The most that the server, both sockets and the client hold of a response that is not read.
const MOST_ON_ITS_WAY: usize = 16 * 1024 * 1024;

/// Up to this length a file is read when the extension asks for it to be sent.
const READ_AT_ONCE: usize = 64 * 1024;

/// Everything that a round's outcome depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation {
    pub(crate) transport: Transport,
    pub(crate) change: Change,
    pub(crate) size: usize,
    pub(crate) moment: Moment,
    pub(crate) opened: Opened,
}

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A part of the file, and no more.
    Cut { has_zeros: bool },
    /// The extension could not open the file, or the server would not send it.
    Refused,
    /// A whole file.
    Whole { has_zeros: bool },
}

impl Expectation {
    /// Judges a response that has ended.
    ///
    /// # Errors
    ///
    /// Says what must not be.
    pub(crate) fn judge(&self, download: &Download, read_before: usize) -> Result<Outcome, String> {
        let end = download.end().ok_or("it goes on")?;
        match download.status() {
            None | Some(200) => {}
            Some(status) if self.may_refuse(status) && end == End::Whole => {
                return Ok(Outcome::Refused);
            }
            Some(status) => return Err(format!("status {status}")),
        }
        if end == End::Cut {
            return self.judge_cut(download);
        }
        let body = download.body();
        let on_its_way = self.size.saturating_sub(read_before);
        if self.change.is_cut() && self.moment.is_behind_head() && on_its_way > MOST_ON_ITS_WAY {
            return Err("whole, although much of it was still to be sent".to_owned());
        }
        let mut candidates = self.files().into_iter();
        let file = candidates.find(|file| file.len() == body.len());
        let file = file.ok_or_else(|| format!("a file of {} bytes", body.len()))?;
        let file = match body.first() == file.first() {
            true => file,
            // Another file of the same length.
            false => candidates.next().unwrap_or(file),
        };
        let has_zeros = self.compare(body, file)?;
        Ok(Outcome::Whole { has_zeros })
    }

    fn judge_cut(&self, download: &Download) -> Result<Outcome, String> {
        if !self.change.is_cut() || self.moment == Moment::Before {
            return Err("cut".to_owned());
        }
        // The response has its own copy when the client has its head.
        if self.size <= READ_AT_ONCE && self.moment.is_behind_head() {
            return Err("cut, although it was read before".to_owned());
        }
        if download.length().is_some_and(|length| length != self.size) {
            return Err(format!("cut, of {:?} bytes", download.length()));
        }
        let body = download.body();
        let has_zeros = self.compare(body, &contents(self.size)[..body.len()])?;
        Ok(Outcome::Cut { has_zeros })
    }

    /// The files that may come whole.
    fn files(&self) -> Vec<&'static [u8]> {
        let old = contents(self.size);
        let changed = match (self.change, self.opened) {
            (Change::CutTo { .. }, _) => Some(&old[..self.change.length_left(self.size)]),
            (Change::Replace, Opened::ByRequest) => Some(other_contents(self.size)),
            (Change::Delete, Opened::ByRequest) => None,
            (Change::Forbid, _) | (Change::Replace | Change::Delete, Opened::Before) => Some(old),
        };
        match self.moment {
            Moment::Before => changed.into_iter().collect(),
            Moment::During => changed.into_iter().chain([old]).collect(),
            Moment::BehindHead | Moment::InsideBody { .. } => vec![old],
        }
    }

    fn may_refuse(&self, status: u16) -> bool {
        match (self.change, status) {
            // Who is root may open it all the same.
            (Change::Delete | Change::Forbid, 404) => {
                self.opened == Opened::ByRequest && !self.moment.is_behind_head()
            }
            // It has become shorter between the extension's look at its length and its call.
            (Change::CutTo { .. }, 500) => self.moment == Moment::During,
            _ => false,
        }
    }

    /// Whether there are zeros instead of bytes of the file; any other byte is an error, and so is a
    /// zero where there must be none.
    ///
    /// What `sendfile` has handed to the kernel is the file's pages themselves, and those may be large.
    /// Where the new end is within one, the kernel overwrites what is behind.
    fn compare(&self, body: &[u8], file: &[u8]) -> Result<bool, String> {
        if body == file {
            return Ok(false);
        }
        let end = self.change.length_left(self.size);
        let by_kernel = self.transport == Transport::ClearText && self.size > READ_AT_ONCE;
        let may_be_zero = by_kernel && self.change.is_cut() && self.moment != Moment::Before;
        let is_wrong = |(index, (got, expected)): (usize, (&u8, &u8))| {
            let is_zeroed = may_be_zero && index >= end && *got == 0;
            (got != expected && !is_zeroed).then_some((index, *got, *expected))
        };
        let bytes = body.iter().zip(file).enumerate();
        match bytes.map(is_wrong).find_map(|wrong| wrong) {
            None => Ok(true),
            Some((index, got, expected)) => Err(format!(
                "byte {index} of {} is {got}, not {expected}; the file ended at {end}",
                body.len()
            )),
        }
    }
}
