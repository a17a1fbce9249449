//! Access tokens for extensions.

use std::os::windows::io::{AsRawHandle, FromRawHandle, IntoRawHandle, OwnedHandle};
use std::ptr;

use isapi_abi::HANDLE;
use isapi_bridge::AccessToken;
use isapi_core::win32::Win32Error;
use windows_sys::Win32::Foundation::GetLastError;
use windows_sys::Win32::Security::{
    DuplicateTokenEx, SecurityImpersonation, TOKEN_DUPLICATE, TOKEN_IMPERSONATE, TOKEN_QUERY,
    TokenImpersonation,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// What `ImpersonateLoggedOnUser` and `SetThreadToken` need, and what makes a primary token of it for
/// `CreateProcessAsUser`.
const ACCESS: u32 = TOKEN_DUPLICATE | TOKEN_IMPERSONATE | TOKEN_QUERY;

/// An impersonation token of the account that the server runs under.
#[derive(Debug)]
pub(crate) struct ProcessToken(OwnedHandle);

impl ProcessToken {
    /// Makes one; child processes do not inherit it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(crate) fn new() -> Result<Self, Win32Error> {
        let mut process = ptr::null_mut();
        // SAFETY: the handle of the own process always is one; the token's goes to a variable of ours.
        let opened = unsafe { OpenProcessToken(GetCurrentProcess(), ACCESS, &raw mut process) };
        if opened == 0 {
            return Err(last_error());
        }
        // SAFETY: the handle was just opened and belongs to nobody else.
        let process = unsafe { OwnedHandle::from_raw_handle(process) };
        let mut token = ptr::null_mut();
        // SAFETY: the process's token is open; without attributes nobody inherits the new one, whose
        // handle goes to a variable of ours.
        let duplicated = unsafe {
            DuplicateTokenEx(
                process.as_raw_handle(),
                ACCESS,
                ptr::null(),
                SecurityImpersonation,
                TokenImpersonation,
                &raw mut token,
            )
        };
        if duplicated == 0 {
            return Err(last_error());
        }
        // SAFETY: as above.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(token) }))
    }
}

impl AccessToken for ProcessToken {
    fn as_handle(&self) -> HANDLE {
        self.0.as_raw_handle()
    }

    fn into_handle(self: Box<Self>) -> HANDLE {
        self.0.into_raw_handle()
    }
}

fn last_error() -> Win32Error {
    // SAFETY: it only reads a number of this thread.
    Win32Error::new(unsafe { GetLastError() })
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Foundation::CloseHandle;
    use windows_sys::Win32::Security::{
        GetTokenInformation, ImpersonateLoggedOnUser, RevertToSelf, TOKEN_STATISTICS,
        TokenStatistics,
    };

    use super::*;

    fn statistics(token: HANDLE) -> Option<TOKEN_STATISTICS> {
        let size = u32::try_from(size_of::<TOKEN_STATISTICS>()).unwrap();
        // SAFETY: numbers alone: all zero is a value of it.
        let mut statistics: TOKEN_STATISTICS = unsafe { std::mem::zeroed() };
        let mut used = 0;
        let place = (&raw mut statistics).cast();
        // SAFETY: the place has that size; what is no token is answered with an error.
        let told =
            unsafe { GetTokenInformation(token, TokenStatistics, place, size, &raw mut used) };
        (told != 0).then_some(statistics)
    }

    #[test]
    fn a_thread_can_impersonate_the_token() {
        let token = ProcessToken::new().unwrap();
        let statistics = statistics(token.as_handle()).unwrap();
        assert_eq!(statistics.TokenType, TokenImpersonation);
        assert_eq!(statistics.ImpersonationLevel, SecurityImpersonation);
        // SAFETY: the token is open, and the thread is itself again before the test ends.
        unsafe {
            assert_ne!(ImpersonateLoggedOnUser(token.as_handle()), 0);
            assert_ne!(RevertToSelf(), 0);
        }
    }

    #[test]
    fn a_handle_that_was_given_away_is_open_until_its_owner_closes_it() {
        let handle = Box::new(ProcessToken::new().unwrap()).into_handle();
        assert!(statistics(handle).is_some());
        // SAFETY: the handle is this test's now.
        assert_ne!(unsafe { CloseHandle(handle) }, 0);
    }
}
