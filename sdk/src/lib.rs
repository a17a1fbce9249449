//! For authors of ISAPI extensions: a safe trait, asynchronous operations, the C headers.
//!
//! An extension is a type that implements [`Extension`]. It answers inside the call, or turns the
//! request into an [`AsyncRequest`], which may go to another thread, carries one operation at a time
//! and ends the request exactly once. [`entry!`] makes an entry to link it into a host;
//! [`export_extension!`], alone in a crate of type `cdylib`, makes a module of it that any ISAPI
//! host loads: a `.so` here, a `.dll` for IIS. Authors in C find `httpext.h` in `include/`.
//!
//! A complete extension, which redirects at once or sends a file asynchronously, with its test on
//! the [host in memory](testing):
//!
//! ```
//! use std::fs::File;
//!
//! use isapi_sdk::{Extension, FileSend, Finish, LoadFailure, Request, Status};
//!
//! struct Motd;
//!
//! impl Extension for Motd {
//!     const DESCRIPTION: &'static str = "Message of the day";
//!
//!     fn load() -> Result<Motd, LoadFailure> {
//!         Ok(Motd)
//!     }
//!
//!     fn handle(&self, request: Request<'_>) -> Status {
//!         let Ok(file) = File::open("/etc/motd") else {
//!             return match request.redirect("/no-message.html") {
//!                 Ok(()) => Status::Success,
//!                 Err(_) => Status::Error,
//!             };
//!         };
//!         let send = FileSend::new(file).with_header("200 OK", &[("Content-Type", "text/plain")]);
//!         let (pending, request) = request.into_async();
//!         // Should the host refuse to start, the request is dropped, which ends it with an error.
//!         let _ = request.transmit_file(send, |request, completion, _send| {
//!             match completion.result() {
//!                 Ok(_bytes) => request.finish(Finish::Success),
//!                 Err(_) => request.finish(Finish::Error),
//!             }
//!         });
//!         Status::Pending(pending)
//!     }
//! }
//!
//! let host = isapi_sdk::testing::TestHost::load(isapi_sdk::entry!(Motd))?;
//! let exchange = host.get("/").start().finish();
//! assert!(exchange.redirect().is_some() || exchange.status().as_deref() == Some("200 OK"));
//! # Ok::<(), isapi_sdk::testing::Refused>(())
//! ```
//!
//! What a request can do besides: send memory and files in one call ([`VectorSend`]), let another URL
//! answer ([`ExecUrl`]), send the server's own error page ([`Request::send_custom_error`]), ask where
//! a URL lies ([`ControlBlock::map_url`]) and who the client is
//! ([`ControlBlock::client_certificate`]), break off what is pending ([`Interrupt`]).
//!
//! No `unsafe` is needed to write an extension. What it does not guard against is an extension that
//! keeps a thread of the host for ever, or never lets go of an `AsyncRequest`.

#![deny(unsafe_code)]

mod async_request;
mod certificate;
mod completion;
mod connection;
mod control_block;
mod custom_error;
mod error;
mod exec_url;
mod extension;
mod file_send;
mod header;
mod interrupt;
mod macros;
mod panic;
#[allow(unsafe_code, reason = "speaks to the host through its pointers")]
mod raw;
mod request;
mod server;
mod status;
#[allow(unsafe_code, reason = "test support: plays the host")]
pub mod testing;
mod text;
#[allow(unsafe_code, reason = "called by the host through pointers")]
mod thunks;
mod url;
mod vector_send;

pub use isapi_abi as abi;

pub use async_request::AsyncRequest;
pub use certificate::ClientCertificate;
pub use completion::{Completion, StartError};
pub use control_block::ControlBlock;
pub use error::{LoadFailure, Win32Error};
pub use exec_url::{ChildStatus, ChildUser, ExecUrl};
pub use extension::{Extension, Unload};
pub use file_send::{FileHead, FileSend};
pub use interrupt::Interrupt;
pub use request::Request;
pub use status::{Finish, Pending, Status};
pub use url::UrlMapping;
pub use vector_send::VectorSend;

/// The examples of the guide for authors compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/writing-extensions.md")]
struct Guide;

/// What the macros expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::thunks::{Home, Instance, entry};
}
