//! Names a file system may read otherwise than they are written.

use super::UrlError;

/// Checks one decoded segment that is not empty, `.` or `..`.
pub(super) fn check(name: &str) -> Result<(), UrlError> {
    if name.contains(':') {
        return Err(UrlError::Colon);
    }
    if name.contains(['*', '?', '"', '<', '>', '|']) {
        return Err(UrlError::ReservedCharacter);
    }
    if has_dots_before_parameter(name) {
        return Err(UrlError::DotSegmentParameter);
    }
    if name.ends_with(['.', ' ']) {
        return Err(UrlError::TrailingDotOrSpace);
    }
    if is_device(name) {
        return Err(UrlError::DeviceName);
    }
    if has_short_name_mark(name) {
        return Err(UrlError::ShortName);
    }
    Ok(())
}

/// `..;x` and `.;x`: servers behind this one that strip path parameters would see a dot segment.
fn has_dots_before_parameter(name: &str) -> bool {
    name.split_once(';')
        .is_some_and(|(before, _)| matches!(before, "." | ".."))
}

/// A `~` and a digit, as in the 8.3 name `HELLO~1.DLL`: a second name of a file.
fn has_short_name_mark(name: &str) -> bool {
    name.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'~' && pair[1].is_ascii_digit())
}

/// Whether Windows opens a device by this name, whatever directory and ending it has. See
/// [Naming Files, Paths, and Namespaces](https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file).
pub(super) fn is_device(name: &str) -> bool {
    const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

    // In front of the first dot, and for the most part neither this short nor this long.
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    if !matches!(stem.len(), 3..=7) {
        return false;
    }
    DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || is_numbered_device(stem)
}

/// `COM1` and `LPT1` and their like; the superscript digits count as digits.
fn is_numbered_device(stem: &str) -> bool {
    let Some((device, number)) = stem.split_at_checked(3) else {
        return false;
    };
    let is_port = device.eq_ignore_ascii_case("com") || device.eq_ignore_ascii_case("lpt");
    let mut digits = number.chars();
    let is_digit = matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³'));
    is_port && is_digit && digits.next().is_none()
}
