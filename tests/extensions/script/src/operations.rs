//! Asynchronous operations and their completions.

use std::fs::File;
#[cfg(unix)]
use std::os::fd::AsRawFd;
#[cfg(windows)]
use std::os::windows::io::AsRawHandle;
use std::ptr;
use std::thread;

use isapi_abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, FALSE, HANDLE, HSE_IO_ASYNC, HSE_REQ_ASYNC_READ_CLIENT,
    HSE_REQ_IO_COMPLETION, HSE_REQ_TRANSMIT_FILE, HSE_TF_INFO, INVALID_HANDLE_VALUE,
    PFN_HSE_IO_COMPLETION, PVOID,
};

use crate::calls::{c_string, outcome, pointer, run_of};
use crate::fill::describe;
use crate::program::Step;
use crate::run::{Run, lock};

/// What the host may touch until the completion.
#[derive(Debug)]
pub(crate) enum Operation {
    Read(Vec<u8>),
    /// The buffers of a send.
    Send(Vec<Vec<u8>>),
}

impl Run {
    pub(crate) fn io_completion(&'static self, null: bool) -> String {
        let callback: Option<PFN_HSE_IO_COMPLETION> = (!null).then_some(on_completion);
        let buffer = callback.map_or(ptr::null_mut(), |callback| callback as *mut _);
        // This request passes the context as the pointer to a DWORD.
        #[allow(clippy::cast_ptr_alignment, reason = "it is never read as a DWORD")]
        let context = self.context().cast::<DWORD>();
        let code = HSE_REQ_IO_COMPLETION;
        // SAFETY: the callback and its context live as long as the process.
        let ok = unsafe { self.support(code, buffer, ptr::null_mut(), context) };
        outcome("io_completion", ok, "")
    }

    pub(crate) fn write_async(&'static self, mut data: Vec<u8>) -> String {
        let mut bytes = DWORD::try_from(data.len()).expect("a test's data is small");
        let buffer = data.as_mut_ptr().cast();
        self.start("write_async", Operation::Send(vec![data]), || {
            // SAFETY: the operation keeps the data until its completion.
            unsafe {
                let write = self.callbacks().write_client;
                write(self.conn(), buffer, &raw mut bytes, HSE_IO_ASYNC)
            }
        })
    }

    pub(crate) fn read_async(&'static self, capacity: u32, flags: Option<u32>) -> String {
        let mut data = vec![0; capacity as usize];
        let buffer = data.as_mut_ptr().cast();
        let (mut size, mut flags) = (capacity, flags.unwrap_or(HSE_IO_ASYNC));
        let code = HSE_REQ_ASYNC_READ_CLIENT;
        self.start("read_async", Operation::Read(data), || {
            // SAFETY: the operation keeps the buffer until its completion.
            unsafe { self.support(code, buffer, &raw mut size, &raw mut flags) }
        })
    }

