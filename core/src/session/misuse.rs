//! The rules of the contract, named by how they are broken.

use std::fmt;

use crate::response_head::HeadError;
use crate::win32::Win32Error;

/// The callback through which a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callback {
    /// `GetServerVariable`.
    GetServerVariable,
    /// The return of `HttpExtensionProc`.
    HttpExtensionProc,
    /// `ReadClient`.
    ReadClient,
    /// `ServerSupportFunction` with this request code.
    ServerSupportFunction(u32),
    /// `WriteClient`.
    WriteClient,
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GetServerVariable => f.write_str("GetServerVariable"),
            Self::HttpExtensionProc => f.write_str("HttpExtensionProc"),
            Self::ReadClient => f.write_str("ReadClient"),
            Self::ServerSupportFunction(code) => write!(f, "ServerSupportFunction({code})"),
            Self::WriteClient => f.write_str("WriteClient"),
        }
    }
}

macro_rules! misuse {
    ($($(#[$doc:meta])* $variant:ident $(($($field:ident: $type:ty),+))? => $code:ident, $text:literal;)+) => {
        /// A rule of the contract that an extension broke.
        ///
        /// Each has a stable [`name`](Misuse::name), a [last-error code](Misuse::win32), and a
        /// section in `docs/misuse.md` that says which rule it was and how to mend it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Misuse {
            $($(#[$doc])* $variant $(($($type),+))?,)+
        }

        impl Misuse {
            /// The names of all of them, in the order of their declaration.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($variant)),+];

            /// The stable name, for logs, docs and tests.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(misuse!(@pattern $variant $(($($field),+))?) => stringify!($variant),)+
                }
            }

            /// The last-error code that the callback answers with.
            #[must_use]
            pub fn win32(&self) -> Win32Error {
                match self {
                    $(misuse!(@pattern $variant $(($($field),+))?) => Win32Error::$code,)+
                }
            }

            fn text(&self) -> &'static str {
                match self {
                    $(misuse!(@pattern $variant $(($($field),+))?) => $text,)+
                }
            }
        }
    };
    (@pattern $variant:ident) => { Self::$variant };
    (@pattern $variant:ident ($($field:ident),+)) => { Self::$variant { .. } };
}

misuse! {
    /// A callback was used after `HSE_REQ_DONE_WITH_SESSION` or a final return.
    AfterDone(call: Callback) => INVALID_PARAMETER, "a callback was used after the session was done";
    /// `HSE_REQ_CLOSE_CONNECTION` with no asynchronous operation pending; the connection closes
    /// all the same.
    CloseWithNothingPending => SUCCESS, "the connection was closed with no operation pending";
    /// An asynchronous operation without a callback set by `HSE_REQ_IO_COMPLETION`.
    CompletionNotSet => INVALID_PARAMETER, "an asynchronous operation needs a completion callback";
    /// More body than the head's `Content-Length`; the rest is cut.
    ContentLengthExceeded => SUCCESS, "more body was written than Content-Length says";
    /// Less body than the head's `Content-Length`; the connection is closed.
    ContentLengthNotReached => SUCCESS, "less body was written than Content-Length says";
    /// `HSE_REQ_DONE_WITH_SESSION` a second time.
    DoneTwice => INVALID_PARAMETER, "the session was done already";
    /// The session was ended while an operation was pending; it is cancelled and waited for.
    EndedWhilePending => SUCCESS, "the session was ended while an operation was pending";
    /// Children of children, too deep (`HSE_REQ_EXEC_URL`).
    ExecUrlTooDeep => STACK_OVERFLOW, "too many requests are children of one another";
    /// A file inside chunks that the extension writes itself, not wholly inside one of them.
    FileAcrossChunks => INVALID_PARAMETER, "a file must lie inside one chunk of the extension's framing";
    /// A second response head.
    HeadersSentTwice => INVALID_PARAMETER, "the response's head was sent already";
    /// A head written with `WriteClient` that never got its blank line.
    HeadNotFinished => INVALID_PARAMETER, "a head written with WriteClient was not finished";
    /// An argument without the meaning that the request needs.
    InvalidArgument(argument: &'static str) => INVALID_PARAMETER, "an argument has no meaning here";
    /// A file handle that is none, or not one of a regular file.
    InvalidFile => INVALID_PARAMETER, "the handle is not one of a file that can be sent";
    /// A URL that cannot be decoded, or is none.
    InvalidUrl => INVALID_PARAMETER, "the URL is malformed";
    /// An element of a vector that cannot be sent; its number is counted from 0.
    InvalidVectorElement(index: u32) => INVALID_PARAMETER, "an element of the vector is malformed";
    /// A file range that ends behind the file's end.
    LengthPastEnd => INVALID_PARAMETER, "the range ends behind the end of the file";
    /// The chunks the extension framed itself are malformed.
    MalformedChunk => INVALID_PARAMETER, "the chunks written by the extension are malformed";
    /// A response head that cannot be sent.
    MalformedHead(error: HeadError) => INVALID_PARAMETER, "the response's head is malformed";
    /// `HSE_IO_ASYNC` is missing where the operation has no synchronous form.
    MissingAsyncFlag => INVALID_PARAMETER, "the operation needs HSE_IO_ASYNC";
    /// `HSE_REQ_GET_EXEC_URL_STATUS` before any child was executed.
    NoChildExecuted => NO_DATA, "no child request was executed";
    /// A pointer that must not be null.
    NullPointer(argument: &'static str) => INVALID_PARAMETER, "a pointer is null";
    /// A file range that begins behind the file's end.
    OffsetPastEnd => WSAEINVAL, "the range begins behind the end of the file";
    /// A second asynchronous operation while one is pending.
    SecondAsyncOperation => INVALID_PARAMETER, "an asynchronous operation is pending already";
    /// A send after `HSE_IO_FINAL_SEND` or `HSE_IO_DISCONNECT_AFTER_SEND`.
    SendAfterFinal => INVALID_PARAMETER, "the last data of the response was sent already";
    /// A `ConnID` that is stale, forged or foreign.
    StaleConnection => INVALID_PARAMETER, "the ConnID is not one of a live request";
    /// A synchronous read or send while an asynchronous operation is pending.
    SynchronousWhilePending => INVALID_PARAMETER, "an asynchronous operation is pending";
    /// Flag bits that have no meaning here.
    UnknownFlags(flags: u32) => INVALID_PARAMETER, "flags that have no meaning here";
    /// A status that has no meaning here.
    UnknownStatus(status: u32) => SUCCESS, "a status that has no meaning here";
    /// A request code that this host does not answer.
    UnknownSupportRequest(code: u32) => INVALID_PARAMETER, "a request code that is not answered";
    /// Status and header block of a vector without `HSE_IO_SEND_HEADERS`, or one of them missing
    /// with it.
    VectorHeadMismatch => INVALID_PARAMETER, "pszStatus and pszHeaders go with HSE_IO_SEND_HEADERS, both or neither";
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.text())?;
        match self {
            Self::AfterDone(call) => write!(f, " ({call})"),
            Self::InvalidVectorElement(index) => write!(f, " ({index})"),
            Self::MalformedHead(error) => write!(f, " ({error})"),
            Self::InvalidArgument(argument) | Self::NullPointer(argument) => {
                write!(f, " ({argument})")
            }
            Self::UnknownFlags(flags) => write!(f, " ({flags:#x})"),
            Self::UnknownStatus(status) => write!(f, " ({status})"),
            Self::UnknownSupportRequest(code) => write!(f, " ({code})"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Misuse {}
