//! Server variables: what `GetServerVariable` answers.
//!
//! One [table](names) with a row for each variable and its value rule, and two families that name
//! request header fields:
//!
//! * `HTTP_X_Y` is the field `X-Y`: each `_` stands for a `-`. A variable of the table wins over a
//!   field of the same name (`HTTP_URL` is never a field called `Url`).
//! * `HEADER_X-Y` is the field `X-Y`, its name taken as it is. It is the only way to a field with an
//!   underscore in its name: `X_Auth` and `X-Auth` would be one variable for everybody who makes
//!   such names of ALL_HTTP or ALL_RAW, so that it is in neither.
//!
//! A field that came several times is one value, joined with `,` (cookies with `; `,
//! [RFC 9113, section 8.2.3](https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3)). A field that
//! did not come is unknown; a variable of the table that has no value is there and empty.
//!
//! `UNICODE_` before a name of the table asks for the value in UTF-16. Without it the value is an
//! 8-bit string: what the client sent is given out byte by byte, everything else is [`Text`] in the
//! encoding of the host.
//!
//! [`Text`]: Value::Text
//!
//! AUTH_TYPE, AUTH_USER and AUTH_PASSWORD may be claims of the client that nobody has checked;
//! REMOTE_USER, LOGON_USER and UNMAPPED_REMOTE_USER never are.
//!
//! See [GetServerVariable](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525335(v=vs.90))
//! and [IIS server variables](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524602(v=vs.90)).

mod all_raw;
mod authentication;
mod basic;
mod connection;
mod error;
mod fields;
mod location;
mod request_line;
mod server_info;
mod table;
#[cfg(test)]
mod tests;
mod tls;
mod value;

use crate::request_head::RequestHead;

pub use error::VariableError;
pub use server_info::ServerInfo;
pub use table::names;
pub use value::Value;

/// The value of a variable, and the encoding it was asked for in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableValue<'a> {
    /// The value, without a NUL at the end.
    pub value: Value<'a>,
    /// Whether the extension wants it in UTF-16 (the name began with `UNICODE_`).
    pub unicode: bool,
}

/// Looks a variable up by the name an extension gave, with or without `UNICODE_` before it.
///
/// Names match in any ASCII letter case. The two families of header fields have no `UNICODE_`
/// form, as on IIS.
///
/// # Errors
///
/// [`VariableError`] says why there is no value.
pub fn lookup<'a>(
    head: &'a RequestHead,
    server: &'a ServerInfo,
    name: &[u8],
) -> Result<VariableValue<'a>, VariableError> {
    let Some(wide) = strip_prefix(name, b"UNICODE_") else {
        let value = server_variable(head, server, name)?;
        return Ok(VariableValue {
            value,
            unicode: false,
        });
    };
    let rule = table::find(wide).ok_or(VariableError::Unknown)?;
    Ok(VariableValue {
        value: rule(head, server),
        unicode: true,
    })
}

/// The value of a variable, without a NUL at the end.
///
/// # Errors
///
/// [`VariableError`] says why there is no value.
pub fn server_variable<'a>(
    head: &'a RequestHead,
    server: &'a ServerInfo,
    name: &[u8],
) -> Result<Value<'a>, VariableError> {
    if let Some(rule) = table::find(name) {
        return Ok(rule(head, server));
    }
    let value = if let Some(name) = strip_prefix(name, b"HTTP_") {
        fields::by_variable_name(head.headers(), name)
    } else if let Some(name) = strip_prefix(name, b"HEADER_") {
        fields::by_field_name(head.headers(), name)
    } else {
        None
    };
    value.map(Value::Bytes).ok_or(VariableError::Unknown)
}

fn strip_prefix<'a>(name: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
