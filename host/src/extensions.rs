//! The extension service as every command sets it up.

use std::fmt::Display;

use isapi_axum::{Builder, IsapiService};
use isapi_core::session::SessionConfig;

use crate::cli::Options;
use crate::failure::StartFailure;

/// A builder with this platform's backend and the limits and deadlines asked for.
///
/// # Errors
///
/// The platform's backend cannot be had.
pub(crate) fn builder(options: &Options) -> Result<Builder, StartFailure> {
    let session = SessionConfig {
        read_ahead: options.limits.upload_read_ahead_size,
        read_timeout: options.deadlines.read_timeout,
        write_timeout: options.deadlines.write_timeout,
        ..SessionConfig::default()
    };
    Ok(IsapiService::builder(backend()?)
        .limits(options.limits.request())
        .session_config(session))
}

/// The failure of a service that could not be built.
pub(crate) fn refusal(error: impl Display) -> StartFailure {
    StartFailure::new(error.to_string())
}

#[cfg(windows)]
fn backend() -> Result<isapi_win_backend::Native, StartFailure> {
    isapi_win_backend::Native::new().map_err(refusal)
}

#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "on Windows it can fail")]
fn backend() -> Result<isapi_emu_loader::Portable, StartFailure> {
    Ok(isapi_emu_loader::Portable::new())
}
