//! A session together with the world it lives in: a driver, a client and an extension that may do
//! anything it is able to, in any order. Every step checks the invariants.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::HeaderValue;
use isapi_core::request_head::RequestHead;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{
    BodyEnd, Callback, ChildBody, ClientFault, HostFault, InvokeFailure, OperationId, Outcome,
    Output, Refusal, Session, SessionConfig,
};

use crate::input::{
    CHILD_STATUS, Input, ReturnWith, TransmitAs, VectorAs, child, done_with, head_of, proc_return,
    transmission, vector,
};

/// What a step came to, for the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) before: [&'static str; 4],
    pub(crate) after: [&'static str; 4],
    pub(crate) answer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) session: Session,
    now: Instant,
    budget: Vec<(Input, u8)>,
    chunks: Vec<&'static [u8]>,
    body_over: bool,
    /// A callback is registered.
    callback: bool,
    /// A read waits for the body.
    reader: bool,
    /// The child that is executed, as long as it is not over.
    child: Option<OperationId>,
    /// The operation that said it is the last to send.
    last: Option<OperationId>,
    /// Some of it was sent. What was held back goes before it.
    last_begun: bool,
    invoked: bool,
    returned: bool,
    ended_by_extension: bool,
    accepted: Vec<OperationId>,
    completed: Vec<OperationId>,
    started: Vec<OperationId>,
    /// Frames the driver holds: whose, how long, and whether it is a file's.
    queued: VecDeque<(Option<OperationId>, u64, bool)>,
    cancels: Vec<OperationId>,
    head: Option<ResponseHead>,
    sent: u64,
    whole: bool,
    /// The response cannot become whole any more.
    aborted: bool,
    /// The connection was closed at once.
    lost: bool,
    dropped: bool,
    /// The host refused the request before the call.
    refused: bool,
    finished: bool,
}

