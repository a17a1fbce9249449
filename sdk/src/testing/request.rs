//! A request being put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::exec_url::ExecUrl;
use crate::testing::Loaded;
use crate::testing::exchange::Exchange;
use crate::testing::session::Session;
use crate::testing::site::{ChildResponse, Children, Directory, Site};

/// The extension's own URL path.
const SCRIPT_NAME: &str = "/test.dll";

/// A request to put together and [`start`](TestRequest::start).
#[derive(Debug)]
#[must_use = "nothing happens until it is started"]
pub struct TestRequest {
    loaded: Arc<Loaded>,
    parts: RequestParts,
}

/// What the extension finds in its control block and variables.
#[derive(Debug)]
pub(super) struct RequestParts {
    pub(super) method: String,
    pub(super) query: String,
    pub(super) path_info: String,
    pub(super) path_translated: String,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
    pub(super) read_ahead: usize,
    pub(super) declares_length: bool,
    pub(super) refuses_operations: bool,
    pub(super) variables: BTreeMap<String, Vec<u8>>,
    pub(super) site: Site,
}

impl TestRequest {
    pub(super) fn new(loaded: Arc<Loaded>, method: &str, target: &str) -> TestRequest {
        let (path_info, query) = target.split_once('?').unwrap_or((target, ""));
        let variables = [
            ("SCRIPT_NAME", SCRIPT_NAME),
            ("SERVER_NAME", "localhost"),
            ("SERVER_PORT", "80"),
            ("ALL_RAW", "Host: localhost\r\n"),
            ("PATH_INFO", path_info),
            ("QUERY_STRING", query),
            ("REQUEST_METHOD", method),
        ];
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .collect();
        TestRequest {
            loaded,
            parts: RequestParts {
                method: method.to_owned(),
                query: query.to_owned(),
                path_info: path_info.to_owned(),
                path_translated: String::new(),
                content_type: String::new(),
                body: Vec::new(),
                read_ahead: 49_152,
                declares_length: true,
                refuses_operations: false,
                variables,
                site: Site {
                    own_url: format!("{SCRIPT_NAME}{path_info}"),
                    ..Site::default()
                },
            },
        }
    }

    /// Gives the request a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.parts.body = body.into();
        self
    }

    /// Says what the body is.
    pub fn content_type(mut self, content_type: &str) -> Self {
        self.parts.content_type = content_type.to_owned();
        self
    }

    /// Says what `PATH_TRANSLATED` is.
    pub fn path_translated(mut self, path: &str) -> Self {
        self.parts.path_translated = path.to_owned();
        self
    }

    /// Sets how many bytes of the body are there at the call; 49,152 unless said otherwise.
    pub fn read_ahead(mut self, bytes: usize) -> Self {
        self.parts.read_ahead = bytes;
        self
    }

    /// Hides the length of the body, as a chunked one does.
    pub fn unknown_length(mut self) -> Self {
        self.parts.declares_length = false;
        self
    }

    /// Gives a server variable a value. A few have one from the start, the others are unknown.
    pub fn variable(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.parts.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Says that the URLs beneath `url` lie beneath the directory `path`, with `HSE_URL_FLAGS_`
    /// values of [`abi`](crate::abi); for
    /// [`map_url`](crate::ControlBlock::map_url) and
    /// [`map_url_ex`](crate::ControlBlock::map_url_ex). The innermost directory has a URL; one that
    /// is in none lies nowhere. Nothing is decoded, resolved or looked for in the file system.
    pub fn map_directory(mut self, url: &str, path: &str, flags: u32) -> Self {
        self.parts.site.directories.push(Directory {
            url: url.trim_end_matches('/').to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            flags,
        });
        self
    }

    /// Says what [`normalize_url`](crate::ControlBlock::normalize_url) makes of a URL. Any other
    /// URL stays as it is.
    ///
    /// # Panics
    ///
    /// The normal form is longer than the URL, which it never is.
    pub fn normal_url(mut self, url: &str, normal: &str) -> Self {
        assert!(normal.len() <= url.len(), "{normal} is longer than {url}");
        let normal_urls = &mut self.parts.site.normal_urls;
        normal_urls.insert(url.to_owned(), normal.to_owned());
        self
    }

    /// Gives the server a page for an error; without one for exactly this status and sub status
    /// [`send_custom_error`](crate::Request::send_custom_error) is refused.
    pub fn error_page(mut self, status: u16, sub_status: u16, page: impl Into<Vec<u8>>) -> Self {
        let error_pages = &mut self.parts.site.error_pages;
        error_pages.insert((status, sub_status), page.into());
        self
    }

    /// Answers the [child requests](crate::AsyncRequest::exec_url) of the extension when they
    /// complete. Without it every child is answered with 404.
    pub fn children(
        mut self,
        answer: impl Fn(&ExecUrl) -> ChildResponse + Send + Sync + 'static,
    ) -> Self {
        self.parts.site.children = Children::new(answer);
        self
    }

    /// Gives the client a certificate, in DER.
    pub fn client_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.parts.site.certificate = Some(der.into());
        self
    }

    /// Makes the host refuse to start any operation, with `ERROR_INVALID_PARAMETER`.
    pub fn refuse_operations(mut self) -> Self {
        self.parts.refuses_operations = true;
        self
    }

    /// Calls `HttpExtensionProc` and gives what came of it.
    ///
    /// # Panics
    ///
    /// A text has a NUL in it, or the body is 4 GiB or longer.
    pub fn start(self) -> Exchange {
        Exchange::start(self.loaded, Session::new(self.parts))
    }
}
