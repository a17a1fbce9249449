use bytes::Bytes;

/// The longest text that is kept in one piece with its count of owners; most heads are shorter.
pub(super) const SHORT: usize = 256;

/// Makes the values of a head's fields parts of one copy of its text.
pub(super) struct Values<'a> {
    text: &'a [u8],
    copy: Option<Bytes>,
}

impl<'a> Values<'a> {
    /// Nothing is copied until there is a value.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, copy: None }
    }

    /// `value`, which is a part of the text, with an owner.
    pub(super) fn share(&mut self, value: &'a [u8]) -> Bytes {
        let text = self.text;
        let copy = self.copy.get_or_insert_with(|| copy(text));
        let start = value.as_ptr().addr() - text.as_ptr().addr();
        copy.slice(start..start + value.len())
    }
}

fn copy(text: &[u8]) -> Bytes {
    match Short::new(text) {
        Some(short) => Bytes::from_owner(short),
        None => Bytes::copy_from_slice(text),
    }
}

/// A short text in place. As the owner of [`Bytes`] it is one allocation, where a vector would be one
/// and a count of its owners another.
struct Short {
    bytes: [u8; SHORT],
    length: usize,
}

impl Short {
    fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self {
            bytes,
            length: text.len(),
        })
    }
}

impl AsRef<[u8]> for Short {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
