use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use http_body::{Body, Frame, SizeHint};
use isapi_bridge::{BodyAborted, BodyFrame, Lending, NoResponse, RequestSession};
use isapi_core::request_head::RequestHead;
use isapi_core::response_head::ResponseHead;

use crate::connection::{Connection, Probe};

/// The body of a response of an [`IsapiService`](crate::IsapiService).
///
/// Bytes come as the extension writes them, and an extension goes on writing as they are taken: the
/// body holds nothing back and runs nowhere ahead. Dropped before its last frame, it tells the
/// extension that the client is gone.
///
/// Its error says that the response was cut. An HTTP/1 server must close the connection then, as
/// hyper does, so that the client does not take the response for a whole one.
#[derive(Debug)]
pub struct IsapiBody {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// The answer of the service that stands behind the extensions.
    Fallback(axum::body::Body),
    /// A text of our own.
    Full(Bytes),
    /// No response: fails before hyper has sent the head.
    None,
    Session(SessionBody),
}

impl IsapiBody {
    pub(crate) fn fallback(body: axum::body::Body) -> Self {
        Self {
            kind: Kind::Fallback(body),
        }
    }

    pub(crate) fn full(text: impl Into<Bytes>) -> Self {
        Self {
            kind: Kind::Full(text.into()),
        }
    }

    /// The body of a response that must not be sent. hyper asks for the first frame before it writes
    /// the head out, and closes the connection when there is an error instead.
    pub(crate) fn none() -> Self {
        Self { kind: Kind::None }
    }

    pub(crate) fn session(body: SessionBody) -> Self {
        Self {
            kind: Kind::Session(body),
        }
    }

    /// Is there no response at all?
    pub(crate) fn is_none(&self) -> bool {
        matches!(self.kind, Kind::None)
    }

    /// The second number of the extension's error, such as 3 in 404.3, as it is now; 0 for none.
    pub(crate) fn sub_status(&self) -> Option<u16> {
        match &self.kind {
            Kind::Session(body) => Some(body.session.log_entry().sub_status),
            Kind::Fallback(_) | Kind::Full(_) | Kind::None => None,
        }
    }
}

impl Body for IsapiBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.kind {
            Kind::Fallback(body) => Pin::new(body).poll_frame(cx).map(|frame| {
                frame.map(|frame| {
                    frame.map_err(|error| {
                        tracing::debug!(%error, "a response of the fallback was cut");
                        BodyError { cut: Cut::Fallback }
                    })
                })
            }),
            Kind::Full(text) if text.is_empty() => Poll::Ready(None),
            Kind::Full(text) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(text))))),
            Kind::None => Poll::Ready(Some(Err(BodyError {
                cut: Cut::BeforeHead,
            }))),
            Kind::Session(body) => body.poll_frame(cx).map(|frame| {
                frame.map(|data| {
                    data.map(Frame::data).map_err(|_| BodyError {
                        cut: Cut::BehindHead,
                    })
                })
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Fallback(body) => body.is_end_stream(),
            Kind::Full(text) => text.is_empty(),
            Kind::None => false,
            Kind::Session(body) => body.is_complete(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Fallback(body) => body.size_hint(),
            Kind::Full(text) => SizeHint::with_exact(text.len() as u64),
            Kind::None => SizeHint::default(),
            Kind::Session(body) if body.is_complete() => SizeHint::with_exact(0),
            Kind::Session(body) => body
                .due
                .map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

/// The response was cut: the error of an [`IsapiBody`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyError {
    cut: Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    BeforeHead,
    BehindHead,
    Fallback,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.cut {
            Cut::BeforeHead => "the extension closed the connection without a response",
            Cut::BehindHead => "the extension's response was cut",
            Cut::Fallback => "the response was cut",
        })
    }
}

impl Error for BodyError {}

/// The consumer's end of a session: first the head, then the frames.
///
/// Dropped at any time before the response is complete, it reports the client as gone. So it is made
/// before the head is waited for, and a dropped response future counts as well.
#[derive(Debug)]
pub(crate) struct SessionBody {
    session: RequestSession,
    connection: Option<Connection>,
    /// Bytes that the head still promises; `None` if only the session knows the end.
    due: Option<u64>,
    /// Whether nothing but the connection's end marks the body's.
    ends_with_connection: bool,
    /// Whether the extension's own memory may be passed on.
    lending: Lending,
    /// What was sent to find that out.
    probe: Option<Probe>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Cut; what was taken before is being flushed.
    Cutting,
    Ended,
}

impl SessionBody {
    pub(crate) fn new(session: RequestSession, connection: Option<Connection>) -> Self {
        let lending = match &connection {
            Some(_) => Lending::Undecided,
            None => Lending::Refused,
        };
        Self {
            session,
            connection,
            due: None,
            ends_with_connection: false,
            lending,
            probe: None,
            state: State::Open,
        }
    }

