//! An extension for tests that passes every kind of pointer to every call, inside real requests.
//!
//! [`Memory`] is memory between two pages that nobody may touch. A byte read or written past a
//! buffer's end is a crash of the test, or, where the buffer does not end at the page, a canary that
//! died. [`Host`] runs a closure as the extension's part of a request, and [`Ecb`] makes its calls
//! with raw pointers.
#![cfg(unix)]

mod ecb;
mod extension;
mod host;
mod memory;

pub use ecb::{Completions, Ecb};
pub use host::{Answer, Host, get};
pub use memory::{CANARY, Edge, Memory};
