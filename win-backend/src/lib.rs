//! The Windows backend: native extension DLLs, `HANDLE`s, kernel file sends.
//!
//! # State
//!
//! Not there yet. [`Native::new`] answers [`Unsupported`] on every system, with the reason: off
//! Windows because DLLs run nowhere else, on Windows because loading them is still to be written. The
//! crate exists so that an application can be written once, with the choice of backend in it:
//!
//! ```
//! use isapi_win_backend::Native;
//!
//! match Native::new() {
//!     Ok(native) => println!("{native:?}"),
//!     Err(unsupported) => println!("{unsupported}"),
//! }
//! ```

#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(windows), path = "fallback.rs")]
mod imp;
mod native;

pub use native::{Native, Unsupported};
