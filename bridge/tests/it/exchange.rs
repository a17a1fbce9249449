//! The HTTP side of one request, on the thread of the test.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Version, header};
use isapi_bridge::{
    Backend, ChildCall, DispatchMode, Drive, ExtensionSlot, LogEntry, ModuleSource, NoResponse,
    RequestSession, Runtime, RuntimeBuilder, Site, StaticEntry, Transport,
};
use isapi_core::request_head::{BodyLength, ConnectionInfo, RequestHead, RequestHeadParts, Script};
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{Ending, SessionConfig};

use crate::backend::MemoryBackend;
use crate::extension;
use crate::site::TestSite;

/// Longer than anything here takes; a test that hangs fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A host with the scripted extension mounted.
pub(crate) struct Host {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) slot: Arc<ExtensionSlot>,
    pub(crate) config: SessionConfig,
    pub(crate) dispatch: DispatchMode,
    pub(crate) transport: Transport,
    pub(crate) site: Arc<TestSite>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(MemoryBackend::default(), |builder| builder)
    }

    pub(crate) fn with(
        backend: impl Backend,
        settle: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder,
    ) -> Self {
        let runtime = settle(Runtime::builder(backend)).build();
        let provider = Box::new(StaticEntry::new("scripted", extension::entry()));
        let slot = ExtensionSlot::new(ModuleSource::Provider(provider), Arc::clone(&runtime));
        let transport = Transport::default();
        Self {
            runtime,
            slot,
            config: SessionConfig::default(),
            dispatch: DispatchMode::default(),
            transport,
            site: Arc::default(),
        }
    }

    /// A GET for which the extension does what the closure says.
    pub(crate) fn get(
        &self,
        run: impl Fn(extension::Ecb) -> u32 + Send + Sync + 'static,
    ) -> RequestSession {
        self.start(request(&extension::on_call(run)))
    }

    /// A POST of so many bytes.
    pub(crate) fn post(
        &self,
        length: u64,
        run: impl Fn(extension::Ecb) -> u32 + Send + Sync + 'static,
    ) -> RequestSession {
        let mut parts = request(&extension::on_call(run));
        parts.method = Method::POST;
        parts.body = BodyLength::Known(length);
        self.start(parts)
    }

    pub(crate) fn start(&self, parts: RequestHeadParts) -> RequestSession {
        let guard = self.slot.load_blocking().expect("the test extension loads");
        let guard = guard.with_dispatch(self.dispatch);
        let head = Arc::new(RequestHead::new(parts).expect("a valid head"));
        let transport = self.transport.clone();
        let site = Arc::clone(&self.site) as Arc<dyn Site>;
        let (session, call) =
            RequestSession::start(&self.runtime, guard, head, self.config, transport, site);
        if let Some(call) = call {
            call.dispatch();
        }
        session
    }
}

/// `GET /test.dll/extra?QUERY` from a client on this machine.
pub(crate) fn request(query: &str) -> RequestHeadParts {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("example.org:8080"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    RequestHeadParts {
        method: Method::GET,
        version: Version::HTTP_11,
        target: format!("/test.dll/extra?{query}").into(),
        headers,
        connection: ConnectionInfo {
            remote: Some(SocketAddr::from(([127, 0, 0, 1], 40_000))),
            local: Some(SocketAddr::from(([127, 0, 0, 1], 8080))),
            ..ConnectionInfo::default()
        },
        script: Script {
            script_name: "/test.dll".into(),
            path_info: "/extra".into(),
            path_translated: "/site/extra".into(),
            url: "/test.dll/extra".into(),
            appl_physical_path: "/site/".into(),
            ..Script::default()
        },
        ..RequestHeadParts::default()
    }
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) head: Result<ResponseHead, NoResponse>,
    pub(crate) body: Vec<u8>,
    pub(crate) aborted: bool,
    pub(crate) ending: Ending,
    pub(crate) log: LogEntry,
}

/// Sends the whole body, takes the whole response, and waits for the end of the session.
pub(crate) fn exchange(session: &RequestSession, body: &[&[u8]]) -> Response {
    let mut client = Client::new(session.clone(), body);
    client.wait_until(|client| client.body_ended && client.ending.is_some());
    Response {
        head: client.head.expect("there is one by now"),
        body: client.received,
        aborted: client.aborted,
        ending: client.ending.expect("waited for"),
        log: session.log_entry(),
    }
}

