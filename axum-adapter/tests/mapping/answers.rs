//! What the service answers by itself, and what it holds back.

use std::convert::Infallible;
use std::fs;
use std::pin::pin;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use isapi_axum::{Access, Handler, IsapiService, ReplaceableError};
use isapi_emu_loader::Portable;
use tower::{ServiceExt, service_fn};

use crate::common::extension::{Event, Scripted, gate, watch};
use crate::common::modules::Site;
use crate::common::{get_request, next, text};
use crate::{get, say_fallback};

#[tokio::test]
async fn a_file_that_nothing_sends_says_so() {
    let site = Site::new("no-handler");
    site.file("page.html");
    let service = IsapiService::builder(Portable::new())
        .directory("/", &site.0)
        .build()
        .unwrap();
    for (url, sub_status) in [("/page.html", 3), ("/none.html", 0), ("/", 0)] {
        let error = service.try_call(get_request(url)).await.unwrap_err();
        assert_eq!(error.status(), 404, "{url}");
        assert_eq!(error.sub_status(), sub_status, "{url}");
    }
}

#[tokio::test]
async fn an_error_shows_the_page_that_is_configured_for_it() {
    let site = Site::new("error-pages");
    let page = |name: &str, content: &[u8]| {
        let path = site.file(name);
        fs::write(&path, content).unwrap();
        path
    };
    let not_found = page("404.html", b"<p>nothing");
    let no_read = page("403-2.txt", b"no");
    let huge = page("405.html", &vec![b'x'; 1024 * 1024 + 1]);
    let service = IsapiService::builder(Portable::new())
        .virtual_directory("/v", &site.0, Access::SCRIPT)
        .handler(Handler::extension("*.x", "x", teller!('x')).verbs(["POST"]))
        .fallback(service_fn(say_fallback))
        .error_page(http::StatusCode::NOT_FOUND, None, not_found)
        .error_page(http::StatusCode::FORBIDDEN, Some(2), no_read)
        .error_page(http::StatusCode::METHOD_NOT_ALLOWED, None, huge)
        .build()
        .unwrap();
    for (url, status, content_type, body) in [
        ("/v/none.dll", 404, "text/html", "<p>nothing"),
        ("/v/page", 403, "text/plain; charset=utf-8", "no"),
        (
            "/v/p.x",
            405,
            "text/plain; charset=utf-8",
            "405 Method Not Allowed\n",
        ),
    ] {
        let response = get(&service, url).await;
        assert_eq!(response.status(), status, "{url}");
        assert_eq!(response.headers()["content-type"], content_type, "{url}");
        assert_eq!(response.headers().contains_key("allow"), status == 405);
        assert_eq!(text(response).await, body, "{url}");
    }
}

/// Refuses everything: /plain without a mark, all else as 405 with the sub status 7.
async fn refuse(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let mut response = Response::new(Body::from("words"));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    for (name, value) in [("allow", "GET"), ("etag", "\"a\""), ("content-length", "5")] {
        let value = http::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    if request.uri().path() != "/plain" {
        let mark = ReplaceableError { sub_status: 7 };
        response.extensions_mut().insert(mark);
    }
    Ok(response)
}

#[tokio::test]
async fn a_page_takes_the_place_of_what_the_fallback_marks_as_an_error() {
    let site = Site::new("error-pages-of-the-fallback");
    let page = site.file("405-7.html");
    fs::write(&page, "a page").unwrap();
    let builder = || IsapiService::builder(Portable::new()).fallback(service_fn(refuse));
    let with_page = |sub_status| {
        builder()
            .error_page(StatusCode::METHOD_NOT_ALLOWED, sub_status, &page)
            .build()
            .unwrap()
    };
    for (service, url, body) in [
        (with_page(Some(7)), "/", "a page"),
        (with_page(None), "/", "a page"),
        (with_page(Some(8)), "/", "words"),
        (with_page(Some(7)), "/plain", "words"),
        (builder().build().unwrap(), "/", "words"),
    ] {
        let response = get(&service, url).await;
        assert_eq!(response.status(), 405, "{url}");
        assert_eq!(response.headers()["allow"], "GET", "{url}");
        let is_replaced = body == "a page";
        assert_eq!(!response.headers().contains_key("etag"), is_replaced);
        let content_type = response.headers().get("content-type").cloned();
        assert_eq!(
            content_type.is_some_and(|it| it == "text/html"),
            is_replaced
        );
        assert_eq!(text(response).await, body, "{url}");
    }
}

#[tokio::test]
async fn a_handlers_response_is_held_back_up_to_its_limit() {
    for (limit, is_held) in [(0, false), (1000, true)] {
        let service = IsapiService::builder(Portable::new())
            .response_buffer_limit(1000 - limit)
            .handler(
                Handler::extension("*.x", "x", isapi_sdk::entry!(Scripted))
                    .allow_path_info(true)
                    .response_buffer_limit(limit),
            )
            .build()
            .unwrap();
        let name = format!("held-{limit}");
        let mut events = watch(&name);
        let gate = gate(&name);
        let response = service.oneshot(get_request(&format!("/p.x/write-and-wait?{name}")));
        let mut response = pin!(response);
        let early = tokio::select! {
            biased;
            response = &mut response => Some(response),
            () = async { while next(&mut events).await != Event::Done(5) {} } => None,
        };
        // What was written is there by now, or is held back.
        let early = match early {
            None => {
                let once =
                    std::future::poll_fn(|cx| std::task::Poll::Ready(response.as_mut().poll(cx)));
                match once.await {
                    std::task::Poll::Ready(response) => Some(response),
                    std::task::Poll::Pending => None,
                }
            }
            early => early,
        };
        assert_eq!(early.is_none(), is_held, "{limit}");
        drop(gate);
        let response = match early {
            Some(response) => response,
            None => response.await,
        };
        assert_eq!(text(response.unwrap()).await, "12345");
    }
}
