//! Takes the chunks apart that an extension wrote itself.
//!
//! An extension that says `Transfer-Encoding: chunked` writes the chunks with `WriteClient`. The
//! server frames the response by itself, so sending them on would frame it twice.

mod error;
mod line;
#[cfg(test)]
mod tests;

use bytes::{Buf, Bytes};

pub use error::ChunkError;

use line::{Size, Trailer};

/// An incremental decoder of a chunked body
/// ([RFC 9112, section 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1)).
///
/// The result does not depend on how the extension cut its writes. Chunk extensions and trailer
/// fields are read over. Lines may end with LF alone. After an error the decoder answers with the
/// same error for ever: where the next chunk begins is no longer known.
///
/// ```
/// use bytes::Bytes;
/// use isapi_core::chunk_decoder::ChunkDecoder;
///
/// let mut decoder = ChunkDecoder::new();
/// let mut out = Vec::new();
/// decoder.decode(&Bytes::from_static(b"5\r\nhello\r\n0\r\n"), &mut out)?;
/// assert!(!decoder.is_finished());
/// decoder.decode(&Bytes::from_static(b"\r\n"), &mut out)?;
/// assert!(decoder.is_finished());
/// assert_eq!(out, [Bytes::from_static(b"hello")]);
/// # Ok::<(), isapi_core::chunk_decoder::ChunkError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChunkDecoder {
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// In the line that gives the next chunk's size.
    Size(Size),
    /// In a chunk, with so many bytes of it to come; never 0.
    Data(u64),
    /// Behind a chunk's data, before the end of its line.
    DataEnd {
        carriage_return: bool,
    },
    /// Behind the last chunk.
    Trailer(Trailer),
    Finished,
    Failed(ChunkError),
}

impl Default for State {
    fn default() -> Self {
        Self::Size(Size::default())
    }
}

impl ChunkDecoder {
    /// A decoder at the beginning of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes the next bytes the extension wrote and appends the data in them to `out`, as
    /// slices of `data` that share its memory. No empty slice is appended.
    ///
    /// # Errors
    ///
    /// [`ChunkError`] when the bytes are no chunks. What stood before the offence has been
    /// appended.
    pub fn decode(&mut self, data: &Bytes, out: &mut Vec<Bytes>) -> Result<(), ChunkError> {
        let mut rest = data.clone();
        while !rest.is_empty() {
            let State::Data(remaining) = self.state else {
                self.step(rest.get_u8())?;
                continue;
            };
            let length = usize::try_from(remaining).map_or(rest.len(), |n| n.min(rest.len()));
            out.push(rest.split_to(length));
            self.take_data(remaining, length as u64);
        }
        Ok(())
    }

    /// Whether the last chunk and its trailer are complete. More bytes would be an error.
    pub const fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// Moves over `length` bytes of data that do not come through [`decode`](Self::decode), such
    /// as a file that is sent between two writes.
    ///
    /// Answers whether they lie wholly in the current chunk; if not, nothing has happened.
    #[must_use]
    pub fn skip_data(&mut self, length: u64) -> bool {
        match self.state {
            _ if length == 0 => true,
            State::Data(remaining) if length <= remaining => {
                self.take_data(remaining, length);
                true
            }
            _ => false,
        }
    }

    fn take_data(&mut self, remaining: u64, taken: u64) {
        self.state = match remaining - taken {
            0 => State::DataEnd {
                carriage_return: false,
            },
            remaining => State::Data(remaining),
        };
    }

    /// Takes one byte that is not data.
    fn step(&mut self, byte: u8) -> Result<(), ChunkError> {
        let next = match &mut self.state {
            State::Size(size) => match size.step(byte) {
                Ok(None) => return Ok(()),
                Ok(Some(0)) => Ok(State::Trailer(Trailer::default())),
                Ok(Some(length)) => Ok(State::Data(length)),
                Err(error) => Err(error),
            },
            State::DataEnd { carriage_return } => match byte {
                b'\n' => Ok(State::default()),
                b'\r' if !*carriage_return => Ok(State::DataEnd {
                    carriage_return: true,
                }),
                _ => Err(ChunkError::DataTooLong),
            },
            State::Trailer(trailer) => match trailer.step(byte) {
                Ok(false) => return Ok(()),
                Ok(true) => Ok(State::Finished),
                Err(error) => Err(error),
            },
            State::Finished => Err(ChunkError::DataAfterEnd),
            State::Failed(error) => Err(*error),
            State::Data(_) => unreachable!("data is taken in runs by decode"),
        };
        match next {
            Ok(state) => {
                self.state = state;
                Ok(())
            }
            Err(error) => {
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }
}
