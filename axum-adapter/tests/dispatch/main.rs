//! Where calls of extensions run: what a call that blocks keeps from going on, and what not.
//!
//! On Windows they all run on worker threads.
#![cfg(not(windows))]

#[path = "../common/mod.rs"]
mod common;

mod automatic;
mod completions;
mod driven;
mod extension;
mod inline;
mod modes;
mod server;

use std::time::Duration;

/// Less than the deadlines of a session, which would let a call go on that hangs.
const PATIENCE: Duration = Duration::from_secs(30);
