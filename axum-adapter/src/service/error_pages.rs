//! Pages in the place of the errors' own texts.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use http::{HeaderValue, StatusCode};
use isapi_bridge::ErrorPage;

/// A page is read into memory, and by every request that it answers.
const MAX_LENGTH: u64 = 1024 * 1024;

/// Which file is shown for which status.
#[derive(Debug, Default)]
pub(super) struct ErrorPages(HashMap<(StatusCode, Option<u16>), PathBuf>);

impl ErrorPages {
    /// Whether there was none for this status yet.
    pub(super) fn insert(
        &mut self,
        status: StatusCode,
        sub_status: Option<u16>,
        path: PathBuf,
    ) -> bool {
        self.0.insert((status, sub_status), path).is_none()
    }

    /// The file for an error: the one for its sub status, else the one for the status.
    pub(super) fn find(&self, status: StatusCode, sub_status: u16) -> Option<&Path> {
        let exact = self.0.get(&(status, Some(sub_status)));
        exact
            .or_else(|| self.0.get(&(status, None)))
            .map(PathBuf::as_path)
    }
}

/// Reads a page; `None` when it cannot be had, which is logged. Blocks.
pub(super) fn read(path: &Path) -> Option<ErrorPage> {
    match read_bounded(path) {
        Ok(body) => Some(ErrorPage {
            content_type: content_type(path),
            body: body.into(),
        }),
        Err(error) => {
            tracing::error!(path = %path.display(), "the error page is not shown: {error}");
            None
        }
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut body = Vec::new();
    file.take(MAX_LENGTH + 1).read_to_end(&mut body)?;
    if body.len() as u64 > MAX_LENGTH {
        return Err(io::Error::other(format!(
            "it is larger than {MAX_LENGTH} bytes; link to what makes it large"
        )));
    }
    Ok(body)
}

/// What a file is by its ending.
fn content_type(path: &Path) -> HeaderValue {
    let ending = path.extension().and_then(|ending| ending.to_str());
    HeaderValue::from_static(match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("htm" | "html") => "text/html",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("xhtml") => "application/xhtml+xml",
        Some("xml") => "application/xml",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_sub_status_goes_before_the_one_of_the_status() {
        let mut pages = ErrorPages::default();
        assert!(pages.insert(StatusCode::NOT_FOUND, None, "404.htm".into()));
        assert!(pages.insert(StatusCode::NOT_FOUND, Some(2), "404-2.htm".into()));
        assert!(!pages.insert(StatusCode::NOT_FOUND, Some(2), "again.htm".into()));

        assert_eq!(
            pages.find(StatusCode::NOT_FOUND, 0),
            Some(Path::new("404.htm"))
        );
        assert_eq!(
            pages.find(StatusCode::NOT_FOUND, 2),
            Some(Path::new("again.htm"))
        );
        assert_eq!(pages.find(StatusCode::FORBIDDEN, 2), None);
    }

    #[test]
    fn a_files_ending_says_what_it_is() {
        for (path, expected) in [
            ("a.htm", "text/html"),
            ("a.HTML", "text/html"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.json", "application/json"),
            ("a", "application/octet-stream"),
        ] {
            assert_eq!(content_type(Path::new(path)), expected, "{path}");
        }
    }
}
