use std::fmt;

use bytes::Bytes;

/// The header fields of a request as the client wrote them: his order and letter case, repeated
/// fields where they stood. In the request's extensions, for ALL_RAW.
///
/// They are looked for when they are asked for: hardly anybody does.
///
/// ```
/// use isapi_core::request_head::RawFields;
///
/// let fields = RawFields::of_head("GET / HTTP/1.1\r\nHOST: a\r\nx-B:  1 \r\n\r\n");
/// let fields: Vec<(&[u8], &[u8])> = fields.iter().collect();
/// assert_eq!(fields, [(&b"HOST"[..], &b"a"[..]), (b"x-B", b"1")]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawFields {
    head: Bytes,
}

impl RawFields {
    /// The fields of a whole head of HTTP/1, the request line included, that an HTTP parser has
    /// accepted.
    pub fn of_head(head: impl Into<Bytes>) -> Self {
        Self { head: head.into() }
    }

    /// Each name, and its value without white space around it. What is no field is left out.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.head
            .split(|&byte| byte == b'\n')
            // A client's line breaks too many stand before the request line (RFC 9112, section 2.2).
            .skip_while(|line| line.trim_ascii_end().is_empty())
            .skip(1)
            .filter_map(|line| {
                let colon = line.iter().position(|&byte| byte == b':')?;
                Some((&line[..colon], line[colon + 1..].trim_ascii()))
            })
    }
}

impl fmt::Debug for RawFields {
    /// Shows the names: the values may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|(name, _)| name.escape_ascii().to_string());
        f.debug_set().entries(names).finish()
    }
}
