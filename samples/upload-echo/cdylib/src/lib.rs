//! Reads the body asynchronously and echoes it, as a module file.
