//! Values as the rules of the table make them.

use std::borrow::Cow;

/// What a variable's value consists of; the host writes each kind into an extension's memory in its
/// own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// What the client sent, byte by byte: header fields, the query, the URL as it came. Its encoding
    /// is between the client and the extension.
    Bytes(Cow<'a, [u8]>),
    /// Text: decoded URL paths, paths of the file system, names of users and certificates. As an
    /// 8-bit string it has the host's encoding.
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// The value in bytes; text is in UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }

    /// The value as text. Bytes that are no UTF-8 become U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

/// A known variable without a value.
pub(super) const EMPTY: Value<'static> = text("");

pub(super) const fn bytes(value: &[u8]) -> Value<'_> {
    Value::Bytes(Cow::Borrowed(value))
}

pub(super) const fn text(value: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(value))
}

pub(super) fn owned(value: impl ToString) -> Value<'static> {
    Value::Text(Cow::Owned(value.to_string()))
}
