//! An axum app with a mounted extension.
fn main() {}
