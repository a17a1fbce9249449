//! Tests of `isapi.exe` for what only Windows has, over HTTP from the system that they run on.
//!
//! `cargo xtask windows-test` runs them. It names the program in `ISAPI_TEST_PROGRAM`, what runs it in
//! `ISAPI_TEST_RUNNER` (Wine), and the folder of the DLLs in `ISAPI_TEST_EXTENSIONS`.
