use std::fmt;

use http::Method;

use super::HandlerError;

/// Methods of HTTP ([RFC 9110, section 9](https://www.rfc-editor.org/rfc/rfc9110#section-9) and
/// [RFC 5789](https://www.rfc-editor.org/rfc/rfc5789)). In another letter case they are slips.
const STANDARD: [Method; 9] = [
    Method::CONNECT,
    Method::DELETE,
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::POST,
    Method::PUT,
    Method::TRACE,
];

/// The methods that a handler takes: all of them (the default), or those of a list.
///
/// Methods are compared as they are written: `get` is not `GET`
/// ([RFC 9110, section 9.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.1)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verbs(Option<Vec<Method>>);

impl Verbs {
    /// Every method.
    pub const ALL: Self = Self(None);

    /// The methods of a list; `*` in it stands for all of them.
    ///
    /// ```
    /// use http::Method;
    /// use isapi_core::url_map::Verbs;
    ///
    /// let verbs = Verbs::list(["GET", "POST"])?;
    /// assert!(verbs.contain(&Method::POST));
    /// assert!(!verbs.contain(&Method::PUT));
    /// # Ok::<(), isapi_core::url_map::HandlerError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name that cannot be a method, or is one in another letter case, such as `get`, which no
    /// client sends; or no name at all.
    pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, HandlerError> {
        let mut methods = Vec::new();
        let mut is_all = false;
        for name in names.into_iter().map(str::trim) {
            if name == "*" {
                is_all = true;
                continue;
            }
            let method = Method::from_bytes(name.as_bytes())
                .ok()
                .filter(|method| !is_slip(method))
                .ok_or_else(|| HandlerError::BadVerb(name.to_owned()))?;
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        match (is_all, methods.is_empty()) {
            (true, _) => Ok(Self::ALL),
            (false, true) => Err(HandlerError::NoVerb),
            (false, false) => Ok(Self(Some(methods))),
        }
    }

    /// Whether the method is one of them.
    pub fn contain(&self, method: &Method) -> bool {
        self.0
            .as_ref()
            .is_none_or(|methods| methods.contains(method))
    }

    /// The methods, where they are a list.
    pub(super) fn names(&self) -> &[Method] {
        self.0.as_deref().unwrap_or_default()
    }
}

fn is_slip(method: &Method) -> bool {
    STANDARD.iter().any(|standard| {
        method != standard && method.as_str().eq_ignore_ascii_case(standard.as_str())
    })
}

impl fmt::Display for Verbs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(methods) = &self.0 else {
            return f.write_str("*");
        };
        for (index, method) in methods.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{method}")?;
        }
        Ok(())
    }
}
