use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{ExtensionGuard, ExtensionSlot};
use crate::LoadError;

/// Waits for an extension to be loaded; made by [`ExtensionSlot::acquire`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire {
    slot: Arc<ExtensionSlot>,
    waiter: Option<u64>,
}

impl Acquire {
    pub(super) fn new(slot: Arc<ExtensionSlot>) -> Self {
        Self { slot, waiter: None }
    }
}

impl Future for Acquire {
    type Output = Result<ExtensionGuard, Arc<LoadError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.slot.poll_acquire(&mut this.waiter, cx)
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            self.slot.forget_waiter(waiter);
        }
    }
}
