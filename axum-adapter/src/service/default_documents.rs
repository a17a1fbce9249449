//! What a URL stands for that ends with a slash.

use isapi_core::url_path::UrlPath;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::BuildError;

/// All but the unreserved characters
/// ([RFC 3986, section 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Names of files, as parts of a URL.
#[derive(Debug)]
pub(super) struct DefaultDocuments(Vec<String>);

impl DefaultDocuments {
    pub(super) fn new(names: Vec<String>) -> Result<Self, BuildError> {
        let mut encoded = Vec::with_capacity(names.len());
        for name in names {
            let part = utf8_percent_encode(&name, SEGMENT).to_string();
            let is_name = UrlPath::parse(format!("/{part}"))
                .is_ok_and(|path| path.segments().eq([name.as_str()]));
            if !is_name {
                return Err(BuildError::DefaultDocument { name });
            }
            encoded.push(part);
        }
        Ok(Self(encoded))
    }

    /// The URLs that `path` may stand for; none unless it ends with a slash.
    pub(super) fn of(&self, path: &UrlPath) -> impl Iterator<Item = UrlPath> {
        let names = if path.decoded().ends_with('/') {
            self.0.as_slice()
        } else {
            &[]
        };
        let raw = path.raw();
        // A path may end with a slash only once it is decoded, as `/a/.` does.
        let separator = if raw.ends_with('/') { "" } else { "/" };
        names
            .iter()
            .filter_map(move |name| UrlPath::parse(format!("{raw}{separator}{name}")).ok())
    }
}
