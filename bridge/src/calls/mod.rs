//! What the four callbacks do once the gate has let them in.

mod client;
mod support;
mod variable;

pub(crate) use client::{read_client, write_client};
pub(crate) use support::server_support_function;
pub(crate) use variable::get_server_variable;
