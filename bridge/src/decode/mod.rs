//! From numbers and raw pointers to typed commands.
//!
//! What is decoded here is checked here: null pointers, flags, lengths, text. The session never sees
//! a pointer, and arguments that a request code does not use are never dereferenced.
//!
//! What the `SAFETY` comments here rest on is promised by the extension, which calls the functions
//! of `thunks` with what Microsoft's page for each of them asks; `calls` hands the arguments on as
//! they came and while that call lasts. Whether it kept the promise, null apart, cannot be checked.

mod answer;
mod certificate;
mod client;
mod command;
mod completion;
mod custom_error;
mod exec_url;
mod map_url;
mod memory;
mod response_head;
mod text;
mod transmit_file;
mod vector_send;

pub(crate) use answer::Answer;
pub(crate) use certificate::CertificateRequest;
pub(crate) use client::{IoMode, ReadRequest, WriteRequest};
pub(crate) use command::Command;
pub(crate) use custom_error::CustomError;
pub(crate) use exec_url::ExecUrl;
pub(crate) use map_url::{MapUrl, MapUrlAnswer, MapUrlEx, NormalizeUrl};
pub(crate) use memory::{c_string, write};
pub(crate) use response_head::HeaderCall;
pub(crate) use text::Encoding;
pub(crate) use transmit_file::TransmitFile;
pub(crate) use vector_send::{Element, VectorRequest};
