//! The extension control block of one request, and everything it points to.

mod block;

use std::ptr;
use std::sync::OnceLock;

use isapi_abi::{CHAR, DWORD, EXTENSION_CONTROL_BLOCK, HANDLE};
use isapi_core::request_head::RequestHead;
use isapi_core::session::Preread;
use isapi_core::win32::Win32Error;

pub(crate) use block::{Block, Memory, USUAL_SIZE};

use crate::connections::Registration;
use crate::extension::ExtensionGuard;
use crate::quarantine::QUARANTINE;
use crate::{AccessToken, Backend};

/// Owns the control block that an extension was given.
///
/// The block stays where it is, and what it points to stays readable, until the last owner of
/// this cell lets go: the session until it is finished, `HttpExtensionProc` until it has returned,
/// each callback and each completion for as long as it runs. Then the block is poisoned and put
/// under quarantine, and the extension is released.
#[derive(Debug)]
pub(crate) struct EcbCell {
    /// `Some` until drop. It goes first: from then on the `ConnID` in the block is stale.
    registration: Option<Registration>,
    /// `Some` until drop.
    block: Option<Block>,
    impersonation_token: OnceLock<Box<dyn AccessToken>>,
    /// Dropped behind the block: the extension's code stays as long as its block.
    extension: ExtensionGuard,
}

impl EcbCell {
    /// Fills the block of a registered request
    /// ([ms525658](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525658(v=vs.90))).
    pub(crate) fn new(
        registration: Registration,
        head: &RequestHead,
        preread: &Preread,
        extension: ExtensionGuard,
        backend: &dyn Backend,
    ) -> Self {
        let block = Block::new(registration.id(), head, preread, backend);
        Self {
            registration: Some(registration),
            block: Some(block),
            impersonation_token: OnceLock::new(),
            extension,
        }
    }

    /// The block as the extension sees it.
    pub(crate) fn as_ptr(&self) -> *mut EXTENSION_CONTROL_BLOCK {
        self.block.as_ref().map_or(ptr::null_mut(), Block::ecb)
    }

    /// The extension, which stays as long as the block.
    pub(crate) fn extension(&self) -> &ExtensionGuard {
        &self.extension
    }

    /// `dwHttpStatusCode`, which the extension may have set.
    pub(crate) fn http_status(&self) -> DWORD {
        // SAFETY: the block is live as long as `self`. The extension owns the field and may write
        // it at any moment, hence a volatile read and no reference.
        unsafe { (&raw const (*self.as_ptr()).dwHttpStatusCode).read_volatile() }
    }

    /// The token of the account that the request runs under, which lives as long as the block.
    ///
    /// # Errors
    ///
    /// Those of [`Backend::access_token`].
    pub(crate) fn impersonation_token(&self, backend: &dyn Backend) -> Result<HANDLE, Win32Error> {
        if let Some(token) = self.impersonation_token.get() {
            return Ok(token.as_handle());
        }
        let token = backend.access_token()?;
        Ok(self.impersonation_token.get_or_init(|| token).as_handle())
    }

    /// `lpszLogData` up to its NUL, or all of it where the extension left none.
    pub(crate) fn log_data(&self) -> Vec<u8> {
        // SAFETY: as in `http_status`.
        let text = unsafe { &raw const (*self.as_ptr()).lpszLogData };
        // SAFETY: the first byte of that field, read in the same way.
        if unsafe { text.cast::<CHAR>().read_volatile() } == 0 {
            return Vec::new();
        }
        // SAFETY: the whole field.
        let text = unsafe { text.read_volatile() };
        text.iter()
            .map(|char| char.to_ne_bytes()[0])
            .take_while(|byte| *byte != 0)
            .collect()
    }
}

impl Drop for EcbCell {
    fn drop(&mut self) {
        let (Some(registration), Some(mut block)) = (self.registration.take(), self.block.take())
        else {
            return;
        };
        let conn = registration.id();
        drop(registration);
        block.poison();
        QUARANTINE.admit(conn, block);
    }
}
