//! Asynchronous operations: what the host borrows, from the start to the completion.
//!
//! One box holds everything an operation needs and is the context of its completion. [`begin`]
//! gives the box away; exactly one of two places takes it back: `begin` itself if the host refused,
//! else [`completed`], which the host calls once for each operation it accepted.

use std::ffi::c_void;
use std::ptr;

use isapi_abi::{
    DWORD, EXTENSION_CONTROL_BLOCK, HSE_IO_ASYNC, HSE_REQ_ASYNC_READ_CLIENT, HSE_REQ_IO_COMPLETION,
    LPDWORD, PFN_HSE_IO_COMPLETION, PVOID,
};

use crate::async_request::AsyncRequest;
use crate::completion::{Completion, StartError};
use crate::error::Win32Error;
use crate::panic::contain;
use crate::raw::ecb::{length, outcome};
use crate::raw::form::{CompletionRoutine, Form};

/// What one operation needs until it has completed.
struct Operation<P, F> {
    request: AsyncRequest,
    payload: P,
    callback: F,
}

/// What is being sent, and the C form of it, which points into it.
struct Flight<P, S> {
    payload: P,
    form: S,
}

/// Starts sending all of `data`.
pub(crate) fn write<F>(
    request: AsyncRequest,
    data: Vec<u8>,
    callback: F,
) -> Result<(), StartError<Vec<u8>>>
where
    F: FnOnce(AsyncRequest, Completion, Vec<u8>) + Send + 'static,
{
    let bytes = data.as_ptr().cast_mut().cast::<c_void>();
    let size = length(&data);
    begin(request, data, callback, |_, host, completion, context| {
        let mut size = size?;
        host.register(completion, context)?;
        // SAFETY: the box keeps the `size` bytes until the completion; moving the `Vec` into it
        // has not moved them.
        unsafe { host.write_client(bytes, &mut size) }
    })
}

/// Starts reading at most `buffer.len()` bytes.
pub(crate) fn read<F>(
    request: AsyncRequest,
    mut buffer: Vec<u8>,
    callback: F,
) -> Result<(), StartError<Vec<u8>>>
where
    F: FnOnce(AsyncRequest, Completion, Vec<u8>) + Send + 'static,
{
    let bytes = buffer.as_mut_ptr().cast::<c_void>();
    let size = length(&buffer);
    begin(request, buffer, callback, |_, host, completion, context| {
        let mut size = size?;
        let mut flags = HSE_IO_ASYNC;
        host.register(completion, context)?;
        // SAFETY: the code takes a buffer, its size and the flag; the box keeps the buffer until
        // the completion, moving the `Vec` into it has not moved the bytes.
        unsafe { host.support(HSE_REQ_ASYNC_READ_CLIENT, bytes, &mut size, &mut flags) }
    })
}

/// Starts sending what has the C form `S`.
pub(crate) fn send<S, P, F>(
    request: AsyncRequest,
    payload: P,
    callback: F,
) -> Result<(), StartError<P>>
where
    S: Form<P>,
    F: FnOnce(AsyncRequest, Completion, P) + Send + 'static,
{
    let form = match S::new(&payload) {
        Ok(form) => form,
        Err(error) => {
            return Err(StartError {
                request,
                payload,
                error,
            });
        }
    };
    let callback = move |request, completion, flight: Flight<P, S>| {
        callback(request, completion, flight.payload);
    };
    begin(
        request,
        Flight { payload, form },
        callback,
        |flight, host, function, context| {
            // SAFETY: the host has not accepted yet, so nothing else uses the box.
            let Flight { payload, form } = unsafe { &mut *flight };
            let structure = form.fill(payload, Some(CompletionRoutine { function, context }))?;
            if !S::NAMES_COMPLETION {
                host.register(function, context)?;
            }
            // SAFETY: the code takes this structure (`Form::CODE`); the box keeps it and what it
            // points to until the completion.
            unsafe { host.support(S::CODE, structure, ptr::null_mut(), ptr::null_mut()) }
        },
    )
    .map_err(|refused| refused.map_payload(|flight| flight.payload))
}

