//! Everything that goes through a raw pointer to the host, each call in one place.

mod certificate;
mod control;
pub(crate) mod custom_error_form;
pub(crate) mod ecb;
pub(crate) mod exec_url_form;
pub(crate) mod file_form;
pub(crate) mod form;
mod handle;
pub(crate) mod last_error;
pub(crate) mod link;
pub(crate) mod operation;
mod url;
pub(crate) mod vector_form;
