//! The server's own page for an error.

use crate::control_block::ControlBlock;
use crate::error::Win32Error;
use crate::raw::custom_error_form::CustomErrorForm;

/// What `HSE_REQ_SEND_CUSTOM_ERROR` is told.
#[derive(Debug)]
pub(crate) struct CustomError {
    pub(crate) status: String,
    pub(crate) sub_status: u16,
}

impl CustomError {
    pub(crate) fn new(status: &str, sub_status: u16) -> CustomError {
        CustomError {
            status: status.to_owned(),
            sub_status,
        }
    }
}

impl ControlBlock {
    pub(crate) fn custom_error(&self, status: &str, sub_status: u16) -> Result<(), Win32Error> {
        let error = CustomError::new(status, sub_status);
        self.ecb.send::<CustomErrorForm, _>(&error)
    }
}
