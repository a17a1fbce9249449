//! Variables that are made of the request's header fields.

use std::borrow::Cow;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName};

use super::table;

/// The field an `HTTP_` variable names, by what stands behind the prefix.
pub(super) fn by_variable_name<'a>(headers: &'a HeaderMap, name: &[u8]) -> Option<Cow<'a, [u8]>> {
    let name: Vec<u8> = name
        .iter()
        .map(|&byte| if byte == b'_' { b'-' } else { byte })
        .collect();
    by_field_name(headers, &name)
}

/// The field of this name, all its values joined.
pub(super) fn by_field_name<'a>(headers: &'a HeaderMap, name: &[u8]) -> Option<Cow<'a, [u8]>> {
    let name = HeaderName::from_bytes(name).ok()?;
    let mut values = headers.get_all(&name).iter();
    let first = values.next()?.as_bytes();
    let mut joined = Cow::Borrowed(first);
    for value in values {
        let joined = joined.to_mut();
        joined.extend_from_slice(separator(&name));
        joined.extend_from_slice(value.as_bytes());
    }
    Some(joined)
}

fn separator(name: &HeaderName) -> &'static [u8] {
    if *name == COOKIE { b"; " } else { b"," }
}

/// Would the variable of this field be that of another one as well?
pub(super) fn is_ambiguous(name: &HeaderName) -> bool {
    name.as_str().contains('_')
}

/// ALL_HTTP: `HTTP_NAME:value` and LF for each field, without those that a variable of the table
/// has the name of, and without those that could pass for another.
pub(super) fn all_http(headers: &HeaderMap) -> Vec<u8> {
    let mut text = Vec::new();
    for name in headers.keys().filter(|name| !is_ambiguous(name)) {
        let variable = format!(
            "HTTP_{}",
            name.as_str().to_ascii_uppercase().replace('-', "_")
        );
        if table::find(variable.as_bytes()).is_some() {
            continue;
        }
        text.extend_from_slice(variable.as_bytes());
        text.push(b':');
        text.extend_from_slice(
            &by_field_name(headers, name.as_str().as_bytes()).unwrap_or_default(),
        );
        text.push(b'\n');
    }
    text
}
