//! What only Windows has. See the crate's documentation for how to run these.
#![cfg(unix)]

mod code_page;
mod console;
mod dispatch;
mod exceptions;
mod file_names;
mod files;
mod loading;
mod site;
#[path = "../../../../host/tests/support/mod.rs"]
mod support;
