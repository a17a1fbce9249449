//! What one `HSE_REQ_TRANSMIT_FILE` sends.

use std::fs::File;

/// A file to send, with what stands around it; the safe form of
/// [`HSE_TF_INFO`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524981(v=vs.90)).
///
/// [`VectorSend`](crate::VectorSend) sends larger files, and several.
///
/// It owns the file until the operation has completed. On Windows the file must have been opened
/// with `FILE_FLAG_OVERLAPPED` where the host sends with `TransmitFile`, as IIS does.
///
/// ```no_run
/// use std::fs::File;
/// use isapi_sdk::FileSend;
///
/// let file = File::open("isapi.png")?;
/// let length = file.metadata()?.len().to_string();
/// let send = FileSend::new(file)
///     .with_header("200 OK", &[("Content-Type", "image/png"), ("Content-Length", &length)]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FileSend {
    /// The file. Its position is neither used nor moved.
    pub file: File,
    /// Where in the file to begin, in bytes.
    pub offset: u32,
    /// How many bytes of the file to send; 0 is the rest of it.
    pub length: u32,
    /// The head of the response, if it has not been sent yet (`HSE_IO_SEND_HEADERS`). The host adds
    /// no `Content-Length`; a response without one may end its connection.
    pub head: Option<FileHead>,
    /// Bytes to send after the file.
    pub tail: Vec<u8>,
    /// Nothing else follows and the connection is closed (`HSE_IO_DISCONNECT_AFTER_SEND`). The
    /// request must be [`finish`](crate::AsyncRequest::finish)ed all the same.
    pub disconnect: bool,
}

impl FileSend {
    /// Sends the whole file and nothing else.
    pub fn new(file: File) -> FileSend {
        FileSend {
            file,
            offset: 0,
            length: 0,
            head: None,
            tail: Vec::new(),
            disconnect: false,
        }
    }

    /// Sends this head first.
    #[must_use]
    pub fn with_header(self, status: &str, headers: &[(&str, &str)]) -> FileSend {
        FileSend {
            head: Some(FileHead::new(status, headers)),
            ..self
        }
    }
}

/// The head of a response that a file send or a vector carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHead {
    /// The status, such as `200 OK`.
    pub status: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
}

impl FileHead {
    pub(crate) fn new(status: &str, headers: &[(&str, &str)]) -> FileHead {
        let headers = headers.iter();
        let owned = headers.map(|&(name, value)| (name.to_owned(), value.to_owned()));
        FileHead {
            status: status.to_owned(),
            headers: owned.collect(),
        }
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
