//! What one input brought about, to be done without the request's lock.

use std::task::Waker;

use bytes::Bytes;
use isapi_core::session::Misuse;

use crate::completion::CompletionCall;
use crate::current_call;
use crate::ecb::EcbCell;
use crate::extension::ExtensionGuard;
use crate::file_transfer::{FileRead, PreparedFile};
use crate::invoke::Invocation;
use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;

/// Work collected under a request's lock.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// There is at most one: a request has one operation at a time, and the next one begins with
    /// another input.
    pub(crate) completion: Option<Box<CompletionCall>>,
    /// Whoever gave the input runs it: it is not left to the driver.
    pub(crate) keeps_completion: bool,
    pub(crate) invoke: Option<Invocation>,
    /// Dropped without the lock: it may be the last owner, which goes back to the table of
    /// connections.
    pub(crate) released_ecb: Option<Arc<EcbCell>>,
    pub(crate) wake_callers: bool,
    pub(crate) wakers: Wakers,
    rare: Option<Box<Rare>>,
}

/// Whom to wake.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    /// Those who wait for the head, and for a frame, of the response.
    pub(crate) response: [Option<Waker>; 2],
    pub(crate) driver: Option<Waker>,
}

/// What most inputs do not bring about.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    pub(crate) read: Option<FileRead>,
    /// The extension of a request whose call was never made.
    pub(crate) released_extension: Option<ExtensionGuard>,
    /// Files that will not be sent.
    pub(crate) released_files: Vec<PreparedFile>,
    /// Lent memory that is not sent any more: dropped without the lock, since its extension is told.
    pub(crate) released_memory: Vec<Bytes>,
    pub(crate) reports: Vec<Misuse>,
    /// A child that waits for room or for its body, and the connection that has lent memory which is to
    /// come back.
    pub(crate) wakers: Vec<Waker>,
}

impl Effects {
    /// For one who runs the completion that is due himself.
    pub(crate) fn keeping_completion() -> Self {
        Self {
            keeps_completion: true,
            ..Self::default()
        }
    }

    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Did the input change anything? A command that was blocked did not, and so wakes none of
    /// the others that are.
    pub(crate) fn is_idle(&self) -> bool {
        self.completion.is_none()
            && self.invoke.is_none()
            && self.released_ecb.is_none()
            && self.wakers.is_empty()
            && self.rare.is_none()
    }

    pub(crate) fn run(self, shared: &Arc<Shared>) {
        let rare = self.rare.map(|rare| *rare);
        if let Some(rare) = &rare {
            for misuse in &rare.reports {
                let url = shared.head().target();
                report::misuse(shared.extension_name(), shared.request(), url, misuse);
            }
        }
        if self.wake_callers {
            shared.wake_callers();
        }
        self.wakers.wake();
        if let Some(rare) = rare {
            rare.wakers.into_iter().for_each(current_call::wake);
            if let Some(read) = rare.read {
                read.dispatch(shared);
            }
            drop(rare.released_extension);
            drop(rare.released_files);
            drop(rare.released_memory);
        }
        if let Some(completion) = self.completion {
            completion.dispatch(shared);
        }
        if let Some(invocation) = self.invoke {
            invocation.dispatch(shared);
        }
        drop(self.released_ecb);
    }
}

impl Wakers {
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            response: [head, frame],
            driver,
        } = self;
        head.is_none() && frame.is_none() && driver.is_none()
    }

    fn wake(self) {
        let Self {
            response: [head, frame],
            driver,
        } = self;
        // One by one: most inputs wake nobody, and an iterator would cost them more than that.
        wake(head);
        wake(frame);
        wake(driver);
    }
}

/// Mostly there is nobody: that is found out where the waker is.
#[inline]
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        current_call::wake(waker);
    }
}
