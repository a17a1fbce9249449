//! Ways to take a feature away. Each is missed by a test that `docs/conformance.md` names for it.

use super::Mutation;
use super::features::Feature;

pub(super) const FEATURES: &[Feature] = &[
    Feature {
        mutation: Mutation {
            breaks: "status and headers of a vector go with HSE_IO_SEND_HEADERS",
            file: "bridge/src/decode/vector_send.rs",
            from: "if info.pszStatus.is_null() == wanted || info.pszHeaders.is_null() == wanted {",
            to: "if false {",
        },
        program: "calls",
        test: "vector_send::linked::status_and_headers_go_with_their_flag",
    },
    Feature {
        mutation: Mutation {
            breaks: "a synchronous vector waits for its reader",
            file: "core/src/session/file_sends.rs",
            from: "if self.queued > limit {",
            to: "if self.queued > limit && false {",
        },
        program: "calls",
        test: "vector_send::linked::a_vector_to_a_slow_reader_waits_for_it",
    },
    Feature {
        mutation: Mutation {
            breaks: "HSE_REQ_CANCEL_IO cancels a pending read",
            file: "core/src/session/commands.rs",
            from: "session.cancel_read(Win32Error::OPERATION_ABORTED);",
            to: "",
        },
        program: "calls",
        test: "cancel_io::linked::a_pending_read_completes_once_with_995",
    },
    Feature {
        mutation: Mutation {
            breaks: "the flush flag passes on what is held back",
            file: "core/src/session/held.rs",
            from: "self.flush_flag = on;",
            to: "let _ = on;",
        },
        program: "calls",
        test: "flush::linked::with_the_flag_every_write_goes_out_at_once",
    },
    Feature {
        mutation: Mutation {
            breaks: "an error page of the sub status goes before that of the status",
            file: "axum-adapter/src/service/error_pages.rs",
            from: "self.0.get(&(status, Some(sub_status)));",
            to: "self.0.get(&(status, Some(sub_status ^ 0x8000)));",
        },
        program: "calls",
        test: "custom_error::linked::the_page_of_the_sub_status_comes_before_that_of_the_status",
    },
    Feature {
        mutation: Mutation {
            breaks: "nothing is written to a buffer that is too small",
            file: "bridge/src/encode.rs",
            from: "if buffer.is_null() || needed > capacity {",
            to: "if buffer.is_null() || capacity == 0 {",
        },
        program: "calls",
        test: "url_map::linked::a_small_buffer_is_left_alone_and_the_size_is_told",
    },
    Feature {
        mutation: Mutation {
            breaks: "HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR leads to the next wildcard handler",
            file: "axum-adapter/src/exec_url/executor.rs",
            from: ".map_or(self.context.interceptors_from, |current| current + 1)",
            to: ".map_or(self.context.interceptors_from, |current| current)",
        },
        program: "mapping",
        test: "interceptors::linked::each_passes_the_request_to_the_next",
    },
    Feature {
        mutation: Mutation {
            breaks: "a verb that is not listed does not reach the extension",
            file: "core/src/url_map/handlers.rs",
            from: "if rule.verbs.contain(method) {",
            to: "if rule.verbs.contain(method) || true {",
        },
        program: "mapping",
        test: "handlers::linked::a_verb_that_is_not_listed_does_not_reach_the_extension",
    },
    Feature {
        mutation: Mutation {
            breaks: "what is idle is offered to unload",
            file: "axum-adapter/src/service/module.rs",
            from: "let is_gone = self.slot.unload_idle();",
            to: "let is_gone = false;",
        },
        program: "lifecycle",
        test: "idle_unload::linked::a_module_is_asked_until_it_agrees_and_is_then_loaded_anew",
    },
];
