//! Which of several answers a request.

use std::convert::Infallible;

use axum::body::Body;
use http::{Method, Request, Response};
use isapi_axum::{Handler, IsapiService};
use isapi_emu_loader::Portable;
use tower::{ServiceExt, service_fn};

use crate::common::modules::{Anything, Site};
use crate::common::{get_request, text};
use crate::{Told, answerer, say_fallback};

#[tokio::test]
async fn wildcards_go_before_modules_before_handlers_before_documents_before_the_fallback() {
    let site = Site::new("order");
    site.file("index.html");
    site.file("app/index.html");
    let service = IsapiService::builder(Portable::new())
        .handler(Handler::extension("*.x", "x", teller!('x')))
        .handler(Handler::extension("*", "w", teller!('w')).verbs(["PUT"]))
        .handler(Handler::extension("/app/*", "a", teller!('a')))
        .extension("/m.x", teller!('m'))
        .directory("/", &site.0)
        .default_documents(["index.html"])
        .fallback(service_fn(say_fallback))
        .build()
        .unwrap();
    for (method, url, expected) in [
        (Method::PUT, "/m.x", "w"),
        (Method::PUT, "/nothing", "w"),
        (Method::GET, "/m.x", "m"),
        (Method::GET, "/m.x/rest.x", "m"),
        (Method::GET, "/other.x", "x"),
        (Method::GET, "/app/other.x", "x"),
        (Method::GET, "/app/other", "a"),
        (Method::GET, "/app/", "a"),
        (Method::GET, "/", "fallback"),
        (Method::GET, "/page.html", "fallback"),
    ] {
        assert_eq!(
            answerer(&service, method.clone(), url).await,
            expected,
            "{method} {url}"
        );
    }
}

#[tokio::test]
async fn a_method_that_no_handler_takes_is_told_the_ones_they_do() {
    let service = IsapiService::builder(Portable::new())
        .handler(Handler::extension("*.x", "r", teller!('r')).verbs(["GET", "HEAD"]))
        .handler(Handler::extension("*.x", "w", teller!('w')).verbs(["POST"]))
        .fallback(service_fn(say_fallback))
        .build()
        .unwrap();
    assert_eq!(answerer(&service, Method::GET, "/p.x").await, "r");
    assert_eq!(answerer(&service, Method::POST, "/p.x").await, "w");

    let mut request = get_request("/p.x");
    *request.method_mut() = Method::DELETE;
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST");
}

#[tokio::test]
async fn a_url_needs_no_ending_to_name_an_extension() {
    let site = Site::new("extensionless");
    let file = site.file("anything.bin");
    let service = IsapiService::builder(Anything::new(teller!('m')))
        .module("/api", &file)
        .handler(Handler::extension("/report", "r", teller!('r')).allow_path_info(true))
        .handler(Handler::extension("/exact", "e", teller!('e')))
        .build()
        .unwrap();
    for (url, expected) in [
        ("/api", "m"),
        ("/API/x", "m"),
        ("/report", "r"),
        ("/Report/2024", "r"),
        ("/reports", "404"),
        ("/exact", "e"),
        ("/exact/x", "404"),
    ] {
        assert_eq!(
            answerer(&service, Method::GET, url).await,
            expected,
            "{url}"
        );
    }
    let told = Told::by(&service, "/report/2024").await;
    assert_eq!(told.variable("PATH_INFO"), "/2024");
    let told = Told::by(&service, "/api/x").await;
    assert_eq!(told.variable("SCRIPT_NAME"), "/api");
    assert!(
        told.variable("SCRIPT_TRANSLATED")
            .ends_with(&*file.display().to_string())
    );
}

#[tokio::test]
async fn a_module_that_several_urls_lead_to_is_loaded_once() {
    let site = Site::new("one-module");
    let file = site.file("one.so");
    let backend = Anything::new(teller!('m'));
    let opened = backend.counter();
    let service = IsapiService::builder(backend)
        .directory("/v", &site.0)
        .directory("/again", &site.0)
        .module("/api", &file)
        .handler(Handler::module("*.x", &file))
        .build()
        .unwrap();
    for url in ["/v/one.dll", "/again/one.dll", "/api", "/p.x"] {
        assert_eq!(answerer(&service, Method::GET, url).await, "m", "{url}");
    }
    assert_eq!(opened(), 1);
}

#[tokio::test]
async fn the_fallback_gets_the_request_as_it_came() {
    async fn echo(request: Request<Body>) -> Result<Response<Body>, Infallible> {
        let length = http_body::Body::size_hint(request.body()).exact();
        let (parts, body) = request.into_parts();
        let response = Response::builder()
            .header(
                "x-seen",
                format!("{} {} {length:?}", parts.method, parts.uri),
            )
            .body(body);
        Ok(response.unwrap())
    }
    let service = IsapiService::builder(Portable::new())
        .fallback(service_fn(echo))
        .build()
        .unwrap();
    let request = Request::post("/a%20b?c")
        .body(http_body_util::Full::new(std::io::Cursor::new("12345")))
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.headers()["x-seen"], "POST /a%20b?c Some(5)");
    assert_eq!(text(response).await, "12345");
}

#[tokio::test]
async fn only_what_is_marked_is_loaded_ahead() {
    let site = Site::new("preload");
    let (marked, other, handled) = (
        site.file("marked.so"),
        site.file("other.so"),
        site.file("handled.so"),
    );
    let backend = Anything::new(teller!('m'));
    let opened = backend.counter();
    let service = IsapiService::builder(backend)
        .directory("/v", &site.0)
        .module("/other", &other)
        .preload_module(&marked)
        .handler(Handler::module("*.x", &handled).preload(true))
        .build()
        .unwrap();
    let mut names: Vec<_> = service
        .preload_marked()
        .await
        .into_iter()
        .map(|(name, loaded)| loaded.map(|_| name).unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [handled.display().to_string(), marked.display().to_string()]
    );
    assert_eq!(opened(), 2);
    assert_eq!(answerer(&service, Method::GET, "/v/marked.dll").await, "m");
    assert_eq!(opened(), 2);
}
