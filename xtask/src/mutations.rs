//! Ways to break the session machine. Each breaks another rule.

/// One replacement in one file, and the rule that breaks with it.
#[derive(Debug)]
pub(crate) struct Mutation {
    /// The rule that no longer holds.
    pub(crate) breaks: &'static str,
    /// Relative to the root of the repository.
    pub(crate) file: &'static str,
    /// Stands in the file exactly once.
    pub(crate) from: &'static str,
    /// Stands there instead; the crate still compiles.
    pub(crate) to: &'static str,
}

pub(crate) const MUTATIONS: [Mutation; 15] = [
    Mutation {
        breaks: "an accepted operation completes once",
        file: "core/src/session/operation.rs",
        from: "self.inner = Inner::Completing { id: *id };",
        to: "",
    },
    Mutation {
        breaks: "a refused operation never completes",
        file: "core/src/session/commands.rs",
        from: "\
            session.ensure_may_start(Callback::ServerSupportFunction(1010), false)?;
            let id = session.operation.start_reading(max);",
        to: "\
            let id = session.operation.start_reading(max);
            session.ensure_may_start(Callback::ServerSupportFunction(1010), false)?;",
    },
    Mutation {
        breaks: "one operation is pending at a time",
        file: "core/src/session/commands.rs",
        from: "if !self.operation.is_idle() {",
        to: "if self.operation.is_reading() {",
    },
    Mutation {
        breaks: "a session is done once",
        file: "core/src/session/state.rs",
        from: "Inner::Pending => Ok(self.end(verdict, true, operation_pending)),",
        to: "Inner::Pending | Inner::DoneEarly(_) => Ok(self.end(verdict, false, operation_pending)),",
    },
    Mutation {
        breaks: "the control block lives until the call has returned",
        file: "core/src/session/state.rs",
        from: "} => Inner::DoneEarly(ending),",
        to: "} => Inner::Ended(ending),",
    },
    Mutation {
        breaks: "a session ends after the callback of its pending operation",
        file: "core/src/session/state.rs",
        from: "if operation_pending {",
        to: "if false {",
    },
    Mutation {
        breaks: "a response has one head",
        file: "core/src/session/response.rs",
        from: "if !matches!(&self.inner, Inner::AwaitingHead { raw } if raw.is_empty()) {",
        to: "if false {",
    },
    Mutation {
        breaks: "a body is no longer than its head says",
        file: "core/src/session/response.rs",
        from: "piece.truncate(admitted);",
        to: "",
    },
    Mutation {
        breaks: "what is queued for a client that is gone is called back",
        file: "core/src/session/inputs.rs",
        from: "self.outputs.extend(cancelled.map(Output::Cancel));",
        to: "drop(cancelled);",
    },
    Mutation {
        breaks: "no callback works after the end",
        file: "core/src/session/state.rs",
        from: "matches!(self.inner, Inner::InProc | Inner::Pending)",
        to: "matches!(self.inner, Inner::InProc | Inner::Pending | Inner::DoneEarly(_))",
    },
    Mutation {
        breaks: "a client that is gone ends what is pending",
        file: "core/src/session/inputs.rs",
        from: "self.lose_connection(now, Cause::ClientGone, Win32Error::OPERATION_ABORTED);",
        to: "",
    },
    Mutation {
        breaks: "a client that takes nothing is not waited for",
        file: "core/src/session/inputs.rs",
        from: "self.lose_connection(now, Cause::TimedOut, Win32Error::NETNAME_DELETED);",
        to: "",
    },
    Mutation {
        breaks: "the driver is told that the connection is lost",
        file: "core/src/session/inputs.rs",
        from: "self.outputs.extend(cause.body_end().map(Output::EndBody));",
        to: "",
    },
    Mutation {
        breaks: "the body is read only while somebody waits for it",
        file: "core/src/session/mod.rs",
        from: "&& (self.reader_waits || self.operation.is_reading())",
        to: "",
    },
    Mutation {
        breaks: "an operation needs a callback",
        file: "core/src/session/commands.rs",
        from: "if !self.callback_set && !own_callback {",
        to: "if false {",
    },
];
