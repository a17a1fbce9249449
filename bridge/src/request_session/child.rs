//! Child requests: what `HSE_REQ_EXEC_URL` has the HTTP side do.

use std::task::{Context, Poll};

use bytes::Bytes;
use isapi_core::request_head::BodyLength;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{ChildRequest, ChildStatus, OperationId};

use super::{BodyAborted, RequestSession};
use crate::shared::Shared;

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
    pub fn child_head(&self, operation: OperationId, head: ResponseHead) {
        Shared::update(&self.shared, |inner, _| {
            inner.session.handle_child_head(operation, head);
        });
    }

    /// A piece of a child's response came.
    pub fn child_data(&self, operation: OperationId, data: Bytes) {
        Shared::update(&self.shared, |inner, now| {
            inner.session.handle_child_data(now, operation, data);
        });
    }

    /// A child is over; the last that is told about it.
    ///
    /// With an error its response broke off, or there was none: what had come of it cuts the response
    /// of its parent, so that nobody takes a part for the whole.
    pub fn child_end(&self, operation: OperationId, status: ChildStatus) {
        Shared::update(&self.shared, |inner, now| {
            if status.error.is_success() {
                inner.session.handle_child_end(now, operation, status);
            } else {
                inner.session.handle_child_cut(now, operation, status);
            }
        });
    }

    /// Is there room for more of a child's response? `false` when the child is over or not wanted
    /// any more, and is to be dropped.
    ///
    /// The waker is remembered in every case, and woken as well when the child comes not to be
    /// wanted.
    pub fn poll_child_room(&self, operation: OperationId, cx: &mut Context<'_>) -> Poll<bool> {
        self.shared.poll_child_room(operation, cx)
    }

    /// The next piece of the request's body, for a child that has none of its own; none at its end.
    /// While this is pending, [`poll_drive`](Self::poll_drive) asks for the body.
    ///
    /// # Errors
    ///
    /// [`BodyAborted`] when more was announced than will come, and when the child is not wanted any
    /// more.
    pub fn poll_child_body(
        &self,
        operation: OperationId,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        Shared::poll_child_body(&self.shared, operation, cx)
    }
}
