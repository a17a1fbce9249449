//! The portable backend: extensions in `.so` and `.dylib` files beside linked-in ones, and files sent
//! from memory mappings.
//!
//! It knows nothing of HTTP and nothing of Win32. [`Portable`] is what an application names:
//!
//! ```
//! let backend = isapi_emu_loader::Portable::new();
//! # let _ = backend;
//! ```
//!
//! # Trust
//!
//! A module is trusted code: it runs in this process from the moment it is opened. What is checked
//! before ([`SharedObject::open`]) turns mistakes into clear errors, not malice into safety.

#[cfg(unix)]
mod file;
#[cfg(unix)]
mod file_range;
#[cfg(unix)]
mod image;
#[cfg(unix)]
mod mapping;
mod portable;
#[cfg(unix)]
mod positional_read;
#[cfg(unix)]
mod segments;
#[cfg(target_os = "linux")]
mod sendfile;
#[cfg(unix)]
mod shared_object;
#[cfg(all(test, unix))]
mod test_file;

pub use portable::Portable;
#[cfg(unix)]
pub use shared_object::SharedObject;
