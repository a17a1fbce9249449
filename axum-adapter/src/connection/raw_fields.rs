use std::sync::Arc;

use isapi_core::request_head::RawField;

/// The header fields of a request as the client wrote them: his order and letter case, repeated
/// fields where they stood. In the request's extensions, for `ALL_RAW`.
///
/// Only for HTTP/1, and only where our own listener is underneath: hyper keeps neither the case nor
/// the order of fields of different names, and HTTP/2 has no letter case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawFields(pub Arc<[RawField]>);
