//! What a host must do, one file per behaviour, over real HTTP.
//!
//! Every test runs on the linked-in build of an extension (`linked::NAME`) and on its module file
//! (`so::NAME`), some on a C extension too (`c::NAME`). `docs/conformance.md` names the tests of each
//! item of the interface. They live in these groups:
//!
//! * `calls`: the requests of `ServerSupportFunction` that have no other place,
//! * `lifecycle`: loading, ending, misuse, many requests at once,
//! * `mapping`: which extension a URL leads to,
//! * `mod_isapi_defects`: what Apache's `mod_isapi` gets wrong,
//! * `procedures`: the numbered steps of the documents that describe ISAPI (P1 to P8, R1 to R5,
//!   W1 to W5, Q1 to Q6, I, E2 to E4),
//! * `requests`: what an extension is told: control block, variables, body,
//! * `responses`: what it may answer, and what of that goes over the wire,
//! * `twins`: the same extension in Rust and in C.
//!
//! `cargo xtask test` builds the module files first.
//!
//! The server runs in the process of the tests, or it is the program that `ISAPI_TEST_PROGRAM` names:
//! `cargo xtask windows-test` runs the same tests against `isapi.exe` under Wine. Those in modules
//! `linked` need a server in their own process. Where platforms differ, a test asks
//! `isapi_test_support::is_windows`.
