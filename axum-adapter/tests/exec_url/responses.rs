//! What becomes of a child's answer.

use axum::Router;
use axum::body::HttpBody;
use http::Request;
use isapi_axum::connection::ConnectionOptions;
use tower::ServiceExt;

use crate::common::{Server, collect, get_request, text};
use crate::{ending, parent, script, site};

#[tokio::test]
async fn a_head_of_the_childs_is_the_responses() {
    let app = Router::new().fallback_service(site!(140).build().unwrap());
    let server = Server::start(app, ConnectionOptions::default()).await;
    let url = parent("own reason", "url=/scripted.dll/reason");
    let answer = server
        .exchange(format!(
            "GET {url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ))
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 299 Quite All Right\r\n"),
        "{answer}"
    );
    assert_eq!(ending("own reason").await.1, "TRUE 299 0 0");
}

#[tokio::test]
async fn behind_a_head_of_the_parents_comes_only_the_childs_body() {
    let service = site!(141).build().unwrap();
    let url = script(
        "parent's head",
        &[
            "header 1|203 Mine|X-Parent: yes\r\n\r\n",
            "write before ",
            "io_completion",
            "exec_url url=/scripted.dll/exact",
            "return 3",
            "[completion]",
            "write  after",
            "done",
        ],
    );
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 203);
    assert_eq!(response.headers()["x-parent"], "yes");
    assert!(!response.headers().contains_key("content-length"));
    assert_eq!(text(response).await, "before 12345 after");
}

#[tokio::test]
async fn a_child_without_headers_has_only_a_body() {
    let service = site!(142).build().unwrap();
    let url = parent("no headers", "url=/scripted.dll/reason|flags=2");
    let response = service.clone().oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        ending("no headers").await,
        ("0 0".into(), "TRUE 299 0 0".into())
    );

    let url = parent("no headers body", "url=/scripted.dll/variables|flags=2");
    let response = service.clone().oneshot(get_request(&url)).await.unwrap();
    assert!(!response.headers().contains_key("content-length"));
    assert!(text(response).await.starts_with("SCRIPT_NAME="));

    // What a child writes by itself is as it is, a head too.
    let raw = "write HTTP/1.1 299 Raw\r\nContent-Length: 3\r\n\r\nraw";
    let child = script("no headers raw child", &[raw]);
    let url = parent("no headers raw", &format!("url={child}|flags=2"));
    let response = service.clone().oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 299);
    assert_eq!(text(response).await, "raw");

    // The text of a refusal goes with its head.
    let url = parent("no headers refused", "url=/nowhere|flags=2");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(text(response).await, "");
    let (completion, status) = ending("no headers refused").await;
    assert_eq!(completion, "0 0");
    assert!(status.starts_with("TRUE 404 "), "{status}");
}

#[tokio::test]
async fn head_is_asked_of_the_child_as_well() {
    let service = site!(143).build().unwrap();
    let url = parent("head", "url=/scripted.dll/head");
    let request = Request::head(&url)
        .header("host", "a")
        .body(axum::body::Body::empty())
        .unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-length"], "5");
    assert_eq!(text(response).await, "");

    // A length that a child leaves out is not owed by its parent.
    let url = parent("head of get", "url=/scripted.dll/head|method=HEAD");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(text(response).await, "");
    assert_eq!(
        ending("head of get").await,
        ("0 0".into(), "TRUE 200 0 0".into())
    );
}

#[tokio::test]
async fn a_child_that_fails_before_its_head_is_answered_500() {
    let service = site!(144).build().unwrap();
    let url = parent("child's error", "url=/scripted.dll/abort");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 500);
    let text = collect(response).await.unwrap();
    assert!(text.starts_with(b"500 Internal Server Error"));
    assert_eq!(ending("child's error").await.1, "TRUE 500 0 0");
}

#[tokio::test]
async fn a_child_that_is_cut_cuts_its_parent() {
    let service = site!(145).build().unwrap();
    let url = parent("cut child", "url=/scripted.dll/cut");
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.body().size_hint().exact(), Some(10));
    assert!(collect(response).await.is_err());
    let (completion, status) = ending("cut child").await;
    assert!(completion.ends_with(" 995"), "{completion}");
    assert_eq!(status, "TRUE 200 0 995");
}

#[tokio::test]
async fn a_child_that_closes_without_an_answer_leaves_it_to_its_parent() {
    let service = site!(146).build().unwrap();
    let child = script("closing child", &["close"]);
    let url = script(
        "closed",
        &[
            "io_completion",
            &format!("exec_url url={child}"),
            "return 3",
            "[completion]",
            "exec_url_status",
            "header 1|502 Bad Gateway|\r\n",
            "done",
        ],
    );
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(response.status(), 502);
    let (completion, status) = ending("closed").await;
    assert_eq!(completion, "0 995");
    assert_eq!(status, "TRUE 500 0 995");
}
