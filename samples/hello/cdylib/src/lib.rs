//! The smallest extension: a synchronous hello, as a module file.
