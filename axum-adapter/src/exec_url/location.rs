//! Where a child's URL leads.

use std::borrow::Cow;

use http::Uri;
use http::uri::PathAndQuery;
use isapi_core::session::ChildRequest;

use crate::DispatchError;
use crate::request::Origin;

/// The most bytes that `http` has room for.
const MAX_LENGTH: usize = u16::MAX as usize - 1;

/// The URL of a child.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Location {
    /// As the service sees it: below the place where it is nested.
    pub(super) uri: Uri,
    /// As a client would have sent it.
    pub(super) original: Uri,
}

impl Location {
    /// Where the child that was `asked` for lies, in the same site as its parent.
    ///
    /// Its URL begins at the root of the site, as SCRIPT_NAME does. What lies outside the place where
    /// the service is nested is none of the service's URLs.
    pub(super) fn of(origin: &Origin, asked: &ChildRequest) -> Result<Self, DispatchError> {
        let Some(url) = &asked.url else {
            return Ok(Self::of_parent(origin));
        };
        let url = escaped(url);
        let below = without_prefix(&url, origin.nest_prefix()).ok_or(DispatchError::NotFound)?;
        match (uri_of(&below), uri_of(&url)) {
            (Some(uri), Some(original)) => Ok(Self { uri, original }),
            // What is escaped can only be too long.
            _ => Err(DispatchError::UrlTooLong { limit: MAX_LENGTH }),
        }
    }

    /// Where the parent lies.
    pub(super) fn of_parent(origin: &Origin) -> Self {
        Self {
            uri: without_authority(&origin.uri),
            original: without_authority(origin.original_uri()),
        }
    }
}

fn uri_of(path_and_query: &str) -> Option<Uri> {
    PathAndQuery::try_from(path_and_query).ok().map(Uri::from)
}

/// The host is in the parent's `Host` field, and a child may name another.
fn without_authority(uri: &Uri) -> Uri {
    match uri.path_and_query() {
        Some(path_and_query) => Uri::from(path_and_query.clone()),
        None => uri.clone(),
    }
}

/// Escapes what no URL may have, but extensions write all the same.
fn escaped(url: &str) -> Cow<'_, str> {
    if !url.bytes().any(is_unfit) {
        return Cow::Borrowed(url);
    }
    let escape = |byte: u8| match is_unfit(byte) {
        true => format!("%{byte:02X}"),
        false => char::from(byte).to_string(),
    };
    Cow::Owned(url.bytes().map(escape).collect())
}

fn is_unfit(byte: u8) -> bool {
    !byte.is_ascii_graphic() || matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`')
}

/// The rest of a URL behind a prefix of whole segments; letters' case does not matter, as in all URLs
/// of the service.
fn without_prefix<'a>(url: &'a str, prefix: &str) -> Option<Cow<'a, str>> {
    let (start, rest) = url.split_at_checked(prefix.len())?;
    if !start.eq_ignore_ascii_case(prefix) {
        return None;
    }
    match rest.chars().next() {
        Some('/') => Some(Cow::Borrowed(rest)),
        Some('?') | None => Some(Cow::Owned(format!("/{rest}"))),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::OriginalUri;

    use super::*;

    fn origin(uri: &str, original: Option<&str>) -> Origin {
        let mut extensions = http::Extensions::new();
        if let Some(original) = original {
            extensions.insert(OriginalUri(original.parse().unwrap()));
        }
        Origin {
            uri: uri.parse().unwrap(),
            extensions,
        }
    }

    fn locate(origin: &Origin, url: &str) -> Result<Location, DispatchError> {
        let asked = ChildRequest {
            url: Some(url.to_owned()),
            ..ChildRequest::default()
        };
        Location::of(origin, &asked)
    }

    #[test]
    fn a_url_begins_at_the_root_of_the_site() {
        let plain = origin("/parent.dll", None);
        let location = locate(&plain, "/x.dll/i?q").unwrap();
        assert_eq!(location.uri, "/x.dll/i?q");
        assert_eq!(location.original, "/x.dll/i?q");

        let nested = origin("/parent.dll", Some("/legacy/parent.dll"));
        for (url, below) in [
            ("/legacy/x.dll?q", "/x.dll?q"),
            ("/LEGACY/x", "/x"),
            ("/legacy", "/"),
            ("/legacy?q", "/?q"),
        ] {
            let location = locate(&nested, url).unwrap();
            assert_eq!(location.uri, below, "{url}");
            assert_eq!(location.original, url);
        }
    }

    #[test]
    fn what_lies_outside_the_place_of_the_service_is_not_found() {
        let nested = origin("/parent.dll", Some("/legacy/parent.dll"));
        for url in ["/x.dll", "/legacyx.dll", "/", ""] {
            let located = locate(&nested, url);
            assert!(
                matches!(located, Err(DispatchError::NotFound)),
                "{url}: {located:?}"
            );
        }
    }

    #[test]
    fn without_a_url_a_child_lies_where_its_parent_does() {
        let nested = origin("/parent.dll?q", Some("/legacy/parent.dll?q"));
        let location = Location::of(&nested, &ChildRequest::default()).unwrap();
        assert_eq!(location.uri, "/parent.dll?q");
        assert_eq!(location.original, "/legacy/parent.dll?q");
    }

    #[test]
    fn the_authority_of_the_parents_target_is_left_to_the_host_field() {
        let location = locate(&origin("http://b:81/parent.dll", None), "/x.dll").unwrap();
        assert_eq!(location.uri, "/x.dll");
        assert_eq!(location.original, "/x.dll");
    }

    #[test]
    fn what_no_url_may_have_is_escaped() {
        for (url, expected) in [
            ("/a b", "/a%20b"),
            ("/%20?a=\"#\"", "/%20?a=%22%23%22"),
            ("/\u{e4}\\\t", "/%C3%A4%5C%09"),
            ("/plain?a=%2f&b", "/plain?a=%2f&b"),
        ] {
            let location = locate(&origin("/parent.dll", None), url).unwrap();
            assert_eq!(location.uri, expected);
        }
    }

    #[test]
    fn a_url_may_be_as_long_as_http_allows_and_no_longer() {
        let parent = origin("/parent.dll", None);
        let longest = format!("/{}", "x".repeat(MAX_LENGTH - 1));
        assert!(locate(&parent, &longest).is_ok());
        let located = locate(&parent, &format!("{longest}x"));
        assert!(
            matches!(located, Err(DispatchError::UrlTooLong { .. })),
            "{located:?}"
        );
    }
}
