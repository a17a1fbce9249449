//! URL paths: decoded once, and refused where two readers could disagree about them.

mod decode;
mod error;
mod normalize;
mod plain;
mod segment;
#[cfg(test)]
mod tests;

pub use error::UrlError;
pub use normalize::normalize_url;

use crate::SharedText;

/// The path of a request's URL, decoded exactly once and without a way out of its root.
///
/// A decoded path begins with `/`, has no empty segment, no `.` and no `..`. Names that mean
/// something else to Windows than what they say (`hello.dll.`, `hello.dll::$DATA`, `HELLO~1.DLL`,
/// `aux`) are refused **on every platform**, so that a configuration means the same everywhere and
/// no check is passed by a second name of the same file.
///
/// ```
/// use isapi_core::url_path::{UrlError, UrlPath};
///
/// let path = UrlPath::parse("/a/./b/../hello.dll/caf%C3%A9")?;
/// assert_eq!(path.decoded(), "/a/hello.dll/café");
/// assert_eq!(path.segments().collect::<Vec<_>>(), ["a", "hello.dll", "café"]);
///
/// assert_eq!(UrlPath::parse("/%2e%2e/passwd"), Err(UrlError::LeavesRoot));
/// assert_eq!(UrlPath::parse("/%252e%252e/passwd"), Err(UrlError::DoubleEscape));
/// # Ok::<(), UrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UrlPath {
    raw: SharedText,
    decoded: SharedText,
}

impl UrlPath {
    /// Decodes and checks a path as the client sent it: from the first `/` to before the `?`.
    ///
    /// Percent escapes are decoded once. A backslash is refused, not read as a slash; an escaped
    /// slash (`%2F`) separates segments like a plain one, as in IIS. Runs of slashes count as
    /// one. Dot segments are resolved
    /// ([RFC 3986, section 5.2.4](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4)).
    ///
    /// # Errors
    ///
    /// [`UrlError`] names the first offence; its [`status`](UrlError::status) is the answer.
    pub fn parse(raw_path: impl Into<SharedText>) -> Result<Self, UrlError> {
        let raw = raw_path.into();
        let decoded = match plain::is_plain(&raw) {
            true => raw.clone(),
            false => decoded(&raw)?.into(),
        };
        Ok(Self { raw, decoded })
    }

    /// The path as the client sent it.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The decoded path. It ends with `/` where the client's did.
    pub fn decoded(&self) -> &str {
        &self.decoded
    }

    /// [`decoded`](Self::decoded), for another owner.
    pub fn decoded_text(&self) -> &SharedText {
        &self.decoded
    }

    /// The names between the slashes, none of them empty.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.decoded
            .split('/')
            .filter(|segment| !segment.is_empty())
    }
}

fn decoded(raw_path: &str) -> Result<String, UrlError> {
    if !raw_path.starts_with('/') {
        return Err(UrlError::NotAbsolute);
    }
    let text = decode::decode_once(raw_path)?;
    decode::check_characters(&text)?;
    normalised(&text)
}

/// Resolves dot segments and checks the names in between, those that are resolved away included.
fn normalised(text: &str) -> Result<String, UrlError> {
    let mut path = String::with_capacity(text.len());
    let mut ends_with_slash = true;
    for segment in text.split('/').skip(1) {
        ends_with_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                let parent = path.rfind('/').ok_or(UrlError::LeavesRoot)?;
                path.truncate(parent);
            }
            name => {
                segment::check(name)?;
                path.push('/');
                path.push_str(name);
            }
        }
    }
    if ends_with_slash {
        path.push('/');
    }
    Ok(path)
}
