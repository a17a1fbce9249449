//! The child request that a session has executed for it (`HSE_REQ_EXEC_URL`).

use std::task::{Context, Waker};

use isapi_core::session::{OperationId, Session};

use crate::ChildCall;
use crate::effects::Effects;
use crate::response_queue::remember;

/// A child as its parent sees it: the call until the driver has taken it, and who waits for what.
#[derive(Debug)]
pub(crate) struct Child {
    operation: OperationId,
    call: Option<ChildCall>,
    room_waker: Option<Waker>,
    /// There was no room when it was asked for.
    awaits_room: bool,
    body_waker: Option<Waker>,
}

impl Child {
    pub(crate) fn new(call: ChildCall) -> Self {
        Self {
            operation: call.operation,
            call: Some(call),
            room_waker: None,
            awaits_room: false,
            body_waker: None,
        }
    }

    /// Has the driver not been told yet?
    pub(crate) fn is_waiting(&self) -> bool {
        self.call.is_some()
    }

    pub(crate) fn take_call(&mut self) -> Option<ChildCall> {
        self.call.take()
    }

    /// The waker is kept where there is room as well: the child may come not to be wanted.
    pub(crate) fn room_asked(&mut self, has_room: bool, cx: &Context<'_>) {
        self.awaits_room = !has_room;
        remember(&mut self.room_waker, cx);
    }

    pub(crate) fn await_body(&mut self, cx: &Context<'_>) {
        remember(&mut self.body_waker, cx);
    }

    /// Finds out who of those that wait for something has got it.
    pub(crate) fn settle(&mut self, session: &Session, effects: &mut Effects) {
        let (mut room, mut body) = (None, None);
        let wanted = session.wants_child_data(self.operation);
        if wanted.is_none() {
            // Cancelled before anybody began with it.
            self.call = None;
        }
        if wanted.is_none() || (wanted == Some(true) && self.awaits_room) {
            room = self.room_waker.take();
        }
        if wanted.is_none() || !session.wants_body() {
            body = self.body_waker.take();
        }
        if room.is_some() || body.is_some() {
            effects.rare().wakers.extend(room.into_iter().chain(body));
        }
    }
}
