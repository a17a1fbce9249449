//! The smallest extension: a synchronous hello.
