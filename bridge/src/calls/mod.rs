//! What the four callbacks do once the gate has let them in.

mod cache;
mod certificate;
mod client;
mod custom_error;
mod exec_url;
mod file;
mod map_url;
mod support;
mod token;
mod transmit_file;
mod variable;
mod vector_send;

pub(crate) use client::{read_client, write_client};
pub(crate) use support::server_support_function;
pub(crate) use variable::get_server_variable;
