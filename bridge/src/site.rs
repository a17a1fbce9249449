use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use isapi_core::url_path::UrlPath;

/// What the server around a request answers for it: where URLs lie, and which error pages there are.
///
/// The HTTP side implements it. It is asked on the extension's thread, without a lock, and may read
/// files.
pub trait Site: Send + Sync + fmt::Debug + 'static {
    /// Where a URL lies: the requests `HSE_REQ_MAP_URL_TO_PATH` and its three relatives. `None` where
    /// it lies nowhere.
    fn map_url(&self, url: &UrlPath) -> Option<UrlMapping>;

    /// The page for an error (`HSE_REQ_SEND_CUSTOM_ERROR`); `None` where none is configured.
    fn error_page(&self, status: StatusCode, sub_status: u16) -> Option<ErrorPage>;

    /// An extension says that it is not well (`HSE_REQ_REPORT_UNHEALTHY`). `reason` is escaped for a
    /// log already.
    fn report_unhealthy(&self, extension: &str, reason: Option<&str>);

    /// Something left a function of the extension by another way than its return, as `reason` says in
    /// the words that are in the log already.
    fn report_escape(&self, extension: &str, reason: &str);
}

/// Where a URL lies in the file system.
///
/// See [HSE_URL_MAPEX_INFO](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524968(v=vs.90)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlMapping {
    /// The physical path. It ends with a separator where the URL ends with a slash.
    pub path: String,
    /// What the directory allows: a set of `HSE_URL_FLAGS_*`.
    pub access: u32,
    /// How much of `path` is the virtual directory's own path, in bytes of UTF-8.
    pub matching_path: usize,
    /// How much of the decoded URL is the virtual directory's own URL, in bytes of UTF-8.
    pub matching_url: usize,
}

/// A configured error page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    /// Its `Content-Type`.
    pub content_type: HeaderValue,
    /// The page.
    pub body: Bytes,
}
