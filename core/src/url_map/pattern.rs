use std::fmt;

use super::HandlerError;
use super::handler_index::PatternKey;
use super::letter_case::{strip_prefix, strip_suffix};
use crate::url_path::UrlPath;

/// Which URLs a handler is for, in any letter case.
///
/// | pattern | is for |
/// |---|---|
/// | `*` | every URL: a wildcard handler, asked before all others |
/// | `*.asp`, `login.asp` | a segment of this name, what follows it included |
/// | `/app/*`, `/app/report` | whole paths; the `*` stands for anything, slashes too |
///
/// ```
/// use isapi_core::url_map::Pattern;
///
/// assert!(Pattern::parse("*")?.is_wildcard());
/// assert!(Pattern::parse("app/*.asp").is_err()); // "/app/*.asp"
/// # Ok::<(), isapi_core::url_map::HandlerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Name,
    Path,
    Wildcard,
}

impl Pattern {
    /// Reads a pattern. It is written decoded, as [`UrlPath::decoded`] is: without percent escapes,
    /// dot segments and double slashes.
    ///
    /// # Errors
    ///
    /// A pattern that no URL could match, one with a slash in it but not at its beginning, or an
    /// ending alone (`asp`).
    pub fn parse(text: &str) -> Result<Self, HandlerError> {
        let bad = |reason| HandlerError::BadPattern {
            pattern: text.to_owned(),
            reason,
        };
        let kind = match text {
            "" => return Err(bad("it is empty; `*` stands for every URL")),
            "*" => Kind::Wildcard,
            _ if text.starts_with('/') => Kind::Path,
            _ if text.contains('/') => {
                return Err(bad("a path begins with a slash, and a name has none in it"));
            }
            _ => Kind::Name,
        };
        // Any other letter in the place of a star makes it a URL that could be asked for.
        let sample = text.replace('*', "x");
        let absolute = if kind == Kind::Path {
            sample
        } else {
            format!("/{sample}")
        };
        let is_clean = UrlPath::parse(&absolute).is_ok_and(|path| path.decoded() == absolute);
        if !is_clean {
            return Err(bad(
                "no URL is like it once it is decoded; write it without escapes, dot segments, \
                 double slashes and characters that file names must not have",
            ));
        }
        // `asp` and `.asp`; a file may well be called `login.asp`.
        if kind == Kind::Name && !text.contains('*') && !text.trim_start_matches('.').contains('.')
        {
            return Err(HandlerError::EndingAlone {
                pattern: text.to_owned(),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is `*`.
    pub fn is_wildcard(&self) -> bool {
        self.kind == Kind::Wildcard
    }

    /// Whether a path matches that ends where SCRIPT_NAME would.
    pub(super) fn matches(&self, path: &str) -> bool {
        match self.kind {
            Kind::Name => {
                let name = path.rsplit('/').next().unwrap_or_default();
                !name.is_empty() && matches(&self.text, name)
            }
            Kind::Path => matches(&self.text, path),
            Kind::Wildcard => true,
        }
    }

    /// What it says of every path that it is for.
    pub(super) fn key(&self) -> PatternKey<'_> {
        let (before_stars, behind_stars) = match self.text.split_once('*') {
            None => (self.text.as_str(), self.text.as_str()),
            Some((before, rest)) => (before, rest.rsplit('*').next().unwrap_or_default()),
        };
        match self.kind {
            Kind::Name => match behind_stars.rsplit_once('.') {
                Some((_, ending)) => PatternKey::Ending(ending),
                None => PatternKey::Nothing,
            },
            Kind::Path => {
                let mut names = before_stars.split('/').skip(1);
                let first = names.next().unwrap_or_default();
                // A star goes on with the name that it stands in.
                match names.next().is_some() || before_stars == self.text {
                    true => PatternKey::FirstName(first),
                    false => PatternKey::Nothing,
                }
            }
            Kind::Wildcard => PatternKey::Nothing,
        }
    }

    /// Whether only the whole path can match, unless PATH_INFO is allowed behind it.
    pub(super) fn is_path(&self) -> bool {
        self.kind == Kind::Path
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `text` is like `pattern`, in which a `*` stands for any characters or none.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| strip_prefix(text, first)) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        // No star.
        return rest.is_empty();
    };
    // The leftmost place for each piece leaves the most for those behind it.
    for piece in pieces {
        let Some(behind) = find_behind(rest, piece) else {
            return false;
        };
        rest = behind;
    }
    strip_suffix(rest, last).is_some()
}

/// What follows the first `piece` in `text`.
fn find_behind<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    let starts = text.char_indices().map(|(index, _)| index);
    starts
        .chain([text.len()])
        .find_map(|start| strip_prefix(&text[start..], piece))
}
