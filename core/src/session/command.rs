//! What an extension asks for, and what it returns, as checked types.

use bytes::Bytes;
use http::StatusCode;

use crate::response_head::ResponseHead;

/// What `HttpExtensionProc` came back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcReturn {
    /// The returned status.
    pub status: ProcStatus,
    /// `dwHttpStatusCode` of the control block at that moment.
    pub http_status: u32,
}

/// The return value of `HttpExtensionProc`
/// ([ms525010](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525010(v=vs.90))).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcStatus {
    /// `HSE_STATUS_ERROR` (4).
    Error,
    /// The call did not return: it unwound.
    Panicked,
    /// `HSE_STATUS_PENDING` (3): the extension owns the request until it is done with the session.
    Pending,
    /// `HSE_STATUS_SUCCESS` (1), and 0, which IIS takes for the same.
    Success,
    /// `HSE_STATUS_SUCCESS_AND_KEEP_CONN` (2); the same as success since IIS 4.
    SuccessAndKeepConn,
    /// Any other number.
    Unknown(u32),
}

impl ProcStatus {
    /// Reads the number that `HttpExtensionProc` returned.
    ///
    /// ```
    /// use isapi_core::session::ProcStatus;
    ///
    /// assert_eq!(ProcStatus::from_raw(0), ProcStatus::Success);
    /// assert_eq!(ProcStatus::from_raw(9), ProcStatus::Unknown(9));
    /// ```
    #[must_use]
    pub fn from_raw(status: u32) -> Self {
        match status {
            0 | 1 => Self::Success,
            2 => Self::SuccessAndKeepConn,
            3 => Self::Pending,
            4 => Self::Error,
            other => Self::Unknown(other),
        }
    }
}

/// Why `HttpExtensionProc` could not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvokeFailure {
    /// Something in the host broke: 500.
    Failed,
    /// No thread is to be had, and no more calls may wait for one: 503.
    Overloaded,
}

impl InvokeFailure {
    /// The status that the client gets.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// `HSE_REQ_DONE_WITH_SESSION` with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Done {
    /// The status the extension gave.
    pub status: DoneStatus,
    /// `dwHttpStatusCode` of the control block at that moment.
    pub http_status: u32,
}

/// The status given with `HSE_REQ_DONE_WITH_SESSION`
/// ([ms525588](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525588(v=vs.90))).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoneStatus {
    /// `HSE_STATUS_ERROR` (4).
    Error,
    /// `HSE_STATUS_SUCCESS` (1), 0, or no status at all.
    Success,
    /// `HSE_STATUS_SUCCESS_AND_KEEP_CONN` (2).
    SuccessAndKeepConn,
    /// Any other number, `HSE_STATUS_PENDING` among them: ends the session like an error.
    Unknown(u32),
}

impl DoneStatus {
    /// Reads the optional `DWORD` that came with the request.
    #[must_use]
    pub fn from_raw(status: Option<u32>) -> Self {
        match status {
            None | Some(0 | 1) => Self::Success,
            Some(2) => Self::SuccessAndKeepConn,
            Some(4) => Self::Error,
            Some(other) => Self::Unknown(other),
        }
    }
}

/// A file the driver knows; what it is stays opaque here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileToken(pub u64);

/// A part of a file, already checked against the file's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileRange {
    /// Which file.
    pub file: FileToken,
    /// First byte, counted from the file's start.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// `HSE_REQ_TRANSMIT_FILE` with its checked arguments
/// ([ms525816](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525816(v=vs.90))).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileTransmission {
    /// What goes before the file.
    pub head: TransmitHead,
    /// The file's part; `None` sends head and tail only.
    pub file: Option<FileRange>,
    /// What goes behind the file.
    pub tail: Bytes,
    /// `HSE_IO_DISCONNECT_AFTER_SEND`: nothing may be sent behind it, the connection closes.
    pub disconnect: bool,
    /// `HSE_IO_FINAL_SEND`: nothing may be sent behind it.
    pub final_send: bool,
    /// The operation brings a callback of its own (`pfnHseIO`).
    pub own_callback: bool,
}

/// `HSE_REQ_VECTOR_SEND` with its checked arguments
/// ([ms525729](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525729(v=vs.90))).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VectorSend {
    /// A response head (`HSE_IO_SEND_HEADERS`), and body bytes that followed its blank line.
    pub head: Option<(ResponseHead, Bytes)>,
    /// What is sent, in this order.
    pub elements: Vec<VectorElement>,
    /// `HSE_IO_DISCONNECT_AFTER_SEND`: nothing may be sent behind it, the connection closes.
    pub disconnect: bool,
    /// `HSE_IO_FINAL_SEND`: nothing may be sent behind it.
    pub final_send: bool,
}

/// A part of a [`VectorSend`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VectorElement {
    /// `HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER`.
    Memory(Bytes),
    /// `HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE`.
    File(FileRange),
}

/// What goes before the file of a [`FileTransmission`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TransmitHead {
    /// Bytes of the body (`pHead` without `HSE_IO_SEND_HEADERS`); a head when none has gone yet
    /// and they begin with `HTTP/`.
    Raw(Bytes),
    /// A response head (`HSE_IO_SEND_HEADERS`), and body bytes that followed its blank line.
    Response(ResponseHead, Bytes),
}
