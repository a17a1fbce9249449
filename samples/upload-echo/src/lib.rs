//! Reads the body asynchronously and echoes it.
