//! Portable backend: shared objects beside linked-in extensions, files mapped for sending.
