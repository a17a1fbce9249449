//! TLS and HTTP/2 of our own listener, with real handshakes over loopback sockets.
#![cfg(feature = "tls")]

mod bodies;
#[path = "../common/mod.rs"]
mod common;
mod config;
mod deadlines;
mod handshake;
mod http2;
#[path = "../lent_memory/support.rs"]
#[allow(dead_code, reason = "every test program uses its own part of it")]
mod lent_memory;
mod support;
