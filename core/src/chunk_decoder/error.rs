use std::fmt;

/// Why bytes are no chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChunkError {
    /// A size line does not begin with hexadecimal digits, or goes on with something that is no
    /// chunk extension.
    InvalidSize,
    /// A size that does not fit 64 bits.
    SizeTooLarge,
    /// A size line, or the trailer, is longer than any sensible one.
    LineTooLong,
    /// A CR without an LF behind it.
    BareCarriageReturn,
    /// A chunk's data is not followed by a line end: the size was too small.
    DataTooLong,
    /// Bytes after the last chunk's trailer.
    DataAfterEnd,
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSize => "a chunk does not begin with its size in hexadecimal digits",
            Self::SizeTooLarge => "a chunk's size does not fit 64 bits",
            Self::LineTooLong => "a chunk's size line or the trailer is too long",
            Self::BareCarriageReturn => "a CR in the chunk framing has no LF behind it",
            Self::DataTooLong => "a chunk has more data than its size says",
            Self::DataAfterEnd => "bytes follow the last chunk",
        })
    }
}

impl std::error::Error for ChunkError {}
