//! From a request of the `http` crate to a [`RequestHead`].

use std::borrow::Cow;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, OriginalUri};
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, Uri, Version};
use http_body::Body;
use isapi_core::SharedText;
use isapi_core::request_head::{
    BodyLength, ConnectionInfo, RequestError, RequestHead, RequestHeadParts, Script,
};
use isapi_core::url_path::{UrlError, UrlPath};

use crate::connection::Connection;

/// Where a request goes: the path this service sees, and what a router took off before it.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The path below the place where the service is nested.
    pub(crate) path: UrlPath,
    /// The decoded path of that place, `""` at the root; no slash at its end.
    pub(crate) prefix: SharedText,
    /// The request target in the form the client sent it.
    pub(crate) target: SharedText,
}

impl Address {
    /// Takes apart the URI of a request.
    ///
    /// `Router::nest_service` takes its own path off the URI and leaves the whole one in
    /// [`OriginalUri`]; what is gone is the beginning of SCRIPT_NAME.
    pub(crate) fn of(uri: &Uri, extensions: &Extensions) -> Result<Self, UrlError> {
        let original = original_uri(uri, extensions);
        let target = SharedText::from(&*target(original));
        // Mostly the one begins with the other, and shares its memory.
        let path = match target.starts_with(uri.path()) {
            true => UrlPath::parse(target.slice(0..uri.path().len()))?,
            false => UrlPath::parse(uri.path())?,
        };
        let prefix = match nest_prefix(original.path(), uri.path()) {
            "" => SharedText::default(),
            prefix => UrlPath::parse(prefix)?
                .decoded()
                .trim_end_matches('/')
                .into(),
        };
        Ok(Self {
            path,
            prefix,
            target,
        })
    }

    /// A path below the place where the service is nested, as the client knows it.
    fn below_prefix(&self, path: &SharedText) -> SharedText {
        match self.prefix.is_empty() {
            true => path.clone(),
            false => format!("{}{path}", self.prefix).into(),
        }
    }
}

/// The URI as the client sent it.
pub(crate) fn original_uri<'a>(uri: &'a Uri, extensions: &'a Extensions) -> &'a Uri {
    extensions
        .get::<OriginalUri>()
        .map_or(uri, |original| &original.0)
}

/// What was taken off the beginning of `original` to make it `stripped`; `""` where the one is no end
/// of the other, because a middleware rewrote the path.
fn nest_prefix<'a>(original: &'a str, stripped: &str) -> &'a str {
    match original.strip_suffix(stripped) {
        Some(prefix) => prefix,
        // A nested service's own path, without a slash at its end.
        None if stripped == "/" => original,
        None => "",
    }
}

/// The URL, mapped: which extension, and how the URL divides.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// The decoded path, below the nesting, up to and including the extension's name.
    pub(crate) script_name: SharedText,
    /// The decoded rest of the path.
    pub(crate) path_info: SharedText,
    /// Where `path_info` lies in the file system.
    pub(crate) path_translated: SharedText,
    /// Where `script_name` lies in the file system; `""` where it does not.
    pub(crate) script_filename: SharedText,
    /// The directory of the site, with a separator at its end. All of it is one application.
    pub(crate) document_root: SharedText,
}

/// What a request brings beside its head. Its children take it over.
#[derive(Debug)]
pub(crate) struct Origin {
    /// As the service sees it: below the place where it is nested.
    pub(crate) uri: Uri,
    pub(crate) extensions: Extensions,
}

impl Origin {
    /// The URI as the client sent it.
    pub(crate) fn original_uri(&self) -> &Uri {
        original_uri(&self.uri, &self.extensions)
    }

    /// The path of the place where the service is nested, not decoded; `""` at the root.
    pub(crate) fn nest_prefix(&self) -> &str {
        nest_prefix(self.original_uri().path(), self.uri.path())
    }
}

/// The parts of a request that are its head's alone.
#[derive(Debug)]
pub(crate) struct Line {
    method: Method,
    version: Version,
    headers: HeaderMap,
}

