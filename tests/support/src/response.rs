//! What a server answered.

use std::fmt;

/// The status line and the fields of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// As on the wire, `HTTP/1.1` or `HTTP/1.0`.
    pub version: String,
    /// The status code.
    pub status: u16,
    /// The text after the status code.
    pub reason: String,
    /// Names and values in the order of the wire.
    pub fields: Vec<(String, String)>,
}

/// How the end of a response's body is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By chunks.
    Chunked,
    /// By the end of the connection.
    Close,
    /// By a length in the head.
    Length(usize),
    /// There is no body, whatever the head says: 1xx, 204, 304, or the answer to `HEAD`.
    None,
}

/// A response with its whole body.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// Status line and fields.
    pub head: ResponseHead,
    /// The body, freed from its framing.
    pub body: Vec<u8>,
    /// How the body's end was marked.
    pub framing: Framing,
}

impl ResponseHead {
    /// Parses a head with its final blank line.
    ///
    /// # Errors
    ///
    /// Says what is malformed.
    pub fn parse(data: &[u8]) -> Result<ResponseHead, String> {
        let text = std::str::from_utf8(data).map_err(|_| format!("head {data:?}"))?;
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let malformed = || format!("status line {status_line:?}");
        let mut words = status_line.splitn(3, ' ');
        let version = words
            .next()
            .filter(|word| word.starts_with("HTTP/1."))
            .ok_or_else(malformed)?;
        let status = words
            .next()
            .filter(|word| word.len() == 3)
            .ok_or_else(malformed)?;
        let status = status.parse().map_err(|_| malformed())?;
        let reason = words.next().ok_or_else(malformed)?;
        let fields = lines.map(parse_field).collect::<Result<_, _>>()?;
        Ok(ResponseHead {
            version: version.to_owned(),
            status,
            reason: reason.to_owned(),
            fields,
        })
    }

    /// The value of the field `name`, the values joined with `, ` where it was repeated.
    pub fn field(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .fields
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether the server says that it closes the connection after this response.
    pub fn says_close(&self) -> bool {
        self.field("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// How the end of the body is marked, for the answer to anything but `HEAD`.
    ///
    /// # Errors
    ///
    /// When the head names two framings, or one that is not understood.
    pub fn framing(&self) -> Result<Framing, String> {
        let length = self.field("content-length");
        let coding = self.field("transfer-encoding");
        if self.status < 200 || self.status == 204 || self.status == 304 {
            return match coding {
                Some(coding) => Err(format!("{} with Transfer-Encoding: {coding}", self.status)),
                None => Ok(Framing::None),
            };
        }
        match (length, coding) {
            (Some(length), None) => length
                .parse()
                .map(Framing::Length)
                .map_err(|_| format!("Content-Length: {length}")),
            (None, Some(coding)) if coding == "chunked" => Ok(Framing::Chunked),
            (None, Some(coding)) => Err(format!("Transfer-Encoding: {coding}")),
            (Some(_), Some(_)) => Err("Content-Length and Transfer-Encoding".to_owned()),
            (None, None) => Ok(Framing::Close),
        }
    }
}

impl Response {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The value of the field `name`, see [`ResponseHead::field`].
    pub fn field(&self, name: &str) -> Option<String> {
        self.head.field(name)
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// When it is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// Asserts status and body, and returns the response for further questions.
    #[track_caller]
    pub fn expect(self, status: u16, body: impl AsRef<[u8]>) -> Response {
        let body = body.as_ref();
        assert!(
            self.status() == status && self.body == body,
            "expected {status} {:?}\ngot {self:?}",
            String::from_utf8_lossy(&body[..body.len().min(256)]),
        );
        self
    }

    /// Asserts the status, and returns the response for further questions.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Response {
        assert_eq!(self.status(), status, "{self:?}");
        self
    }
}

// Bodies of a mebibyte make no good failure messages.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.body[..self.body.len().min(1024)];
        f.debug_struct("Response")
            .field("head", &self.head)
            .field("framing", &self.framing)
            .field("body_length", &self.body.len())
            .field("body", &String::from_utf8_lossy(shown))
            .finish()
    }
}

fn parse_field(line: &str) -> Result<(String, String), String> {
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| format!("field line {line:?}"))?;
    if name.is_empty() || name.contains(' ') {
        return Err(format!("field name {name:?}"));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_comes_twice_is_joined() {
        let head = ResponseHead::parse(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\n\r\n").unwrap();
        assert_eq!(head.field("A").as_deref(), Some("1, 2"));
        assert_eq!(head.framing(), Ok(Framing::Close));
    }

    #[test]
    fn two_framings_are_refused() {
        let data = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert!(ResponseHead::parse(data).unwrap().framing().is_err());
    }

    #[test]
    fn a_204_has_no_body() {
        let head = ResponseHead::parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        assert_eq!(head.framing(), Ok(Framing::None));
    }

    #[test]
    fn what_is_not_http_is_refused() {
        assert!(ResponseHead::parse(b"hello\r\n\r\n").is_err());
        assert!(ResponseHead::parse(b"HTTP/1.1 20 OK\r\n\r\n").is_err());
        assert!(ResponseHead::parse(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n").is_err());
    }
}
