//! Bodies that flow both ways, and what becomes of a request whose client goes away.

mod common;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use bytes::Bytes;
use common::extension::{BLOCK, Event, Scripted, gate, watch};
use common::{Server, collect, get_request, next, service, text, until};
use http_body_util::{BodyExt, Full};
use isapi_axum::connection::ConnectionOptions;
use tokio::sync::mpsc;
use tower::ServiceExt;

async fn server(app: Router) -> Server {
    Server::start(app, ConnectionOptions::default()).await
}

fn is_failure(event: Event) -> bool {
    matches!(event, Event::Failed(_))
}

/// A body fed by the test; it ends with the sender.
struct Channel(mpsc::Receiver<Bytes>);

impl HttpBody for Channel {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(cx)
            .map(|data| data.map(|data| Ok(http_body::Frame::data(data))))
    }
}

async fn collecting(request: Request, next: Next) -> Response {
    let (parts, body) = next.run(request).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, Body::new(Full::new(body)))
}

#[tokio::test]
async fn a_body_goes_through_an_extension_as_it_comes() {
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = server(app).await;
    let mut client = server.connect().await;
    // The read-ahead of 48 KiB comes first; what follows is answered piece by piece.
    let ahead = "a".repeat(49152);
    client
        .send("POST /scripted.dll/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
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

#[tokio::test]
async fn expect_continue_is_answered_when_the_extension_reads_and_not_before() {
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = server(app).await;
    let mut client = server.connect().await;
    let head = "HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send(format!("POST /scripted.dll/echo {head}")).await;
    client.read_until("HTTP/1.1 100 Continue\r\n\r\n").await;
    client.send("12345").await;
    client.read_until("12345\r\n0\r\n\r\n").await;

    let mut client = server.connect().await;
    client
        .send(format!("POST /scripted.dll/reason {head}"))
        .await;
    let answer = client.read_until("\r\n").await;
    assert_eq!(answer, "HTTP/1.1 299 Quite All Right\r\n");
}

#[tokio::test]
async fn a_writer_waits_for_a_consumer_that_does_not_read() {
    let mut events = watch("back-pressure");
    let service = service!("/scripted.dll", Scripted);
    let request = get_request("/scripted.dll/endless?back-pressure");
    let mut response = service.oneshot(request).await.unwrap();
    assert_eq!(next(&mut events).await, Event::Called);
    // Nothing was taken, so the first write cannot have completed.
    assert!(events.try_recv().is_err());
    let mut taken = 0;
    while taken < 4 * BLOCK {
        let frame = response.body_mut().frame().await.unwrap().unwrap();
        taken += frame.into_data().unwrap().len();
    }
    for _ in 0..4 {
        assert_eq!(next(&mut events).await, Event::Done(BLOCK));
    }
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn a_body_is_read_ahead_and_then_only_as_the_extension_asks_for_it() {
    const PIECE: usize = 16 * 1024;
    let mut events = watch("reader");
    let (feed, body) = mpsc::channel(1);
    let service = service!("/scripted.dll", Scripted);
    let request = http::Request::post("/scripted.dll/endless?reader")
        .header("host", "a")
        .body(Channel(body))
        .unwrap();
    let _response = tokio::spawn(service.oneshot(request));
    let mut fed = 0;
    loop {
        tokio::select! {
            biased;
            event = next(&mut events) => break assert_eq!(event, Event::Called),
            sent = feed.send(Bytes::from(vec![b'x'; PIECE])) => {
                sent.unwrap();
                fed += PIECE;
            }
        }
    }
    // The read-ahead, and what fits into the channel.
    assert!((49152..=49152 + 2 * PIECE).contains(&fed), "{fed}");
    // It may have room for one more; nobody makes room for the next.
    let _ = feed.try_send(Bytes::from_static(b"x"));
    assert!(feed.try_send(Bytes::from_static(b"x")).is_err());
}

#[tokio::test]
async fn a_response_future_that_is_dropped_tells_the_extension() {
    let mut events = watch("future");
    let service = service!("/scripted.dll", Scripted);
    let (_feed, body) = mpsc::channel(1);
    let request = http::Request::post("/scripted.dll/never?future")
        .header("host", "a")
        .header("expect", "100-continue")
        .body(Channel(body))
        .unwrap();
    let response = tokio::spawn(service.oneshot(request));
    assert_eq!(next(&mut events).await, Event::Called);
    response.abort();
    assert!(response.await.unwrap_err().is_cancelled());
    // The read, whether it was under way or is started only now, ends without data.
    let event = next(&mut events).await;
    assert!(event == Event::Done(0) || is_failure(event), "{event:?}");
}

#[tokio::test]
async fn a_body_that_is_dropped_before_its_last_frame_tells_the_extension() {
    // One writes asynchronously, the other one is blocked in a write.
    for (path, service) in [
        ("endless", service!("/scripted.dll", Scripted)),
        ("flood", service!("/scripted.dll", Scripted)),
    ] {
        let mut events = watch(path);
        let request = get_request(&format!("/scripted.dll/{path}?{path}"));
        let mut response = service.oneshot(request).await.unwrap();
        response.body_mut().frame().await.unwrap().unwrap();
        drop(response);
        until(&mut events, is_failure).await;
    }
}

#[tokio::test]
async fn a_client_that_resets_its_connection_is_gone() {
    let mut events = watch("reset");
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = server(app).await;
    let mut client = server.connect().await;
    client
        .send("GET /scripted.dll/endless?reset HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    client.read_until("xxxx").await;
    drop(client);
    until(&mut events, is_failure).await;
}

#[tokio::test]
async fn a_body_that_is_dropped_after_its_last_frame_does_not_mean_that_the_client_is_gone() {
    let mut events = watch("exact");
    let open = gate("exact");
    let service = service!("/scripted.dll", Scripted);
    let mut response = service
        .oneshot(get_request("/scripted.dll/exact?exact"))
        .await
        .unwrap();
    let frame = response.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "12345");
    assert!(response.body().is_end_stream());
    drop(response);
    drop(open);
    until(&mut events, |event| event == Event::Done(5)).await;
    assert_eq!(next(&mut events).await, Event::Connected(true));
}

#[tokio::test]
async fn middleware_may_collect_the_body() {
    let mut events = watch("collected");
    let app = Router::new()
        .fallback_service(service!("/scripted.dll", Scripted))
        .layer(middleware::from_fn(collecting));
    let response = app
        .oneshot(get_request("/scripted.dll/chain?collected"))
        .await
        .unwrap();
    let text = text(response).await;
    assert_eq!(text.len(), 10_000);
    assert!(text.starts_with("000") && text.ends_with("999"));
    // Ten chained asynchronous writes, each completed once.
    assert_eq!(next(&mut events).await, Event::Called);
    for _ in 0..10 {
        assert_eq!(next(&mut events).await, Event::Done(1000));
    }
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn an_error_before_any_head_is_a_500() {
    let service = service!("/scripted.dll", Scripted);
    let response = service
        .oneshot(get_request("/scripted.dll/abort"))
        .await
        .unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn a_response_that_is_cut_is_an_error_to_whoever_collects_it() {
    let service = service!("/scripted.dll", Scripted);
    let response = service
        .oneshot(get_request("/scripted.dll/cut"))
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(collect(response).await.is_err());
}

#[tokio::test]
async fn a_response_that_is_cut_reaches_the_client_up_to_the_cut() {
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = server(app.clone()).await;
    let request = "GET /scripted.dll/cut HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = server.exchange(request).await;
    assert!(
        answer.contains("content-length: 10\r\n") && answer.ends_with("12345"),
        "{answer}"
    );

    // The same behind a server that is not ours.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let foreign = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut client = common::Client::connect(address).await;
    client.send(request).await;
    let answer = client.rest().await;
    assert!(
        answer.contains("content-length: 10\r\n") && answer.ends_with("12345"),
        "{answer}"
    );
    foreign.abort();
}

#[tokio::test]
async fn a_cut_that_no_framing_shows_is_a_reset() {
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    let server = server(app).await;
    let mut client = server.connect().await;
    client
        .send("GET /scripted.dll/cut-unframed HTTP/1.0\r\n\r\n")
        .await;
    assert!(client.is_reset().await);
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_cut_where_its_length_was_not_known() {
    let mut events = watch("too-large");
    let limits = isapi_axum::Limits {
        max_allowed_content_length: 60_000,
        ..Default::default()
    };
    let service = isapi_axum::IsapiService::builder(isapi_emu_loader::Portable::new())
        .extension("/scripted.dll", isapi_sdk::entry!(Scripted))
        .limits(limits)
        .build()
        .unwrap();
    let (feed, body) = mpsc::channel(1);
    let request = http::Request::post("/scripted.dll/echo?too-large")
        .header("host", "a")
        .body(Channel(body))
        .unwrap();
    tokio::spawn(async move {
        let mut sent = 0;
        while feed.send(Bytes::from(vec![b'x'; 10_000])).await.is_ok() {
            sent += 10_000;
            assert!(sent <= 80_000, "the body is read beyond its limit");
        }
    });
    let response = service.oneshot(request).await.unwrap();
    let _ = collect(response).await;
    let mut read = 0;
    while let Ok(event) = events.try_recv() {
        if let Event::Done(bytes) = event {
            read += bytes;
        }
    }
    assert!(read <= 60_000 - 49152, "{read}");
}

#[tokio::test]
async fn a_file_is_the_same_however_it_is_sent() {
    let content: Vec<u8> = (0..1_000_003_u32)
        .map(|i| u8::try_from(i % 251).unwrap())
        .collect();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("sent-file");
    std::fs::write(&file, &content).unwrap();
    let app = Router::new().fallback_service(service!("/scripted.dll", Scripted));
    for mapped_files in [false, true] {
        let options = ConnectionOptions {
            mapped_files,
            ..ConnectionOptions::default()
        };
        let server = Server::start(app.clone(), options).await;
        let mut client = server.connect().await;
        let target = format!("/scripted.dll/file?{}", file.display());
        client
            .send(format!(
                "GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            ))
            .await;
        let head = client.read_until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(
            client.rest_bytes().await == content,
            "mapped: {mapped_files}"
        );
    }
}