/// Divides a request into what its head takes over, and the rest.
pub(crate) fn divide(parts: Parts) -> (Line, Origin) {
    let line = Line {
        method: parts.method,
        version: parts.version,
        headers: parts.headers,
    };
    let origin = Origin {
        uri: parts.uri,
        extensions: parts.extensions,
    };
    (line, origin)
}

/// Makes the head an extension sees.
pub(crate) fn request_head(
    line: Line,
    origin: &Origin,
    body: BodyLength,
    address: &Address,
    mapping: Mapping,
) -> Result<RequestHead, RequestError> {
    let extensions = &origin.extensions;
    let script = Script {
        script_name: address.below_prefix(&mapping.script_name),
        path_info: mapping.path_info,
        path_translated: mapping.path_translated,
        url: address.below_prefix(address.path.decoded_text()),
        appl_physical_path: mapping.document_root.clone(),
        script_filename: mapping.script_filename,
        document_root: mapping.document_root,
        application: address.prefix.clone(),
    };
    RequestHead::new(RequestHeadParts {
        method: line.method,
        version: line.version,
        target: address.target.clone(),
        connection: connection_info(extensions),
        headers: line.headers,
        body,
        script,
        user: extensions.get().cloned(),
        raw_fields: extensions.get().cloned(),
    })
}

/// The request target in the form the client sent it.
pub(crate) fn target(uri: &Uri) -> Cow<'_, str> {
    match uri.path_and_query() {
        Some(path_and_query) if uri.authority().is_none() => path_and_query.as_str().into(),
        _ => uri.to_string().into(),
    }
}

/// How long a body is by its framing: what the body itself says, never what a field says.
pub(crate) fn body_length(body: &impl Body) -> BodyLength {
    if body.is_end_stream() {
        return BodyLength::None;
    }
    match body.size_hint().exact() {
        Some(0) => BodyLength::None,
        Some(length) => BodyLength::Known(length),
        None => BodyLength::Unknown,
    }
}

/// What the server in front of the service told about the connection.
///
/// A [`ConnectionInfo`] in the extensions says it all; our own listener leaves a [`Connection`], axum's
/// a [`ConnectInfo`]. Without any of them the client is unknown, and does not count as loopback.
pub(crate) fn connection_info(extensions: &Extensions) -> ConnectionInfo {
    if let Some(info) = extensions.get::<ConnectionInfo>() {
        return info.clone();
    }
    if let Some(connection) = extensions.get::<Connection>() {
        return ConnectionInfo {
            remote: Some(connection.remote()),
            local: connection.local(),
            ..ConnectionInfo::default()
        };
    }
    let remote = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0);
    ConnectionInfo {
        remote,
        ..ConnectionInfo::default()
    }
}