/// Gives the operation to the host, or takes it back if the host refused.
///
/// `start` gets the payload where it stays until the completion, by pointer: once the host has
/// accepted, the completion may already have freed it on another thread. So the accepting call is
/// the last thing `start` does.
fn begin<P, F>(
    request: AsyncRequest,
    payload: P,
    callback: F,
    start: impl FnOnce(*mut P, &Host, PFN_HSE_IO_COMPLETION, PVOID) -> Result<(), Win32Error>,
) -> Result<(), StartError<P>>
where
    F: FnOnce(AsyncRequest, Completion, P) + Send + 'static,
{
    let host = Host {
        block: request.as_ptr(),
    };
    let operation = Box::into_raw(Box::new(Operation {
        request,
        payload,
        callback,
    }));
    // SAFETY: the pointer is that of a live box.
    let payload = unsafe { &raw mut (*operation).payload };
    let Err(error) = start(payload, &host, completed::<P, F>, operation.cast()) else {
        return Ok(());
    };
    // SAFETY: a refused operation has no completion, so the box is still ours.
    let operation = unsafe { Box::from_raw(operation) };
    let Operation {
        request, payload, ..
    } = *operation;
    Err(StartError {
        request,
        payload,
        error,
    })
}

/// The completion of every operation: takes the box back and hands request and payload on.
///
/// # Safety
///
/// Called once by the host, with the context of an operation it accepted.
unsafe extern "system" fn completed<P, F>(
    _ecb: *mut EXTENSION_CONTROL_BLOCK,
    context: PVOID,
    bytes: DWORD,
    error: DWORD,
) where
    F: FnOnce(AsyncRequest, Completion, P),
{
    // SAFETY: the context is the box that `begin` gave away, in a call with the same `P` and `F`.
    let operation = unsafe { Box::from_raw(context.cast::<Operation<P, F>>()) };
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    contain(move || {
        // If the callback panics its request is dropped, which ends the session with an error.
        let Operation {
            request,
            payload,
            callback,
        } = *operation;
        callback(request, Completion::new(bytes, error), payload);
    });
}

/// The host's callbacks by way of a block that the box's request owns.
///
/// A copy outside the box, because a call that starts an operation may outlive the box.
struct Host {
    block: *mut EXTENSION_CONTROL_BLOCK,
}

impl Host {
    /// A copy of the block, made while the request that owns it has not been given away.
    fn fields(&self) -> EXTENSION_CONTROL_BLOCK {
        // SAFETY: the host has not accepted an operation yet, so the request still is in its box
        // and the block is live.
        unsafe { self.block.read() }
    }

    /// `HSE_REQ_IO_COMPLETION`.
    fn register(
        &self,
        completion: PFN_HSE_IO_COMPLETION,
        context: PVOID,
    ) -> Result<(), Win32Error> {
        let completion = completion as *mut c_void;
        // SAFETY: the code takes the callback and, in place of the type, its context.
        unsafe {
            self.support(
                HSE_REQ_IO_COMPLETION,
                completion,
                ptr::null_mut(),
                context.cast(),
            )
        }
    }

    /// Asynchronous `WriteClient`.
    ///
    /// # Safety
    ///
    /// `data` has `size` readable bytes until the completion.
    unsafe fn write_client(&self, data: PVOID, size: LPDWORD) -> Result<(), Win32Error> {
        let fields = self.fields();
        let Some(write_client) = fields.WriteClient else {
            return Err(Win32Error::CALL_NOT_IMPLEMENTED);
        };
        // SAFETY: the caller vouches for the buffer, the block for the connection.
        outcome(unsafe { write_client(fields.ConnID, data, size, HSE_IO_ASYNC) })
    }

    /// `ServerSupportFunction`.
    ///
    /// # Safety
    ///
    /// The three pointers are what the page of `code` asks for, until the completion if it starts
    /// an operation.
    unsafe fn support(
        &self,
        code: DWORD,
        buffer: PVOID,
        size: LPDWORD,
        data_type: LPDWORD,
    ) -> Result<(), Win32Error> {
        let fields = self.fields();
        let Some(server_support_function) = fields.ServerSupportFunction else {
            return Err(Win32Error::CALL_NOT_IMPLEMENTED);
        };
        // SAFETY: the caller vouches for code and pointers, the block for the connection.
        outcome(unsafe { server_support_function(fields.ConnID, code, buffer, size, data_type) })
    }
}
