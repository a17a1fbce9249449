use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use isapi_bridge::{BodyAborted, ChildCall, RequestSession};
use isapi_core::request_head::BodyLength;
use isapi_core::session::OperationId;

/// The body of a child's request.
#[derive(Debug)]
pub(crate) struct ChildRequestBody {
    source: Source,
    /// What is still to come.
    left: BodyLength,
}

#[derive(Debug)]
enum Source {
    /// The bytes the parent gave.
    Entity(Bytes),
    /// What the parent has not read of its own body.
    Parent {
        session: RequestSession,
        operation: OperationId,
    },
}

impl ChildRequestBody {
    /// The body that `call` asks for; `session` is the parent's.
    pub(super) fn new(session: &RequestSession, call: &ChildCall) -> Self {
        match &call.request.entity {
            Some(entity) => Self::entity(entity.clone()),
            None => Self {
                source: Source::Parent {
                    session: session.clone(),
                    operation: call.operation,
                },
                left: call.body,
            },
        }
    }

    pub(super) fn entity(entity: Bytes) -> Self {
        Self {
            left: match entity.len() as u64 {
                0 => BodyLength::None,
                length => BodyLength::Known(length),
            },
            source: Source::Entity(entity),
        }
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        match &mut self.source {
            Source::Entity(entity) => Poll::Ready(Some(Ok(std::mem::take(entity)))),
            Source::Parent { session, operation } => session.poll_child_body(*operation, cx),
        }
    }
}

impl Body for ChildRequestBody {
    type Data = Bytes;
    type Error = BodyAborted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyAborted>>> {
        if self.left == BodyLength::None {
            return Poll::Ready(None);
        }
        let data = ready!(self.poll_data(cx));
        self.left = match (&data, self.left) {
            (Some(Ok(data)), BodyLength::Known(left)) => {
                match left.saturating_sub(data.len() as u64) {
                    0 => BodyLength::None,
                    left => BodyLength::Known(left),
                }
            }
            (Some(Ok(_)), left) => left,
            (Some(Err(_)) | None, _) => BodyLength::None,
        };
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == BodyLength::None
    }

    fn size_hint(&self) -> SizeHint {
        match self.left {
            BodyLength::None => SizeHint::with_exact(0),
            BodyLength::Known(left) => SizeHint::with_exact(left),
            BodyLength::Unknown => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn an_entity_is_the_whole_body() {
        let mut body = ChildRequestBody::entity(Bytes::from_static(b"12345"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(!body.is_end_stream());
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "12345");
        assert!(body.is_end_stream());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn an_empty_entity_is_no_body() {
        let mut body = ChildRequestBody::entity(Bytes::new());
        assert!(body.is_end_stream());
        assert!(body.frame().await.is_none());
    }
}
