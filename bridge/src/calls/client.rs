use std::ptr;

use isapi_abi::{DWORD, LPDWORD, LPVOID};

use crate::decode::{IoMode, ReadRequest, WriteRequest, write};
use crate::gate::{Failure, Visit};
use crate::loan::{Loan, copy, is_worth_while};
use crate::shared::Shared;

/// `WriteClient`. A synchronous one returns when everything was accepted; if that fails half-way,
/// `*length` says how much was.
///
/// # Safety
///
/// `length` is null or points to the number of readable bytes at `buffer`.
pub(crate) unsafe fn write_client(
    visit: &Visit,
    buffer: LPVOID,
    length: LPDWORD,
    flags: DWORD,
) -> Result<(), Failure> {
    // SAFETY: `lpdwBytes` counts the bytes at `Buffer`, which the extension leaves alone during
    // the call.
    let request = unsafe { WriteRequest::decode(buffer, length, flags) }?;
    let data = request.data;
    if request.mode == IoMode::Async {
        // SAFETY: `WriteClient` has the extension leave `Buffer` alone until its callback, which runs
        // when nobody reads what is lent any more.
        // https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525515(v=vs.90)
        return unsafe { write_async(visit, data) };
    }
    let mut accepted = 0;
    let result = loop {
        let rest = &data[accepted..];
        let step = Shared::wait_for(visit.shared(), |inner, now| {
            inner.session.write_client(now, rest)
        });
        match step {
            Ok(bytes) => accepted += bytes,
            Err(refusal) => break Err(Failure::from(refusal)),
        }
        if accepted == data.len() {
            break Ok(());
        }
    };
    // SAFETY: `lpdwBytes` was read above. The number fits: it is at most what stood there.
    unsafe {
        write(
            length,
            DWORD::try_from(accepted).unwrap_or(DWORD::MAX),
            "lpdwBytes",
        )
    }?;
    result
}

/// # Safety
///
/// `data` stays as it is until the callback of the operation is called.
unsafe fn write_async(visit: &Visit, data: &[u8]) -> Result<(), Failure> {
    let shared = visit.shared();
    let (loan, bytes) = match is_worth_while(visit, data) {
        true => {
            // SAFETY: promised by the caller.
            let (loan, mut bytes) = unsafe { Loan::lend(visit, &[data]) }?;
            (loan, bytes.pop().unwrap_or_default())
        }
        // So that the extension's buffer is not read after this call, whatever becomes of it.
        false => (None, copy(data)?),
    };
    // What is refused, or has no place in the response, is dropped behind the lock and not under it.
    let kept = loan.is_some().then(|| bytes.clone());
    let started = Shared::update(shared, |inner, now| {
        let operation = inner.session.write_client_async(now, bytes)?;
        inner.start(operation, loan);
        Ok(())
    });
    drop(kept);
    started
}

/// `ReadClient`. Returns what there is, at least one byte; none at the end.
///
/// # Safety
///
/// `size` is null or points to the number of writable bytes at `buffer`.
pub(crate) unsafe fn read_client(
    visit: &Visit,
    buffer: LPVOID,
    size: LPDWORD,
) -> Result<(), Failure> {
    // SAFETY: `lpdwSize` counts the bytes at `lpvBuffer`, which are the host's during the call.
    let request = unsafe { ReadRequest::decode(buffer, size) }?;
    let capacity = request.capacity();
    let data = Shared::wait_for(visit.shared(), |inner, now| {
        inner.session.read_client(now, capacity)
    });
    let data = match data {
        Ok(data) => data,
        Err(refusal) => {
            // SAFETY: `lpdwSize` was read above.
            unsafe { write(size, 0, "lpdwSize") }?;
            return Err(refusal.into());
        }
    };
    let length = data.len().min(capacity);
    // SAFETY: `length` bytes fit at `lpvBuffer`, as the extension said, and our own bytes do not
    // overlap with its buffer.
    unsafe { ptr::copy_nonoverlapping(data.as_ptr(), request.start(), length) };
    // SAFETY: `lpdwSize` was read above.
    unsafe {
        write(
            size,
            DWORD::try_from(length).unwrap_or(DWORD::MAX),
            "lpdwSize",
        )
    }?;
    Ok(())
}
