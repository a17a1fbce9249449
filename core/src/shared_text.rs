//! Text that many own parts of.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Text that is not copied for another owner, nor for an owner of a part of it.
///
/// What a request is told about itself is for the most part made of its URL: one piece of memory holds
/// all of that.
///
/// ```
/// use isapi_core::SharedText;
///
/// let url = SharedText::from("/hello.dll/extra");
/// let script_name = url.slice(0..10);
/// assert_eq!(script_name, "/hello.dll");
/// assert_eq!(url.slice(10..16), "/extra");
/// assert_eq!(SharedText::default(), "");
/// ```
#[derive(Clone, Default)]
pub struct SharedText {
    /// None for no text at all, which takes no memory.
    whole: Option<Arc<str>>,
    part: Range<usize>,
}

impl SharedText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.whole {
            Some(whole) => &whole[self.part.clone()],
            None => "",
        }
    }

    /// A part of the text, in bytes from its beginning.
    ///
    /// # Panics
    ///
    /// When the part is not within the text, or begins or ends within a character.
    #[must_use]
    pub fn slice(&self, part: Range<usize>) -> Self {
        // As a slice of `str` panics.
        if self[part.clone()].is_empty() {
            return Self::default();
        }
        let start = self.part.start;
        Self {
            whole: self.whole.clone(),
            part: start + part.start..start + part.end,
        }
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self {
            part: 0..text.len(),
            whole: Some(Arc::from(text)),
        }
    }
}

impl From<&String> for SharedText {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for SharedText {}

impl PartialEq<str> for SharedText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for SharedText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Hash for SharedText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_part_is_the_part_that_it_says() {
        let text = SharedText::from("/a/b/c");
        let part = text.slice(2..6);
        assert_eq!(part, "/b/c");
        assert_eq!(part.slice(2..4), "/c");
        assert_eq!(part.slice(4..4), SharedText::default());
        assert_eq!(part, SharedText::from(String::from("/b/c")));
    }

    #[test]
    #[should_panic(expected = "out of bounds")]
    fn no_part_reaches_beyond_its_whole() {
        let part = SharedText::from("/a/b").slice(0..2);
        let _ = part.slice(0..3);
    }
}
