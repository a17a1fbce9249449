//! The three entry points of every extension, and the instance they share.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::{Arc, PoisonError, RwLock};

use isapi_abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, Entry, FALSE, HSE_MAX_EXT_DLL_NAME_LEN, HSE_STATUS_ERROR,
    HSE_STATUS_PENDING, HSE_STATUS_SUCCESS, HSE_STATUS_SUCCESS_AND_KEEP_CONN,
    HSE_TERM_ADVISORY_UNLOAD, HSE_VERSION, HSE_VERSION_INFO, TRUE,
};

use crate::control_block::ControlBlock;
use crate::error::{LoadFailure, Win32Error};
use crate::extension::{Extension, Unload};
use crate::panic::contain;
use crate::raw::ecb::Ecb;
use crate::raw::last_error::set_last_error;
use crate::request::Request;
use crate::status::Status;

/// Where one use of [`entry!`](crate::entry) keeps its extension while it is loaded.
#[derive(Debug)]
pub struct Instance<T>(RwLock<Option<Arc<T>>>);

impl<T: Extension> Instance<T> {
    /// Nothing is loaded.
    #[expect(
        clippy::new_without_default,
        reason = "only `entry!` makes one, in a static"
    )]
    pub const fn new() -> Instance<T> {
        Instance(RwLock::new(None))
    }

    /// The loaded extension. The lock is not held while its code runs.
    fn loaded(&self) -> Option<Arc<T>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Stores an extension, unless another one was loaded meanwhile.
    fn store(&self, extension: T) {
        let extension = Arc::new(extension);
        let mut slot = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(extension);
        }
    }

    fn take(&self) -> Option<Arc<T>> {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// Ties one use of [`entry!`](crate::entry) to the static in its own block.
pub trait Home: 'static {
    /// The extension that lives here.
    type Extension: Extension;

    /// The static.
    fn instance() -> &'static Instance<Self::Extension>;
}

/// The entry points of the extension that lives at `H`.
pub const fn entry<H: Home>() -> Entry {
    // SAFETY: the thunks follow the ISAPI contract, belong to one extension, contain panics, and as
    // code of this image stay callable as long as a copy of the entry can be used.
    unsafe {
        Entry::new(
            get_extension_version::<H>,
            http_extension_proc::<H>,
            Some(terminate_extension::<H>),
        )
    }
}

/// `GetExtensionVersion`: loads the extension and says who it is.
///
/// # Safety
///
/// `info` is null or points to a structure to be written. Counterpart: the host's load.
unsafe extern "system" fn get_extension_version<H: Home>(info: *mut HSE_VERSION_INFO) -> BOOL {
    let Some(info) = NonNull::new(info) else {
        set_last_error(Win32Error::INVALID_PARAMETER.code());
        return FALSE;
    };
    let outcome = contain(load::<H>).unwrap_or_else(|| {
        Err(LoadFailure::new(
            "the extension panicked while it was loaded",
        ))
    });
    match outcome {
        Ok(()) => {
            // SAFETY: the host passed a structure to be written.
            unsafe { describe(info, H::Extension::DESCRIPTION) };
            TRUE
        }
        Err(failure) => {
            // SAFETY: the host passed a structure to be written.
            unsafe { describe(info, failure.reason()) };
            let code = failure.code().code();
            drop(failure);
            set_last_error(code);
            FALSE
        }
    }
}

fn load<H: Home>() -> Result<(), LoadFailure> {
    if H::instance().loaded().is_none() {
        H::instance().store(H::Extension::load()?);
    }
    Ok(())
}

/// Writes the interface's version and a text, cut to what fits.
///
/// # Safety
///
/// `info` points to a structure to be written.
unsafe fn describe(info: NonNull<HSE_VERSION_INFO>, text: &str) {
    let length = text.len().min(HSE_MAX_EXT_DLL_NAME_LEN - 1);
    // SAFETY: the structure is writable, `length` bytes and a NUL fit into its text, and `text`
    // cannot overlap it.
    unsafe {
        let info = info.as_ptr();
        (*info).dwExtensionVersion = HSE_VERSION;
        let field = (&raw mut (*info).lpszExtensionDesc).cast::<u8>();
        ptr::copy_nonoverlapping(text.as_ptr(), field, length);
        field.add(length).write(0);
    }
}

/// `HttpExtensionProc`: answers one request.
///
/// # Safety
///
/// `ecb` is null or a block that is live until the call has returned and the session has ended.
/// Counterpart: the host's call of the extension.
unsafe extern "system" fn http_extension_proc<H: Home>(ecb: *mut EXTENSION_CONTROL_BLOCK) -> DWORD {
    let (Some(ecb), Some(extension)) = (NonNull::new(ecb), H::instance().loaded()) else {
        return HSE_STATUS_ERROR;
    };
    let went_async = Cell::new(false);
    let status = contain(|| {
        // SAFETY: this is the call the block was made for, and the only value made from it. The
        // `Request` ends with this closure, the `AsyncRequest` it may become ends the session.
        let control = ControlBlock::new(unsafe { Ecb::new(ecb) });
        let status = extension.handle(Request::new(control, &went_async));
        drop(extension);
        status
    });
    if went_async.get() {
        // Its `AsyncRequest` ends the session, or has done so: no status of ours may end it again.
        return HSE_STATUS_PENDING;
    }
    match status {
        Some(Status::Success) => HSE_STATUS_SUCCESS,
        Some(Status::SuccessAndKeepConn) => HSE_STATUS_SUCCESS_AND_KEEP_CONN,
        Some(Status::Error | Status::Pending(_)) | None => HSE_STATUS_ERROR,
    }
}

/// `TerminateExtension`: asks the extension whether it agrees, and drops it.
///
/// # Safety
///
/// No request is outstanding. Counterpart: the host's unload.
unsafe extern "system" fn terminate_extension<H: Home>(flags: DWORD) -> BOOL {
    let advisory = flags == HSE_TERM_ADVISORY_UNLOAD;
    let Some(extension) = H::instance().loaded() else {
        return TRUE;
    };
    let reason = if advisory {
        Unload::Advisory
    } else {
        Unload::Must
    };
    let agreed = contain(|| extension.unload(reason)).unwrap_or(true);
    if advisory && !agreed {
        return FALSE;
    }
    let taken = H::instance().take();
    contain(move || drop((extension, taken)));
    TRUE
}
