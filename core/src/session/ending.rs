//! Why a session ended, and whose fault a refusal is.

use std::fmt;

use super::Misuse;
use crate::win32::Win32Error;

/// How a session ended and through whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ending {
    /// Who brought it about.
    pub by: Initiator,
    /// What it came to.
    pub how: How,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} by {:?}", self.how, self.by)
    }
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Initiator {
    /// The client went away.
    Client,
    /// The extension: it returned a final status or said that it is done.
    Extension,
    /// The host could not go on.
    Host,
}

/// What a session came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// The response was cut, or there was none.
    Aborted,
    /// The extension said so (`HSE_STATUS_ERROR` or a status that has no meaning).
    Error,
    /// The call unwound.
    Panicked,
    /// The host refused the request before the call.
    Refused,
    /// A whole response.
    Success,
    /// A deadline passed.
    TimedOut,
}

/// Why a command was refused, by blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "the callback has to answer FALSE with this refusal's code"]
pub enum Refusal {
    /// The client's doing.
    Client(ClientFault),
    /// Our own.
    Host(HostFault),
    /// The extension broke the contract.
    Misuse(Misuse),
}

impl Refusal {
    /// The last-error code that the callback answers with.
    #[must_use]
    pub fn win32(self) -> Win32Error {
        match self {
            Self::Client(fault) => fault.win32(),
            Self::Host(fault) => fault.win32(),
            Self::Misuse(misuse) => misuse.win32(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(fault) => write!(f, "client: {fault:?}"),
            Self::Host(fault) => write!(f, "host: {fault:?}"),
            Self::Misuse(misuse) => write!(f, "misuse: {misuse}"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Misuse> for Refusal {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<ClientFault> for Refusal {
    fn from(fault: ClientFault) -> Self {
        Self::Client(fault)
    }
}

impl From<HostFault> for Refusal {
    fn from(fault: HostFault) -> Self {
        Self::Host(fault)
    }
}

/// What a client did to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientFault {
    /// Its body is larger than the host allows.
    BodyTooLarge,
    /// It closed or reset the connection.
    Gone,
    /// It sent no body data for as long as a read may take; the read may be tried again.
    ReadTimedOut,
}

impl ClientFault {
    /// The last-error code: 10053 (`WSAECONNABORTED`), 10054 (`WSAECONNRESET`) or 10060
    /// (`WSAETIMEDOUT`).
    #[must_use]
    pub fn win32(self) -> Win32Error {
        match self {
            Self::BodyTooLarge => Win32Error::WSAECONNABORTED,
            Self::Gone => Win32Error::WSAECONNRESET,
            Self::ReadTimedOut => Win32Error::WSAETIMEDOUT,
        }
    }
}

/// What the host could not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostFault {
    /// The connection was closed by `HSE_REQ_CLOSE_CONNECTION` or by a deadline.
    ConnectionClosed,
    /// A file could not be read.
    FileRead,
    /// A file became shorter while it was sent.
    FileTruncated,
    /// No page is configured for an error (`HSE_REQ_SEND_CUSTOM_ERROR`).
    NoErrorPage,
    /// This platform has nothing of the kind: tokens, SSPI, IIS's configuration.
    NotSupported,
}

impl HostFault {
    /// The last-error code: 64 (`ERROR_NETNAME_DELETED`), 30 (`ERROR_READ_FAULT`),
    /// 38 (`ERROR_HANDLE_EOF`), 2 (`ERROR_FILE_NOT_FOUND`) or 50 (`ERROR_NOT_SUPPORTED`).
    #[must_use]
    pub fn win32(self) -> Win32Error {
        match self {
            Self::ConnectionClosed => Win32Error::NETNAME_DELETED,
            Self::FileRead => Win32Error::READ_FAULT,
            Self::FileTruncated => Win32Error::HANDLE_EOF,
            Self::NoErrorPage => Win32Error::FILE_NOT_FOUND,
            Self::NotSupported => Win32Error::NOT_SUPPORTED,
        }
    }
}
