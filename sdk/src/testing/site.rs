//! What a test says about the server around the extension.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::Win32Error;
use crate::exec_url::ExecUrl;
use crate::testing::url_path;

/// The answers to what a request asks beyond itself.
#[derive(Debug, Default)]
pub(super) struct Site {
    /// The request's own URL path.
    pub(super) own_url: String,
    pub(super) directories: Vec<Directory>,
    pub(super) normal_urls: BTreeMap<String, String>,
    /// By status and sub status.
    pub(super) error_pages: BTreeMap<(u16, u16), Vec<u8>>,
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) children: Children,
}

/// A virtual directory.
#[derive(Debug)]
pub(super) struct Directory {
    /// Without a slash at its end; empty is the root.
    pub(super) url: String,
    pub(super) path: String,
    pub(super) flags: u32,
}

/// Where a URL lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) path: String,
    pub(super) flags: u32,
    pub(super) matching_path: String,
    pub(super) matching_url: String,
}

impl Site {
    /// The innermost directory that has the URL. An empty URL is the request's own.
    pub(super) fn map(&self, url: &str) -> Result<Mapping, Win32Error> {
        let url = if url.is_empty() { &self.own_url } else { url };
        if !url_path::is_file_url(url) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        // What is behind a `?` says nothing about the file.
        let url = url.split('?').next().unwrap_or(url);
        let (directory, rest) = self
            .directories
            .iter()
            .filter_map(|directory| Some((directory, directory.rest_of(url)?)))
            .max_by_key(|(directory, _)| directory.url.len())
            .ok_or(Win32Error::FILE_NOT_FOUND)?;
        Ok(Mapping {
            path: format!("{}{rest}", directory.path),
            flags: directory.flags,
            matching_path: directory.path.clone(),
            matching_url: directory.url.clone(),
        })
    }

    /// As the test has said; any other URL is its own normal form.
    pub(super) fn normalize(&self, url: &str) -> Result<String, Win32Error> {
        if !url_path::is_url(url) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let normal = self.normal_urls.get(url);
        Ok(normal.map_or_else(|| url.to_owned(), String::clone))
    }
}

impl Directory {
    fn rest_of<'a>(&self, url: &'a str) -> Option<&'a str> {
        let rest = url.strip_prefix(&self.url)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

/// What answers child requests.
#[derive(Clone, Default)]
pub(super) struct Children(Option<Arc<Answer>>);

type Answer = dyn Fn(&ExecUrl) -> ChildResponse + Send + Sync;

impl Children {
    pub(super) fn new(
        answer: impl Fn(&ExecUrl) -> ChildResponse + Send + Sync + 'static,
    ) -> Children {
        Children(Some(Arc::new(answer)))
    }

    /// Without an answer of the test's there is nothing at any URL.
    pub(super) fn answer(&self, child: &ExecUrl) -> ChildResponse {
        match &self.0 {
            Some(answer) => answer(child),
            None => ChildResponse::new("404 Not Found", ""),
        }
    }
}

impl fmt::Debug for Children {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").finish_non_exhaustive()
    }
}

/// What a child request answers with; for [`TestRequest::children`](super::TestRequest::children).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildResponse {
    /// The status, such as `200 OK`.
    pub status: String,
    /// The second part of a status such as 404.3.
    pub sub_status: u16,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Why the child failed, if it did. The operation completes without an error all the same.
    pub error: Option<Win32Error>,
}

impl ChildResponse {
    /// A response without header fields.
    pub fn new(status: &str, body: impl Into<Vec<u8>>) -> ChildResponse {
        ChildResponse {
            status: status.to_owned(),
            sub_status: 0,
            headers: Vec::new(),
            body: body.into(),
            error: None,
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> ChildResponse {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn header_block(&self) -> String {
        let lines = self.headers.iter();
        lines
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let directory = |url: &str, path: &str, flags| Directory {
            url: url.to_owned(),
            path: path.to_owned(),
            flags,
        };
        Site {
            own_url: "/test.dll/extra".to_owned(),
            directories: vec![
                directory("", "/srv/site", 1),
                directory("/data", "/srv/data", 4),
            ],
            ..Site::default()
        }
    }

    #[test]
    fn the_innermost_directory_has_a_url() {
        let path = |url: &str| site().map(url).map(|mapping| mapping.path);
        assert_eq!(path("/data/a"), Ok("/srv/data/a".to_owned()));
        assert_eq!(path("/data"), Ok("/srv/data".to_owned()));
        assert_eq!(path("/database"), Ok("/srv/site/database".to_owned()));
        assert_eq!(path(""), Ok("/srv/site/test.dll/extra".to_owned()));
        assert_eq!(path("/data/a?b"), Ok("/srv/data/a".to_owned()));
        assert_eq!(path("a"), Err(Win32Error::INVALID_PARAMETER));
    }

    #[test]
    fn a_url_of_no_directory_lies_nowhere() {
        let nowhere = Site::default().map("/a");
        assert_eq!(nowhere, Err(Win32Error::FILE_NOT_FOUND));
    }
}
