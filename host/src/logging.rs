//! Where log lines go: standard error, filtered.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
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
        (Some(filter), _) if std::env::var("ISAPI_LOG").as_deref() == Ok(filter) => {
            ("ISAPI_LOG", filter)
        }
        (Some(filter), _) => ("--log", filter),
        (None, Some(filter)) => ("RUST_LOG", filter),
        (None, None) => ("default", DEFAULT_FILTER),
    };
    let targets = parse(filter)
        .map_err(|reason| StartFailure::new(format!("{source} {filter:?}: {reason}")))?;
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false);
    tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .init();
    Ok(())
}

/// Parses a list of levels and of `TARGET=LEVEL`.
///
/// `Targets` takes a word that is no level for a target, of which everything is logged, and of
/// nothing else anything: a slip would silence the log.
pub(crate) fn parse(filter: &str) -> Result<Targets, String> {
    let unknown = filter
        .split(',')
        .map(str::trim)
        .find(|part| !part.contains('=') && part.parse::<LevelFilter>().is_err());
    if let Some(unknown) = unknown {
        // Who tells this tells the filter first.
        let subject = match unknown == filter {
            true => "it".to_owned(),
            false => format!("{unknown:?}"),
        };
        return Err(format!(
            "{subject} is no level; there are off, error, warn, info, debug and trace, for one \
             target alone as in `warn,isapi::access=info`"
        ));
    }
    filter
        .parse()
        .map_err(|error: tracing_subscriber::filter::ParseError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_filter_is_levels_and_targets_with_levels() {
        for filter in [
            "info",
            "OFF",
            "warn,isapi::access=info",
            "isapi_axum=debug, error",
        ] {
            assert!(parse(filter).is_ok(), "{filter}");
        }
        for filter in ["loud", "inof,isapi_axum=debug", "isapi=loud", "isapi_axum"] {
            assert!(parse(filter).is_err(), "{filter}");
        }
    }
}
