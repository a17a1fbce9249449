//! A test extension that does what its query says, as a module file.