    pub(crate) fn transmit(&'static self, step: &Step) -> String {
        let mut head = step.named("head").map(|head| [head, b"\0"].concat());
        let mut tail = step.named("tail").map(<[u8]>::to_vec);
        let status = step.named("status").and_then(c_string);
        let own = step.named("own").is_some();
        let mut info = HSE_TF_INFO {
            pfnHseIO: own.then_some(on_own_completion as PFN_HSE_IO_COMPLETION),
            pContext: if own { self.context() } else { ptr::null_mut() },
            hFile: self.handle(step.named("file").unwrap_or(b"open")),
            pszStatusCode: pointer(&status),
            BytesToWrite: step.named_number("bytes"),
            Offset: step.named_number("offset"),
            pHead: start_of(&mut head),
            HeadLength: step
                .named("head_length")
                .map_or(length(&head).saturating_sub(1), |_| {
                    step.named_number("head_length")
                }),
            pTail: start_of(&mut tail),
            TailLength: length(&tail),
            dwFlags: step
                .named("flags")
                .map_or(HSE_IO_ASYNC, |_| step.named_number("flags")),
        };
        let buffer = ptr::from_mut(&mut info).cast();
        let code = HSE_REQ_TRANSMIT_FILE;
        let kept = [head, tail, status].into_iter().flatten().collect();
        self.start("transmit", Operation::Send(kept), || {
            // SAFETY: the operation keeps head, tail and status until its completion.
            unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) }
        })
    }

    /// Makes a call that may start `operation`, which is kept from before the call, because the
    /// completion may come before the call has returned.
    pub(crate) fn start(
        &self,
        name: &str,
        operation: Operation,
        call: impl FnOnce() -> BOOL,
    ) -> String {
        lock(&self.operations).push_back(operation);
        *lock(&self.starting) = Some(thread::current().id());
        let ok = call();
        let line = outcome(name, ok, "");
        *lock(&self.starting) = None;
        if ok == FALSE {
            lock(&self.operations).pop_back();
        }
        line
    }

    fn completed(
        &'static self,
        control: *mut EXTENSION_CONTROL_BLOCK,
        bytes: u32,
        error: u32,
        own: bool,
    ) {
        let mut report = vec![format!("{bytes} {error}")];
        if own {
            report.push("own callback".to_owned());
        }
        if control != self.control() {
            report.push("a foreign control block".to_owned());
        }
        if *lock(&self.starting) == Some(thread::current().id()) {
            report.push("on the stack of the call that started it".to_owned());
        }
        let operation = lock(&self.operations).pop_front();
        match operation {
            None => report.push("without an operation".to_owned()),
            Some(Operation::Read(data)) => {
                report.push(format!("data {}", describe(&data[..bytes as usize])));
            }
            // A host that still reads them now sends this.
            Some(Operation::Send(buffers)) => {
                for mut buffer in buffers {
                    buffer.fill(b'!');
                }
            }
        }
        self.completion(&report);
    }

    pub(crate) fn handle(&self, which: &[u8]) -> HANDLE {
        match which {
            b"none" => ptr::null_mut(),
            b"invalid" => INVALID_HANDLE_VALUE,
            _ => lock(&self.file).as_ref().map_or(ptr::null_mut(), handle_of),
        }
    }

    fn context(&'static self) -> PVOID {
        ptr::from_ref(self).cast_mut().cast()
    }
}

/// The completion registered with `HSE_REQ_IO_COMPLETION`.
///
/// # Safety
///
/// Called by the host with the context that was registered.
unsafe extern "system" fn on_completion(
    control: *mut EXTENSION_CONTROL_BLOCK,
    context: PVOID,
    bytes: DWORD,
    error: DWORD,
) {
    // SAFETY: the context is a run, which lives as long as the process.
    unsafe { run_of(context) }.completed(control, bytes, error, false);
}

/// The completion of a file send of its own; says so in the journal.
///
/// # Safety
///
/// Called by the host with the context of `HSE_TF_INFO`.
unsafe extern "system" fn on_own_completion(
    control: *mut EXTENSION_CONTROL_BLOCK,
    context: PVOID,
    bytes: DWORD,
    error: DWORD,
) {
    // SAFETY: the context is a run, which lives as long as the process.
    unsafe { run_of(context) }.completed(control, bytes, error, true);
}

#[cfg(windows)]
fn handle_of(file: &File) -> HANDLE {
    file.as_raw_handle()
}

/// A descriptor in a pointer, as `isapi_handle_from_fd` makes it.
#[cfg(unix)]
fn handle_of(file: &File) -> HANDLE {
    let descriptor = usize::try_from(file.as_raw_fd()).expect("an open descriptor is not negative");
    ptr::without_provenance_mut(descriptor)
}

fn start_of(data: &mut Option<Vec<u8>>) -> PVOID {
    data.as_mut()
        .map_or(ptr::null_mut(), |data| data.as_mut_ptr().cast())
}

fn length(data: &Option<Vec<u8>>) -> DWORD {
    DWORD::try_from(data.as_ref().map_or(0, Vec::len)).expect("a test's data is small")
}
