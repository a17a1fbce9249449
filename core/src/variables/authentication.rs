//! Variables about who asks: `AUTH_*` and the users.
//!
//! A user whom somebody has vouched for ([`RequestHead::user`]) is in all of them. Without one,
//! REMOTE_USER, LOGON_USER and UNMAPPED_REMOTE_USER are empty, and the `AUTH_` variables repeat
//! what the request's `Authorization` field claims, **which nobody has checked**: an extension that
//! does its own checking reads name and password there, as it does on IIS.

use std::borrow::Cow;

use http::header::AUTHORIZATION;

use crate::request_head::RequestHead;

use super::Value;
use super::basic::{self, Credentials};
use super::value::{EMPTY, bytes, text};

/// REMOTE_USER, LOGON_USER, UNMAPPED_REMOTE_USER: the user somebody has vouched for.
pub(super) fn user(head: &RequestHead) -> Value<'_> {
    head.user().map_or(EMPTY, |user| text(&user.name))
}

/// AUTH_TYPE: how the user was checked, else the scheme of the claim. A value does not mean that
/// anybody was authenticated.
pub(super) fn scheme(head: &RequestHead) -> Value<'_> {
    if let Some(user) = head.user() {
        return text(&user.auth_type);
    }
    claim(head).map_or(EMPTY, |(scheme, _)| usual_spelling(scheme))
}

/// AUTH_USER: the user somebody has vouched for, else the one of a Basic claim.
pub(super) fn claimed_user(head: &RequestHead) -> Value<'_> {
    if let Some(user) = head.user() {
        return text(&user.name);
    }
    credentials(head).map_or(EMPTY, |credentials| {
        Value::Bytes(Cow::Owned(credentials.user))
    })
}

/// AUTH_PASSWORD: that of a Basic claim. It is not given beside a user whom it does not belong to.
pub(super) fn claimed_password(head: &RequestHead) -> Value<'_> {
    let Some(credentials) = credentials(head) else {
        return EMPTY;
    };
    let is_of_another = |name: &str| name.as_bytes() != credentials.user;
    if head.user().is_some_and(|user| is_of_another(&user.name)) {
        return EMPTY;
    }
    Value::Bytes(Cow::Owned(credentials.password))
}

fn credentials(head: &RequestHead) -> Option<Credentials> {
    let (scheme, rest) = claim(head)?;
    if !scheme.eq_ignore_ascii_case(b"Basic") {
        return None;
    }
    basic::credentials(rest)
}

/// Scheme and rest of the one `Authorization` field
/// ([RFC 9110, section 11.4](https://www.rfc-editor.org/rfc/rfc9110#section-11.4)). Two of them
/// claim nothing that can be relied on.
fn claim(head: &RequestHead) -> Option<(&[u8], &[u8])> {
    let mut fields = head.headers().get_all(AUTHORIZATION).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return None;
    };
    let field = field.as_bytes();
    let end = field.iter().position(|&byte| byte == b' ');
    let (scheme, rest) = field.split_at(end.unwrap_or(field.len()));
    let is_token = !scheme.is_empty() && scheme.iter().all(|&byte| is_token_byte(byte));
    is_token.then(|| (scheme, rest.trim_ascii()))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Schemes are written in any letter case; extensions compare with the one that IIS gives.
fn usual_spelling(scheme: &[u8]) -> Value<'_> {
    const KNOWN: [&str; 5] = ["Basic", "Bearer", "Digest", "Negotiate", "NTLM"];

    let known = KNOWN
        .iter()
        .find(|known| known.as_bytes().eq_ignore_ascii_case(scheme));
    known.map_or(bytes(scheme), |known| text(known))
}
