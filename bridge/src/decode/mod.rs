//! From numbers and raw pointers to typed commands.
//!
//! What is decoded here is checked here: null pointers, flags, lengths. The session never sees a
//! pointer, and arguments that a request code does not use are never dereferenced.

mod client;
mod memory;
mod support;
mod transmit_file;

pub(crate) use client::{IoMode, ReadRequest, WriteRequest};
pub(crate) use memory::{c_string, write};
pub(crate) use support::Command;
pub(crate) use transmit_file::TransmitFile;
