//! What a child is asked.

use axum::Router;
use axum::body::Body;
use http::Request;
use isapi_axum::connection::ConnectionOptions;
use script_extension::{fill, journal};
use tower::ServiceExt;

use crate::common::{Server, collect, get_request, text};
use crate::{parent, script, site};

/// What a child says that notes `variables` in the journal `name`, executed with more `arguments`.
async fn noted(
    service: isapi_axum::IsapiService,
    request: Request<()>,
    name: &str,
    variables: &[&str],
    arguments: &str,
) -> Vec<String> {
    let steps: Vec<String> = variables
        .iter()
        .map(|variable| format!("variable {variable}"))
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let child = script(name, &steps);
    let url = parent(
        &format!("{name}'s parent"),
        &format!("url={child}{arguments}"),
    );
    let (mut parts, ()) = request.into_parts();
    parts.uri = url.parse().unwrap();
    let request = Request::from_parts(parts, Body::empty());
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    // The child has ended, or its parent would have no head.
    let lines = journal::lines(name);
    let of_variables = lines.into_iter().skip(1).take(variables.len());
    of_variables.collect()
}

#[tokio::test]
async fn own_fields_replace_those_of_the_parent() {
    let service = site!(120).build().unwrap();
    let request = Request::get("/")
        .header("host", "a")
        .header("cookie", "c")
        .body(())
        .unwrap();
    let lines = noted(
        service,
        request,
        "own fields",
        &["ALL_HTTP", "HTTP_COOKIE"],
        "|headers=X-Own: 1\r\nX-Other: 2\r\n\r\n",
    )
    .await;
    let text = lines.join("\n");
    for field in ["HTTP_X_OWN:1", "HTTP_X_OTHER:2", "HTTP_HOST:a"] {
        assert!(text.contains(field), "{field} in {text}");
    }
    assert!(!text.contains("HTTP_COOKIE:"), "{text}");
}

#[tokio::test]
async fn method_and_user_are_the_childs_own() {
    let service = site!(121).build().unwrap();
    let request = Request::get("/").header("host", "a").body(()).unwrap();
    let lines = noted(
        service,
        request,
        "method and user",
        &["REQUEST_METHOD", "REMOTE_USER", "AUTH_TYPE"],
        "|method=BREW|user=anna|auth=Custom",
    )
    .await;
    let values: Vec<_> = lines
        .iter()
        .map(|line| line.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(values, ["\"BREW\"", "\"anna\"", "\"Custom\""]);
}

#[tokio::test]
async fn conditions_and_ranges_can_be_left_out() {
    let conditional = || {
        Request::get("/")
            .header("host", "a")
            .header("if-none-match", "\"a\"")
            .header("range", "bytes=1-")
            .body(())
            .unwrap()
    };
    let service = site!(122).build().unwrap();
    for (name, flags, is_seen) in [
        ("with conditions", "", true),
        ("without conditions", "|flags=16", false),
    ] {
        let all = noted(service.clone(), conditional(), name, &["ALL_HTTP"], flags).await;
        for field in ["HTTP_IF_NONE_MATCH", "HTTP_RANGE"] {
            assert_eq!(all[0].contains(field), is_seen, "{field} in {all:?}");
        }
    }
}

fn post(url: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(url)
        .header("host", "a")
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn an_entity_takes_the_place_of_the_body() {
    let service = site!(123).build().unwrap();
    let child = "url=/scripted.dll/echo|method=POST|entity=given";
    for request in [
        get_request(&parent("entity for GET", child)),
        post(&parent("entity for POST", child), "sent by the client"),
    ] {
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(text(response).await, "given");
    }
}

#[tokio::test]
async fn a_body_that_was_not_read_is_the_childs() {
    let service = site!(124).build().unwrap();
    let child = "url=/scripted.dll/echo";
    for body in ["short", ""] {
        let request = post(&parent("unread body", child), body);
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(text(response).await, body);
    }
}

#[tokio::test]
async fn what_the_parent_has_read_the_child_does_not_get() {
    let service = site!(125).build().unwrap();
    let body = fill(200_000);
    let url = script(
        "read before",
        &[
            "io_completion",
            "read 1000",
            "exec_url url=/scripted.dll/echo",
            "return 3",
            "[completion]",
            "done",
        ],
    );
    let response = service.oneshot(post(&url, body.clone())).await.unwrap();
    // The read-ahead came with the call; the read took what was next.
    let read = 49152 + 1000;
    let rest = collect(response).await.unwrap();
    assert!(rest == body[read..], "{} bytes", rest.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_large_body_goes_through_whole() {
    let service = site!(126).build().unwrap();
    let body = fill(4 * 1024 * 1024);
    let url = parent("large body", "url=/scripted.dll/echo");
    let response = service.oneshot(post(&url, body.clone())).await.unwrap();
    let echo = collect(response).await.unwrap();
    assert!(echo == body, "{} bytes", echo.len());
}

#[tokio::test]
async fn a_body_goes_through_a_child_as_it_comes() {
    let app = Router::new().fallback_service(site!(127).build().unwrap());
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    let url = parent("streamed body", "url=/scripted.dll/echo");
    let ahead = "a".repeat(49152);
    client
        .send(format!(
            "POST {url} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        ))
        .await;
    client.send(format!("c000\r\n{ahead}\r\n")).await;
    client.read_until("aaaa\r\n").await;
    for piece in ["first", "again"] {
        client.send(format!("5\r\n{piece}\r\n")).await;
        client.read_until(piece).await;
    }
    client.send("0\r\n\r\n").await;
    client.read_until("\r\n0\r\n\r\n").await;
}
