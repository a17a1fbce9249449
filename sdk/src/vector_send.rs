//! What one `HSE_REQ_VECTOR_SEND` sends.

use std::fs::File;

use crate::control_block::ControlBlock;
use crate::error::Win32Error;
use crate::file_send::FileHead;
use crate::raw::vector_form::VectorForm;

/// A head, memory and files to send in one call; the safe form of
/// [`HSE_RESPONSE_VECTOR`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525729(v=vs.90)).
///
/// The parts go out in the order in which they were added. Files may be larger than 4 GiB, which
/// [`FileSend`](crate::FileSend) cannot say. On Windows they must have been opened with
/// `FILE_FLAG_OVERLAPPED` where the host sends from them, as IIS does.
///
/// ```
/// use std::fs::File;
///
/// use isapi_sdk::testing::TestHost;
/// use isapi_sdk::{Extension, LoadFailure, Request, Status, VectorSend};
///
/// struct Framed;
///
/// impl Extension for Framed {
///     const DESCRIPTION: &'static str = "Puts a frame around a file";
///
///     fn load() -> Result<Framed, LoadFailure> {
///         Ok(Framed)
///     }
///
///     fn handle(&self, request: Request<'_>) -> Status {
///         let Ok(file) = File::open(request.path_translated()) else {
///             return Status::Error;
///         };
///         let vector = VectorSend::new()
///             .with_header("200 OK", &[("Content-Type", "text/html")])
///             .memory("<pre>")
///             .file(file)
///             .memory("</pre>")
///             .last();
///         match request.vector_send(&vector) {
///             Ok(()) => Status::Success,
///             Err(_) => Status::Error,
///         }
///     }
/// }
///
/// let host = TestHost::load(isapi_sdk::entry!(Framed))?;
/// let exchange = host.get("/").path_translated("Cargo.toml").start();
/// assert!(exchange.body_text().starts_with("<pre>[package]"));
/// assert_eq!(exchange.vectors()[0].parts.len(), 3);
/// # Ok::<(), isapi_sdk::testing::Refused>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "nothing is sent until it is given to a request"]
pub struct VectorSend {
    pub(crate) head: Option<FileHead>,
    pub(crate) parts: Vec<VectorPart>,
    pub(crate) is_final: bool,
    pub(crate) disconnect: bool,
}

/// One element of a vector.
#[derive(Debug)]
pub(crate) enum VectorPart {
    File {
        file: File,
        offset: u64,
        /// 0 is the rest of the file.
        length: u64,
    },
    Memory(Vec<u8>),
}

impl VectorSend {
    /// Sends nothing yet.
    pub fn new() -> VectorSend {
        VectorSend::default()
    }

    /// Sends this head first (`HSE_IO_SEND_HEADERS`). The host adds no `Content-Length`.
    pub fn with_header(mut self, status: &str, headers: &[(&str, &str)]) -> VectorSend {
        self.head = Some(FileHead::new(status, headers));
        self
    }

    /// Adds bytes. No bytes add nothing.
    pub fn memory(mut self, data: impl Into<Vec<u8>>) -> VectorSend {
        self.parts.push(VectorPart::Memory(data.into()));
        self
    }

    /// Adds a whole file. Its position is neither used nor moved.
    pub fn file(self, file: File) -> VectorSend {
        self.file_range(file, 0, 0)
    }

    /// Adds `length` bytes of a file from `offset` on; a `length` of 0 is the rest of the file.
    pub fn file_range(mut self, file: File, offset: u64, length: u64) -> VectorSend {
        self.parts.push(VectorPart::File {
            file,
            offset,
            length,
        });
        self
    }

    /// Nothing else follows (`HSE_IO_FINAL_SEND`): the host can let everything go at once.
    pub fn last(mut self) -> VectorSend {
        self.is_final = true;
        self
    }

    /// Nothing else follows and the connection is closed (`HSE_IO_DISCONNECT_AFTER_SEND`). An
    /// [`AsyncRequest`](crate::AsyncRequest) must be finished all the same.
    pub fn disconnect(mut self) -> VectorSend {
        self.disconnect = true;
        self
    }
}

impl ControlBlock {
    pub(crate) fn send_vector(&self, vector: &VectorSend) -> Result<(), Win32Error> {
        self.ecb.send::<VectorForm, _>(vector)
    }
}
