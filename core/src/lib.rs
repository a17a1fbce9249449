//! The life of one ISAPI request as a state machine without I/O.
//!
//! [`Session`](session::Session) is told facts (a body chunk came, `HttpExtensionProc` returned,
//! the client is gone) and asked for things by an extension (`WriteClient`, `ReadClient`,
//! `HSE_REQ_DONE_WITH_SESSION`); it answers each with a reply or a refusal that has a name, and
//! queues what is to be done as [`Output`](session::Output)s. There are no threads, sockets, files,
//! pointers or clocks in this crate: time is an argument.
//!
//! Around it stand the pure parts of a host: the request head and what `GetServerVariable` makes of
//! it, the response head an extension asks for, and the splitting of URLs.
#![forbid(unsafe_code)]

pub mod chunk_decoder;
pub mod request_head;
pub mod response_head;
pub mod session;
mod shared_text;
pub mod url_map;
pub mod url_path;
pub mod variables;
pub mod win32;

pub use shared_text::SharedText;
