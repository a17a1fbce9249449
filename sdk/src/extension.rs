//! The trait an extension implements.

use crate::error::LoadFailure;
use crate::request::Request;
use crate::status::Status;

/// An ISAPI extension.
///
/// One instance serves every request, from many threads at once. It lives from
/// `GetExtensionVersion` to `TerminateExtension`; a host that needs the extension again after that
/// calls `GetExtensionVersion` again, which [`load`](Extension::load)s a new instance.
///
/// A panic never reaches the host: one in `load` is a failed load, one in `handle` ends the request
/// with `HSE_STATUS_ERROR`, one in `unload` counts as consent.
///
/// ```
/// use isapi_sdk::{Extension, LoadFailure, Request, Status};
///
/// struct Greeting {
///     text: String,
/// }
///
/// impl Extension for Greeting {
///     const DESCRIPTION: &'static str = "Greets whoever asks";
///
///     fn load() -> Result<Greeting, LoadFailure> {
///         Ok(Greeting { text: "Good morning\n".to_owned() })
///     }
///
///     fn handle(&self, request: Request<'_>) -> Status {
///         let sent = request
///             .send_header("200 OK", &[("Content-Type", "text/plain")])
///             .and_then(|()| request.write(self.text.as_bytes()));
///         match sent {
///             Ok(()) => Status::Success,
///             Err(_) => Status::Error,
///         }
///     }
/// }
/// ```
pub trait Extension: Sized + Send + Sync + 'static {
    /// What the extension calls itself, at most 255 bytes; the rest is cut off.
    const DESCRIPTION: &'static str;

    /// Makes the instance; called by `GetExtensionVersion`, see
    /// [its page](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525283(v=vs.90)).
    ///
    /// # Errors
    ///
    /// A failure keeps the extension from being used; hosts may try again later.
    fn load() -> Result<Self, LoadFailure>;

    /// Answers one request; called by `HttpExtensionProc`, see
    /// [its page](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525010(v=vs.90)).
    ///
    /// It may block, and it occupies a thread of the host while it does. To give the thread back
    /// before the answer is there, turn the request into an
    /// [`AsyncRequest`](Request::into_async).
    fn handle(&self, request: Request<'_>) -> Status;

    /// Asked before the instance is dropped; called by `TerminateExtension`, see
    /// [its page](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524470(v=vs.90)).
    ///
    /// False keeps the extension loaded when the host merely [suggests](Unload::Advisory) to
    /// unload; it has no effect when it [must](Unload::Must). No request is outstanding then, so
    /// this is the place, or `Drop` is, to join threads the extension has started.
    fn unload(&self, reason: Unload) -> bool {
        let _ = reason;
        true
    }
}

/// Why the extension is asked to go: the flag of `TerminateExtension`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unload {
    /// `HSE_TERM_ADVISORY_UNLOAD`: it has been idle; it may stay.
    Advisory,
    /// `HSE_TERM_MUST_UNLOAD`: the host stops or takes it away; it cannot stay.
    Must,
}
