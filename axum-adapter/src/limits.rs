use http::Uri;
use isapi_core::request_head::BodyLength;

use crate::DispatchError;

/// What a request may be at most; named as IIS names them, with IIS's defaults.
///
/// See [requestLimits](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/security/requestfiltering/requestlimits/).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the URL's path as the client sent it; 414 above. Default 4096.
    pub max_url: usize,
    /// Bytes of the query string as the client sent it; 414 above. Default 2048.
    pub max_query_string: usize,
    /// Bytes of the request's body. A body whose length is known to be larger is answered 413 before
    /// the extension is called; one of unknown length is cut here, as if the client had gone.
    /// Default 30,000,000.
    pub max_allowed_content_length: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_url: 4096,
            max_query_string: 2048,
            max_allowed_content_length: 30_000_000,
        }
    }
}

impl Limits {
    /// Checks a URL as the client sent it.
    ///
    /// The service does so itself; this is for hosts that answer other URLs beside it.
    ///
    /// # Errors
    ///
    /// [`DispatchError::UrlTooLong`] and [`DispatchError::QueryTooLong`].
    pub fn check_url(&self, uri: &Uri) -> Result<(), DispatchError> {
        if uri.path().len() > self.max_url {
            return Err(DispatchError::UrlTooLong {
                limit: self.max_url,
            });
        }
        if uri
            .query()
            .is_some_and(|query| query.len() > self.max_query_string)
        {
            return Err(DispatchError::QueryTooLong {
                limit: self.max_query_string,
            });
        }
        Ok(())
    }

    /// Checks a body by its framing, as the service does itself.
    ///
    /// # Errors
    ///
    /// [`DispatchError::BodyTooLarge`].
    pub fn check_body(&self, body: BodyLength) -> Result<(), DispatchError> {
        match body {
            BodyLength::Known(length) if length > self.max_allowed_content_length => {
                Err(DispatchError::BodyTooLarge {
                    limit: self.max_allowed_content_length,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_and_a_query_may_be_as_long_as_their_limits_and_no_longer() {
        let limits = Limits {
            max_url: 4,
            max_query_string: 2,
            ..Limits::default()
        };
        for (uri, status) in [
            ("/abc?de", None),
            ("/abcd", Some(414)),
            ("/?abc", Some(414)),
        ] {
            let checked = limits.check_url(&uri.parse().unwrap());
            assert_eq!(
                checked.err().map(|error| error.status().as_u16()),
                status,
                "{uri}"
            );
        }
    }

    #[test]
    fn only_a_body_of_known_length_can_be_refused_beforehand() {
        let limits = Limits {
            max_allowed_content_length: 10,
            ..Limits::default()
        };
        for (body, is_fine) in [
            (BodyLength::None, true),
            (BodyLength::Known(10), true),
            (BodyLength::Known(11), false),
            (BodyLength::Unknown, true),
        ] {
            assert_eq!(limits.check_body(body).is_ok(), is_fine, "{body:?}");
        }
    }
}
