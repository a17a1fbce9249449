//! Why a command could not do its work.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// A failure before the server listens: clear lines, mostly one, and exit code 2.
#[derive(Debug)]
pub(crate) struct StartFailure(Vec<String>);

impl StartFailure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(vec![reason.into()])
    }

    /// A failure of several reasons, in their order.
    pub(crate) fn of(reasons: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        Self(
            reasons
                .into_iter()
                .map(|reason| reason.to_string())
                .collect(),
        )
    }

    /// What to tell, a line for each reason.
    pub(crate) fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Why a path of the command line cannot be opened; `missing` is what to say where nothing is there.
pub(crate) fn unopened(path: &Path, error: &io::Error, missing: &str) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => missing.to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    let advice = if cfg!(windows) { advice(path) } else { "" };
    format!("{reason}{advice}")
}

/// What to add where Windows took a closing quote for a part of a path: `"C:\shop\"` arrives as
/// `C:\shop"`, and with it the rest of the line.
fn advice(path: &Path) -> &'static str {
    // No file of Windows has a quote in its name.
    if path.to_string_lossy().contains('"') {
        "; a backslash before the closing quote makes the quote part of the name: leave the backslash \
         out"
    } else {
        ""
    }
}

/// How a command that started ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Every request was finished and every extension terminated.
    Clean,
    /// Something was cut off: requests, or extensions that were still busy.
    Cut,
    /// The file that was asked about cannot be hosted here.
    Unfit,
}

/// The exit code of a command.
pub(crate) fn exit_code(result: &Result<Stop, StartFailure>) -> ExitCode {
    match result {
        Ok(Stop::Clean) => ExitCode::SUCCESS,
        Ok(Stop::Cut | Stop::Unfit) => ExitCode::FAILURE,
        Err(_) => ExitCode::from(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_path_is_explained() {
        for (path, is_explained) in [
            (r#"C:\shop""#, true),
            (r#"C:\shop" --log info"#, true),
            (r"C:\shop\", false),
        ] {
            let advice = advice(Path::new(path));
            assert_eq!(
                advice.contains("leave the backslash out"),
                is_explained,
                "{path}"
            );
        }
    }

    #[test]
    fn the_quote_is_explained_where_it_cannot_be_part_of_a_name() {
        let missing = io::ErrorKind::NotFound.into();
        let reason = unopened(Path::new("shop\""), &missing, "no such directory");
        assert!(reason.starts_with("no such directory"), "{reason}");
        assert_eq!(reason.contains("backslash"), cfg!(windows), "{reason}");
    }
}