    /// Waits for the response's head.
    pub(crate) fn poll_head(
        &mut self,
        request: &RequestHead,
        cx: &mut Context<'_>,
    ) -> Poll<Result<ResponseHead, NoResponse>> {
        let head = ready!(self.session.poll_head(cx))?;
        self.due = body_length(request.method(), &head);
        self.ends_with_connection = self.due.is_none() && request.version() <= Version::HTTP_10;
        Poll::Ready(Ok(head))
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        if self.state == State::Ended || self.due == Some(0) {
            return Poll::Ready(None);
        }
        self.decide_lending();
        match ready!(self.session.poll_body(self.lending, cx)) {
            Some(Ok(BodyFrame::Lendable)) => Poll::Ready(Some(Ok(self.probe()))),
            Some(Ok(BodyFrame::Lent(data, loan))) => {
                if let Some(connection) = &self.connection {
                    connection.lend(loan, self.session.id());
                }
                self.due = self.due.map(|due| due.saturating_sub(data.len() as u64));
                Poll::Ready(Some(Ok(data)))
            }
            Some(Ok(BodyFrame::Data(data))) => {
                if let Some(connection) = &self.connection
                    && self.session.sends_mapped_files()
                {
                    connection.sends_files(self.session.id());
                }
                self.due = self.due.map(|due| due.saturating_sub(data.len() as u64));
                Poll::Ready(Some(Ok(data)))
            }
            // hyper drops what it has not flushed when a body fails, and flushes when one is pending.
            Some(Err(_)) if self.is_holding_back(cx) => Poll::Pending,
            Some(Err(error)) => {
                self.state = State::Ended;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.state = State::Ended;
                self.follow_session();
                Poll::Ready(None)
            }
        }
    }

    /// An empty frame, to find out whether hyper gets the frames as they are.
    fn probe(&mut self) -> Bytes {
        self.probe = self.connection.as_ref().map(Connection::probe);
        self.probe.map_or_else(Bytes::new, Probe::frame)
    }

    fn decide_lending(&mut self) {
        let (Some(probe), Some(connection)) = (self.probe.take(), &self.connection) else {
            return;
        };
        self.lending = match connection.has_passed(probe) {
            true => Lending::Accepted,
            false => Lending::Refused,
        };
    }

    /// Before the body fails, what was taken is to go out: where our own connection is underneath
    /// all of it, elsewhere what goes at once.
    fn is_holding_back(&mut self, cx: &Context<'_>) -> bool {
        let is_first = self.state == State::Open;
        self.state = State::Cutting;
        let Some(connection) = &self.connection else {
            if is_first {
                cx.waker().wake_by_ref();
            }
            return is_first;
        };
        if self.ends_with_connection {
            connection.reset();
        }
        connection.poll_flushed(cx).is_pending()
    }

    /// Whether the client has the whole response. A consumer that knows its length does not ask for
    /// the end.
    fn is_complete(&self) -> bool {
        self.state == State::Ended || self.due == Some(0) || self.session.is_body_done()
    }

    /// The connection ends behind the response where the session says so.
    fn follow_session(&self) {
        if let Some(connection) = self
            .connection
            .as_ref()
            .filter(|_| self.session.close_after())
        {
            connection.close_after();
        }
    }
}

impl Drop for SessionBody {
    fn drop(&mut self) {
        if self.is_complete() {
            self.follow_session();
        } else if self
            .connection
            .as_ref()
            .is_some_and(Connection::file_shrank)
        {
            self.session.file_truncated();
        } else {
            self.session.response_dropped();
        }
    }
}

/// The number of bytes behind a head by its framing
/// ([RFC 9112, section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)).
fn body_length(method: &Method, head: &ResponseHead) -> Option<u64> {
    let is_bodiless = method == Method::HEAD
        || head.status().is_informational()
        || matches!(
            head.status(),
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    if is_bodiless {
        Some(0)
    } else {
        head.content_length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_framing_decides_how_long_a_body_is() {
        let head = |status: &str, headers: &str| {
            ResponseHead::from_header_call(Some(status.as_bytes()), headers.as_bytes())
                .unwrap()
                .0
        };
        let rows = [
            (
                Method::GET,
                head("200 OK", "Content-Length: 5\r\n\r\n"),
                Some(5),
            ),
            (Method::GET, head("200 OK", ""), None),
            (
                Method::HEAD,
                head("200 OK", "Content-Length: 5\r\n\r\n"),
                Some(0),
            ),
            (Method::GET, head("204 No Content", ""), Some(0)),
            (
                Method::GET,
                head("304 Not Modified", "Content-Length: 5\r\n\r\n"),
                Some(0),
            ),
        ];
        for (method, head, length) in rows {
            assert_eq!(body_length(&method, &head), length, "{method} {head:?}");
        }
    }
}
