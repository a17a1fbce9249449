//! The control block of a request in memory.

use std::ffi::CString;
use std::ptr::{self, NonNull};

use isapi_abi::{DWORD, EXTENSION_CONTROL_BLOCK, HSE_LOG_BUFFER_LEN, HSE_VERSION, LPSTR};

use crate::testing::callbacks::{
    get_server_variable, read_client, server_support_function, write_client,
};
use crate::testing::request::RequestParts;
use crate::testing::text;

/// A control block and what it points to.
#[derive(Debug)]
pub(super) struct ControlBlockMemory {
    ecb: NonNull<EXTENSION_CONTROL_BLOCK>,
    /// From `CString::into_raw`, so that the extension may write to them.
    texts: [LPSTR; 5],
    _preread: Vec<u8>,
}

// SAFETY: the block is written to by the extension while the request lives and read by the test
// after it has ended, which the session's lock orders.
unsafe impl Send for ControlBlockMemory {}
// SAFETY: as above.
unsafe impl Sync for ControlBlockMemory {}

impl ControlBlockMemory {
    pub(super) fn new(parts: &RequestParts) -> ControlBlockMemory {
        let texts = [
            &parts.method,
            &parts.query,
            &parts.path_info,
            &parts.path_translated,
            &parts.content_type,
        ]
        .map(|text| {
            CString::new(text.as_str())
                .expect("a text without NUL")
                .into_raw()
        });
        let [method, query, path_info, path_translated, content_type] = texts;
        let mut preread = parts.body[..parts.read_ahead.min(parts.body.len())].to_vec();
        let available = DWORD::try_from(preread.len()).expect("a body below 4 GiB");
        let total = DWORD::try_from(parts.body.len()).expect("a body below 4 GiB");
        let block = EXTENSION_CONTROL_BLOCK {
            cbSize: DWORD::try_from(size_of::<EXTENSION_CONTROL_BLOCK>()).unwrap_or(0),
            dwVersion: HSE_VERSION,
            ConnID: ptr::null_mut(),
            dwHttpStatusCode: 200,
            lpszLogData: [0; HSE_LOG_BUFFER_LEN],
            lpszMethod: method,
            lpszQueryString: query,
            lpszPathInfo: path_info,
            lpszPathTranslated: path_translated,
            cbTotalBytes: if parts.declares_length {
                total
            } else {
                DWORD::MAX
            },
            cbAvailable: available,
            lpbData: if preread.is_empty() {
                ptr::null_mut()
            } else {
                preread.as_mut_ptr()
            },
            lpszContentType: content_type,
            GetServerVariable: Some(get_server_variable),
            WriteClient: Some(write_client),
            ReadClient: Some(read_client),
            ServerSupportFunction: Some(server_support_function),
        };
        ControlBlockMemory {
            // Given back in `drop`.
            ecb: NonNull::from(Box::leak(Box::new(block))),
            texts,
            _preread: preread,
        }
    }

    pub(super) fn as_ptr(&self) -> *mut EXTENSION_CONTROL_BLOCK {
        self.ecb.as_ptr()
    }

    /// The request must have ended.
    pub(super) fn http_status(&self) -> u32 {
        // SAFETY: the block is live, and nobody writes to it any more.
        unsafe { (*self.ecb.as_ptr()).dwHttpStatusCode }
    }

    /// The request must have ended.
    pub(super) fn log_data(&self) -> String {
        // SAFETY: the block is live, and nobody writes to it any more.
        text(&unsafe { (*self.ecb.as_ptr()).lpszLogData })
    }
}

impl Drop for ControlBlockMemory {
    fn drop(&mut self) {
        // SAFETY: it came from a box in `new`, and the last one to hold the session lets go of it.
        drop(unsafe { Box::from_raw(self.ecb.as_ptr()) });
        for text in self.texts {
            // SAFETY: it came from `CString::into_raw` in `new`, and as above.
            drop(unsafe { CString::from_raw(text) });
        }
    }
}
