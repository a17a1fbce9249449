use std::fmt;

/// Why a response head cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeadError {
    /// The head is longer than [`ResponseHead::MAX_LENGTH`](super::ResponseHead::MAX_LENGTH).
    TooLong,
    /// A raw head does not begin with `HTTP/` and a version.
    InvalidVersion,
    /// The status is no number from 200 to 999, or its text has bytes no reason phrase has.
    InvalidStatus,
    /// The status is 1xx: such a head does not end a request.
    InformationalStatus,
    /// A NUL inside the head.
    NulByte,
    /// A CR that does not end a line.
    BareCarriageReturn,
    /// A line without a colon, or a continuation line with nothing to continue.
    InvalidLine,
    /// A field name with bytes no name has, such as a space before the colon.
    InvalidName,
    /// A field value with a control character.
    InvalidValue,
    /// `Content-Length` is no decimal number.
    InvalidContentLength,
    /// Two `Content-Length` fields that differ.
    ConflictingContentLength,
    /// A `Transfer-Encoding` other than `chunked` alone.
    UnsupportedTransferEncoding,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the response head is longer than 64 KiB",
            Self::InvalidVersion => "the response head does not begin with an HTTP version",
            Self::InvalidStatus => "the status is not like \"200 OK\"",
            Self::InformationalStatus => "a 1xx status cannot be the answer to a request",
            Self::NulByte => "the response head has a NUL in it",
            Self::BareCarriageReturn => "the response head has a CR without an LF behind it",
            Self::InvalidLine => "a header line has no colon",
            Self::InvalidName => "a header field's name has a byte no name may have",
            Self::InvalidValue => "a header field's value has a control character",
            Self::InvalidContentLength => "Content-Length is not a decimal number",
            Self::ConflictingContentLength => "two Content-Length fields differ",
            Self::UnsupportedTransferEncoding => "Transfer-Encoding is not \"chunked\"",
        })
    }
}

impl std::error::Error for HeadError {}
