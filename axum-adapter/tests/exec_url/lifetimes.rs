//! How fast a child goes, and when it has to go.

use axum::Router;
use http_body_util::BodyExt;
use isapi_axum::connection::ConnectionOptions;
use script_extension::journal;
use tower::ServiceExt;

use crate::common::extension::{BLOCK, Event, watch};
use crate::common::{Server, collect, get_request, next, until};
use crate::{parent, script, site};

fn is_failure(event: Event) -> bool {
    matches!(event, Event::Failed(_))
}

#[tokio::test]
async fn a_child_waits_for_a_client_that_does_not_read() {
    let mut events = watch("slow-child");
    let service = site!(160).build().unwrap();
    let url = parent("slow client", "url=/scripted.dll/endless?slow-child");
    let mut response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(next(&mut events).await, Event::Called);
    // Nothing was taken, so there is room for what a session holds and no more, at both.
    let mut done = 0;
    let mut taken = 0;
    while taken < 40 * BLOCK {
        let frame = response.body_mut().frame().await.unwrap().unwrap();
        taken += frame.into_data().unwrap().len();
        while let Ok(event) = events.try_recv() {
            assert_eq!(event, Event::Done(BLOCK));
            done += 1;
        }
        assert!(done * BLOCK <= taken + 3 * BLOCK, "{done} of {taken}");
    }
    assert!(done > 30, "{done}");
}

#[tokio::test]
async fn a_child_goes_with_the_client() {
    let mut events = watch("abandoned-child");
    let service = site!(161).build().unwrap();
    let url = parent("client gone", "url=/scripted.dll/endless?abandoned-child");
    let mut response = service.oneshot(get_request(&url)).await.unwrap();
    response.body_mut().frame().await.unwrap().unwrap();
    drop(response);
    until(&mut events, is_failure).await;
}

#[tokio::test]
async fn a_child_goes_with_a_connection_that_is_reset() {
    let mut events = watch("reset-child");
    let app = Router::new().fallback_service(site!(162).build().unwrap());
    let server = Server::start(app, ConnectionOptions::default()).await;
    let url = parent("client reset", "url=/scripted.dll/endless?reset-child");
    let mut client = server.connect().await;
    client
        .send(format!("GET {url} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .await;
    client.read_until("xxxx").await;
    drop(client);
    until(&mut events, is_failure).await;
}

#[tokio::test]
async fn a_child_that_is_cancelled_is_dropped() {
    let mut events = watch("cancelled-child");
    let service = site!(163).build().unwrap();
    let url = script(
        "cancelled",
        &[
            "io_completion",
            "header 1|200 OK|\r\n",
            "exec_url url=/scripted.dll/endless?cancelled-child",
            "await go",
            "cancel_io",
            "return 3",
            "[completion]",
            "exec_url_status",
            "done",
        ],
    );
    let response = service.oneshot(get_request(&url)).await.unwrap();
    assert_eq!(next(&mut events).await, Event::Called);
    journal::write("cancelled", "go");
    until(&mut events, is_failure).await;
    let lines = crate::whole_journal("cancelled").await;
    assert!(lines.contains(&"cancel_io TRUE".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.ends_with(" 995")), "{lines:?}");
    // What the client had not taken by then is gone.
    assert!(collect(response).await.is_err());
}

/// The URL of a script whose child answers nothing until its client is gone.
fn waiting(name: &str, child: &str) -> String {
    let child = script(child, &["await_client_gone"]);
    parent(name, &format!("url={child}"))
}

#[tokio::test]
async fn a_child_that_has_not_answered_goes_with_the_client() {
    let service = site!(164).build().unwrap();
    let url = waiting("abandoned early", "abandoned early's child");
    let response = tokio::spawn(service.oneshot(get_request(&url)));
    crate::journal("abandoned early's child", "HttpExtensionProc").await;
    response.abort();
    crate::journal("abandoned early's child", "is_connected TRUE 0").await;
}

#[tokio::test]
async fn a_child_can_ask_whether_the_client_is_there() {
    let app = Router::new().fallback_service(site!(165).build().unwrap());
    let server = Server::start(app, ConnectionOptions::default()).await;
    let url = waiting("left alone", "left alone's child");
    let mut client = server.connect().await;
    client
        .send(format!("GET {url} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .await;
    crate::journal("left alone's child", "HttpExtensionProc").await;
    drop(client);
    crate::journal("left alone's child", "is_connected TRUE 0").await;
}
