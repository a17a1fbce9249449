//! The C form of a custom error.

use std::ffi::CString;
use std::ptr;

use isapi_abi::{DWORD, FALSE, HSE_CUSTOM_ERROR_INFO, HSE_REQ_SEND_CUSTOM_ERROR, PVOID, TRUE};

use crate::custom_error::CustomError;
use crate::error::Win32Error;
use crate::raw::form::{CompletionRoutine, Form};
use crate::text::c_string;

/// An `HSE_CUSTOM_ERROR_INFO`.
pub(crate) struct CustomErrorForm {
    status: CString,
    info: HSE_CUSTOM_ERROR_INFO,
}

impl Form<CustomError> for CustomErrorForm {
    const CODE: DWORD = HSE_REQ_SEND_CUSTOM_ERROR;

    fn new(error: &CustomError) -> Result<CustomErrorForm, Win32Error> {
        Ok(CustomErrorForm {
            status: c_string(&error.status)?,
            info: HSE_CUSTOM_ERROR_INFO {
                pszStatus: ptr::null_mut(),
                uHttpSubError: error.sub_status,
                fAsync: FALSE,
            },
        })
    }

    fn fill(
        &mut self,
        _error: &CustomError,
        completion: Option<CompletionRoutine>,
    ) -> Result<PVOID, Win32Error> {
        self.info.pszStatus = self.status.as_ptr().cast_mut();
        self.info.fAsync = if completion.is_some() { TRUE } else { FALSE };
        Ok((&raw mut self.info).cast())
    }
}
