//! Single scripts through a session, with the exact outputs.

mod ending;
mod operations;
mod request_body;
mod response;
mod script;
