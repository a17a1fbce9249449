//! A request that outlives `HttpExtensionProc`.

use std::cell::OnceCell;
use std::ops::Deref;
use std::sync::Arc;

use crate::completion::{Completion, StartError};
use crate::control_block::ControlBlock;
use crate::custom_error::CustomError;
use crate::error::Win32Error;
use crate::exec_url::ExecUrl;
use crate::file_send::FileSend;
use crate::interrupt::Interrupt;
use crate::raw::custom_error_form::CustomErrorForm;
use crate::raw::exec_url_form::ExecUrlForm;
use crate::raw::file_form::FileForm;
use crate::raw::link::Link;
use crate::raw::operation;
use crate::raw::vector_form::VectorForm;
use crate::status::Finish;
use crate::vector_send::VectorSend;

/// One request after `HttpExtensionProc` has given it away: the right to end it, once.
///
/// An operation takes the request, and the operation's callback gets it back. So there is never a
/// second operation beside the first, none starts after the end, and
/// [`HSE_REQ_DONE_WITH_SESSION`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525588(v=vs.90))
/// is said exactly once: by [`finish`](AsyncRequest::finish), or, with
/// [`Finish::Error`], by dropping the request unfinished (as a panic in a callback does).
///
/// Callbacks run on threads of the host, possibly before the call that started the operation has
/// returned. They may block, but every blocked one occupies such a thread.
///
/// ```
/// use isapi_sdk::{AsyncRequest, Extension, Finish, LoadFailure, Request, Status};
///
/// struct Report;
///
/// impl Extension for Report {
///     const DESCRIPTION: &'static str = "Sends its report asynchronously";
///
///     fn load() -> Result<Report, LoadFailure> {
///         Ok(Report)
///     }
///
///     fn handle(&self, request: Request<'_>) -> Status {
///         if request.send_header("200 OK", &[("Content-Type", "text/plain")]).is_err() {
///             return Status::Error;
///         }
///         let (pending, request) = request.into_async();
///         // A refused start drops the request with the error, which ends it.
///         let _ = request.write(b"all is well\n".to_vec(), |request, completion, _buffer| {
///             match completion.result() {
///                 Ok(_) => request.finish(Finish::Success),
///                 Err(_) => request.finish(Finish::Error),
///             }
///         });
///         Status::Pending(pending)
///     }
/// }
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends the request with an error"]
pub struct AsyncRequest {
    control: ControlBlock,
    /// Shared with the interrupts that were asked for.
    link: OnceCell<Arc<Link>>,
    ending: Finish,
}

impl AsyncRequest {
    pub(crate) fn new(control: ControlBlock) -> AsyncRequest {
        AsyncRequest {
            control,
            link: OnceCell::new(),
            ending: Finish::Error,
        }
    }

    /// Starts sending all of `data`; asynchronous
    /// [`WriteClient`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525515(v=vs.90)).
    ///
    /// `callback` gets the request, the outcome and the buffer back.
    ///
    /// # Errors
    ///
    /// The host refused; `callback` is dropped without being called.
    pub fn write<F>(self, data: Vec<u8>, callback: F) -> Result<(), StartError<Vec<u8>>>
    where
        F: FnOnce(AsyncRequest, Completion, Vec<u8>) + Send + 'static,
    {
        operation::write(self, data, callback)
    }

    /// Starts reading at most `buffer.len()` bytes of what follows the
    /// [`preread`](ControlBlock::preread) part of the body;
    /// [`HSE_REQ_ASYNC_READ_CLIENT`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524596(v=vs.90)).
    ///
    /// `callback` gets the request, the outcome and the buffer back: the first
    /// [`Completion::bytes`] of the buffer are what was read, none of them is the end of the body.
    ///
    /// # Errors
    ///
    /// The host refused; `callback` is dropped without being called.
    pub fn read<F>(self, buffer: Vec<u8>, callback: F) -> Result<(), StartError<Vec<u8>>>
    where
        F: FnOnce(AsyncRequest, Completion, Vec<u8>) + Send + 'static,
    {
        operation::read(self, buffer, callback)
    }

    /// Starts sending a file, with what stands around it;
    /// [`HSE_REQ_TRANSMIT_FILE`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525816(v=vs.90)).
    ///
    /// `callback` gets the request, the outcome and the file back.
    ///
    /// # Errors
    ///
    /// The host refused, or the head has a line end or a NUL where none may be
    /// (`ERROR_INVALID_PARAMETER`); `callback` is dropped without being called.
    pub fn transmit_file<F>(self, file: FileSend, callback: F) -> Result<(), StartError<FileSend>>
    where
        F: FnOnce(AsyncRequest, Completion, FileSend) + Send + 'static,
    {
        operation::send::<FileForm, _, _>(self, file, callback)
    }

