//! From numbers and raw pointers to typed commands.
//!
//! What is decoded here is checked here: null pointers, flags, lengths. The session never sees a
//! pointer, and arguments that a request code does not use are never dereferenced.
//!
//! What the `SAFETY` comments here rest on is promised by the extension, which calls the functions
//! of `thunks` with what Microsoft's page for each of them asks; `calls` hands the arguments on as
//! they came and while that call lasts. Whether it kept the promise, null apart, cannot be checked.

mod client;
mod memory;
mod support;
mod transmit_file;

pub(crate) use client::{IoMode, ReadRequest, WriteRequest};
pub(crate) use memory::{c_string, write};
pub(crate) use support::Command;
pub(crate) use transmit_file::TransmitFile;
