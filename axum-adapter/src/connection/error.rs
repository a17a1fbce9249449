use std::error::Error;
use std::fmt;

use super::Stage;

/// Why a connection did not end in an orderly way.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// A response ended it: [`Connection::abort`](super::Connection::abort).
    Aborted,
    /// The client broke it or the protocol, or a response's body failed.
    Http(hyper::Error),
    /// A deadline passed.
    TimedOut(Stage),
    /// The TLS handshake failed.
    #[cfg(feature = "tls")]
    Tls(std::io::Error),
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the response was aborted"),
            Self::Http(error) => match error.source() {
                Some(source) => write!(f, "{error}: {source}"),
                None => error.fmt(f),
            },
            Self::TimedOut(stage) => write!(f, "timed out: {stage}"),
            #[cfg(feature = "tls")]
            Self::Tls(error) => write!(f, "TLS handshake failed: {error}"),
        }
    }
}

impl Error for ConnectionError {}
