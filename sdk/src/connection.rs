//! Closing the client's connection.

use crate::control_block::ControlBlock;
use crate::error::Win32Error;

impl ControlBlock {
    /// Closes the client's connection at once; what was not sent by then is lost. The request must
    /// be ended all the same.
    /// [`HSE_REQ_CLOSE_CONNECTION`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524613(v=vs.90)).
    ///
    /// While an operation is pending, an [`Interrupt`](crate::Interrupt) can do it.
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn close_connection(&self) -> Result<(), Win32Error> {
        self.ecb.close_connection()
    }

    /// Asks for a reset in the place of an orderly close;
    /// [`HSE_REQ_ABORTIVE_CLOSE`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525852(v=vs.90)).
    /// Servers have taken no notice of it since IIS 5.1.
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn abortive_close(&self) -> Result<(), Win32Error> {
        self.ecb.abortive_close()
    }
}
