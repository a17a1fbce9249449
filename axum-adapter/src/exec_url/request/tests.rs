use bytes::Bytes;
use http::{Method, Version};
use isapi_core::request_head::{RequestHeadParts, User};

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

fn head(fields: &[(&str, &str)]) -> RequestHead {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, value.parse().unwrap());
    }
    RequestHead::new(RequestHeadParts {
        method: Method::POST,
        target: "/parent.dll?q".into(),
        headers,
        body: BodyLength::Known(9),
        ..RequestHeadParts::default()
    })
    .unwrap()
}

fn raw_fields() -> RawFields {
    RawFields::of_head("GET / HTTP/1.1\r\nHOST: a\r\n\r\n")
}

fn shown(fields: &HeaderMap) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect()
}

#[test]
fn a_child_that_asks_for_nothing_is_its_parent_again() {
    let parent = head(&[
        ("host", "a"),
        ("range", "bytes=1-"),
        ("content-length", "9"),
    ]);
    let mut origin = origin("/parent.dll?q", Some("/legacy/parent.dll?q"));
    origin.extensions.insert(raw_fields());
    let body = ChildRequestBody::entity(Bytes::from_static(b"123456789"));
    let context = ExecUrlContext {
        depth: 3,
        ..ExecUrlContext::default()
    };
    let asked = ChildRequest::default();
    let location = Location::of(&origin, &asked).unwrap();
    let request = child_request(&parent, &origin, &asked, location, body, context);
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.version(), Version::HTTP_11);
    assert_eq!(request.uri(), "/parent.dll?q");
    let original = request.extensions().get::<OriginalUri>().unwrap();
    assert_eq!(original.0, "/legacy/parent.dll?q");
    assert_eq!(request.headers(), parent.headers());
    assert_eq!(request.extensions().get(), Some(&raw_fields()));
    assert_eq!(ExecUrlContext::of(request.extensions()), context);
}

#[test]
fn what_was_asked_for_replaces_what_was_there() {
    let mut origin = origin("/parent.dll?q", None);
    let user = |name: &str| User {
        name: name.into(),
        auth_type: "Custom".into(),
    };
    origin.extensions.insert(user("parent"));
    origin.extensions.insert("what a server in front put here");
    let asked = ChildRequest {
        url: Some("/child.dll".into()),
        method: Some(Method::from_bytes(b"BREW").unwrap()),
        user: Some(user("child")),
        ..ChildRequest::default()
    };
    let body = ChildRequestBody::entity(Bytes::new());
    let context = ExecUrlContext::default();
    let location = Location::of(&origin, &asked).unwrap();
    let parent = head(&[("host", "a")]);
    let request = child_request(&parent, &origin, &asked, location, body, context);
    assert_eq!(request.method(), "BREW");
    assert_eq!(request.uri(), "/child.dll");
    let extensions = request.extensions();
    assert_eq!(extensions.get::<OriginalUri>().unwrap().0, "/child.dll");
    assert_eq!(extensions.get::<User>(), Some(&user("child")));
    assert_eq!(
        extensions.get::<&str>(),
        Some(&"what a server in front put here")
    );
}

#[test]
fn fields_as_the_client_wrote_them_go_when_they_are_not_the_childs() {
    let mut origin = origin("/parent.dll", None);
    origin.extensions.insert(raw_fields());
    let own = ChildRequest {
        headers: Some(Vec::new()),
        ..ChildRequest::default()
    };
    let without_range = ChildRequest {
        ignore_validation_and_range: true,
        ..ChildRequest::default()
    };
    let parent = head(&[("host", "a"), ("range", "bytes=1-")]);
    for asked in [own, without_range] {
        let location = Location::of_parent(&origin);
        let body = ChildRequestBody::entity(Bytes::new());
        let context = ExecUrlContext::default();
        let request = child_request(&parent, &origin, &asked, location, body, context);
        assert!(
            request.extensions().get::<RawFields>().is_none(),
            "{asked:?}"
        );
    }
}

#[test]
fn own_fields_replace_all_but_the_host() {
    let parent = head(&[("host", "a"), ("cookie", "c"), ("content-length", "9")]);
    let own = |fields: &[(&'static str, &'static str)]| ChildRequest {
        headers: Some(
            fields
                .iter()
                .map(|&(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect(),
        ),
        ..ChildRequest::default()
    };
    let rows = [
        (own(&[]), vec![("host", "a")]),
        (
            own(&[("x-a", "1"), ("x-a", "2"), ("host", "b")]),
            vec![("x-a", "1"), ("x-a", "2"), ("host", "b")],
        ),
        (
            own(&[("content-length", "99"), ("transfer-encoding", "chunked")]),
            vec![("host", "a")],
        ),
    ];
    for (asked, expected) in rows {
        let fields = fields(&parent, &asked, BodyLength::None);
        assert_eq!(shown(&fields), expected);
    }
}

#[test]
fn the_length_is_that_of_the_body() {
    let parent = head(&[
        ("content-length", "9"),
        ("host", "a"),
        ("expect", "100-continue"),
    ]);
    let entity = ChildRequest {
        entity: Some(Bytes::from_static(b"12")),
        ..ChildRequest::default()
    };
    let rest = ChildRequest::default();
    let rows = [
        (
            &entity,
            BodyLength::Known(2),
            vec![("host", "a"), ("content-length", "2")],
        ),
        (
            &rest,
            BodyLength::Known(9),
            vec![
                ("content-length", "9"),
                ("host", "a"),
                ("expect", "100-continue"),
            ],
        ),
        (
            &rest,
            BodyLength::None,
            vec![("host", "a"), ("expect", "100-continue")],
        ),
    ];
    for (asked, length, expected) in rows {
        assert_eq!(
            shown(&fields(&parent, asked, length)),
            expected,
            "{length:?}"
        );
    }
}

#[test]
fn chunks_stay_where_the_length_is_not_known_and_nowhere_else() {
    let parent = head(&[("host", "a")]);
    let asked = ChildRequest {
        headers: Some(vec![(
            TRANSFER_ENCODING,
            HeaderValue::from_static("chunked"),
        )]),
        ..ChildRequest::default()
    };
    let chunked = fields(&parent, &asked, BodyLength::Unknown);
    assert_eq!(chunked[TRANSFER_ENCODING], "chunked");
    let known = fields(&parent, &asked, BodyLength::Known(2));
    assert_eq!(shown(&known), [("content-length", "2"), ("host", "a")]);
}

#[test]
fn conditions_and_ranges_are_left_out_only_when_asked() {
    let parent = head(&[
        ("host", "a"),
        ("if-match", "x"),
        ("if-modified-since", "x"),
        ("if-none-match", "x"),
        ("if-range", "x"),
        ("if-unmodified-since", "x"),
        ("range", "bytes=0-"),
        ("accept", "x"),
    ]);
    let mut asked = ChildRequest::default();
    assert_eq!(fields(&parent, &asked, BodyLength::None).len(), 8);
    asked.ignore_validation_and_range = true;
    let fields = fields(&parent, &asked, BodyLength::None);
    assert_eq!(shown(&fields), [("host", "a"), ("accept", "x")]);
}
