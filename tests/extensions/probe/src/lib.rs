//! A test extension that does what its query says.
