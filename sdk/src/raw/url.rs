//! The calls about URLs. Those that map use the UTF-16 forms, which can say every path.

use std::ffi::{CStr, CString};
use std::ptr;

use isapi_abi::{
    DWORD, HSE_REQ_MAP_UNICODE_URL_TO_PATH, HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX,
    HSE_REQ_NORMALIZE_URL, HSE_UNICODE_URL_MAPEX_INFO, MAX_PATH, WCHAR,
};

use crate::error::Win32Error;
use crate::raw::ecb::Ecb;
use crate::text::WideString;

/// How often a path that has become longer meanwhile is asked for.
const ATTEMPTS: usize = 4;

impl Ecb {
    /// `HSE_REQ_MAP_UNICODE_URL_TO_PATH`: the path, up to its NUL.
    pub(crate) fn map_url(&self, url: &WideString) -> Result<Vec<WCHAR>, Win32Error> {
        let mut room = url.units().len().max(MAX_PATH);
        for _ in 0..ATTEMPTS {
            let mut buffer = url.units().to_vec();
            buffer.resize(room, 0);
            let mut size = byte_length(&buffer)?;
            // SAFETY: the code takes a buffer, which begins with a text that ends with a NUL, and
            // the buffer's size in bytes.
            let outcome = unsafe {
                self.support(
                    HSE_REQ_MAP_UNICODE_URL_TO_PATH,
                    buffer.as_mut_ptr().cast(),
                    &mut size,
                    ptr::null_mut(),
                )
            };
            match outcome {
                Ok(()) => return Ok(buffer),
                Err(Win32Error::INSUFFICIENT_BUFFER) => {
                    let needed = usize::try_from(size).unwrap_or(usize::MAX);
                    room = needed.div_ceil(size_of::<WCHAR>()).max(room);
                }
                Err(error) => return Err(error),
            }
        }
        Err(Win32Error::INSUFFICIENT_BUFFER)
    }

    /// `HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`.
    pub(crate) fn map_url_ex(
        &self,
        url: &WideString,
    ) -> Result<HSE_UNICODE_URL_MAPEX_INFO, Win32Error> {
        /// Room for the two fields more that Microsoft's page shows, should a host write them.
        #[repr(C)]
        struct Padded {
            info: HSE_UNICODE_URL_MAPEX_INFO,
            reserved: [DWORD; 2],
        }

        let mut answer = Padded {
            info: HSE_UNICODE_URL_MAPEX_INFO {
                lpszPath: [0; MAX_PATH],
                dwFlags: 0,
                cchMatchingPath: 0,
                cchMatchingURL: 0,
            },
            reserved: [0; 2],
        };
        // A copy, should a host write to it.
        let mut text = url.units().to_vec();
        let mut size = byte_length(&text)?;
        // SAFETY: the code takes a text that ends with a NUL, its size, and the structure in the
        // place of the type.
        unsafe {
            self.support(
                HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX,
                text.as_mut_ptr().cast(),
                &mut size,
                (&raw mut answer).cast(),
            )
        }?;
        Ok(answer.info)
    }

    /// `HSE_REQ_NORMALIZE_URL`.
    pub(crate) fn normalize_url(&self, url: &CStr) -> Result<CString, Win32Error> {
        let mut buffer = url.to_bytes_with_nul().to_vec();
        let text = buffer.as_mut_ptr().cast();
        // SAFETY: the code takes a text that ends with a NUL, over which it writes a text that is
        // not longer.
        unsafe {
            self.support(
                HSE_REQ_NORMALIZE_URL,
                text,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        }?;
        let normal = CStr::from_bytes_until_nul(&buffer).map_err(|_| Win32Error::GEN_FAILURE)?;
        Ok(normal.to_owned())
    }
}

fn byte_length(text: &[WCHAR]) -> Result<DWORD, Win32Error> {
    DWORD::try_from(size_of_val(text)).map_err(|_| Win32Error::INVALID_PARAMETER)
}
