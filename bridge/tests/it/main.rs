//! Extensions written against the raw interface, driven through the public surface of the crate.
#![cfg(not(isapi_loom))]

mod asynchronous;
mod backend;
mod block;
mod certificate;
mod clock;
mod custom_error;
mod escape;
mod exchange;
mod exec_url;
mod extension;
mod file_range;
mod inline;
mod inline_completions;
mod inline_wakes;
mod lent_memory;
mod lifecycle;
mod map_url;
mod misuse;
mod narrow_text;
mod site;
mod support_codes;
mod synchronous;
mod threads;
mod tokens;
mod transmit_file;
mod variables;
mod vector_send;
