mod fields;
mod header_call;
mod raw;

use super::{HeadError, ResponseHead};

/// The fields as text, in order.
fn fields(head: &ResponseHead) -> Vec<(&str, &str)> {
    let fields = head.fields().iter();
    fields
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect()
}

fn call(status: &str, headers: &str) -> Result<(ResponseHead, usize), HeadError> {
    ResponseHead::from_header_call(Some(status.as_bytes()), headers.as_bytes())
}
