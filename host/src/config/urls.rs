//! URL paths in a configuration file.

use std::collections::HashMap;

use isapi_core::url_path::UrlPath;

use super::value::Value;

/// The URLs that things of one kind are at. Each may be taken once, in whatever letter case.
#[derive(Debug, Default)]
pub(super) struct Urls(HashMap<String, usize>);

impl Urls {
    /// Takes the URL that a value names; answers it as it was written.
    pub(super) fn add(&mut self, value: &Value<'_>) -> Option<String> {
        let written = value.parsed("a URL path, such as \"/scripts\"", parse)?;
        let (url, decoded) = written;
        let line = value.source.line(&value.place);
        if let Some(other) = self.0.insert(decoded, line) {
            value.fault(format_args!(
                "found {url:?}, which line {other} has taken already"
            ));
            return None;
        }
        Some(url)
    }
}

/// The URL path as it was written, and in the form in which two that are the same are equal.
fn parse(text: &str) -> Result<(String, String), String> {
    if !text.starts_with('/') {
        return Err("expected a URL path that begins with a slash".to_owned());
    }
    if text.contains(['?', '#']) {
        return Err("expected a URL path alone, without a query".to_owned());
    }
    let path = UrlPath::parse(text).map_err(|error| error.to_string())?;
    let decoded = path.decoded().trim_end_matches('/').to_ascii_lowercase();
    Ok((text.to_owned(), decoded))
}
