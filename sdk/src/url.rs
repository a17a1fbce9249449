//! What the server makes of a URL.

use std::path::PathBuf;

use isapi_abi::{HSE_URL_FLAGS_EXECUTE, HSE_URL_FLAGS_READ, HSE_URL_FLAGS_SCRIPT};

use crate::control_block::ControlBlock;
use crate::error::Win32Error;
use crate::text::{WideString, c_string, from_wide};

/// Where a URL lies and what may be done there; the safe form of
/// [`HSE_UNICODE_URL_MAPEX_INFO`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525973(v=vs.90)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlMapping {
    /// Where the URL lies in the file system. There need not be anything.
    pub path: PathBuf,
    /// The beginning of `path` that came from the mapping: the directory of the virtual directory.
    pub matching_path: PathBuf,
    /// The beginning of the URL that the mapping took: the virtual directory.
    pub matching_url: String,
    /// `HSE_URL_FLAGS_` values of [`abi`](crate::abi).
    pub flags: u32,
}

impl UrlMapping {
    /// Whether files there may be read.
    pub fn allows_read(&self) -> bool {
        self.flags & HSE_URL_FLAGS_READ != 0
    }

    /// Whether scripts there may be run.
    pub fn allows_script(&self) -> bool {
        self.flags & HSE_URL_FLAGS_SCRIPT != 0
    }

    /// Whether extensions and programs there may be run.
    pub fn allows_execute(&self) -> bool {
        self.flags & HSE_URL_FLAGS_EXECUTE != 0
    }
}

impl ControlBlock {
    /// Where a URL path lies in the file system;
    /// [`HSE_REQ_MAP_UNICODE_URL_TO_PATH`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525683(v=vs.90))
    /// of IIS 6. An empty `url` is the request's own.
    ///
    /// ```
    /// use isapi_sdk::testing::TestHost;
    /// # use isapi_sdk::{Extension, LoadFailure, Request, Status};
    /// # struct Where;
    /// # impl Extension for Where {
    /// #     const DESCRIPTION: &'static str = "Says where a URL lies";
    /// #     fn load() -> Result<Where, LoadFailure> { Ok(Where) }
    /// #     fn handle(&self, request: Request<'_>) -> Status {
    /// // In `handle`:
    /// let Ok(path) = request.map_url("/data/report.csv") else {
    ///     return Status::Error;
    /// };
    /// #         let _ = request.write(path.display().to_string().as_bytes());
    /// #         Status::Success
    /// #     }
    /// # }
    /// // In its test:
    /// let host = TestHost::load(isapi_sdk::entry!(Where)).unwrap();
    /// let exchange = host.get("/").map_directory("/data", "/srv/data", 1).start();
    /// assert_eq!(exchange.body_text(), "/srv/data/report.csv");
    /// ```
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for what is no URL path,
    /// [`FILE_NOT_FOUND`](Win32Error::FILE_NOT_FOUND) for one that lies nowhere; otherwise the
    /// host's code.
    pub fn map_url(&self, url: &str) -> Result<PathBuf, Win32Error> {
        let path = self.ecb.map_url(&WideString::new(url)?)?;
        Ok(PathBuf::from(from_wide(&path)))
    }

    /// Where a URL path lies, through which virtual directory, and what may be done there;
    /// [`HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524933(v=vs.90))
    /// of IIS 6.
    ///
    /// # Errors
    ///
    /// As for [`map_url`](ControlBlock::map_url), and
    /// [`INSUFFICIENT_BUFFER`](Win32Error::INSUFFICIENT_BUFFER) for a path of more than 259
    /// characters, which the interface has no room for.
    pub fn map_url_ex(&self, url: &str) -> Result<UrlMapping, Win32Error> {
        let url = WideString::new(url)?;
        let info = self.ecb.map_url_ex(&url)?;
        let beginning = |text: &[u16], length: u32| {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            from_wide(&text[..length.min(text.len())])
        };
        Ok(UrlMapping {
            path: PathBuf::from(from_wide(&info.lpszPath)),
            matching_path: PathBuf::from(beginning(&info.lpszPath, info.cchMatchingPath)),
            matching_url: beginning(url.units(), info.cchMatchingURL),
            flags: info.dwFlags,
        })
    }

    /// A URL as the server reads it: escapes of its path decoded, dot segments resolved;
    /// [`HSE_REQ_NORMALIZE_URL`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525993(v=vs.90)).
    ///
    /// Compare a URL with rules of your own in this form only.
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for what is no URL or leads out of the
    /// root; otherwise the host's code.
    pub fn normalize_url(&self, url: &str) -> Result<String, Win32Error> {
        let normal = self.ecb.normalize_url(&c_string(url)?)?;
        Ok(String::from_utf8_lossy(normal.as_bytes()).into_owned())
    }
}
