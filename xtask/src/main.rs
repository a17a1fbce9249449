//! The project's own commands: test, abi-check, mutate, docs.
fn main() {}
