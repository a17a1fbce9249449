//! The command-line ISAPI server.
fn main() {}
