//! Everything that can happen to a session, and what it stands for.

use bytes::Bytes;
use http::HeaderValue;
use http::header;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{
    ChildRequest, ChildStatus, Done, DoneStatus, FileRange, FileToken, FileTransmission,
    ProcReturn, ProcStatus, TransmitHead, VectorElement, VectorSend,
};
use isapi_core::win32::Win32Error;

/// Everything that can happen to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Input {
    AppendLog,
    BodyChunk,
    BodyCut,
    BodyEnd,
    BodyTooLarge,
    CancelIo,
    Cancelled,
    ChildCut,
    ChildData(&'static [u8]),
    ChildEnd,
    ChildHead(HeaderOf),
    ChildReads,
    CloseConnection,
    CompletionPanicked,
    CompletionStarted,
    DataTaken,
    Done(DoneWith),
    ExecUrl(ChildAs),
    ExecUrlStatus,
    GetServerVariable,
    InvokeFailed,
    IoCompletion(bool),
    IsConnected,
    IsKeepConn,
    ProcReturn(ReturnWith),
    ReadClient,
    ReadClientAsync,
    Redirect,
    ResponseDropped,
    SendHeader(HeaderOf),
    SetFlushFlag,
    Timeout,
    TransferFailed,
    TransmitFile(TransmitAs),
    VectorSend(VectorAs),
    VectorSendAsync(VectorAs),
    WriteClient(&'static [u8]),
    WriteClientAsync(&'static [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum DoneWith {
    Error,
    Success,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ReturnWith {
    Error,
    Panic,
    Pending,
    Success,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum HeaderOf {
    Chunked,
    Length(u8),
    NoContent,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TransmitAs {
    Disconnect,
    Final,
    Plain,
    WithHead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum VectorAs {
    Final,
    Plain,
    WithHead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ChildAs {
    NoHeaders,
    Reader,
}

impl Input {
    /// One of each kind.
    pub(crate) const ALL: [Self; 48] = [
        Self::AppendLog,
        Self::BodyChunk,
        Self::BodyCut,
        Self::BodyEnd,
        Self::BodyTooLarge,
        Self::CancelIo,
        Self::Cancelled,
        Self::ChildCut,
        Self::ChildData(b"ab"),
        Self::ChildEnd,
        Self::ChildHead(HeaderOf::Open),
        Self::ChildReads,
        Self::CloseConnection,
        Self::CompletionPanicked,
        Self::CompletionStarted,
        Self::DataTaken,
        Self::Done(DoneWith::Error),
        Self::Done(DoneWith::Success),
        Self::ExecUrl(ChildAs::NoHeaders),
        Self::ExecUrl(ChildAs::Reader),
        Self::ExecUrlStatus,
        Self::GetServerVariable,
        Self::InvokeFailed,
        Self::IoCompletion(false),
        Self::IoCompletion(true),
        Self::IsConnected,
        Self::IsKeepConn,
        Self::ProcReturn(ReturnWith::Error),
        Self::ProcReturn(ReturnWith::Panic),
        Self::ProcReturn(ReturnWith::Pending),
        Self::ProcReturn(ReturnWith::Success),
        Self::ReadClient,
        Self::ReadClientAsync,
        Self::Redirect,
        Self::ResponseDropped,
        Self::SendHeader(HeaderOf::Length(3)),
        Self::SendHeader(HeaderOf::Open),
        Self::SetFlushFlag,
        Self::Timeout,
        Self::TransferFailed,
        Self::TransmitFile(TransmitAs::Final),
        Self::TransmitFile(TransmitAs::Plain),
        Self::TransmitFile(TransmitAs::WithHead),
        Self::VectorSend(VectorAs::Final),
        Self::VectorSend(VectorAs::Plain),
        Self::VectorSendAsync(VectorAs::Plain),
        Self::WriteClient(b"ab"),
        Self::WriteClientAsync(b"ab"),
    ];

    /// Is it the extension that does this, through a callback?
    pub(crate) fn is_command(self) -> bool {
        matches!(
            self,
            Self::AppendLog
                | Self::CancelIo
                | Self::CloseConnection
                | Self::Done(_)
                | Self::ExecUrl(_)
                | Self::ExecUrlStatus
                | Self::GetServerVariable
                | Self::IoCompletion(_)
                | Self::IsConnected
                | Self::IsKeepConn
                | Self::ReadClient
                | Self::ReadClientAsync
                | Self::Redirect
                | Self::SendHeader(_)
                | Self::SetFlushFlag
                | Self::TransmitFile(_)
                | Self::VectorSend(_)
                | Self::VectorSendAsync(_)
                | Self::WriteClient(_)
                | Self::WriteClientAsync(_)
        )
    }

    /// A name for the table, the same for inputs that the contract treats alike.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AppendLog => "`HSE_APPEND_LOG_PARAMETER`",
            Self::BodyChunk => "body chunk",
            Self::BodyCut => "body cut",
            Self::BodyEnd => "body end",
            Self::BodyTooLarge => "body too large",
            Self::CancelIo => "`HSE_REQ_CANCEL_IO`",
            Self::Cancelled => "send or child dropped",
            Self::ChildCut => "child cut",
            Self::ChildData(_) => "child's data",
            Self::ChildEnd => "child's end",
            Self::ChildHead(_) => "child's head",
            Self::ChildReads => "child reads",
            Self::CloseConnection => "`HSE_REQ_CLOSE_CONNECTION`",
            Self::CompletionPanicked => "callback unwinds",
            Self::CompletionStarted => "callback entered",
            Self::DataTaken => "data taken",
            Self::Done(_) => "`HSE_REQ_DONE_WITH_SESSION`",
            Self::ExecUrl(_) => "`HSE_REQ_EXEC_URL`",
            Self::ExecUrlStatus => "`HSE_REQ_GET_EXEC_URL_STATUS`",
            Self::GetServerVariable => "`GetServerVariable`",
            Self::InvokeFailed => "call failed",
            Self::IoCompletion(_) => "`HSE_REQ_IO_COMPLETION`",
            Self::IsConnected => "`HSE_REQ_IS_CONNECTED`",
            Self::IsKeepConn => "`HSE_REQ_IS_KEEP_CONN`",
            Self::ProcReturn(ReturnWith::Error | ReturnWith::Unknown) => "returns an error",
            Self::ProcReturn(ReturnWith::Panic) => "unwinds",
            Self::ProcReturn(ReturnWith::Pending) => "returns `HSE_STATUS_PENDING`",
            Self::ProcReturn(ReturnWith::Success) => "returns `HSE_STATUS_SUCCESS`",
            Self::ReadClient => "`ReadClient`",
            Self::ReadClientAsync => "`HSE_REQ_ASYNC_READ_CLIENT`",
            Self::Redirect => "`HSE_REQ_SEND_URL_REDIRECT_RESP`",
            Self::ResponseDropped => "response dropped",
            Self::SendHeader(_) => "`HSE_REQ_SEND_RESPONSE_HEADER_EX`",
            Self::SetFlushFlag => "`HSE_REQ_SET_FLUSH_FLAG`",
            Self::Timeout => "deadline",
            Self::TransferFailed => "file failed",
            Self::TransmitFile(_) => "`HSE_REQ_TRANSMIT_FILE`",
            Self::VectorSend(_) => "`HSE_REQ_VECTOR_SEND`",
            Self::VectorSendAsync(_) => "`HSE_REQ_VECTOR_SEND`, asynchronous",
            Self::WriteClient(_) => "`WriteClient`",
            Self::WriteClientAsync(_) => "`WriteClient`, asynchronous",
        }
    }
}

pub(crate) fn proc_return(with: ReturnWith) -> ProcReturn {
    let status = match with {
        ReturnWith::Error => ProcStatus::Error,
        ReturnWith::Panic => ProcStatus::Panicked,
        ReturnWith::Pending => ProcStatus::Pending,
        ReturnWith::Success => ProcStatus::Success,
        ReturnWith::Unknown => ProcStatus::Unknown(9),
    };
    ProcReturn {
        status,
        http_status: 200,
    }
}

pub(crate) fn done_with(with: DoneWith) -> Done {
    let status = match with {
        DoneWith::Error => DoneStatus::Error,
        DoneWith::Success => DoneStatus::Success,
        DoneWith::Unknown => DoneStatus::Unknown(9),
    };
    Done {
        status,
        http_status: 200,
    }
}

pub(crate) fn head_of(of: HeaderOf) -> ResponseHead {
    match of {
        HeaderOf::Chunked => {
            ResponseHead::from_header_call(None, b"Transfer-Encoding: chunked\r\n\r\n")
                .expect("a good head")
                .0
        }
        HeaderOf::Length(length) => ResponseHead::new(http::StatusCode::OK)
            .with_field(header::CONTENT_LENGTH, HeaderValue::from(u16::from(length))),
        HeaderOf::NoContent => ResponseHead::new(http::StatusCode::NO_CONTENT),
        HeaderOf::Open => ResponseHead::new(http::StatusCode::OK),
    }
}

pub(crate) fn transmission(as_: TransmitAs) -> FileTransmission {
    let head = match as_ {
        TransmitAs::WithHead => {
            TransmitHead::Response(ResponseHead::new(http::StatusCode::OK), Bytes::new())
        }
        _ => TransmitHead::Raw(Bytes::new()),
    };
    FileTransmission {
        head,
        file: Some(FileRange {
            file: FileToken(1),
            offset: 0,
            length: 2,
        }),
        tail: Bytes::from_static(b"t"),
        disconnect: as_ == TransmitAs::Disconnect,
        final_send: as_ == TransmitAs::Final,
        own_callback: as_ == TransmitAs::WithHead,
    }
}

/// A file between two buffers.
pub(crate) fn vector(as_: VectorAs) -> VectorSend {
    let head = ResponseHead::new(http::StatusCode::OK);
    let range = FileRange {
        file: FileToken(1),
        offset: 0,
        length: 1,
    };
    VectorSend {
        head: (as_ == VectorAs::WithHead).then(|| (head, Bytes::new())),
        elements: vec![
            VectorElement::Memory(Bytes::from_static(b"v")),
            VectorElement::File(range),
            VectorElement::Memory(Bytes::from_static(b"w")),
        ],
        disconnect: false,
        final_send: as_ == VectorAs::Final,
    }
}

pub(crate) fn child(as_: ChildAs) -> ChildRequest {
    match as_ {
        ChildAs::NoHeaders => ChildRequest {
            entity: Some(Bytes::new()),
            no_headers: true,
            ..ChildRequest::default()
        },
        ChildAs::Reader => ChildRequest::default(),
    }
}

pub(crate) const CHILD_STATUS: ChildStatus = ChildStatus {
    status: 200,
    sub_status: 0,
    error: Win32Error::SUCCESS,
};
