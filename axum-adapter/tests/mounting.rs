//! The places in an axum app where the service can stand, and what extensions see there.

mod common;

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use bytes::Bytes;
use common::extension::Scripted;
use common::{Server, collect, get_request, service, text};
use http::{Request, StatusCode};
use isapi_axum::connection::ConnectionOptions;
use isapi_axum::{DispatchError, IsapiService, Limits};
use isapi_emu_loader::Portable;
use sample_hello::Hello;
use sample_image_server::ImageServer;
use tower::ServiceExt;

fn variable(text: &str, name: &str) -> String {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .to_owned()
}

#[tokio::test]
async fn an_extension_answers_at_its_mount() {
    let response = service!("/hello.dll", Hello)
        .oneshot(get_request("/hello.dll"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(text(response).await, "Hello from ISAPI\n");
}

#[tokio::test]
async fn an_extension_may_stand_at_any_url() {
    let at_root = service!("/", Scripted);
    let below = service!("/api", Scripted);
    for (service, url, script_name, source) in [
        (at_root, "/variables", "", "extension (linked in)"),
        (below, "/api/variables", "/api", "api (linked in)"),
    ] {
        assert_eq!(service.modules()[0].source, source);
        let response = service.oneshot(get_request(url)).await.unwrap();
        let text = text(response).await;
        assert_eq!(variable(&text, "SCRIPT_NAME"), script_name);
        assert_eq!(variable(&text, "PATH_INFO"), "/variables");
    }
}

#[tokio::test]
async fn letters_case_of_a_mount_does_not_matter() {
    let response = service!("/hello.dll", Hello)
        .oneshot(get_request("/HELLO.DLL"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_shutdown_may_be_given_all_the_time_there_is() {
    let service = service!("/hello.dll", Hello);
    let request = get_request("/hello.dll");
    assert_eq!(
        service.clone().oneshot(request).await.unwrap().status(),
        200
    );
    service.shutdown(std::time::Duration::MAX).await.unwrap();
}

#[tokio::test]
async fn two_services_of_one_process_share_nothing() {
    let one = service!("/hello.dll", Hello);
    let other = service!("/hello.dll", Hello);
    assert_eq!(
        one.clone()
            .oneshot(get_request("/hello.dll"))
            .await
            .unwrap()
            .status(),
        200
    );
    one.shutdown(std::time::Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(
        one.clone()
            .oneshot(get_request("/hello.dll"))
            .await
            .unwrap()
            .status(),
        503
    );
    assert_eq!(
        other
            .clone()
            .oneshot(get_request("/hello.dll"))
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn a_nested_image_server_shows_its_page_and_its_image() {
    let isapi = IsapiService::builder(Portable::new())
        .extension("/images.dll", isapi_sdk::entry!(ImageServer))
        .build()
        .unwrap();
    let app = Router::new().nest_service("/legacy", isapi);

    let page = app
        .clone()
        .oneshot(get_request("/legacy/images.dll"))
        .await
        .unwrap();
    let page = text(page).await;
    let (_, image) = page.split_once("<img src=\"").expect("an image");
    let (image, _) = image.split_once('"').unwrap();
    assert!(image.starts_with("/legacy/images.dll/image/"), "{image}");

    let response = app.oneshot(get_request(image)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "image/png");
    let length: usize = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let image: Bytes = collect(response).await.unwrap();
    assert_eq!(image.len(), length);
    assert!(image.starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[tokio::test]
async fn a_nested_extension_sees_the_urls_its_client_knows() {
    let app = Router::new().nest_service("/legacy/app", service!("/scripted.dll", Scripted));
    let response = app
        .oneshot(get_request("/legacy/app/scripted.dll/variables?a=%20"))
        .await
        .unwrap();
    let text = text(response).await;
    assert_eq!(variable(&text, "SCRIPT_NAME"), "/legacy/app/scripted.dll");
    assert_eq!(variable(&text, "PATH_INFO"), "/variables");
    assert_eq!(variable(&text, "URL"), "/legacy/app/scripted.dll/variables");
    assert_eq!(
        variable(&text, "HTTP_URL"),
        "/legacy/app/scripted.dll/variables?a=%20"
    );
    assert_eq!(variable(&text, "QUERY_STRING"), "a=%20");
    assert_eq!(variable(&text, "REMOTE_ADDR"), "");
}

#[tokio::test]
async fn a_route_and_a_fallback_work_as_well() {
    let route =
        Router::new().route_service("/scripted.dll/{*rest}", service!("/scripted.dll", Scripted));
    let fallback = Router::new()
        .route("/", get(|| async { "index" }))
        .fallback_service(service!("/scripted.dll", Scripted));
    for app in [route, fallback] {
        let response = app
            .oneshot(get_request("/scripted.dll/variables"))
            .await
            .unwrap();
        let text = text(response).await;
        assert_eq!(variable(&text, "SCRIPT_NAME"), "/scripted.dll");
    }
}

#[tokio::test]
async fn the_directory_of_the_root_is_the_document_root_however_its_url_is_written() {
    let root = std::path::absolute(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for url in ["/", "//", "/."] {
        let service = IsapiService::builder(Portable::new())
            .extension("/scripted.dll", isapi_sdk::entry!(Scripted))
            .directory(url, &root)
            .build()
            .unwrap();
        let response = service
            .oneshot(get_request("/scripted.dll/variables"))
            .await
            .unwrap();
        let application = root.join("").display().to_string();
        let text = text(response).await;
        assert_eq!(variable(&text, "APPL_PHYSICAL_PATH"), application, "{url}");
    }
}

#[tokio::test]
async fn path_translated_lies_below_the_document_root() {
    for given in ["some where", "some where/", "/"] {
        let root = std::path::absolute(given).unwrap();
        let service = IsapiService::builder(Portable::new())
            .extension("/scripted.dll", isapi_sdk::entry!(Scripted))
            .document_root(given)
            .build()
            .unwrap();
        let response = service
            .oneshot(get_request("/scripted.dll/variables"))
            .await
            .unwrap();
        let text = text(response).await;
        let translated = root.join("variables").display().to_string();
        assert_eq!(variable(&text, "PATH_TRANSLATED"), translated);
        // A separator ends it, so that extensions may append a name.
        let application = translated.strip_suffix("variables").unwrap();
        assert_eq!(variable(&text, "APPL_PHYSICAL_PATH"), application);
    }
}

#[tokio::test]
async fn a_client_is_known_by_what_axum_says() {
    let mut request = get_request("/scripted.dll/variables");
    request
        .extensions_mut()
        .insert(ConnectInfo::<SocketAddr>("192.0.2.7:81".parse().unwrap()));
    let response = service!("/scripted.dll", Scripted)
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(variable(&text(response).await, "REMOTE_ADDR"), "192.0.2.7");
}

#[tokio::test]
async fn the_length_of_a_body_is_its_framing_and_not_its_field() {
    let request = Request::post("/scripted.dll/variables")
        .header("host", "a")
        .header("content-length", "1000000")
        .body(Body::from("12345"))
        .unwrap();
    let response = service!("/scripted.dll", Scripted)
        .oneshot(request)
        .await
        .unwrap();
    let text = text(response).await;
    assert_eq!(variable(&text, "cbTotalBytes"), "Some(5)");
    assert_eq!(variable(&text, "CONTENT_LENGTH"), "5");
}

#[tokio::test]
async fn try_call_gives_the_error_to_be_rendered_by_the_caller() {
    let service = service!("/hello.dll", Hello);
    for (uri, status) in [
        ("/nowhere.dll", 404),
        ("/%2e%2e/hello.dll", 400),
        ("/hello.dll::$DATA", 404),
    ] {
        let error = service.try_call(get_request(uri)).await.unwrap_err();
        assert_eq!(error.status(), status, "{uri}");
    }
    let error = service
        .try_call(get_request("/nowhere.dll"))
        .await
        .unwrap_err();
    assert!(matches!(error, DispatchError::NotFound));
    assert_eq!(
        text(error.to_response(true)).await,
        "404 Not Found\n\nno extension is at this URL\n"
    );
    assert_eq!(text(error.to_response(false)).await, "404 Not Found\n");
}

#[tokio::test]
async fn only_a_loopback_client_is_told_the_reason() {
    let broken = IsapiService::builder(Portable::new())
        .module("/broken.dll", "/nonexistent/broken.so")
        .build()
        .unwrap();
    for (client, is_told) in [
        (None, false),
        (Some("192.0.2.7:81"), false),
        (Some("127.0.0.1:81"), true),
        (Some("[::1]:81"), true),
    ] {
        let mut request = get_request("/broken.dll");
        if let Some(client) = client {
            let client: SocketAddr = client.parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(client));
        }
        let response = broken.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let text = text(response).await;
        assert_eq!(
            text.contains("/nonexistent/broken.so"),
            is_told,
            "{client:?}: {text}"
        );
    }
}

#[tokio::test]
async fn a_missing_or_doubled_host_is_refused() {
    let no_host = Request::get("/hello.dll").body(Body::empty()).unwrap();
    let hello = service!("/hello.dll", Hello);
    assert_eq!(hello.clone().oneshot(no_host).await.unwrap().status(), 400);
    let two_hosts = Request::get("/hello.dll")
        .header("host", "a")
        .header("host", "a")
        .body(Body::empty())
        .unwrap();
    assert_eq!(hello.oneshot(two_hosts).await.unwrap().status(), 400);
}

#[tokio::test]
async fn limits_are_checked_before_the_extension_is_called() {
    let limits = Limits {
        max_url: 20,
        max_query_string: 3,
        max_allowed_content_length: 4,
    };
    let service = IsapiService::builder(Portable::new())
        .extension("/scripted.dll", isapi_sdk::entry!(Scripted))
        .limits(limits)
        .build()
        .unwrap();
    let mut events = common::extension::watch("lim");
    for (uri, body, status) in [
        ("/scripted.dll/123456", "", 404),
        ("/scripted.dll/1234567", "", 414),
        ("/scripted.dll?1234", "", 414),
        ("/scripted.dll", "1234", 404),
        ("/scripted.dll?lim", "12345", 413),
    ] {
        let request = Request::post(uri)
            .header("host", "a")
            .body(Body::from(body))
            .unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{uri} {body}");
    }
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn an_own_reason_phrase_reaches_the_wire() {
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let answer = server
        .exchange("GET /scripted.dll/reason HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 299 Quite All Right\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_request_keeps_the_length_and_the_connection() {
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .send("HEAD /scripted.dll/head HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        let head = client.read_until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("content-length: 5\r\n"), "{head}");
    }
}

#[test]
fn mounts_that_cannot_be_are_refused_when_the_service_is_built() {
    let build = |url: &str| {
        IsapiService::builder(Portable::new())
            .extension(url, isapi_sdk::entry!(Hello))
            .build()
    };
    for url in ["hello.dll", "/../hello.dll", "/aux/hello.dll"] {
        assert!(build(url).is_err(), "{url}");
    }
    let twice = IsapiService::builder(Portable::new())
        .extension("/hello.dll", isapi_sdk::entry!(Hello))
        .extension("/HELLO.dll", isapi_sdk::entry!(Hello))
        .build();
    assert!(twice.unwrap_err().to_string().contains("mounted already"));
    let missing = IsapiService::builder(Portable::new())
        .directory("/", "/nonexistent/site")
        .build();
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("/nonexistent/site")
    );
}

#[tokio::test]
async fn resolves_tells_extensions_from_everything_else() {
    let service = service!("/hello.dll", Hello);
    assert_eq!(
        service.resolves(&"/hello.dll/extra?q".parse().unwrap()),
        Ok(true)
    );
    assert_eq!(service.resolves(&"/hello.txt".parse().unwrap()), Ok(false));
    assert!(service.resolves(&"/%00".parse().unwrap()).is_err());
}

#[tokio::test]
async fn modules_are_listed_and_loaded_ahead() {
    let service = IsapiService::builder(Portable::new())
        .extension("/hello.dll", isapi_sdk::entry!(Hello))
        .module("/broken.dll", "/nonexistent/broken.so")
        .build()
        .unwrap();
    let listed: Vec<_> = service
        .modules()
        .into_iter()
        .map(|module| (module.url, module.source))
        .collect();
    assert_eq!(
        listed,
        [
            (
                "/broken.dll".to_owned(),
                "/nonexistent/broken.so".to_owned()
            ),
            ("/hello.dll".to_owned(), "hello (linked in)".to_owned()),
        ]
    );
    let loaded = service.preload().await;
    assert_eq!(loaded[0].0, "/broken.dll");
    assert!(loaded[0].1.is_err());
    assert_eq!(
        loaded[1].1.as_ref().unwrap().description,
        "Hello: the smallest extension"
    );
}
