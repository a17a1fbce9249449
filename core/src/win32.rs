//! Win32 error codes, the currency in which a callback says why it answered FALSE.

use std::fmt;

/// A Win32 or Winsock error code as `GetLastError` returns it.
///
/// The codes a host answers with are associated constants named as in `winerror.h` without the
/// `ERROR_` prefix (Winsock codes keep theirs). Any other code can be carried as well: a file
/// that cannot be read may fail with whatever the operating system says.
///
/// ```
/// use isapi_core::win32::Win32Error;
///
/// let error = Win32Error::INVALID_PARAMETER;
/// assert_eq!(error.code(), 87);
/// assert_eq!(error.to_string(), "87 (ERROR_INVALID_PARAMETER)");
/// ```
///
/// See [System Error Codes](https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Win32Error(u32);

impl Win32Error {
    /// Wraps a code as `GetLastError` would return it.
    pub const fn new(code: u32) -> Self {
        Self(code)
    }

    /// The number `SetLastError` takes.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// Whether this is [`Win32Error::SUCCESS`], that is: no error at all.
    pub const fn is_success(self) -> bool {
        self.0 == 0
    }
}

macro_rules! win32_errors {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        impl Win32Error {
            $($(#[$doc])* pub const $name: Self = Self($code);)*

            /// The name `winerror.h` or `winsock2.h` gives the code, where it is one of ours.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($text),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const ALL: &[Win32Error] = &[$(Win32Error::$name),*];
    };
}

win32_errors! {
    /// Nothing failed.
    SUCCESS = 0, "ERROR_SUCCESS";
    /// The file is not there.
    FILE_NOT_FOUND = 2, "ERROR_FILE_NOT_FOUND";
    /// The process may not do that.
    ACCESS_DENIED = 5, "ERROR_ACCESS_DENIED";
    /// The handle does not name an open file.
    INVALID_HANDLE = 6, "ERROR_INVALID_HANDLE";
    /// There is no memory left for the request.
    NOT_ENOUGH_MEMORY = 8, "ERROR_NOT_ENOUGH_MEMORY";
    /// Writing to the client failed.
    WRITE_FAULT = 29, "ERROR_WRITE_FAULT";
    /// Reading the body or a file failed.
    READ_FAULT = 30, "ERROR_READ_FAULT";
    /// A device or the host failed without saying more.
    GEN_FAILURE = 31, "ERROR_GEN_FAILURE";
    /// A file ended before the range that was asked for.
    HANDLE_EOF = 38, "ERROR_HANDLE_EOF";
    /// This host does not do that.
    NOT_SUPPORTED = 50, "ERROR_NOT_SUPPORTED";
    /// The connection was closed under the operation.
    NETNAME_DELETED = 64, "ERROR_NETNAME_DELETED";
    /// An argument, or the order of calls, breaks the contract.
    INVALID_PARAMETER = 87, "ERROR_INVALID_PARAMETER";
    /// The function exists but is not implemented.
    CALL_NOT_IMPLEMENTED = 120, "ERROR_CALL_NOT_IMPLEMENTED";
    /// The time for the operation ran out.
    SEM_TIMEOUT = 121, "ERROR_SEM_TIMEOUT";
    /// The caller's buffer is too small; the needed size was stored.
    INSUFFICIENT_BUFFER = 122, "ERROR_INSUFFICIENT_BUFFER";
    /// The file is no module for this machine.
    BAD_EXE_FORMAT = 193, "ERROR_BAD_EXE_FORMAT";
    /// The variable is known but has no data.
    NO_DATA = 232, "ERROR_NO_DATA";
    /// More data is there than was asked for.
    MORE_DATA = 234, "ERROR_MORE_DATA";
    /// The operation was cancelled because the client went away.
    OPERATION_ABORTED = 995, "ERROR_OPERATION_ABORTED";
    /// The operation has started and will complete later.
    IO_PENDING = 997, "ERROR_IO_PENDING";
    /// Requests were nested too deeply.
    STACK_OVERFLOW = 1001, "ERROR_STACK_OVERFLOW";
    /// The connection no longer exists.
    CONNECTION_INVALID = 1229, "ERROR_CONNECTION_INVALID";
    /// No such server variable.
    INVALID_INDEX = 1413, "ERROR_INVALID_INDEX";
    /// Winsock: an argument is invalid, such as an offset past the end of a file.
    WSAEINVAL = 10022, "WSAEINVAL";
    /// Winsock: the host gave the connection up.
    WSAECONNABORTED = 10053, "WSAECONNABORTED";
    /// Winsock: the client reset the connection.
    WSAECONNRESET = 10054, "WSAECONNRESET";
    /// Winsock: the client took too long.
    WSAETIMEDOUT = 10060, "WSAETIMEDOUT";
}

impl fmt::Display for Win32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for Win32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Win32Error({self})")
    }
}

impl std::error::Error for Win32Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_known_codes_and_prints_the_rest_bare() {
        assert_eq!(Win32Error::WSAEINVAL.to_string(), "10022 (WSAEINVAL)");
        assert_eq!(Win32Error::new(4711).to_string(), "4711");
        assert_eq!(
            format!("{:?}", Win32Error::NO_DATA),
            "Win32Error(232 (ERROR_NO_DATA))"
        );
    }

    #[test]
    fn only_success_is_success() {
        for error in ALL {
            assert_eq!(error.is_success(), *error == Win32Error::SUCCESS, "{error}");
        }
    }

    #[test]
    fn names_belong_to_one_code_each() {
        for (index, error) in ALL.iter().enumerate() {
            let name = error.name().expect("a listed code has a name");
            let later = ALL[index + 1..].iter().filter_map(|other| other.name());
            assert!(
                later.into_iter().all(|other| other != name),
                "{name} is listed twice"
            );
        }
    }
}
