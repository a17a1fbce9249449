//! Ways to break the session machine. Each breaks another rule.

use super::Mutation;

pub(super) const MUTATIONS: [Mutation; 19] = [
    Mutation {
        breaks: "an accepted operation completes once",
        file: "core/src/session/operation.rs",
        from: "\
        self.inner = Inner::Completing { id };
        Some(Finished {",
        to: "Some(Finished {",
    },
    Mutation {
        breaks: "a refused operation never completes",
        file: "core/src/session/reads.rs",
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
        from: "if !self.is_untouched() {",
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
        from: "self.outputs.extend(end.map(Output::EndBody));",
        to: "",
    },
    Mutation {
        breaks: "the body is read only while somebody waits for it",
        file: "core/src/session/mod.rs",
        from: "somebody_waits && self.body.is_empty()",
        to: "(somebody_waits || self.state.is_open()) && self.body.is_empty()",
    },
    Mutation {
        breaks: "a child whose client is gone is dropped",
        file: "core/src/session/operation.rs",
        from: "(*id, &mut child.cancelled)",
        to: "let _ = id; return None",
    },
    Mutation {
        breaks: "a child completes when its bytes were taken",
        file: "core/src/session/operation.rs",
        from: "if child.outstanding == 0 && child.cancelled.is_none() =>",
        to: "if child.cancelled.is_none() =>",
    },
    Mutation {
        breaks: "what is held back goes before the end of the response",
        file: "core/src/session/inputs.rs",
        from: "\
        if self.response.closed().is_none() {
            self.release_held();",
        to: "if self.response.closed().is_none() {",
    },
    Mutation {
        breaks: "an end that was told does not become a cut",
        file: "core/src/session/inputs.rs",
        from: "BodyEnd::Cut if had_ended => BodyEnd::Abort,",
        to: "",
    },
    Mutation {
        breaks: "an operation needs a callback",
        file: "core/src/session/commands.rs",
        from: "if !self.callback_set && !own_callback {",
        to: "if false {",
    },
];
