//! The Windows backend: extensions in native DLLs, and files behind `HANDLE`s.
//!
//! [`Native`] is what an application names. The crate compiles everywhere, so that an application can
//! be written once, with the choice of backend in it; off Windows [`Native::new`] answers
//! [`Unsupported`], with the reason:
//!
//! ```
//! use isapi_win_backend::Native;
//!
//! match Native::new() {
//!     Ok(native) => println!("DLLs run here: {native:?}"),
//!     Err(unsupported) => println!("{unsupported}"),
//! }
//! ```
//!
//! # Trust
//!
//! A DLL is trusted code: it runs in this process, with all its rights, from the moment it is loaded.
//! What is checked before turns mistakes into clear errors, not malice into safety.

mod crashes;
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(windows), path = "fallback.rs")]
mod imp;
mod native;

#[cfg(windows)]
mod contain;
#[cfg(windows)]
mod dll;
#[cfg(windows)]
mod error_mode;
#[cfg(windows)]
mod event;
#[cfg(windows)]
mod file;
#[cfg(windows)]
mod library;
#[cfg(windows)]
mod load_failure;
#[cfg(windows)]
mod open_file;
#[cfg(windows)]
mod opened;
#[cfg(windows)]
mod ordinary_path;
#[cfg(windows)]
mod reserved_addresses;
#[cfg(all(test, windows))]
mod test_file;
#[cfg(windows)]
mod text;
#[cfg(windows)]
mod token;
#[cfg(windows)]
mod transmit;

pub use crashes::report_crashes;
pub use native::{Native, Unsupported};
#[cfg(windows)]
pub use opened::{FileIdentity, final_path, open_to_ask};
