//! Single scripts through a session, with the exact outputs.

mod cancelling;
mod children;
mod ending;
mod held;
mod operations;
mod request_body;
mod response;
mod script;
mod vectors;
