//! Everything that goes through a raw pointer to the host, each call in one place.

pub(crate) mod ecb;
mod file_flight;
pub(crate) mod last_error;
pub(crate) mod operation;