/// Whether the client runs on this machine.
pub(crate) fn is_loopback(extensions: &Extensions) -> bool {
    let remote = connection_info(extensions).remote;
    remote.is_some_and(|remote| remote.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http_body_util::{Empty, Full};
    use isapi_core::request_head::{RawFields, User};

    use super::*;

    fn parts(uri: &str, original: Option<&str>) -> Parts {
        let mut request = Request::builder()
            .uri(uri)
            .header("host", "a")
            .body(())
            .unwrap();
        if let Some(original) = original {
            request
                .extensions_mut()
                .insert(OriginalUri(original.parse().unwrap()));
        }
        request.into_parts().0
    }

    fn address(uri: &str, original: Option<&str>) -> Result<Address, UrlError> {
        let parts = parts(uri, original);
        Address::of(&parts.uri, &parts.extensions)
    }

    #[test]
    fn what_a_router_took_off_is_the_prefix() {
        for (uri, original, prefix) in [
            ("/hello.dll", None, ""),
            ("/hello.dll", Some("/hello.dll"), ""),
            ("/hello.dll/x", Some("/legacy/hello.dll/x"), "/legacy"),
            ("/hello.dll", Some("/a/b%20c/hello.dll"), "/a/b c"),
            ("/", Some("/legacy"), "/legacy"),
            ("/", Some("/legacy/"), "/legacy"),
            ("/rewritten.dll", Some("/other"), ""),
        ] {
            assert_eq!(
                address(uri, original).unwrap().prefix,
                prefix,
                "{original:?}"
            );
        }
    }

    #[test]
    fn a_prefix_is_checked_like_any_path() {
        assert_eq!(
            address("/hello.dll", Some("/%2e%2e/hello.dll")).unwrap_err(),
            UrlError::LeavesRoot
        );
    }

    fn head(parts: Parts) -> RequestHead {
        let address = Address::of(&parts.uri, &parts.extensions).unwrap();
        let mapping = Mapping {
            script_name: "/hello.dll".into(),
            path_info: "/x y".into(),
            path_translated: "/srv/x y".into(),
            script_filename: "/srv/hello.so".into(),
            document_root: "/srv/".into(),
        };
        let (line, origin) = divide(parts);
        request_head(line, &origin, BodyLength::None, &address, mapping).unwrap()
    }

    #[test]
    fn names_and_urls_are_those_the_client_knows() {
        let head = head(parts(
            "/hello.dll/x%20y?q=%20",
            Some("/le%67acy/hello.dll/x%20y?q=%20"),
        ));
        assert_eq!(head.script().script_name, "/legacy/hello.dll");
        assert_eq!(head.script().path_info, "/x y");
        assert_eq!(head.script().url, "/legacy/hello.dll/x y");
        assert_eq!(head.target(), "/le%67acy/hello.dll/x%20y?q=%20");
        assert_eq!(head.query(), "q=%20");
    }

    #[test]
    fn an_absolute_target_wins_over_the_host_field() {
        let head = head(parts("http://b:81/hello.dll?q", None));
        assert_eq!(head.server_name(), "b");
        assert_eq!(head.target(), "/hello.dll?q");
    }

    #[test]
    fn user_and_fields_come_from_who_knows_them() {
        let mut parts = parts("/hello.dll", None);
        let user = User {
            name: "anna".into(),
            auth_type: "Custom".into(),
        };
        let fields = RawFields::of_head("GET / HTTP/1.1\r\nHOST: a\r\n\r\n");
        parts.extensions.insert(user.clone());
        parts.extensions.insert(fields.clone());
        let head = head(parts);
        assert_eq!(head.user(), Some(&user));
        assert_eq!(head.raw_fields(), Some(&fields));
    }

    #[test]
    fn only_a_client_of_known_address_can_be_loopback() {
        let mut extensions = Extensions::new();
        assert_eq!(connection_info(&extensions), ConnectionInfo::default());
        assert!(!is_loopback(&extensions));
        for (remote, expected) in [
            ("192.0.2.1:1", false),
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
        ] {
            extensions.insert(ConnectInfo(remote.parse::<SocketAddr>().unwrap()));
            assert_eq!(is_loopback(&extensions), expected, "{remote}");
        }
    }

    #[test]
    fn what_an_embedder_says_about_the_connection_comes_first() {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo::<SocketAddr>("127.0.0.1:1".parse().unwrap()));
        let info = ConnectionInfo {
            secure: true,
            ..ConnectionInfo::default()
        };
        extensions.insert(info.clone());
        assert_eq!(connection_info(&extensions), info);
    }

    #[test]
    fn a_bodys_length_is_what_its_framing_says() {
        assert_eq!(body_length(&Empty::<bytes::Bytes>::new()), BodyLength::None);
        assert_eq!(
            body_length(&Full::new(bytes::Bytes::from("abc"))),
            BodyLength::Known(3)
        );
        assert_eq!(body_length(&Unframed), BodyLength::Unknown);
    }

    /// A body that knows nothing about its length.
    struct Unframed;

    impl Body for Unframed {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
            std::task::Poll::Ready(None)
        }
    }
}
