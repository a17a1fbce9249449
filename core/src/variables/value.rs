//! Values as the rules of the table make them.

use std::borrow::Cow;

/// A known variable without a value.
pub(super) const EMPTY: Cow<'static, [u8]> = Cow::Borrowed(b"");

pub(super) const fn text(value: &str) -> Cow<'_, [u8]> {
    Cow::Borrowed(value.as_bytes())
}

pub(super) fn owned(value: impl ToString) -> Cow<'static, [u8]> {
    Cow::Owned(value.to_string().into_bytes())
}
