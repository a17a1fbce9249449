//! Child requests: what `HSE_REQ_EXEC_URL` has the HTTP side do.

use std::task::{Context, Poll};

use bytes::Bytes;
use isapi_core::request_head::BodyLength;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{ChildRequest, ChildStatus, OperationId};

use super::{BodyAborted, RequestSession};

/// A child request to be executed, and to be told about by its number.
///
/// See [HSE_REQ_EXEC_URL](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525925(v=vs.90)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildCall {
    /// Names the child in the calls about it.
    pub operation: OperationId,
    /// What to execute.
    pub request: Box<ChildRequest>,
    /// How long the child's body is where the request has none of its own: what the parent has not
    /// read yet.
    pub body: BodyLength,
}

impl RequestSession {
    /// The head of a child's response came.
    pub fn child_head(&self, _operation: OperationId, _head: ResponseHead) {}

    /// A piece of a child's response came.
    pub fn child_data(&self, _operation: OperationId, _data: Bytes) {}

    /// A child is over; the last that is told about it.
    pub fn child_end(&self, _operation: OperationId, _status: ChildStatus) {}

    /// Is there room for more of a child's response? `false` when the child is not wanted any more
    /// and is to be dropped.
    ///
    /// The last waker is remembered.
    pub fn poll_child_room(&self, _operation: OperationId, _cx: &mut Context<'_>) -> Poll<bool> {
        Poll::Ready(false)
    }

    /// The next piece of the request's body, for a child that has none of its own; none at its end.
    /// The driver reads the body meanwhile.
    ///
    /// The last waker is remembered.
    ///
    /// # Errors
    ///
    /// [`BodyAborted`] when more was announced than will come.
    pub fn poll_child_body(
        &self,
        _operation: OperationId,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        Poll::Ready(Some(Err(BodyAborted(()))))
    }
}
