//! HTTP/2 on a stream that negotiated it.

use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use hyper::body::Incoming;
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::rt::{Read, Write};
use hyper::server::conn::http2;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower_service::Service;

use crate::connection::drive::{HttpConnection, drive};
use crate::connection::exchange::Exchange;
use crate::connection::handle::Shared;
use crate::connection::requests::{MarkedBody, serve_request};
use crate::connection::{ConnectionError, ConnectionOptions};

/// Requests that a client may have under way at a time, as with IIS.
const MAX_STREAMS: u32 = 100;

/// Bytes of one response that wait for the client to have room; further ones stay in the body, where
/// they hold back whoever writes them.
const SEND_BUFFER: usize = 64 * 1024;

/// How often a client is asked whether it is still there, and how long it may take to answer: the
/// socket alone does not notice for many minutes that a machine is gone.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

impl<I, B, S, E> HttpConnection for http2::Connection<I, S, E>
where
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    I: Read + Write + Unpin,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    E: Http2ServerConnExec<S::Future, B>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        Self::graceful_shutdown(self);
    }
}

/// Serves HTTP/2 on a stream that carries it in clear text, whatever is below.
pub(super) async fn serve_http2<I, S, B>(
    stream: I,
    shared: &Arc<Shared>,
    service: S,
    options: ConnectionOptions,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectionError>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let served = Arc::clone(shared);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (shared, service) = (Arc::clone(&served), service.clone());
        async move {
            if request.headers().len() > options.max_fields {
                let mut refusal = Response::new(MarkedBody::empty(&shared));
                *refusal.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                return Ok(refusal);
            }
            join_cookies(request.headers_mut());
            let exchange = Some(Arc::new(Exchange::default()));
            serve_request(shared, exchange, service, request).await
        }
    });
    let connection = pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(u32::try_from(options.max_head).unwrap_or(u32::MAX))
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service)
    );
    drive(connection, shared, shutdown).await
}

/// Makes one field of the cookies that a client of HTTP/2 may send in several
/// ([RFC 9113, section 8.2.3](https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3)): an extension
/// that knows of one, or gets them joined by commas, would not find them.
fn join_cookies(fields: &mut HeaderMap) {
    let mut cookies = fields.get_all(COOKIE).iter();
    let (Some(first), Some(second)) = (cookies.next(), cookies.next()) else {
        return;
    };
    let mut joined = first.as_bytes().to_vec();
    for cookie in [second].into_iter().chain(cookies) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(cookie.as_bytes());
    }
    // Made of values, it is one.
    if let Ok(joined) = HeaderValue::try_from(joined) {
        fields.insert(COOKIE, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_become_one_field() {
        let mut fields = HeaderMap::new();
        join_cookies(&mut fields);
        assert!(fields.is_empty());
        for cookie in ["a=1", "b=2", "c=3"] {
            fields.append(COOKIE, HeaderValue::from_static(cookie));
        }
        join_cookies(&mut fields);
        let cookies: Vec<_> = fields.get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; b=2; c=3"]);
        join_cookies(&mut fields);
        assert_eq!(fields.get_all(COOKIE).iter().count(), 1);
    }
}
