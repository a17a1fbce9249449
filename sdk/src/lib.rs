//! For authors of ISAPI extensions: a safe trait, asynchronous operations, the C headers.

#![deny(unsafe_code)]

mod async_request;
mod completion;
mod control_block;
mod error;
mod extension;
mod file_send;
mod header;
mod macros;
mod panic;
#[allow(unsafe_code, reason = "speaks to the host through its pointers")]
mod raw;
mod request;
mod status;
#[allow(unsafe_code, reason = "called by the host through pointers")]
mod thunks;

pub use isapi_abi as abi;

pub use async_request::AsyncRequest;
pub use completion::{Completion, StartError};
pub use control_block::ControlBlock;
pub use error::{LoadFailure, Win32Error};
pub use extension::{Extension, Unload};
pub use file_send::{FileHead, FileSend};
pub use request::Request;
pub use status::{Finish, Pending, Status};

/// What the macros expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::thunks::{Home, Instance, entry};
}
