//! A session with a driver that takes everything at once, and a clock that stands until it is moved.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Version, header};
use isapi_core::request_head::{BodyLength, RequestHead, RequestHeadParts};
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{
    Completion, Done, DoneStatus, Output, ProcReturn, ProcStatus, Session, SessionConfig,
};

pub(crate) struct Script {
    pub(crate) session: Session,
    pub(crate) now: Instant,
}

pub(crate) struct Request {
    method: Method,
    version: Version,
    body: BodyLength,
    headers: HeaderMap,
    config: SessionConfig,
}

impl Request {
    pub(crate) fn get() -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("example"));
        Self {
            method: Method::GET,
            version: Version::HTTP_11,
            body: BodyLength::None,
            headers,
            config: SessionConfig::default(),
        }
    }

    pub(crate) fn post(body: BodyLength) -> Self {
        Self {
            method: Method::POST,
            body,
            ..Self::get()
        }
    }

    pub(crate) fn head() -> Self {
        Self {
            method: Method::HEAD,
            ..Self::get()
        }
    }

    pub(crate) fn header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    pub(crate) fn read_ahead(mut self, bytes: u64) -> Self {
        self.config.read_ahead = bytes;
        self
    }

    pub(crate) fn send_buffer(mut self, bytes: u64) -> Self {
        self.config.send_buffer = bytes;
        self
    }

    pub(crate) fn response_buffer_limit(mut self, bytes: u64) -> Self {
        self.config.response_buffer_limit = bytes;
        self
    }

    pub(crate) fn exec_url_depth(mut self, depth: u32) -> Self {
        self.config.exec_url_depth = depth;
        self
    }

    pub(crate) fn suppress_head(mut self) -> Self {
        self.config.suppress_head = true;
        self
    }

    /// The session, with nothing polled yet.
    pub(crate) fn start(self) -> Script {
        let head = RequestHead::new(RequestHeadParts {
            method: self.method,
            version: self.version,
            target: "/probe.dll?q".into(),
            headers: self.headers,
            body: self.body,
            ..RequestHeadParts::default()
        })
        .expect("a good head");
        let now = Instant::now();
        Script {
            session: Session::new(Arc::new(head), self.config, now),
            now,
        }
    }

    /// The session with its call made and a callback registered.
    pub(crate) fn with_callback(self) -> Script {
        let mut script = self.called();
        let registered = script.session.io_completion(true);
        registered.expect("the session is open");
        script
    }

    /// The session with its call made.
    pub(crate) fn called(self) -> Script {
        let mut script = self.start();
        let outputs = script.outputs();
        assert!(
            matches!(outputs.as_slice(), [Output::Invoke(_)]),
            "{outputs:?}"
        );
        script
    }
}

impl Script {
    pub(crate) fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll_output()).collect()
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.session.handle_timeout(self.now);
    }

    pub(crate) fn write(&mut self, data: &[u8]) {
        let outcome = self.session.write_client(self.now, data);
        assert_eq!(outcome, Ok(isapi_core::session::Outcome::Done(data.len())));
    }

    /// A first head by `HSE_REQ_SEND_RESPONSE_HEADER_EX`.
    pub(crate) fn send_head(&mut self, status: &str, fields: &str) {
        let head = head_of(status, fields);
        self.session
            .send_response_header(self.now, 1016, head, Bytes::new(), true)
            .expect("a first head");
    }

    pub(crate) fn returns(&mut self, status: ProcStatus) {
        self.session.handle_proc_return(
            self.now,
            ProcReturn {
                status,
                http_status: 200,
            },
        );
    }

    pub(crate) fn is_done(&mut self, status: DoneStatus) {
        let done = Done {
            status,
            http_status: 200,
        };
        self.session
            .done_with_session(self.now, done)
            .expect("the session was open");
    }
}

/// The only completion among the outputs.
pub(crate) fn completion(outputs: Vec<Output>) -> Completion {
    let mut completions = outputs.into_iter().filter_map(|output| match output {
        Output::Complete(completion) => Some(completion),
        _ => None,
    });
    let completion = completions.next().expect("a completion");
    assert_eq!(completions.next(), None, "one completion");
    completion
}

/// What the client gets: status, body bytes, and the other outputs' names in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) head: Option<ResponseHead>,
    pub(crate) body: Vec<u8>,
    pub(crate) others: Vec<Output>,
}

impl Wire {
    pub(crate) fn of(outputs: Vec<Output>) -> Self {
        let mut wire = Self::default();
        for output in outputs {
            match output {
                Output::SendHead(head) => {
                    assert!(wire.head.replace(head).is_none(), "two heads");
                }
                Output::SendData { data, .. } => wire.body.extend_from_slice(&data),
                other => wire.others.push(other),
            }
        }
        wire
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status().as_u16())
    }
}

pub(crate) fn head_of(status: &str, fields: &str) -> ResponseHead {
    ResponseHead::from_header_call(Some(status.as_bytes()), fields.as_bytes())
        .expect("a good head")
        .0
}

pub(crate) fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}
