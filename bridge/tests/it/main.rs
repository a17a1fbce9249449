//! Extensions written against the raw interface, driven through the public surface of the crate.
#![cfg(not(isapi_loom))]

mod asynchronous;
mod backend;
mod block;
mod exchange;
mod extension;
mod lifecycle;
mod misuse;
mod site;
mod synchronous;
mod threads;
mod transmit_file;
mod variables;
