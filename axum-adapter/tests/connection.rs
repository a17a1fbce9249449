//! The deadlines, limits and endings of our own listener's connections.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Extension};
use axum::routing::get;
use common::Server;
use isapi_axum::connection::{Connection, ConnectionOptions, RawFields};
use tokio::sync::oneshot;

const SHORT: Duration = Duration::from_millis(50);

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let options = ConnectionOptions {
        first_byte_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let server = Server::start(hello(), options).await;
    let mut client = server.connect().await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_head_that_is_never_finished_is_closed() {
    let options = ConnectionOptions {
        head_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let server = Server::start(hello(), options).await;
    for head in ["G", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = server.connect().await;
        client.send(head).await;
        assert_eq!(client.rest().await, "", "{head}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_its_own_timeout_and_not_the_heads() {
    let options = ConnectionOptions {
        head_timeout: SHORT,
        first_byte_timeout: SHORT,
        idle_timeout: 6 * SHORT,
        ..ConnectionOptions::default()
    };
    let server = Server::start(hello(), options).await;
    let mut client = server.connect().await;
    let start = std::time::Instant::now();
    for _ in 0..2 {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.response().await;
    }
    assert_eq!(client.rest().await, "");
    assert!(start.elapsed() >= 6 * SHORT);
}

/// Sessions keep the handle for as long as their extension works, with the response long out.
#[tokio::test]
async fn a_handle_that_outlives_its_response_suspends_no_deadline() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = Arc::clone(&kept);
    let router = Router::new().route(
        "/",
        get(
            move |Extension(connection): Extension<Connection>| async move {
                keeper.lock().unwrap().push(connection);
                "hello"
            },
        ),
    );
    for next in ["", "GET / HTTP/1.1\r\nHos"] {
        let options = ConnectionOptions {
            head_timeout: SHORT,
            idle_timeout: SHORT,
            ..ConnectionOptions::default()
        };
        let server = Server::start(router.clone(), options).await;
        let mut client = server.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.response().await;
        client.send(next).await;
        assert_eq!(client.rest().await, "", "{next}");
    }
    assert_eq!(kept.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_handle_that_outlives_its_response_still_ends_the_connection() {
    for order in [Connection::abort, Connection::close_after] {
        let (give, mut given) = tokio::sync::mpsc::unbounded_channel();
        let router = Router::new().route(
            "/",
            get(
                move |Extension(connection): Extension<Connection>| async move {
                    give.send(connection).unwrap();
                    "hello"
                },
            ),
        );
        let server = Server::start(router, ConnectionOptions::default()).await;
        let mut client = server.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.response().await;
        order(&given.recv().await.unwrap());
        assert_eq!(client.rest().await, "");
    }
}

#[tokio::test]
async fn a_slow_handler_is_waited_for() {
    let (answer, answered) = oneshot::channel();
    let answered = std::sync::Arc::new(tokio::sync::Mutex::new(Some(answered)));
    let router = Router::new().route(
        "/",
        get(move || async move {
            let answered = answered.lock().await.take().unwrap();
            answered.await.unwrap()
        }),
    );
    let options = ConnectionOptions {
        head_timeout: SHORT,
        first_byte_timeout: SHORT,
        idle_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let server = Server::start(router, options).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // Not a synchronisation: the deadlines have to pass.
    tokio::time::sleep(4 * SHORT).await;
    answer.send("late").unwrap();
    assert!(client.response().await.ends_with("late"));
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed() {
    let (gone, is_gone) = oneshot::channel::<()>();
    let gone = std::sync::Arc::new(std::sync::Mutex::new(Some(gone)));
    let router = Router::new().route(
        "/",
        get(move || {
            let guard = gone.lock().unwrap().take();
            async move { Body::new(endless_body::repeat(guard)) }
        }),
    );
    let options = ConnectionOptions {
        write_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let server = Server::start(router, options).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // The body is dropped when the server gives the client up.
    assert!(is_gone.await.is_err());
}

#[tokio::test]
async fn a_head_that_is_too_large_is_answered_431() {
    let server = Server::start(hello(), ConnectionOptions::default()).await;
    let long = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "x".repeat(70 * 1024)
    );
    let fields = "X: y\r\n".repeat(101);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    for head in [long, many] {
        let mut client = server.connect().await;
        client.send(&head).await;
        let answer = client.rest_or_reset().await;
        assert!(
            answer.starts_with("HTTP/1.1 431 "),
            "{answer} to {} bytes",
            head.len()
        );
    }
}

#[tokio::test]
async fn a_hundred_fields_are_not_too_many() {
    let server = Server::start(hello(), ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    let fields = "X: y\r\n".repeat(99);
    client
        .send(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))
        .await;
    assert!(client.response().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn every_request_knows_its_connection() {
    let router = Router::new().route(
        "/",
        get(
            |Extension(connection): Extension<Connection>,
             ConnectInfo(remote): ConnectInfo<std::net::SocketAddr>| async move {
                assert_eq!(connection.remote(), remote);
                format!("{} {}", remote, connection.local().unwrap())
            },
        ),
    );
    let server = Server::start(router, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    let own = client.local().to_string();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let expected = format!("{own} {}", server.address());
    let response = client.response().await;
    assert!(response.ends_with(&expected), "{response}");
}

/// Answers with the fields as they were written, one in a line.
fn telling_fields() -> Router {
    let tell = |raw: Option<Extension<RawFields>>, _body: String| async move {
        let Some(Extension(fields)) = raw else {
            return "unknown".to_owned();
        };
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let lines = fields
            .iter()
            .map(|(name, value)| format!("{}={}\n", text(name), text(value)));
        lines.collect()
    };
    Router::new().route("/", get(tell).post(tell))
}

#[tokio::test]
async fn a_request_has_its_fields_in_the_clients_order_and_case() {
    let server = Server::start(telling_fields(), ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client
        .send("GET / HTTP/1.1\r\nx-B: 1\r\nhOST: a\r\nACCEPT: 2 , 3 \r\nX-b: 4\r\nempty:\r\n\r\n")
        .await;
    let response = client.response().await;
    let fields = "x-B=1\nhOST=a\nACCEPT=2 , 3\nX-b=4\nempty=\n";
    assert!(
        response.ends_with(&format!("\r\n\r\n{fields}")),
        "{response}"
    );
}

#[tokio::test]
async fn every_pipelined_request_has_its_own_fields() {
    let server = Server::start(telling_fields(), ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    let body = "GET / HTTP/1.1\r\nNot-A-Field: 1\r\n\r\n";
    let length = body.len();
    let pipelined = [
        "GET / HTTP/1.1\r\nHost: a\r\nA-a: 1\r\n\r\n".to_owned(),
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-length: {length}\r\n\r\n{body}"),
        format!(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-encodinG: chunked\r\n\r\n\
             {length:x}\r\n{body}\r\n0\r\nTrailer: 1\r\n\r\n"
        ),
        "GET / HTTP/1.1\r\nHost: a\r\nZ-z: 1\r\n\r\n".to_owned(),
    ];
    client.send(pipelined.concat()).await;
    for last in [
        "A-a=1".to_owned(),
        format!("Content-length={length}"),
        "Transfer-encodinG=chunked".to_owned(),
        "Z-z=1".to_owned(),
    ] {
        let response = client.response().await;
        assert!(
            response.ends_with(&format!("\r\n\r\nHost=a\n{last}\n")),
            "{response}"
        );
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_has_its_fields_too() {
    let server = Server::start(telling_fields(), ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .send("POST / HTTP/1.1\r\nHost: a\r\nexpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .await;
        client.read_until("HTTP/1.1 100 Continue\r\n\r\n").await;
        client.send("abc").await;
        let response = client.response().await;
        assert!(
            response.ends_with("Host=a\nexpect=100-continue\nContent-Length=3\n"),
            "{response}"
        );
    }
}

#[tokio::test]
async fn more_pipelined_heads_than_are_kept_disturb_nothing() {
    let options = ConnectionOptions {
        max_head: 8192,
        ..ConnectionOptions::default()
    };
    let server = Server::start(telling_fields(), options).await;
    let mut client = server.connect().await;
    const REQUESTS: usize = 2000;
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(request.repeat(REQUESTS)).await;
    for _ in 0..REQUESTS {
        let response = client.response().await;
        let body = response.split_once("\r\n\r\n").unwrap().1;
        assert!(matches!(body, "Host=a\n" | "unknown"), "{response}");
    }
}

#[tokio::test]
async fn close_after_ends_the_connection_behind_a_whole_response() {
    let router = Router::new().route(
        "/",
        get(|Extension(connection): Extension<Connection>| async move {
            connection.close_after();
            "last"
        }),
    );
    let server = Server::start(router, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.ends_with("last"), "{answer}");
}

#[tokio::test]
async fn abort_ends_the_connection_without_a_response() {
    let router = Router::new().route(
        "/",
        get(|Extension(connection): Extension<Connection>| async move {
            connection.abort();
            std::future::pending::<&str>().await
        }),
    );
    let server = Server::start(router, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_reset_is_seen_as_one_and_not_as_an_end() {
    let router = Router::new().route(
        "/",
        get(|Extension(connection): Extension<Connection>| async move {
            connection.reset();
            connection.abort();
            std::future::pending::<&str>().await
        }),
    );
    let server = Server::start(router, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.0\r\n\r\n").await;
    assert!(client.is_reset().await);
}

#[tokio::test]
async fn shutdown_closes_fresh_and_idle_connections_at_once() {
    let server = Server::start(hello(), ConnectionOptions::default()).await;
    let mut fresh = server.connect().await;
    let mut idle = server.connect().await;
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    idle.response().await;
    server.stop();
    assert_eq!(fresh.rest().await, "");
    assert_eq!(idle.rest().await, "");
}

#[tokio::test]
async fn shutdown_lets_a_response_under_way_finish() {
    let (called, is_called) = oneshot::channel();
    let (answer, answered) = oneshot::channel();
    let ends = std::sync::Arc::new(std::sync::Mutex::new(Some((called, answered))));
    let router = Router::new().route(
        "/",
        get(move || {
            let (called, answered) = ends.lock().unwrap().take().unwrap();
            async move {
                called.send(()).unwrap();
                answered.await.unwrap()
            }
        }),
    );
    let server = Server::start(router, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    is_called.await.unwrap();
    server.stop();
    answer.send("finished").unwrap();
    let answer: String = client.rest().await;
    assert!(answer.ends_with("finished"), "{answer}");
}

/// A body without end.
mod endless_body {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http_body::{Body, Frame};

    pub(super) struct Repeat<T>(T);

    pub(super) fn repeat<T>(guard: T) -> Repeat<T> {
        Repeat(guard)
    }

    impl<T: Unpin> Body for Repeat<T> {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            static BLOCK: [u8; 65536] = [b'x'; 65536];
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&BLOCK)))))
        }
    }
}
