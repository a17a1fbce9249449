//! The server around a request, as the tests have it.

use std::collections::HashMap;
use std::sync::Mutex;

use http::StatusCode;
use isapi_bridge::{ErrorPage, Site, UrlMapping};
use isapi_core::url_path::UrlPath;

#[derive(Debug, Default)]
pub(crate) struct TestSite {
    /// By the decoded URL.
    pub(crate) urls: HashMap<String, UrlMapping>,
    pub(crate) error_pages: HashMap<(u16, u16), ErrorPage>,
    /// Extension and reason.
    pub(crate) unhealthy: Mutex<Vec<(String, Option<String>)>>,
    /// Extension and reason.
    pub(crate) escapes: Mutex<Vec<(String, String)>>,
}

impl Site for TestSite {
    fn map_url(&self, url: &UrlPath) -> Option<UrlMapping> {
        self.urls.get(url.decoded()).cloned()
    }

    fn error_page(&self, status: StatusCode, sub_status: u16) -> Option<ErrorPage> {
        self.error_pages
            .get(&(status.as_u16(), sub_status))
            .cloned()
    }

    fn report_unhealthy(&self, extension: &str, reason: Option<&str>) {
        let mut unhealthy = self.unhealthy.lock().expect("unpoisoned");
        unhealthy.push((extension.to_owned(), reason.map(str::to_owned)));
    }

    fn report_escape(&self, extension: &str, reason: &str) {
        let mut escapes = self.escapes.lock().expect("unpoisoned");
        escapes.push((extension.to_owned(), reason.to_owned()));
    }
}
