//! The extension control block of one request, and everything it points to.

use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use isapi_abi::{
    BYTE, CHAR, DWORD, EXTENSION_CONTROL_BLOCK, HANDLE, HSE_LOG_BUFFER_LEN, HSE_VERSION, LPSTR,
};
use isapi_core::request_head::RequestHead;
use isapi_core::session::Preread;
use isapi_core::win32::Win32Error;

use crate::conn_id::ConnId;
use crate::connections::Registration;
use crate::extension::ExtensionGuard;
use crate::quarantine::QUARANTINE;
use crate::thunks;
use crate::{AccessToken, Backend};

/// Owns the control block that an extension was given.
///
/// The block stays where it is, and what it points to stays readable, until the last owner of
/// this cell lets go: the session until it is finished, `HttpExtensionProc` until it has returned,
/// each callback and each completion for as long as it runs. Then the block is poisoned and put
/// under quarantine, and the extension is released.
#[derive(Debug)]
pub(crate) struct EcbCell {
    /// Dropped first: from then on the `ConnID` in the block is stale.
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
        self.block
            .as_ref()
            .map_or(ptr::null_mut(), |block| block.ecb.as_ptr())
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
        let text = unsafe { (&raw const (*self.as_ptr()).lpszLogData).read_volatile() };
        text.iter()
            .map(|char| char.to_ne_bytes()[0])
            .take_while(|byte| *byte != 0)
            .collect()
    }
}

impl Drop for EcbCell {
    fn drop(&mut self) {
        drop(self.registration.take());
        if let Some(mut block) = self.block.take() {
            block.poison();
            QUARANTINE.admit(block);
        }
    }
}

/// The memory of a control block: the block itself, its strings, and the body's first bytes.
///
/// All three are held as raw pointers because the extension reads and writes them while we own
/// them. Made by `new`, given back by `Drop`.
#[derive(Debug)]
pub(crate) struct Block {
    ecb: NonNull<EXTENSION_CONTROL_BLOCK>,
    text: RawBytes,
    preread: RawBytes,
}

// SAFETY: the block owns its three allocations; nothing in it belongs to a thread.
unsafe impl Send for Block {}
// SAFETY: a shared block gives out its address and volatile copies of two fields, no references.
unsafe impl Sync for Block {}

impl Block {
    fn new(conn: ConnId, head: &RequestHead, preread: &Preread, backend: &dyn Backend) -> Self {
        let strings: [Cow<'_, [u8]>; 5] = [
            head.method().as_str().as_bytes().into(),
            head.query().as_bytes().into(),
            backend.encode_text(&head.script().path_info),
            backend.encode_text(&head.script().path_translated),
            head.content_type().into(),
        ];
        let mut text = Vec::with_capacity(strings.iter().map(|string| string.len() + 1).sum());
        let starts = strings.map(|string| {
            let start = text.len();
            text.extend_from_slice(&string);
            text.push(0);
            start
        });
        let text = RawBytes::new(text);
        let [method, query, path_info, path_translated, content_type] =
            starts.map(|start| text.at(start).cast::<CHAR>());

        // IIS ends the bytes with a NUL that is not counted; extensions rely on it.
        let mut data = Vec::with_capacity(preread.data.len() + 1);
        data.extend_from_slice(&preread.data);
        data.push(0);
        let data = RawBytes::new(data);

        let ecb = EXTENSION_CONTROL_BLOCK {
            cbSize: size_of_ecb(),
            dwVersion: HSE_VERSION,
            ConnID: conn.to_raw(),
            dwHttpStatusCode: 200,
            lpszLogData: [0; HSE_LOG_BUFFER_LEN],
            lpszMethod: method,
            lpszQueryString: query,
            lpszPathInfo: path_info,
            lpszPathTranslated: path_translated,
            cbTotalBytes: preread.total_bytes,
            cbAvailable: DWORD::try_from(preread.data.len()).unwrap_or(DWORD::MAX),
            lpbData: data.at(0),
            lpszContentType: content_type,
            GetServerVariable: Some(thunks::GetServerVariable),
            WriteClient: Some(thunks::WriteClient),
            ReadClient: Some(thunks::ReadClient),
            ServerSupportFunction: Some(thunks::ServerSupportFunction),
        };
        Self {
            ecb: leak(Box::new(ecb)),
            text,
            preread: data,
        }
    }

    /// Makes stale reads see nothing: every string is "", there is no body. The callbacks stay:
    /// they answer that the `ConnID` is stale.
    pub(crate) fn poison(&mut self) {
        self.text.clear();
        self.preread = RawBytes::new(Vec::new());
        let ecb = self.ecb.as_ptr();
        // SAFETY: the block is live until `Drop`. An extension that still writes it breaks the
        // contract; no reference of ours is involved.
        unsafe {
            (*ecb).lpszMethod = empty();
            (*ecb).lpszQueryString = empty();
            (*ecb).lpszPathInfo = empty();
            (*ecb).lpszPathTranslated = empty();
            (*ecb).lpszContentType = empty();
            (*ecb).cbTotalBytes = 0;
            (*ecb).cbAvailable = 0;
            (*ecb).lpbData = empty().cast();
        }
    }

    /// How much memory the block holds beside itself.
    pub(crate) fn text_len(&self) -> usize {
        self.text.len
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: `ecb` came from `leak` in `new` and is given back only here.
        drop(unsafe { Box::from_raw(self.ecb.as_ptr()) });
    }
}

/// An owned allocation that foreign code reads and writes.
#[derive(Debug)]
struct RawBytes {
    start: NonNull<BYTE>,
    len: usize,
}

impl RawBytes {
    fn new(bytes: Vec<BYTE>) -> Self {
        let len = bytes.len();
        Self {
            start: leak(bytes.into_boxed_slice()).cast(),
            len,
        }
    }

    fn at(&self, offset: usize) -> *mut BYTE {
        debug_assert!(offset < self.len);
        self.start.as_ptr().wrapping_add(offset)
    }

    fn clear(&mut self) {
        // SAFETY: `start` and `len` describe the allocation made in `new`.
        unsafe { self.start.as_ptr().write_bytes(0, self.len) }
    }
}

impl Drop for RawBytes {
    fn drop(&mut self) {
        let slice = ptr::slice_from_raw_parts_mut(self.start.as_ptr(), self.len);
        // SAFETY: the slice is the one leaked in `new` and is given back only here.
        drop(unsafe { Box::from_raw(slice) });
    }
}

fn leak<T: ?Sized>(owned: Box<T>) -> NonNull<T> {
    NonNull::from(Box::leak(owned))
}

fn size_of_ecb() -> DWORD {
    DWORD::try_from(mem::size_of::<EXTENSION_CONTROL_BLOCK>()).unwrap_or(DWORD::MAX)
}

/// The empty string of every poisoned block. It can be written, so that even a stale write to a
/// first byte is harmless.
struct EmptyText(UnsafeCell<[CHAR; 16]>);

// SAFETY: we never read or write it; only extensions that break the contract do.
unsafe impl Sync for EmptyText {}

static EMPTY: EmptyText = EmptyText(UnsafeCell::new([0; 16]));

fn empty() -> LPSTR {
    EMPTY.0.get().cast()
}
