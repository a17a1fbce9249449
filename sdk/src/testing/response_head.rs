//! Which heads a server sends.

use crate::error::Win32Error;

/// The longest block of fields.
const LONGEST: usize = 64 * 1024;

/// Refuses a head that no server sends. That its lines are whole was made sure of when they were
/// put together.
pub(super) fn check(status: &str, fields: &str) -> Result<(), Win32Error> {
    let is_status = status.trim_ascii().is_empty() || status_code(status).is_some();
    if !is_status || fields.len() > LONGEST || !is_framed(fields) {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    Ok(())
}

/// The number of a status such as `404 Not Found`, `404` or `HTTP/1.1 404 Not Found`. `None` for
/// one that is none, or no final one.
pub(super) fn status_code(status: &str) -> Option<u16> {
    let mut text = status.trim_ascii();
    if text
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("HTTP/"))
    {
        let (version, rest) = text.split_once(' ')?;
        if !is_version(&version[5..]) {
            return None;
        }
        text = rest.trim_ascii();
    }
    let (digits, reason) = text.split_at_checked(3)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits
        .parse()
        .ok()
        .filter(|number| is_number && *number >= 200)?;
    (reason.is_empty() || reason.starts_with([' ', '\t'])).then_some(number)
}

fn is_version(text: &str) -> bool {
    match text.as_bytes() {
        [major] => major.is_ascii_digit(),
        [major, b'.', minor] => major.is_ascii_digit() && minor.is_ascii_digit(),
        _ => false,
    }
}

/// Whether the fields about the body's length mean something, and one thing.
fn is_framed(fields: &str) -> bool {
    let mut length = None;
    let mut is_chunked = false;
    for (name, value) in fields.lines().filter_map(|line| line.split_once(':')) {
        let value = value.trim_ascii();
        if name.eq_ignore_ascii_case("Transfer-Encoding") {
            let codings = value.split(',').map(str::trim_ascii);
            for coding in codings.filter(|coding| !matches!(*coding, "") && !is_identity(coding)) {
                if is_chunked || !coding.eq_ignore_ascii_case("chunked") {
                    return false;
                }
                is_chunked = true;
            }
        } else if name.eq_ignore_ascii_case("Content-Length") {
            let Some(bytes) = decimal(value) else {
                return false;
            };
            if !is_chunked && length.is_some_and(|before| before != bytes) {
                return false;
            }
            length = Some(bytes);
        }
    }
    true
}

fn is_identity(coding: &str) -> bool {
    coding.eq_ignore_ascii_case("identity")
}

fn decimal(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
