//! `[[http_error]]`: the page that goes with a status.

use std::collections::HashMap;
use std::path::PathBuf;

use http::StatusCode;

use super::section::Section;

/// A file that is sent with a status; IIS's
/// [`httpErrors/error`](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/httperrors/error).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorPage {
    pub(crate) status: StatusCode,
    /// `None`: whatever it is.
    pub(crate) sub_status: Option<u16>,
    /// Absolute.
    pub(crate) path: PathBuf,
}

pub(super) fn read(sections: Vec<Section<'_>>) -> Vec<ErrorPage> {
    let mut taken = HashMap::new();
    let mut pages = Vec::new();
    for section in sections {
        let place = section.place().clone();
        let source = section.source();
        let Some(page) = page(section) else { continue };
        let line = source.line(&place);
        if let Some(other) = taken.insert((page.status, page.sub_status), line) {
            let status = page.status.as_u16();
            let sub_status = page
                .sub_status
                .map_or(String::new(), |number| format!(".{number}"));
            source.fault(
                &place,
                format!("[[http_error]] for {status}{sub_status}, which line {other} has a page for already"),
            );
        }
        pages.push(page);
    }
    pages
}

fn page(mut section: Section<'_>) -> Option<ErrorPage> {
    let status = section
        .require("status", "a status, such as 404")
        .and_then(|value| value.number::<u16>(400..=599));
    let sub_status = match section.take("sub_status") {
        Some(value) => value.number(0..=999).map(Some),
        None => Some(None),
    };
    let path = section
        .require("path", "the path of a file")
        .and_then(|path| path.file());
    section.finish();
    Some(ErrorPage {
        status: StatusCode::from_u16(status?).ok()?,
        sub_status: sub_status?,
        path: path?,
    })
}
