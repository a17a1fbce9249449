//! The four callbacks of a control block, with raw pointers.

use std::ffi::c_void;
use std::io;
use std::ptr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use isapi_abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, HSE_REQ_IO_COMPLETION, LPDWORD, LPSTR, LPVOID,
    PFN_HSE_IO_COMPLETION, TRUE,
};

/// Longer than anything here takes; a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// The control block of a running request. A call answers the last error where it answers FALSE.
#[derive(Clone, Copy, Debug)]
pub struct Ecb(*mut EXTENSION_CONTROL_BLOCK);

impl Ecb {
    pub(crate) fn new(block: *mut EXTENSION_CONTROL_BLOCK) -> Self {
        Self(block)
    }

    /// The block itself.
    pub fn block(self) -> EXTENSION_CONTROL_BLOCK {
        // SAFETY: an `Ecb` is given to a closure that runs during the call, when the block is valid.
        unsafe { self.0.read() }
    }

    /// `GetServerVariable`.
    ///
    /// # Errors
    ///
    /// The last error.
    ///
    /// # Safety
    ///
    /// As the interface says of the callback.
    pub unsafe fn variable(self, name: LPSTR, buffer: LPVOID, size: LPDWORD) -> Result<(), DWORD> {
        let block = self.block();
        let call = block.GetServerVariable.expect("filled");
        // SAFETY: the caller's promise.
        answer(unsafe { call(block.ConnID, name, buffer, size) })
    }

    /// `WriteClient`.
    ///
    /// # Errors
    ///
    /// The last error.
    ///
    /// # Safety
    ///
    /// As the interface says of the callback.
    pub unsafe fn write(self, buffer: LPVOID, size: LPDWORD, flags: DWORD) -> Result<(), DWORD> {
        let block = self.block();
        let call = block.WriteClient.expect("filled");
        // SAFETY: the caller's promise.
        answer(unsafe { call(block.ConnID, buffer, size, flags) })
    }

    /// `ReadClient`.
    ///
    /// # Errors
    ///
    /// The last error.
    ///
    /// # Safety
    ///
    /// As the interface says of the callback.
    pub unsafe fn read(self, buffer: LPVOID, size: LPDWORD) -> Result<(), DWORD> {
        let block = self.block();
        let call = block.ReadClient.expect("filled");
        // SAFETY: the caller's promise.
        answer(unsafe { call(block.ConnID, buffer, size) })
    }

    /// `ServerSupportFunction`.
    ///
    /// # Errors
    ///
    /// The last error.
    ///
    /// # Safety
    ///
    /// As the page of the request code says.
    pub unsafe fn support(
        self,
        request: DWORD,
        buffer: LPVOID,
        size: LPDWORD,
        data_type: LPDWORD,
    ) -> Result<(), DWORD> {
        let block = self.block();
        let call = block.ServerSupportFunction.expect("filled");
        // SAFETY: the caller's promise.
        answer(unsafe { call(block.ConnID, request, buffer, size, data_type) })
    }

    /// Registers a completion routine (`HSE_REQ_IO_COMPLETION`).
    ///
    /// # Panics
    ///
    /// When that is refused.
    pub fn completions(self) -> Completions {
        let (sender, receiver) = mpsc::channel();
        let sender = Box::into_raw(Box::new(sender));
        let routine: PFN_HSE_IO_COMPLETION = completed;
        // SAFETY: the routine fits, and its context lives until `Completions` is dropped, which is
        // when every operation has completed.
        let answer = unsafe {
            self.support(
                HSE_REQ_IO_COMPLETION,
                routine as *mut c_void,
                ptr::null_mut(),
                sender.cast(),
            )
        };
        answer.expect("a completion routine may be registered");
        Completions { sender, receiver }
    }
}

type Event = (DWORD, DWORD);

/// What came to a completion routine.
#[derive(Debug)]
pub struct Completions {
    sender: *mut Sender<Event>,
    receiver: Receiver<Event>,
}

impl Completions {
    /// Waits for the next completion: its bytes and its error.
    ///
    /// # Panics
    ///
    /// When none comes.
    #[track_caller]
    pub fn next(&self) -> (DWORD, DWORD) {
        let event = self.receiver.recv_timeout(PATIENCE);
        event.expect("the operation completes")
    }

    /// Asserts that every completion that came was waited for.
    #[track_caller]
    pub fn assert_none(&self) {
        assert!(self.receiver.try_recv().is_err(), "one completion too many");
    }

    /// The registered context, for operations that name their own.
    pub fn context(&self) -> *mut c_void {
        self.sender.cast()
    }

    /// The registered routine.
    pub fn routine(&self) -> PFN_HSE_IO_COMPLETION {
        completed
    }
}

impl Drop for Completions {
    fn drop(&mut self) {
        // SAFETY: made by `Ecb::completions`; the tests wait for every operation before this.
        drop(unsafe { Box::from_raw(self.sender) });
    }
}

unsafe extern "system" fn completed(
    _: *mut EXTENSION_CONTROL_BLOCK,
    context: *mut c_void,
    bytes: DWORD,
    error: DWORD,
) {
    // SAFETY: the context of `Ecb::completions`, which lives until every operation has completed.
    let sender = unsafe { &*context.cast::<Sender<Event>>() };
    // Nobody waits any more when the test has failed.
    let _ = sender.send((bytes, error));
}

fn answer(result: BOOL) -> Result<(), DWORD> {
    if result == TRUE {
        return Ok(());
    }
    let code = io::Error::last_os_error().raw_os_error();
    Err(code.expect("an error of the system").cast_unsigned())
}
