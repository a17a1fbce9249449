//! Requests within requests (`HSE_REQ_EXEC_URL`).

mod context;

pub(crate) use context::ExecUrlContext;
