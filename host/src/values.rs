//! Parsers for option values.

use std::ops::RangeInclusive;
use std::time::Duration;

use isapi_axum::DispatchMode;
use isapi_core::url_path::UrlPath;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Parses a length of time: `30` and `30s` are seconds, `500ms` milliseconds, `2m` minutes.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => Duration::from_millis(1),
        "" | "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        other => return Err(format!("unknown unit {other:?}; use ms, s or m")),
    };
    let count: u32 = digits
        .parse()
        .map_err(|_| "expected a whole number, such as 30 or 500ms".to_owned())?;
    unit.checked_mul(count).ok_or_else(|| "too long".to_owned())
}

/// Parses a deadline: a [`duration`] that is not zero.
pub(crate) fn deadline(text: &str) -> Result<Duration, String> {
    let deadline = duration(text)?;
    if deadline.is_zero() {
        return Err("must be more than zero".to_owned());
    }
    Ok(deadline)
}

/// A parser of whole numbers in a range.
pub(crate) fn number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| format!("expected {}", whole_number(&range)))
    }
}

/// The numbers of a range in words.
pub(crate) fn whole_number(range: &RangeInclusive<u64>) -> String {
    let from = range.start();
    match *range.end() {
        u64::MAX => format!("a whole number, {from} or more"),
        to => format!("a whole number from {from} to {to}"),
    }
}

/// The words for where calls of extensions run.
pub(crate) const DISPATCH_MODES: [(&str, DispatchMode); 3] = [
    ("auto", DispatchMode::Auto),
    ("inline", DispatchMode::Inline),
    ("pool", DispatchMode::Pool),
];

/// Parses one of [`DISPATCH_MODES`].
pub(crate) fn dispatch(text: &str) -> Result<DispatchMode, String> {
    let mode = DISPATCH_MODES.iter().find(|(word, _)| *word == text);
    mode.map(|(_, mode)| *mode)
        .ok_or_else(|| "expected auto, inline or pool".to_owned())
}

/// What a URL path keeps as it is (RFC 3986, section 3.3: unreserved, and the slash).
pub(crate) const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Checks the URL path of a mount, such as `/scripts/hello.dll`, and gives it the spelling in
/// which it is shown and redirected to.
pub(crate) fn mount(text: &str) -> Result<String, String> {
    if text.contains(['?', '#']) {
        return Err("must be a path alone, without a query".to_owned());
    }
    let path = UrlPath::parse(text).map_err(|error| error.to_string())?;
    if path.decoded().ends_with('/') {
        return Err("must name the extension, such as /hello.dll, and not end in a slash".into());
    }
    Ok(utf8_percent_encode(path.decoded(), PATH).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_units() {
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
    }

    #[test]
    fn durations_refuse_what_is_no_length_of_time() {
        for text in ["", "s", "-1", "1.5", "1h", "1 s", "ten", "99999999999", "١"] {
            assert!(duration(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_deadline_is_not_zero() {
        assert!(deadline("0").is_err());
        assert!(deadline("0ms").is_err());
        assert_eq!(deadline("1ms"), Ok(Duration::from_millis(1)));
    }

    #[test]
    fn a_number_lies_in_its_range() {
        let small = number::<u16>(1..=1000);
        assert_eq!(small("1000"), Ok(1000));
        for text in ["", "0", "1001", "-1", "1.5", "abc", "99999999999999999999"] {
            let error = Err("expected a whole number from 1 to 1000".to_owned());
            assert_eq!(small(text), error, "{text:?}");
        }
        let any = number::<u64>(0..=u64::MAX);
        assert_eq!(any("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(
            any("x"),
            Err("expected a whole number, 0 or more".to_owned())
        );
    }

    #[test]
    fn each_dispatch_mode_has_its_word() {
        for (word, mode) in DISPATCH_MODES {
            assert_eq!(mode.to_string(), word);
            assert_eq!(dispatch(word), Ok(mode));
        }
        for text in ["", "Auto", "pools", "auto "] {
            assert!(dispatch(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_mount_is_an_absolute_path() {
        assert_eq!(mount("/hello.dll").as_deref(), Ok("/hello.dll"));
        assert_eq!(mount("/a%20b/hello").as_deref(), Ok("/a%20b/hello"));
        for text in [
            "",
            "hello.dll",
            "/",
            "/a/",
            "/a?b",
            "/a#b",
            "/a/../../b",
            "/a%00",
        ] {
            assert!(mount(text).is_err(), "{text:?}");
        }
    }
}
