//! The C interface of ISAPI extensions, `httpext.h` version 6, as Rust types.
//!
//! Names, field order and layout are those of the header, so that an extension compiled against
//! any vendor's copy of it runs unchanged. On Windows `extern "system"` is the calling convention
//! that the header names `WINAPI` (`stdcall` on 32-bit, the only one on 64-bit); elsewhere it is
//! the C one.
//!
//! There is no logic here. Sizes and offsets are asserted at compile time in [`layout`], whose
//! table `cargo xtask abi-check` compares with mingw-w64's own header, as it does with every
//! constant ([`constants`]).
//!
//! The reference is Microsoft's IIS 6.0 SDK; items name their page there by its number, which is
//! the last part of the address
//! `https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/msNNNNNN(v=vs.90)`.

#![no_std]
#![allow(
    non_camel_case_types,
    non_snake_case,
    clippy::upper_case_acronyms,
    reason = "the names are those of httpext.h"
)]

#[macro_use]
mod macros;

mod certificate;
mod ecb;
mod entry;
pub mod error;
mod exec_url;
mod io;
pub mod layout;
mod requests;
mod response;
mod status;
mod trace;
mod types;
mod url_map;
mod version;

pub use certificate::{CERT_CONTEXT, CERT_CONTEXT_EX, X509_ASN_ENCODING};
pub use ecb::{
    EXTENSION_CONTROL_BLOCK, HSE_LOG_BUFFER_LEN, LPEXTENSION_CONTROL_BLOCK, PFN_GETSERVERVARIABLE,
    PFN_HTTPEXTENSIONPROC, PFN_READCLIENT, PFN_SERVERSUPPORTFUNCTION, PFN_WRITECLIENT,
};
pub use entry::Entry;
pub use exec_url::*;
pub use io::*;
pub use requests::*;
pub use response::*;
pub use status::*;
pub use trace::{
    HSE_TRACE_INFO, LPHSE_TRACE_INFO, PFN_HSE_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK,
};
pub use types::*;
pub use url_map::*;
pub use version::{
    HSE_MAX_EXT_DLL_NAME_LEN, HSE_VERSION, HSE_VERSION_INFO, HSE_VERSION_MAJOR, HSE_VERSION_MINOR,
    LPHSE_VERSION_INFO, PFN_GETEXTENSIONVERSION,
};

/// Every function type of the header, and those of the control block's callbacks.
pub fn functions() -> impl Iterator<Item = &'static layout::Function> {
    [
        version::FUNCTIONS,
        status::FUNCTIONS,
        ecb::FUNCTIONS,
        io::FUNCTIONS,
        response::FUNCTIONS,
        trace::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// Every constant of the header with its value, in the header's order within each file of this
/// crate.
///
/// `cargo xtask abi-check` compares it with the header: none may be missing, added or different.
/// The Win32 codes are in [`error::TABLE`].
pub fn constants() -> impl Iterator<Item = (&'static str, u64)> {
    [
        version::TABLE,
        status::TABLE,
        requests::TABLE,
        io::TABLE,
        ecb::TABLE,
        url_map::TABLE,
        exec_url::TABLE,
        response::TABLE,
    ]
    .into_iter()
    .flatten()
    .copied()
}