impl World {
    pub(crate) fn new(
        head: Arc<RequestHead>,
        config: SessionConfig,
        now: Instant,
        chunks: &[&'static [u8]],
        budget: &[(Input, u8)],
    ) -> Self {
        let mut world = Self {
            session: Session::new(head, config, now),
            now,
            budget: budget.to_vec(),
            chunks: chunks.to_vec(),
            body_over: false,
            callback: false,
            reader: false,
            child: None,
            last: None,
            last_begun: false,
            invoked: false,
            returned: false,
            ended_by_extension: false,
            accepted: Vec::new(),
            completed: Vec::new(),
            started: Vec::new(),
            queued: VecDeque::new(),
            cancels: Vec::new(),
            head: None,
            sent: 0,
            whole: false,
            aborted: false,
            lost: false,
            dropped: false,
            refused: false,
            finished: false,
        };
        world.drain();
        world
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// What can happen next.
    pub(crate) fn enabled(&self) -> Vec<Input> {
        if self.finished {
            return Vec::new();
        }
        let mut inputs: Vec<Input> = self
            .budget
            .iter()
            .filter(|(input, left)| *left > 0 && self.allows(*input))
            .map(|(input, _)| *input)
            .collect();
        inputs.extend(self.environment());
        inputs
    }

    /// Everything that can happen now, whether or not the scenario has it.
    pub(crate) fn possible(&self) -> Vec<Input> {
        if self.finished {
            return Vec::new();
        }
        let environment = self.environment();
        Input::ALL
            .into_iter()
            .filter(|input| self.allows(*input) || environment.contains(input))
            .collect()
    }

    /// What the driver is sure to do sooner or later.
    pub(crate) fn environment(&self) -> Vec<Input> {
        let mut inputs = Vec::new();
        if self.session.wants_body() && !self.chunks.is_empty() {
            inputs.push(Input::BodyChunk);
        }
        if self.session.wants_body() && self.chunks.is_empty() && !self.body_over {
            inputs.push(Input::BodyEnd);
        }
        if !self.queued.is_empty() && !self.dropped && !self.lost {
            inputs.push(Input::DataTaken);
        }
        if !self.cancels.is_empty() {
            inputs.push(Input::Cancelled);
        }
        if self.child.is_some() {
            inputs.push(Input::ChildEnd);
        }
        if self.completed.len() > self.started.len() {
            inputs.push(Input::CompletionStarted);
        }
        inputs
    }

    fn allows(&self, input: Input) -> bool {
        if input.is_command() {
            return self.invoked;
        }
        match input {
            Input::BodyCut | Input::BodyTooLarge => self.session.wants_body() && !self.body_over,
            Input::ChildCut | Input::ChildData(_) | Input::ChildHead(_) | Input::ChildReads => {
                self.child.is_some()
            }
            Input::CompletionPanicked => !self.started.is_empty(),
            Input::InvokeFailed | Input::ProcReturn(_) => self.invoked && !self.returned,
            Input::ResponseDropped => !self.dropped,
            Input::Timeout => self.session.poll_timeout().is_some(),
            // Frames go out in order: a file that fails is in front.
            Input::TransferFailed => self.queued.front().is_some_and(|(_, _, file)| *file),
            _ => false,
        }
    }

    /// Lets `input` happen and checks every invariant that a single step can break.
    pub(crate) fn apply(&mut self, input: Input) -> Seen {
        if let Some((_, left)) = self.budget.iter_mut().find(|(it, _)| *it == input) {
            *left = left.saturating_sub(1);
        }
        let before = self.session.clone();
        let write_deadline = input == Input::Timeout
            && self.invoked
            && !self.reader
            && !self.dropped
            && !self.queued.is_empty();
        let answer = if input.is_command() {
            self.command(input, &before)
        } else {
            self.fact(input);
            String::new()
        };
        self.drain();
        self.check_settled();
        assert!(
            !write_deadline || self.lost,
            "a client that takes nothing is waited for"
        );
        Seen {
            before: before.state_names(),
            after: self.session.state_names(),
            answer,
        }
    }

    fn fact(&mut self, input: Input) {
        let now = self.now;
        if matches!(
            input,
            Input::BodyChunk
                | Input::BodyCut
                | Input::BodyEnd
                | Input::BodyTooLarge
                | Input::Timeout
        ) {
            self.reader = false;
        }
        match input {
            Input::BodyChunk if self.chunks.is_empty() => {}
            Input::BodyChunk => {
                let chunk = self.chunks.remove(0);
                self.session
                    .handle_body_chunk(now, Bytes::from_static(chunk));
            }
            Input::BodyCut => {
                self.body_over = true;
                self.session.handle_body_cut(now);
            }
            Input::BodyTooLarge => {
                self.body_over = true;
                self.refused |= !self.invoked;
                self.session.handle_body_too_large(now);
            }
            Input::BodyEnd => {
                self.body_over = true;
                self.session.handle_body_end(now);
            }
            Input::Cancelled => {
                let Some(operation) = self.cancels.pop() else {
                    return;
                };
                self.queued.retain(|(of, _, _)| *of != Some(operation));
                self.session.handle_cancelled(now, operation);
            }
            Input::ChildCut
            | Input::ChildData(_)
            | Input::ChildEnd
            | Input::ChildHead(_)
            | Input::ChildReads => self.child_fact(input),
            Input::CompletionPanicked => {
                self.ended_by_extension = true;
                self.session.handle_completion_panicked(now);
            }
            Input::CompletionStarted => {
                let Some(operation) = self.completed.get(self.started.len()).copied() else {
                    return;
                };
                self.started.push(operation);
                self.session.handle_completion_started(now, operation);
            }
            Input::DataTaken => {
                let Some((operation, bytes, _)) = self.queued.pop_front() else {
                    return;
                };
                self.session.handle_data_taken(now, operation, bytes);
            }
            Input::InvokeFailed => {
                self.returned = true;
                self.ended_by_extension = true;
                self.session
                    .handle_invoke_failed(now, InvokeFailure::Overloaded);
            }
            Input::ProcReturn(with) => {
                self.returned = true;
                self.ended_by_extension |= with != ReturnWith::Pending;
                self.session.handle_proc_return(now, proc_return(with));
            }
            Input::ResponseDropped => {
                self.dropped = true;
                self.session.handle_response_dropped(now);
                if !self.session.is_connected() {
                    self.queued.retain(|(of, _, _)| of.is_some());
                }
            }
            Input::Timeout => {
                let deadline = self.session.poll_timeout().unwrap_or(now);
                self.session.handle_timeout(deadline);
                let later = self.session.poll_timeout();
                assert!(
                    later.is_none_or(|later| later > deadline),
                    "a deadline did not run out"
                );
            }
            Input::TransferFailed => {
                let Some((operation, _, _)) = self.queued.pop_front() else {
                    return;
                };
                // Nothing behind the file may reach the client.
                self.queued.clear();
                self.session
                    .handle_transfer_failed(now, operation, HostFault::FileTruncated);
            }
            _ => unreachable!("{input:?} is a command"),
        }
    }

    /// What the driver tells of a child.
    fn child_fact(&mut self, input: Input) {
        let Some(operation) = self.child else {
            return;
        };
        let now = self.now;
        match input {
            Input::ChildCut => {
                self.child = None;
                self.session.handle_child_cut(now, operation, CHILD_STATUS);
            }
            Input::ChildData(data) => {
                self.session
                    .handle_child_data(now, operation, Bytes::from_static(data));
            }
            Input::ChildEnd => {
                self.child = None;
                self.session.handle_child_end(now, operation, CHILD_STATUS);
            }
            Input::ChildHead(of) => self.session.handle_child_head(operation, head_of(of)),
            _ => {
                let body = self.session.read_for_child(operation);
                self.reader |= body == ChildBody::NotYet;
                assert_eq!(
                    body == ChildBody::NotYet,
                    self.session.wants_body(),
                    "a child that waits must make the driver read"
                );
            }
        }
    }

    fn command(&mut self, input: Input, before: &Session) -> String {
        let refused = match self.call(input) {
            Ok(answer) => return answer,
            Err(refused) => refused,
        };
        let Refusal::Misuse(misuse) = refused else {
            return format!("{:?}", refused)
                .replace("Client(", "")
                .replace("Host(", "")
                .replace(')', "");
        };
        // A refusal is reported once and changes nothing.
        assert_eq!(
            self.session.poll_output(),
            Some(Output::Report(misuse)),
            "{input:?}"
        );
        assert_eq!(
            &self.session, before,
            "{input:?} was refused but changed something"
        );
        misuse.name().to_owned()
    }

    fn call(&mut self, input: Input) -> Result<String, Refusal> {
        let (now, session) = (self.now, &mut self.session);
        let done = |()| "done".to_owned();
        match input {
            Input::AppendLog => session
                .append_log_parameter(Bytes::from_static(b"x"))
                .map(done),
            Input::CancelIo => session.cancel_io().map(done),
            Input::CloseConnection => session.close_connection(now).map(done),
            Input::Done(with) => {
                let accepted = session.done_with_session(now, done_with(with)).map(done)?;
                assert!(!self.ended_by_extension || !self.returned, "ended twice");
                self.ended_by_extension = true;
                Ok(accepted)
            }
            Input::ExecUrl(as_) => {
                let operation = session.exec_url(now, 1026, child(as_))?;
                self.child = Some(operation);
                Ok(self.accept(operation, self.callback))
            }
            Input::ExecUrlStatus => session.exec_url_status().map(|_| "done".to_owned()),
            Input::GetServerVariable => session.check_open(Callback::GetServerVariable).map(done),
            Input::IoCompletion(registered) => {
                session.io_completion(registered)?;
                self.callback = registered;
                Ok("done".to_owned())
            }
            Input::IsConnected => {
                let connected = session.query_connected()?;
                assert!(
                    !(connected && self.aborted),
                    "connected after the connection was lost"
                );
                Ok("done".to_owned())
            }
            Input::IsKeepConn => session.is_keep_conn().map(|_| "done".to_owned()),
            Input::ReadClient => match session.read_client(now, 3)? {
                Outcome::Blocked(_) => {
                    assert!(
                        session.wants_body(),
                        "a blocked read must make the driver read"
                    );
                    assert!(
                        session.poll_timeout().is_some(),
                        "a blocked read must have a deadline"
                    );
                    self.reader = true;
                    Ok("blocked".to_owned())
                }
                Outcome::Done(_) => Ok("done".to_owned()),
            },
            Input::ReadClientAsync => {
                let operation = session.read_client_async(now, 3)?;
                self.reader = true;
                Ok(self.accept(operation, self.callback))
            }
            Input::Redirect => session
                .send_redirect(now, 1, HeaderValue::from_static("/elsewhere"))
                .map(done),
            Input::SendHeader(of) => session
                .send_response_header(now, 1016, head_of(of), Bytes::new(), true)
                .map(done),
            Input::SetFlushFlag => session.set_flush_flag(now, true).map(done),
            Input::TransmitFile(as_) => {
                let operation = session.transmit_file(now, transmission(as_))?;
                if matches!(as_, TransmitAs::Disconnect | TransmitAs::Final) {
                    self.last = Some(operation);
                }
                let own_callback = as_ == TransmitAs::WithHead;
                Ok(self.accept(operation, self.callback || own_callback))
            }
            Input::VectorSend(as_) => session.vector_send(now, vector(as_)).map(done),
            Input::VectorSendAsync(as_) => {
                let operation = session.vector_send_async(now, vector(as_))?;
                if as_ == VectorAs::Final {
                    self.last = Some(operation);
                }
                Ok(self.accept(operation, self.callback))
            }
            Input::WriteClient(data) => match session.write_client(now, data)? {
                Outcome::Blocked(_) => {
                    assert!(!self.queued.is_empty(), "blocked with an empty send buffer");
                    Ok("blocked".to_owned())
                }
                Outcome::Done(accepted) => {
                    assert!(accepted > 0 && accepted <= data.len());
                    Ok("done".to_owned())
                }
            },
            Input::WriteClientAsync(data) => {
                let operation = session.write_client_async(now, Bytes::from_static(data))?;
                Ok(self.accept(operation, self.callback))
            }
            _ => unreachable!("{input:?} is a fact"),
        }
    }

    fn accept(&mut self, operation: OperationId, has_callback: bool) -> String {
        assert!(
            has_callback,
            "an operation was accepted that cannot be called back"
        );
        assert!(
            !self.accepted.contains(&operation),
            "an operation id was used twice"
        );
        assert_eq!(
            self.accepted.len(),
            self.started.len(),
            "a second operation was accepted"
        );
        assert!(
            !self.ended_by_extension,
            "an operation was accepted after the end"
        );
        self.accepted.push(operation);
        "pending".to_owned()
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            assert!(!self.finished, "{output:?} after Finished");
            self.take(output);
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::AppendLog(_) | Output::LogSubStatus(_) | Output::Report(_) => {}
            Output::Cancel(operation) => {
                assert!(self.accepted.contains(&operation) && !self.completed.contains(&operation));
                self.child = self.child.filter(|child| *child != operation);
                self.cancels.push(operation);
            }
            Output::Complete(completion) => {
                let operation = completion.operation;
                assert!(
                    self.accepted.contains(&operation),
                    "completion of a refused operation"
                );
                assert!(!self.completed.contains(&operation), "a second completion");
                assert!(
                    completion.bytes <= 64 && completion.data.len() <= 3,
                    "cbIO is off"
                );
                self.completed.push(operation);
            }
            Output::ExecUrl { operation, .. } => {
                assert_eq!(Some(operation), self.child, "a child nobody asked for");
            }
            Output::EndBody(BodyEnd::Abort) => {
                assert!(!self.lost, "aborted twice");
                self.lost = true;
                self.aborted = true;
                // The connection is closed at once: nobody takes what is queued.
                self.queued.retain(|(of, _, _)| of.is_some());
            }
            Output::EndBody(BodyEnd::Cut) => {
                assert!(!self.aborted && !self.whole, "cut behind its end");
                self.aborted = true;
            }
            Output::EndBody(_) => {
                let head = self.head.as_ref().expect("a whole response has a head");
                assert!(!self.whole && !self.aborted, "the body ended twice");
                if self.session.head().method() != http::Method::HEAD
                    && let Some(length) = head.content_length()
                {
                    assert_eq!(self.sent, length, "a whole response of another length");
                }
                self.whole = true;
            }
            Output::Finished(_) => {
                assert!(
                    self.returned || !self.invoked,
                    "finished while the call runs"
                );
                assert!(
                    self.ended_by_extension || self.dropped || self.refused,
                    "finished for no reason"
                );
                assert_eq!(self.accepted, self.started, "finished with a callback owed");
                assert!(
                    self.whole || self.aborted || self.dropped,
                    "finished and the response never ends"
                );
                assert!(self.session.is_ended());
                self.finished = true;
            }
            Output::Invoke(_) => {
                assert!(!self.invoked, "called twice");
                self.invoked = true;
            }
            Output::SendData { operation, data } => {
                assert!(!data.is_empty());
                self.send(operation, data.len() as u64, false);
            }
            Output::SendFile { operation, range } => {
                assert!(range.length > 0);
                self.send(operation, range.length, true);
            }
            Output::SendHead(head) => {
                assert!(self.head.is_none(), "a second head");
                assert!(!self.aborted, "a head after the connection was lost");
                self.head = Some(head);
            }
        }
    }

    fn send(&mut self, operation: Option<OperationId>, bytes: u64, file: bool) {
        let head = self.head.as_ref().expect("body before the head");
        assert!(!self.whole && !self.aborted, "body after its end");
        let is_last = self.last.is_some() && operation == self.last;
        assert!(!self.last_begun || is_last, "body after the last send");
        self.last_begun |= is_last;
        assert_ne!(
            self.session.head().method(),
            http::Method::HEAD,
            "a body to HEAD"
        );
        assert_ne!(head.status().as_u16(), 204, "a body with 204");
        self.sent += bytes;
        assert!(
            head.content_length()
                .is_none_or(|length| self.sent <= length),
            "too much body"
        );
        self.queued.push_back((operation, bytes, file));
    }

    /// Invariants that hold between steps.
    fn check_settled(&self) {
        let waits = self.session.wants_body();
        assert!(
            !(waits && self.finished),
            "a finished session reads the body"
        );
        assert!(
            !waits || !self.invoked || self.reader,
            "the body is read though nobody waits for it"
        );
        let gone = self.dropped && !self.session.is_connected();
        assert!(
            !gone || !self.cancels.is_empty() || self.queued.is_empty(),
            "bytes wait for a client that is gone"
        );
        assert!(
            self.session.is_connected() || self.aborted || gone,
            "the connection is lost and the driver does not know"
        );
        if self.ended_by_extension && self.returned && !self.finished {
            // What is left to do does not need the extension.
            let pending = self.accepted.len() > self.started.len();
            assert!(pending, "ended, nothing pending, and yet not finished");
            let moves = self.environment();
            let by_client = !self.queued.is_empty();
            assert!(!moves.is_empty() || by_client, "ended and stuck");
        }
        let lost = self.aborted || gone;
        assert!(
            !lost || !self.cancels.is_empty() || self.accepted.len() == self.completed.len(),
            "the connection is lost and a pending operation does not come to its end"
        );
    }

    /// After the end nothing that happens has any effect.
    pub(crate) fn check_late_inputs(&self, inputs: impl Iterator<Item = Input>) {
        for input in inputs {
            let mut late = self.clone();
            if input.is_command() {
                let refusal = late
                    .call(input)
                    .expect_err("a command was done after the end");
                assert!(
                    matches!(refusal, Refusal::Misuse(misuse)
                        if ["AfterDone", "DoneTwice"].contains(&misuse.name())),
                    "{input:?}: {refusal:?}"
                );
                assert_ne!(refusal, Refusal::Client(ClientFault::Gone));
            } else {
                late.chunks = vec![b"late"];
                late.fact(input);
                late.session.handle_data_taken(self.now, None, 1);
                late.session.handle_response_dropped(self.now);
            }
            while let Some(output) = late.session.poll_output() {
                assert!(
                    matches!(output, Output::Report(_)),
                    "{input:?} after the end: {output:?}"
                );
            }
            assert_eq!(late.session.state_names()[0], "Ended");
        }
    }
}
