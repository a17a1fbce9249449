use std::fmt;
use std::io;
use std::path::PathBuf;

use isapi_core::win32::Win32Error;

use crate::Escaped;

/// Why an extension cannot be used. Displayed as one line: the cause, and what mends it.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// Every worker thread is taken and no more calls may wait.
    Busy {
        /// The extension.
        name: String,
    },
    /// `GetExtensionVersion` did not return; `HttpExtensionProc` is never called.
    Escaped {
        /// The extension.
        name: String,
        /// What left the function instead.
        escaped: Escaped,
    },
    /// `GetExtensionVersion` or `HttpExtensionProc` is not exported under its plain name.
    MissingExport {
        /// The module.
        path: PathBuf,
        /// The export.
        name: &'static str,
        /// What mends it.
        advice: String,
    },
    /// The host's [`ModulePolicy`](crate::ModulePolicy) does not let the module be loaded.
    NotAllowed {
        /// The module.
        path: PathBuf,
        /// Why, and what mends it.
        reason: String,
    },
    /// The file is no module at all.
    NotAModule {
        /// The file.
        path: PathBuf,
        /// What it is or what the loader said.
        reason: String,
    },
    /// The system could not load the module, or one it depends on.
    Open {
        /// The module.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// What mends it, where that is known; the usual advice is displayed otherwise.
        advice: Option<String>,
    },
    /// The host is stopping, or has told the extension to stop.
    ShuttingDown {
        /// The extension.
        name: String,
    },
    /// This platform cannot run such modules.
    Unsupported(String),
    /// `GetExtensionVersion` answered FALSE; `HttpExtensionProc` is never called.
    VersionRefused {
        /// The extension.
        name: String,
        /// The last error right after the call; 0 where the extension left none.
        last_error: Win32Error,
    },
    /// The module is for another processor or another width.
    WrongArchitecture {
        /// The module.
        path: PathBuf,
        /// What the module is, such as "a Windows DLL".
        found: String,
        /// What this host is.
        expected: String,
        /// What mends it, where the usual advice does not fit.
        advice: Option<String>,
    },
}

/// How a module is built from C on this platform.
const BUILD: &str = if cfg!(windows) {
    " (`cl /LD ...`, `gcc -shared ...`)"
} else {
    " (`cc -shared -fPIC ...`)"
};

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { name } => {
                write!(
                    f,
                    "{name}: no thread is free to load it; try again, or allow more threads"
                )
            }
            Self::Escaped { name, escaped } => write!(
                f,
                "{name}: {escaped} escaped GetExtensionVersion; the extension has to catch it and \
                 answer FALSE"
            ),
            Self::MissingExport { path, name, advice } => {
                write!(f, "{}: {name} is not exported; {advice}", path.display())
            }
            Self::NotAllowed { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::NotAModule { path, reason } => write!(
                f,
                "{}: not a module ({reason}); build it as a shared library{BUILD}",
                path.display()
            ),
            Self::Open {
                path,
                source,
                advice,
            } => {
                let usual = "check the file, its rights and the libraries it needs";
                let advice = advice.as_deref().unwrap_or(usual);
                write!(
                    f,
                    "{}: cannot be loaded ({source}); {advice}",
                    path.display()
                )
            }
            Self::ShuttingDown { name } => {
                write!(
                    f,
                    "{name}: the server is stopping and takes no more requests for it"
                )
            }
            Self::Unsupported(what) => f.write_str(what),
            Self::VersionRefused { name, last_error } => {
                write!(f, "{name}: GetExtensionVersion answered FALSE")?;
                if *last_error != Win32Error::SUCCESS {
                    write!(f, " with last error {last_error}")?;
                }
                f.write_str("; the extension does not want to run, see its own log")
            }
            Self::WrongArchitecture {
                path,
                found,
                expected,
                advice,
            } => {
                write!(
                    f,
                    "{}: {found}, but this server loads modules of {expected} (error 193 on \
                     Windows); ",
                    path.display()
                )?;
                match advice {
                    Some(advice) => f.write_str(advice),
                    None => write!(
                        f,
                        "build it from its source as a shared library of that kind{BUILD}"
                    ),
                }
            }
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Escaped { escaped, .. } => Some(escaped),
            Self::Open { source, .. } => Some(source),
            _ => None,
        }
    }
}
