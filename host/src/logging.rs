//! Where log lines go: standard error, filtered.

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::failure::StartFailure;

const DEFAULT_FILTER: &str = "warn";

/// Starts logging with the filter of `--log`, else of `RUST_LOG`, else `warn`.
///
/// # Errors
///
/// The filter does not parse.
pub(crate) fn start(option: Option<&str>) -> Result<(), StartFailure> {
    let environment = std::env::var("RUST_LOG")
        .ok()
        .filter(|filter| !filter.is_empty());
    let (source, filter) = match (option, environment.as_deref()) {
        (Some(filter), _) => ("--log", filter),
        (None, Some(filter)) => ("RUST_LOG", filter),
        (None, None) => ("default", DEFAULT_FILTER),
    };
    let targets: Targets = filter
        .parse()
        .map_err(|error| StartFailure::new(format!("{source} {filter:?}: {error}")))?;
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false);
    tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .init();
    Ok(())
}
