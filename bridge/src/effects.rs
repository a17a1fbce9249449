//! What one input brought about, to be done without the request's lock.

use std::task::Waker;

use isapi_core::session::Misuse;

use crate::completion::CompletionCall;
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
    pub(crate) completions: Vec<CompletionCall>,
    pub(crate) invoke: Option<Invocation>,
    pub(crate) read: Option<FileRead>,
    /// Dropped without the lock: it may be the last owner, which goes back to the table of
    /// connections.
    pub(crate) released_ecb: Option<Arc<EcbCell>>,
    /// The extension of a request whose call was never made.
    pub(crate) released_extension: Option<ExtensionGuard>,
    /// Files that will not be sent.
    pub(crate) released_files: Vec<PreparedFile>,
    pub(crate) reports: Vec<Misuse>,
    pub(crate) wake_callers: bool,
    pub(crate) wakers: Vec<Waker>,
}

impl Effects {
    /// Did the input change anything? A command that was blocked did not, and so wakes none of
    /// the others that are.
    pub(crate) fn is_idle(&self) -> bool {
        self.completions.is_empty()
            && self.invoke.is_none()
            && self.read.is_none()
            && self.released_ecb.is_none()
            && self.released_extension.is_none()
            && self.released_files.is_empty()
            && self.reports.is_empty()
            && self.wakers.is_empty()
    }

    pub(crate) fn run(self, shared: &Arc<Shared>) {
        for misuse in &self.reports {
            let url = shared.head().target();
            report::misuse(shared.extension_name(), shared.request(), url, misuse);
        }
        if self.wake_callers {
            shared.wake_callers();
        }
        for waker in self.wakers {
            waker.wake();
        }
        if let Some(read) = self.read {
            read.dispatch(shared);
        }
        for completion in self.completions {
            completion.dispatch(shared);
        }
        if let Some(invocation) = self.invoke {
            invocation.dispatch(shared);
        }
        drop(self.released_ecb);
        drop(self.released_extension);
        drop(self.released_files);
    }
}
