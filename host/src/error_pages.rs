//! Pages in the place of the words for an error.

use std::collections::HashMap;
use std::path::PathBuf;

use axum::body::Body;
use http::header::{ACCEPT_RANGES, ETAG, LAST_MODIFIED};
use http::{Request, Response, StatusCode};
use tower_http::services::ServeFile;

use crate::refusal::Refusal;

/// The file for each status that has one.
#[derive(Debug, Default)]
pub(crate) struct ErrorPages(HashMap<StatusCode, PathBuf>);

impl ErrorPages {
    pub(crate) fn new(pages: impl IntoIterator<Item = (StatusCode, PathBuf)>) -> Self {
        Self(pages.into_iter().collect())
    }

    /// The answer to a request that is refused: the page, else the status in words.
    pub(crate) async fn answer(&self, refusal: Refusal) -> Response<Body> {
        let Some(path) = self.0.get(&refusal.status()) else {
            return refusal.into_response();
        };
        let read = ServeFile::new(path)
            .try_call(Request::new(Body::empty()))
            .await;
        match read {
            Ok(page) if page.status() == StatusCode::OK => {
                let mut page = refusal.with_page(page.map(Body::new));
                // They describe the page, and the URL is another's.
                for field in [ACCEPT_RANGES, ETAG, LAST_MODIFIED] {
                    page.headers_mut().remove(field);
                }
                page
            }
            Ok(missing) => {
                let status = missing.status();
                tracing::error!(path = %path.display(), %status, "the error page is not shown");
                refusal.into_response()
            }
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "the error page is not shown");
                refusal.into_response()
            }
        }
    }
}
