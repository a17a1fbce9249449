//! What an extension may ask and tell the server about itself.

use isapi_abi::HSE_APP_FLAG_IN_PROCESS;

use crate::control_block::ControlBlock;
use crate::error::Win32Error;
use crate::text::c_string;

impl ControlBlock {
    /// Whether what is sent leaves at once (true) or may wait in the server's response buffer;
    /// `HSE_REQ_SET_FLUSH_FLAG` of IIS 7, see
    /// [KB 946086](http://support.microsoft.com/?id=946086).
    ///
    /// Turn it on for a response that the client watches as it grows.
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn set_flush(&self, on: bool) -> Result<(), Win32Error> {
        self.ecb.set_flush_flag(on)
    }

    /// Whether the extension runs in the process of the server;
    /// [`HSE_REQ_IS_IN_PROCESS`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524529(v=vs.90)).
    /// Since IIS 6 it always does.
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn is_in_process(&self) -> Result<bool, Win32Error> {
        Ok(self.ecb.process()? == HSE_APP_FLAG_IN_PROCESS)
    }

    /// Tells the operator that the extension does not work any more and its process should be
    /// replaced;
    /// [`HSE_REQ_REPORT_UNHEALTHY`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524715(v=vs.90)).
    /// Requests go on until that is done.
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for a reason with a NUL in it;
    /// otherwise the host's code.
    pub fn report_unhealthy(&self, reason: Option<&str>) -> Result<(), Win32Error> {
        let reason = reason.map(c_string).transpose()?;
        self.ecb.report_unhealthy(reason.as_deref())
    }
}
