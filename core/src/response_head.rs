//! The head of a response, however the extension hands it over.

mod error;
mod parse;
mod status;
#[cfg(test)]
mod tests;
mod values;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, StatusCode};

pub use error::HeadError;

/// A well-formed response head: whatever the extension wrote, this can leave on the wire.
///
/// The fields that frame a message or rule the connection (`Transfer-Encoding`, `Connection`,
/// `Keep-Alive`, `Proxy-Connection`, `Trailer`, `Upgrade`) are not among [`fields`](Self::fields):
/// the server frames by itself. What they said is kept as [`is_chunked`](Self::is_chunked) and
/// [`wants_close`](Self::wants_close).
///
/// ```
/// use isapi_core::response_head::ResponseHead;
///
/// let block = b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
/// let (head, taken) = ResponseHead::from_header_call(Some(b"200 OK"), block)?;
/// assert_eq!(head.content_length(), Some(5));
/// assert_eq!(&block[taken..], b"hello");
/// # Ok::<(), isapi_core::response_head::HeadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResponseHead {
    status: StatusCode,
    reason: Option<Bytes>,
    fields: Vec<(HeaderName, HeaderValue)>,
    content_length: Option<u64>,
    chunked: bool,
    close: bool,
    by_host: bool,
}

impl ResponseHead {
    /// The most bytes a head may have, its blank line included: 64 KiB.
    pub const MAX_LENGTH: usize = 64 * 1024;

    /// A head without fields.
    pub const fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: None,
            fields: Vec::new(),
            content_length: None,
            chunked: false,
            close: false,
            by_host: false,
        }
    }

    /// Adds a field of the host's own, such as `Location`.
    ///
    /// A field that frames the message or rules the connection works as if an extension had
    /// written it; one that contradicts itself or an earlier one is left out.
    #[must_use]
    pub fn with_field(mut self, name: HeaderName, value: HeaderValue) -> Self {
        // The only failures are a bad length or coding, and the promise above is to leave it out.
        let _ = self.push(name, value);
        self
    }

    /// Parses what `HSE_REQ_SEND_RESPONSE_HEADER`, `HSE_REQ_SEND_RESPONSE_HEADER_EX` and
    /// `HSE_IO_SEND_HEADERS` carry: a status text and a block of header fields.
    ///
    /// Answers the head and how many bytes of `headers` it took; what follows is the beginning of
    /// the body.
    ///
    /// * `status` may be `200 OK`, `404` or `HTTP/1.1 200 OK`. It ends at a NUL, as it does in C.
    ///   Absent or empty, it is that of a `Status:` field, else 200.
    /// * Lines may end with CR LF or LF alone. A line that begins with a space or tab continues
    ///   the one before.
    /// * A block without the blank line at its end is closed for the author. One NUL behind such
    ///   a head is the terminator counted by mistake, and belongs to it.
    ///
    /// See [HSE_REQ_SEND_RESPONSE_HEADER_EX](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms526034(v=vs.90)).
    ///
    /// # Errors
    ///
    /// [`HeadError`] names the first thing in the head that cannot be sent.
    pub fn from_header_call(
        status: Option<&[u8]>,
        headers: &[u8],
    ) -> Result<(Self, usize), HeadError> {
        parse::header_call(status, headers)
    }

    /// Parses a head the extension wrote itself, with `WriteClient` or in front of a file:
    /// `HTTP/1.1 200 OK`, fields, blank line.
    ///
    /// `Ok(None)` means that the head goes on after `data`. The answer does not depend on how the
    /// extension cut its writes.
    ///
    /// # Errors
    ///
    /// [`HeadError`] names the first thing in the head that cannot be sent;
    /// [`HeadError::TooLong`] when [`MAX_LENGTH`](Self::MAX_LENGTH) bytes hold no blank line.
    pub fn parse_raw(data: &[u8]) -> Result<Option<(Self, usize)>, HeadError> {
        parse::raw(data)
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase, where the extension gave one that is not the usual one of the status.
    pub const fn reason(&self) -> Option<&Bytes> {
        self.reason.as_ref()
    }

    /// The fields to send, in the order they were given.
    pub fn fields(&self) -> &[(HeaderName, HeaderValue)] {
        &self.fields
    }

    /// The same, for who sends them.
    #[must_use]
    pub fn into_fields(self) -> Vec<(HeaderName, HeaderValue)> {
        self.fields
    }

    /// The body's length as the extension promised it. `None` with `Transfer-Encoding: chunked`.
    pub const fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// Whether the extension frames the body in chunks itself (`Transfer-Encoding: chunked`).
    /// Take its chunks apart with [`ChunkDecoder`](crate::chunk_decoder::ChunkDecoder).
    pub const fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// Whether the host made this head in the place of an extension that gave none. It has no body;
    /// the host may send an error page instead.
    pub const fn is_by_host(&self) -> bool {
        self.by_host
    }

    /// Says that the host made this head.
    pub const fn set_by_host(&mut self) {
        self.by_host = true;
    }

    /// Whether the connection is to be closed after this response (`Connection: close`).
    pub const fn wants_close(&self) -> bool {
        self.close
    }

    /// Asks for the connection to be closed after this response.
    pub const fn set_close(&mut self) {
        self.close = true;
    }

    /// Takes one field in, or what it means where it is not to be sent.
    fn push(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), HeadError> {
        // A name is lower case, whoever wrote it.
        match name.as_str() {
            "connection" => {
                self.close |= tokens(&value).any(|token| token.eq_ignore_ascii_case(b"close"));
            }
            "transfer-encoding" => self.push_transfer_encoding(&value)?,
            "content-length" => self.push_content_length(name, value)?,
            // They are about the connection as well, which is the server's (RFC 9110, section 7.6.1).
            "keep-alive" | "proxy-connection" | "trailer" | "upgrade" => {}
            _ => self.fields.push((name, value)),
        }
        Ok(())
    }

    fn push_transfer_encoding(&mut self, value: &HeaderValue) -> Result<(), HeadError> {
        for coding in tokens(value) {
            if coding.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            if self.chunked || !coding.eq_ignore_ascii_case(b"chunked") {
                return Err(HeadError::UnsupportedTransferEncoding);
            }
            self.chunked = true;
        }
        if self.chunked {
            self.content_length = None;
            self.fields.retain(|(name, _)| *name != CONTENT_LENGTH);
        }
        Ok(())
    }

    fn push_content_length(
        &mut self,
        name: HeaderName,
        value: HeaderValue,
    ) -> Result<(), HeadError> {
        let length = parse::decimal(value.as_bytes()).ok_or(HeadError::InvalidContentLength)?;
        if self.chunked || self.content_length == Some(length) {
            return Ok(());
        }
        if self.content_length.is_some() {
            return Err(HeadError::ConflictingContentLength);
        }
        self.content_length = Some(length);
        self.fields.push((name, value));
        Ok(())
    }
}

/// The items of a comma-separated list, empty ones left out.
fn tokens(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    let items = value
        .as_bytes()
        .split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii);
    items.filter(|item| !item.is_empty())
}
