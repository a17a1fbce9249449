//! Which URLs a server takes: the checks of a server without its decoding.

use std::net::Ipv6Addr;

/// What is wrong with a URL path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It means nothing to anybody, or leads out of the root.
    Broken,
    /// A URL, but not that of any file: to Windows its name is another than it says.
    NeverServed,
}

/// What calls take that pass a URL path on, with or without a query.
pub(super) fn is_request_target(url: &str) -> bool {
    let has_other_bytes = url.contains(|letter: char| letter == '#' || letter.is_ascii_control());
    !has_other_bytes && check(without_query(url)) != Err(Fault::Broken)
}

/// What calls take that look for the file of a URL path, with or without a query.
pub(super) fn is_file_url(url: &str) -> bool {
    check(without_query(url)).is_ok()
}

/// A URL path or an absolute URL, with or without a query.
pub(super) fn is_url(url: &str) -> bool {
    let url = without_query(url);
    let Some((scheme, rest)) = url.split_once("://").filter(|_| !url.starts_with('/')) else {
        return check(url).is_ok();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_http = ["http", "https"]
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it));
    is_http && is_authority(authority) && (path.is_empty() || check(path).is_ok())
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// The first fault, so that a path with several has the one a server finds.
fn check(path: &str) -> Result<(), Fault> {
    if !path.starts_with('/') {
        return Err(Fault::Broken);
    }
    let path = decoded(path).ok_or(Fault::Broken)?;
    check_characters(&path)?;
    let mut depth = 0_usize;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or(Fault::Broken)?,
            name if is_file_name(name) => depth += 1,
            _ => return Err(Fault::NeverServed),
        }
    }
    Ok(())
}

/// Percent escapes decoded, once.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digit = |index: usize| char::from(*after.get(index)?).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

fn check_characters(path: &str) -> Result<(), Fault> {
    for (index, letter) in path.char_indices() {
        match letter {
            '%' if is_escape(&path.as_bytes()[index + 1..]) => return Err(Fault::NeverServed),
            '\\' => return Err(Fault::Broken),
            _ if letter.is_control() => return Err(Fault::Broken),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a second decoder would find an escape behind a `%`.
fn is_escape(rest: &[u8]) -> bool {
    let digits = match rest {
        [b'u' | b'U', digits @ ..] => digits.get(..4),
        _ => rest.get(..2),
    };
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

fn is_file_name(name: &str) -> bool {
    let is_dot_with_parameter = || {
        name.split_once(';')
            .is_some_and(|(before, _)| matches!(before, "." | ".."))
    };
    let is_short_name = || {
        name.as_bytes()
            .windows(2)
            .any(|pair| pair[0] == b'~' && pair[1].is_ascii_digit())
    };
    !(name.contains([':', '*', '?', '"', '<', '>', '|'])
        || name.ends_with(['.', ' '])
        || is_dot_with_parameter()
        || is_short_name()
        || is_device(name))
}

/// Whether Windows opens a device by this name, whatever ending it has.
fn is_device(name: &str) -> bool {
    const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    let is_port = || {
        let Some((port, number)) = stem.split_at_checked(3) else {
            return false;
        };
        let is_digit = |letter| matches!(letter, '0'..='9' | '¹' | '²' | '³');
        let mut letters = number.chars();
        ["com", "lpt"]
            .iter()
            .any(|it| port.eq_ignore_ascii_case(it))
            && letters.next().is_some_and(is_digit)
            && letters.next().is_none()
    };
    DEVICES.iter().any(|it| stem.eq_ignore_ascii_case(it)) || is_port()
}

/// A host, with a port or without.
fn is_authority(text: &str) -> bool {
    let host_end = match text.find(']') {
        Some(bracket) if text.starts_with('[') => bracket + 1,
        _ => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(host_end);
    let is_host = match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty() && host.bytes().all(is_name_byte),
    };
    let is_port = match port.strip_prefix(':') {
        None | Some("") => port.len() < 2,
        Some(digits) => {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        }
    };
    is_host && is_port
}

/// `unreserved` and `sub-delims` of RFC 3986.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}
