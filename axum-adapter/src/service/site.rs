//! What an extension may ask about the server around it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use isapi_abi::{DWORD, HSE_URL_FLAGS_EXECUTE, HSE_URL_FLAGS_READ, HSE_URL_FLAGS_SCRIPT};
use isapi_bridge::{ErrorPage, Site, UrlMapping};
use isapi_core::SharedText;
use isapi_core::url_map::Access;
use isapi_core::url_path::UrlPath;

use super::error_pages::{self, ErrorPages};
use super::layout::Layout;
use super::module::InUse;
use super::shown_path::shown;

/// Complaints that are remembered: an extension may make up a new one each time.
const MAX_UNHEALTHY: usize = 128;

/// An extension that said it is not well (`HSE_REQ_REPORT_UNHEALTHY`), or that an exception escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unhealthy {
    /// The extension.
    pub extension: String,
    /// What it gave as the reason, if it gave one; or what escaped which of its functions.
    pub reason: Option<String>,
}

/// What all requests of a service share with the extensions. It owns no extension: a session that
/// ends inside a callback may be the last to hold it.
#[derive(Debug)]
pub(super) struct SiteState {
    pub(super) layout: Layout,
    pub(super) error_pages: ErrorPages,
    pub(super) unhealthy: UnhealthyList,
}

/// The site as one request sees it.
#[derive(Debug)]
pub(super) struct RequestSite {
    pub(super) state: Arc<SiteState>,
    /// The URL path at which the service is nested.
    pub(super) prefix: SharedText,
    /// The session holds the site to its end.
    pub(super) _in_use: InUse,
}

impl Site for RequestSite {
    fn map_url(&self, url: &UrlPath) -> Option<UrlMapping> {
        let (nested, path) = url.decoded().split_at_checked(self.prefix.len())?;
        let is_here = path.is_empty() || path.starts_with('/');
        if !is_here || !nested.eq_ignore_ascii_case(&self.prefix) {
            return None;
        }
        let place = self.state.layout.place(path);
        let mut file = place.path();
        if path.ends_with('/') {
            file.push("");
        }
        Some(UrlMapping {
            path: shown(&file),
            access: flags(place.access.unwrap_or_default()),
            matching_path: shown(place.root).len(),
            matching_url: self.prefix.len() + place.url.len(),
        })
    }

    fn error_page(&self, status: StatusCode, sub_status: u16) -> Option<ErrorPage> {
        error_pages::read(self.state.error_pages.find(status, sub_status)?)
    }

    fn report_unhealthy(&self, extension: &str, reason: Option<&str>) {
        if self.state.unhealthy.add(extension, reason) {
            tracing::error!(
                extension,
                reason,
                "the extension says that it is not well; restart the server when its requests are \
                 done"
            );
        }
    }

    fn report_escape(&self, extension: &str, reason: &str) {
        self.state.unhealthy.add(extension, Some(reason));
    }
}

fn flags(access: Access) -> DWORD {
    [
        (Access::READ, HSE_URL_FLAGS_READ),
        (Access::SCRIPT, HSE_URL_FLAGS_SCRIPT),
        (Access::EXECUTE, HSE_URL_FLAGS_EXECUTE),
    ]
    .into_iter()
    .filter(|(right, _)| access.contains(*right))
    .fold(0, |flags, (_, flag)| flags | flag)
}

/// Who has complained, each complaint once.
#[derive(Debug, Default)]
pub(super) struct UnhealthyList(Mutex<VecDeque<Unhealthy>>);

impl UnhealthyList {
    /// Whether it is a new one.
    fn add(&self, extension: &str, reason: Option<&str>) -> bool {
        let complaint = Unhealthy {
            extension: extension.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.contains(&complaint) {
            return false;
        }
        if list.len() == MAX_UNHEALTHY {
            list.pop_front();
        }
        list.push_back(complaint);
        true
    }

    pub(super) fn all(&self) -> Vec<Unhealthy> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use isapi_core::url_map::Mounts;

    use super::*;
    use crate::service::layout::{DocumentRoot, VirtualDirectory};
    use crate::service::module::InUse;

    /// `/` at `/srv/site`, which may be read; `/bin` at `/opt/bin`, which may be executed.
    fn site(prefix: &str, with_root: bool) -> RequestSite {
        let mut directories = Mounts::new();
        let mut insert = |url: &str, path: &str, access| {
            let path = PathBuf::from(path);
            directories
                .insert_directory(url, VirtualDirectory { path, access })
                .unwrap();
        };
        insert("/bin", "/opt/bin", Access::SCRIPT | Access::EXECUTE);
        if with_root {
            insert("/", "/srv/site", Access::READ);
        }
        RequestSite {
            state: Arc::new(SiteState {
                layout: Layout {
                    directories,
                    document_root: DocumentRoot::new("/srv/root".into()),
                },
                error_pages: ErrorPages::default(),
                unhealthy: UnhealthyList::default(),
            }),
            prefix: prefix.into(),
            _in_use: InUse::of_nothing(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_url_lies_in_the_virtual_directory_that_covers_most_of_it() {
        let rows = [
            ("", true, "/a/b.txt", Some(("/srv/site/a/b.txt", 1, 9, 0))),
            ("", true, "/", Some(("/srv/site/", 1, 9, 0))),
            ("", true, "/bin", Some(("/opt/bin", 0x204, 8, 4))),
            ("", true, "/BIN/x/", Some(("/opt/bin/x/", 0x204, 8, 4))),
            ("", true, "/bins", Some(("/srv/site/bins", 1, 9, 0))),
            ("", false, "/a", Some(("/srv/root/a", 0, 9, 0))),
            (
                "/app",
                true,
                "/app/bin/x",
                Some(("/opt/bin/x", 0x204, 8, 8)),
            ),
            ("/app", true, "/App", Some(("/srv/site", 1, 9, 4))),
            ("/app", true, "/application", None),
            ("/app", true, "/bin", None),
        ];
        for (prefix, with_root, url, expected) in rows {
            let path = UrlPath::parse(url).unwrap();
            let mapping = site(prefix, with_root).map_url(&path);
            let mapping = mapping.as_ref().map(|mapping| {
                (
                    mapping.path.as_str(),
                    mapping.access,
                    mapping.matching_path,
                    mapping.matching_url,
                )
            });
            assert_eq!(mapping, expected, "{prefix} {url}");
        }
    }

    #[test]
    fn an_escape_is_listed_with_the_complaints() {
        let site = site("", true);
        let reason = "C++ exception escaped HttpExtensionProc";
        site.report_escape("x", reason);
        let listed = Unhealthy {
            extension: "x".to_owned(),
            reason: Some(reason.to_owned()),
        };
        assert_eq!(site.state.unhealthy.all(), [listed]);
    }

    #[test]
    fn a_complaint_is_kept_once_and_not_for_ever() {
        let list = UnhealthyList::default();
        let reasons = [None, Some("a"), Some("a"), None];
        let is_new = reasons.map(|reason| list.add("x", reason));
        assert_eq!(is_new, [true, true, false, false]);
        assert!(list.add("y", Some("a")));
        assert_eq!(list.all().len(), 3);
        for number in 0..MAX_UNHEALTHY {
            list.add("x", Some(&number.to_string()));
        }
        let all = list.all();
        assert_eq!(all.len(), MAX_UNHEALTHY);
        assert_eq!(all[0].reason.as_deref(), Some("0"));
    }
}
