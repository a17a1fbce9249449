//! The C interface of ISAPI extensions, httpext.h version 6, as Rust types.
