//! Requests within requests (`HSE_REQ_EXEC_URL`).
//!
//! The bridge tells the driver of a request what an extension wants executed. The driver makes a
//! request of it, gives it to the same service, and feeds the parent's session with what comes back,
//! as fast as the parent's client takes it.

mod body;
mod child;
mod context;
mod executor;
mod location;
mod request;

pub(crate) use body::ChildRequestBody;
pub(crate) use child::Child;
pub(crate) use context::ExecUrlContext;
pub(crate) use executor::Executor;
