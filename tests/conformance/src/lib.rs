//! What a host must do, one file per behaviour, over real HTTP.
//!
//! Every test runs on the linked-in build of an extension (`linked::NAME`) and on its module file
//! (`so::NAME`), some on a C extension too (`c::NAME`). The tests live in four groups:
//!
//! * `procedures`: the numbered steps of the documents that describe ISAPI (P1 to P8, R1 to R5,
//!   W1 to W5, Q1 to Q6, I, E2 to E4),
//! * `requests`: what an extension is told: control block, variables, body,
//! * `responses`: what it may answer, and what of that goes over the wire,
//! * `lifecycle`: loading, ending, misuse, many requests at once,
//! * `twins`: the same extension in Rust and in C.
//!
//! `cargo xtask test` builds the module files first.
//!
//! # What Apache's `mod_isapi` gets wrong
//!
//! Read off its source; each has a test here:
//!
//! | defect | test |
//! |---|---|
//! | callback of a file send gets count and error swapped | `count_and_error_are_passed_in_this_order` |
//! | the two flags of `TerminateExtension` are swapped | `p8_terminate_extension_is_called_when_the_server_stops` |
//! | major version 0 | `the_version_has_its_major_part_in_the_high_word` |
//! | `UNMAPPED_REMOTE_USER` is a word | `unmapped_remote_user_is_the_user_and_not_a_word` |
//! | a pending request is freed | `q2_pending_leaves_the_request_to_a_thread_of_the_extension` |
//! | a refused extension is called | `linked_in_it_is_asked_once_and_never_called` |
//! | a failed load keeps a lock | the same |
//! | completions run on the caller's stack | `w4_thousands_of_writes_in_a_row_use_no_stack` |
//! | a malformed head of a file send is dropped | `a_malformed_head_is_refused_and_nothing_is_sent` |
//! | null pointers in the control block | `fields_without_a_value_are_empty_strings` |
//! | the first bytes written are taken for headers | `anything_else_is_body_under_200` |
//! | unknown flags are accepted, `ASYNC` without a callback is synchronous | `unknown_flags_are_refused`, `w1_the_callback_is_set_with_io_completion` |
//! | the status of `HSE_REQ_DONE_WITH_SESSION` is ignored | `an_error_from_done_is_500_as_well` |
//! | an offset behind the end is a negative length | `an_offset_behind_the_end_is_refused` |
//! | extensions are loaded for each request, says its documentation | `p1_the_module_is_loaded_once_and_not_per_request` |