/// Polls, on the thread of the test, until there is something.
pub(crate) fn block_on<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Poll::Ready(ready) = poll(&mut Context::from_waker(&waker)) {
            return ready;
        }
        assert!(Instant::now() < give_up, "nothing comes");
        thread::park_timeout(PATIENCE);
    }
}

/// The driver and the consumer of one request in one.
pub(crate) struct Client {
    pub(crate) session: RequestSession,
    to_send: VecDeque<Bytes>,
    pub(crate) head: Option<Result<ResponseHead, NoResponse>>,
    pub(crate) received: Vec<u8>,
    pub(crate) frames: usize,
    pub(crate) aborted: bool,
    pub(crate) body_ended: bool,
    pub(crate) ending: Option<Ending>,
    /// The children that were to be executed.
    pub(crate) children: Vec<ChildCall>,
    waker: Waker,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Client {
    pub(crate) fn new(session: RequestSession, body: &[&[u8]]) -> Self {
        Self {
            session,
            to_send: body
                .iter()
                .map(|chunk| Bytes::copy_from_slice(chunk))
                .collect(),
            head: None,
            received: Vec::new(),
            frames: 0,
            aborted: false,
            body_ended: false,
            ending: None,
            children: Vec::new(),
            waker: Waker::from(Arc::new(Unpark(thread::current()))),
        }
    }

    /// Does what there is to do until the condition holds.
    pub(crate) fn wait_until(&mut self, done: impl Fn(&Self) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            self.drive();
            self.take_response();
            if done(self) {
                return;
            }
            let now = Instant::now();
            assert!(now < give_up, "the request hangs: {:?}", self.session);
            let timeout = self
                .session
                .next_timeout()
                .map_or(give_up, |at| at.min(give_up));
            thread::park_timeout(timeout.saturating_duration_since(now));
            self.session.handle_timeout(Instant::now());
        }
    }

    /// Like [`wait_until`](Self::wait_until), but takes nothing of the response.
    pub(crate) fn drive_until(&mut self, done: impl Fn(&Self) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            self.drive();
            if done(self) {
                return;
            }
            let now = Instant::now();
            assert!(now < give_up, "the request hangs: {:?}", self.session);
            let timeout = self
                .session
                .next_timeout()
                .map_or(give_up, |at| at.min(give_up));
            thread::park_timeout(timeout.saturating_duration_since(now));
            self.session.handle_timeout(Instant::now());
        }
    }

    /// Waits for the response's head and takes nothing of its body.
    pub(crate) fn wait_for_head(&mut self) {
        self.drive_until(|client| {
            let mut cx = Context::from_waker(&client.waker);
            client.session.poll_head(&mut cx).is_ready()
        });
    }

    fn drive(&mut self) {
        let mut cx = Context::from_waker(&self.waker);
        loop {
            match self.session.poll_drive(&mut cx) {
                Poll::Ready(Drive::Call(call)) => {
                    call.dispatch();
                    continue;
                }
                Poll::Ready(Drive::ExecUrl(child)) => {
                    self.children.push(child);
                    continue;
                }
                Poll::Ready(Drive::Finished(ending)) => self.ending = Some(ending),
                Poll::Ready(Drive::ReadBody) => {
                    match self.to_send.pop_front() {
                        Some(chunk) => self.session.body_chunk(chunk),
                        None => self.session.body_end(),
                    }
                    continue;
                }
                Poll::Pending => {}
            }
            return;
        }
    }

    fn take_response(&mut self) {
        let mut cx = Context::from_waker(&self.waker);
        if self.head.is_none() {
            let Poll::Ready(head) = self.session.poll_head(&mut cx) else {
                return;
            };
            self.head = Some(head);
        }
        while !self.body_ended {
            match self.session.poll_frame(&mut cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(data))) => {
                    assert!(!data.is_empty());
                    self.frames += 1;
                    self.received.extend_from_slice(&data);
                }
                Poll::Ready(Some(Err(_))) => {
                    self.aborted = true;
                    self.body_ended = true;
                }
                Poll::Ready(None) => self.body_ended = true,
            }
        }
    }
}