    /// Starts sending head, memory and files; asynchronous
    /// [`HSE_REQ_VECTOR_SEND`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525867(v=vs.90)).
    ///
    /// `callback` gets the request, the outcome and the vector back.
    ///
    /// # Errors
    ///
    /// The host refused, or the head has a line end or a NUL where none may be
    /// (`ERROR_INVALID_PARAMETER`); `callback` is dropped without being called.
    pub fn vector_send<F>(
        self,
        vector: VectorSend,
        callback: F,
    ) -> Result<(), StartError<VectorSend>>
    where
        F: FnOnce(AsyncRequest, Completion, VectorSend) + Send + 'static,
    {
        operation::send::<VectorForm, _, _>(self, vector, callback)
    }

    /// Lets another URL of the server answer;
    /// [`HSE_REQ_EXEC_UNICODE_URL`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524598(v=vs.90)).
    ///
    /// `callback` gets the request, the outcome and the child back when the child is over;
    /// [`exec_url_status`](ControlBlock::exec_url_status) then tells how it ended.
    ///
    /// # Errors
    ///
    /// The host refused ([`STACK_OVERFLOW`](Win32Error::STACK_OVERFLOW) where children are nested
    /// too deep), or a text has a line end or a NUL where none may be (`ERROR_INVALID_PARAMETER`);
    /// `callback` is dropped without being called.
    pub fn exec_url<F>(self, child: ExecUrl, callback: F) -> Result<(), StartError<Box<ExecUrl>>>
    where
        F: FnOnce(AsyncRequest, Completion, ExecUrl) + Send + 'static,
    {
        operation::send::<ExecUrlForm, _, _>(self, child, callback)
            .map_err(|refused| refused.map_payload(Box::new))
    }

    /// Starts answering with the server's own page for an error; asynchronous
    /// [`HSE_REQ_SEND_CUSTOM_ERROR`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525792(v=vs.90)),
    /// see [`Request::send_custom_error`](crate::Request::send_custom_error).
    ///
    /// # Errors
    ///
    /// The host refused ([`FILE_NOT_FOUND`](Win32Error::FILE_NOT_FOUND) where it has no page);
    /// `callback` is dropped without being called.
    pub fn send_custom_error<F>(
        self,
        status: &str,
        sub_status: u16,
        callback: F,
    ) -> Result<(), StartError<()>>
    where
        F: FnOnce(AsyncRequest, Completion) + Send + 'static,
    {
        let error = CustomError::new(status, sub_status);
        operation::send::<CustomErrorForm, _, _>(self, error, |request, completion, _| {
            callback(request, completion);
        })
        .map_err(|refused| refused.map_payload(drop))
    }

    /// What breaks off the operation that is started next, and those after it.
    pub fn interrupt(&self) -> Interrupt {
        let link = self
            .link
            .get_or_init(|| Arc::new(Link::new(&self.control.ecb)));
        Interrupt::new(Arc::clone(link))
    }

    /// Sends `data` and returns when the host has taken all of it; see
    /// [`Request::write`](crate::Request::write).
    ///
    /// # Errors
    ///
    /// The host's code, most often because the client has gone.
    pub fn write_sync(&self, data: &[u8]) -> Result<(), Win32Error> {
        self.control.write_client(data)
    }

    /// Sends head, memory and files and returns when the host has taken all of it; see
    /// [`Request::vector_send`](crate::Request::vector_send).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn vector_send_sync(&self, vector: &VectorSend) -> Result<(), Win32Error> {
        self.control.send_vector(vector)
    }

    /// Answers with the server's own page for an error; see
    /// [`Request::send_custom_error`](crate::Request::send_custom_error).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_custom_error_sync(&self, status: &str, sub_status: u16) -> Result<(), Win32Error> {
        self.control.custom_error(status, sub_status)
    }

    /// Reads from the body and waits for it; see [`Request::read`](crate::Request::read).
    ///
    /// # Errors
    ///
    /// The host's code, most often because the body did not come in time.
    pub fn read_sync(&self, buffer: &mut [u8]) -> Result<usize, Win32Error> {
        self.control.read_client(buffer)
    }

    /// Ends the request.
    pub fn finish(mut self, ending: Finish) {
        self.ending = ending;
    }
}

impl Deref for AsyncRequest {
    type Target = ControlBlock;

    fn deref(&self) -> &ControlBlock {
        &self.control
    }
}

impl Drop for AsyncRequest {
    /// Says `HSE_REQ_DONE_WITH_SESSION`.
    fn drop(&mut self) {
        if let Some(link) = self.link.get() {
            link.cut();
        }
        self.control.done_with_session(self.ending);
    }
}
