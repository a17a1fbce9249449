//! Breaking off an operation that is pending.

use std::sync::Arc;

use crate::error::Win32Error;
use crate::raw::link::Link;

/// Breaks off the pending operation of one request, from any thread; from
/// [`AsyncRequest::interrupt`](crate::AsyncRequest::interrupt).
///
/// An operation takes its request with it, so this is what a timer or a shutdown keeps. The
/// operation's callback is called all the same, with an error, and ends the request. When the
/// request has ended, every call is refused with
/// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER).
///
/// The end of a request waits for a call that is under way. So the call must not be made by a
/// thread that the end in its turn waits for, nor on a host that runs callbacks inside it.
///
/// ```
/// use std::sync::Mutex;
///
/// use isapi_sdk::testing::TestHost;
/// use isapi_sdk::{Extension, Finish, Interrupt, LoadFailure, Request, Status, Win32Error};
///
/// /// Stands for the timer that would use it.
/// static TIMER: Mutex<Option<Interrupt>> = Mutex::new(None);
///
/// struct Patient;
///
/// impl Extension for Patient {
///     const DESCRIPTION: &'static str = "Waits for the body, but not for ever";
///
///     fn load() -> Result<Patient, LoadFailure> {
///         Ok(Patient)
///     }
///
///     fn handle(&self, request: Request<'_>) -> Status {
///         let (pending, request) = request.into_async();
///         *TIMER.lock().unwrap() = Some(request.interrupt());
///         let _ = request.read(vec![0; 100], |request, completion, _buffer| {
///             assert_eq!(completion.error(), Some(Win32Error::OPERATION_ABORTED));
///             request.finish(Finish::Error);
///         });
///         pending.into()
///     }
/// }
///
/// let host = TestHost::load(isapi_sdk::entry!(Patient))?;
/// let exchange = host.post("/", "body").read_ahead(0).start();
/// let timer = TIMER.lock().unwrap().take().unwrap();
/// assert_eq!(timer.cancel(), Ok(()));
/// assert!(exchange.finish().is_ended());
/// assert_eq!(timer.cancel(), Err(Win32Error::INVALID_PARAMETER));
/// # Ok::<(), isapi_sdk::testing::Refused>(())
/// ```
#[derive(Clone, Debug)]
pub struct Interrupt {
    link: Arc<Link>,
}

impl Interrupt {
    pub(crate) fn new(link: Arc<Link>) -> Interrupt {
        Interrupt { link }
    }

    /// Breaks off the pending operation, which completes with
    /// [`OPERATION_ABORTED`](Win32Error::OPERATION_ABORTED); `HSE_REQ_CANCEL_IO` of IIS 7. Nothing
    /// happens where none is pending.
    ///
    /// # Errors
    ///
    /// The request has ended; otherwise the host's code.
    pub fn cancel(&self) -> Result<(), Win32Error> {
        self.link.cancel_io()
    }

    /// Closes the client's connection at once; the pending operation completes with
    /// [`NETNAME_DELETED`](Win32Error::NETNAME_DELETED).
    /// [`HSE_REQ_CLOSE_CONNECTION`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524613(v=vs.90)).
    ///
    /// # Errors
    ///
    /// The request has ended; otherwise the host's code.
    pub fn close_connection(&self) -> Result<(), Win32Error> {
        self.link.close_connection()
    }
}
