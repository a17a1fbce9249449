//! What a URL stands for that ends with a slash.

use isapi_core::url_path::UrlPath;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::BuildError;

/// Names of files, as parts of a URL.
#[derive(Debug)]
pub(super) struct DefaultDocuments(Vec<String>);

impl DefaultDocuments {
    pub(super) fn new(names: Vec<String>) -> Result<Self, BuildError> {
        let mut encoded = Vec::with_capacity(names.len());
        for name in names {
            let part = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
            UrlPath::parse(&format!("/{part}")).map_err(|source| BuildError::DefaultDocument {
                name: name.clone(),
                source,
            })?;
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
            .filter_map(move |name| UrlPath::parse(&format!("{raw}{separator}{name}")).ok())
    }
}
