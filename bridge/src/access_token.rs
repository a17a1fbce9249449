use std::fmt;

use isapi_abi::HANDLE;

/// A Windows access token of the host, which extensions impersonate
/// ([access tokens](https://learn.microsoft.com/en-us/windows/win32/secauthz/access-tokens)). Closed
/// when it is dropped.
pub trait AccessToken: Send + Sync + fmt::Debug + 'static {
    /// The token's handle, which stays this value's.
    fn as_handle(&self) -> HANDLE;

    /// The token's handle, to be closed by whoever is given it.
    fn into_handle(self: Box<Self>) -> HANDLE;
}
