//! Asynchronous writes whose memory goes to the kernel without a copy, and those that are copied.

#[path = "../common/mod.rs"]
mod common;
mod copied;
mod lent;
mod lost;
mod support;
