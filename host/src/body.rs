//! The body of a response, wherever it comes from.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use isapi_axum::IsapiBody;
use tower_http::services::fs::ServeFileSystemResponseBody;

type BoxError = Box<dyn Error + Send + Sync>;

/// What the server sends: an extension's response, a file, or a text.
///
/// An enum and not a boxed body: an extension's frames pass through untouched, so that the
/// connection still recognises those it may send without copying.
pub(crate) enum SiteBody {
    Extension(IsapiBody),
    File(ServeFileSystemResponseBody),
    Text(Full<Bytes>),
}

impl SiteBody {
    /// A body that is all there.
    pub(crate) fn full(text: Bytes) -> Self {
        Self::Text(Full::new(text))
    }
}

impl Body for SiteBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Extension(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::File(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Text(body) => Pin::new(body)
                .poll_frame(cx)
                .map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Extension(body) => body.is_end_stream(),
            Self::File(body) => body.is_end_stream(),
            Self::Text(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Extension(body) => body.size_hint(),
            Self::File(body) => body.size_hint(),
            Self::Text(body) => body.size_hint(),
        }
    }
}
