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

impl ConnectionError {
    /// Whether the TLS handshake failed because one side did not take what the other one sent, such
    /// as a certificate that nobody vouches for, or HTTP in clear text: something to mend. That the
    /// client went away meanwhile is none.
    #[must_use]
    pub fn is_handshake_refused(&self) -> bool {
        match self {
            #[cfg(feature = "tls")]
            Self::Tls(error) => {
                use std::io::ErrorKind;
                matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::Other)
            }
            _ => false,
        }
    }
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
            Self::Tls(error) if is_clear_text(error) => f.write_str(
                "TLS handshake failed: what the client sent is no TLS; its URL has to begin with \
                 https",
            ),
            #[cfg(feature = "tls")]
            Self::Tls(error) => write!(f, "TLS handshake failed: {error}"),
        }
    }
}

impl Error for ConnectionError {}

#[cfg(feature = "tls")]
fn is_clear_text(error: &std::io::Error) -> bool {
    use tokio_rustls::rustls::{Error, InvalidMessage};

    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(
        inner,
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType))
    )
}
