//! The Win32 codes that an extension may find in its thread's last error.
//!
//! Values and names are those of `winerror.h`.

use crate::DWORD;

constants! {
    /// Every code with its value, for the check against the C headers.
    pub TABLE;

    /// No error.
    ERROR_SUCCESS: DWORD = 0;
    /// The function is not valid for this object.
    ERROR_INVALID_FUNCTION: DWORD = 1;
    /// There is no such file.
    ERROR_FILE_NOT_FOUND: DWORD = 2;
    /// There is no such directory.
    ERROR_PATH_NOT_FOUND: DWORD = 3;
    /// Access was refused.
    ERROR_ACCESS_DENIED: DWORD = 5;
    /// The handle is not one, or not of a kind that can be used here.
    ERROR_INVALID_HANDLE: DWORD = 6;
    /// There is not enough memory.
    ERROR_NOT_ENOUGH_MEMORY: DWORD = 8;
    /// The data is not valid.
    ERROR_INVALID_DATA: DWORD = 13;
    /// There is not enough memory.
    ERROR_OUTOFMEMORY: DWORD = 14;
    /// Writing failed.
    ERROR_WRITE_FAULT: DWORD = 29;
    /// Reading failed.
    ERROR_READ_FAULT: DWORD = 30;
    /// Something attached to the system does not work.
    ERROR_GEN_FAILURE: DWORD = 31;
    /// The end of the file was passed.
    ERROR_HANDLE_EOF: DWORD = 38;
    /// The server does not do this.
    ERROR_NOT_SUPPORTED: DWORD = 50;
    /// The connection was closed by this side while an operation was pending.
    ERROR_NETNAME_DELETED: DWORD = 64;
    /// An argument is not valid, or the call is not valid now.
    ERROR_INVALID_PARAMETER: DWORD = 87;
    /// The other end of the pipe is closed.
    ERROR_BROKEN_PIPE: DWORD = 109;
    /// The function is not there on this system.
    ERROR_CALL_NOT_IMPLEMENTED: DWORD = 120;
    /// The buffer is too small; the size that is needed was written.
    ERROR_INSUFFICIENT_BUFFER: DWORD = 122;
    /// The module cannot be found.
    ERROR_MOD_NOT_FOUND: DWORD = 126;
    /// The function cannot be found in the module.
    ERROR_PROC_NOT_FOUND: DWORD = 127;
    /// The object is in use.
    ERROR_BUSY: DWORD = 170;
    /// The module is for another architecture or is none.
    ERROR_BAD_EXE_FORMAT: DWORD = 193;
    /// The data asked for is not available.
    ERROR_NO_DATA: DWORD = 232;
    /// There is more data than was given back.
    ERROR_MORE_DATA: DWORD = 234;
    /// The wait ended by its time limit.
    WAIT_TIMEOUT: DWORD = 258;
    /// The operation was ended, by the client's leaving or by a cancellation.
    ERROR_OPERATION_ABORTED: DWORD = 995;
    /// The operation has begun and will complete later.
    ERROR_IO_PENDING: DWORD = 997;
    /// Calls are nested too deep.
    ERROR_STACK_OVERFLOW: DWORD = 1001;
    /// An operation on a connection that does not exist.
    ERROR_CONNECTION_INVALID: DWORD = 1229;
    /// There is no item of this name or number.
    ERROR_INVALID_INDEX: DWORD = 1413;
    /// The system cannot do this now.
    ERROR_NO_SYSTEM_RESOURCES: DWORD = 1450;
    /// The operation took too long.
    ERROR_TIMEOUT: DWORD = 1460;
    /// A socket argument is not valid; here: an offset behind the end of a file.
    WSAEINVAL: DWORD = 10022;
    /// The connection was given up by this side.
    WSAECONNABORTED: DWORD = 10053;
    /// The connection was reset by the client.
    WSAECONNRESET: DWORD = 10054;
    /// The client took or gave nothing for too long.
    WSAETIMEDOUT: DWORD = 10060;
}
