//! Names in any letter case, as Windows compares the names of files.

use std::cmp::Ordering;

/// Whether two names differ in the case of their letters at most, those outside of ASCII included.
///
/// All that is said of a URL by its name (what is mounted there, who handles it) is compared like
/// this. A file system that finds one file by both names must not lead around it.
///
/// ```
/// use isapi_core::url_map::eq_ignore_case;
///
/// assert!(eq_ignore_case("Größe.TXT", "GRößE.txt"));
/// assert!(!eq_ignore_case("ß", "SS")); // Character by character.
/// ```
pub fn eq_ignore_case(one: &str, other: &str) -> bool {
    strip_prefix(one, other).is_some_and(str::is_empty)
}

/// An order in which names that differ in the case of their letters at most are the same.
pub(super) fn cmp_ignore_case(one: &str, other: &str) -> Ordering {
    // Most clients write a name as its owner does.
    if one == other {
        return Ordering::Equal;
    }
    let same = same_ascii(one, other);
    let (one, other) = (one[same..].chars(), other[same..].chars());
    one.map(fold).cmp(other.map(fold))
}

/// What is left of `text` behind `prefix`.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let same = same_ascii(text, prefix);
    let mut rest = text[same..].chars();
    for expected in prefix[same..].chars() {
        rest.next().filter(|char| fold(*char) == fold(expected))?;
    }
    Some(rest.as_str())
}

/// What is left of `text` before `suffix`.
pub(super) fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in suffix.chars().rev() {
        rest.next_back()
            .filter(|char| fold(*char) == fold(expected))?;
    }
    Some(rest.as_str())
}

/// How far two texts are the same characters of ASCII, save for the case of letters: mostly to the end,
/// and no byte of it has to be decoded.
fn same_ascii(one: &str, other: &str) -> usize {
    let is_same = |(one, other): &(u8, u8)| {
        one.is_ascii() && (one == other || one.eq_ignore_ascii_case(other))
    };
    one.bytes().zip(other.bytes()).take_while(is_same).count()
}

/// A letter in upper case, where that is one character; file systems know no other.
fn fold(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_uppercase();
    }
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => char,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_other_lengths_are_the_same_letters() {
        for (one, other) in [
            ("a\u{fc}", "A\u{dc}"),
            ("\u{3c9}x", "\u{3a9}X"),
            // Two bytes and three, two and one.
            ("\u{23a}", "\u{2c65}"),
            ("\u{131}\u{17f}", "IS"),
        ] {
            assert!(eq_ignore_case(one, other), "{one} {other}");
            assert!(eq_ignore_case(other, one), "{other} {one}");
            assert_eq!(strip_prefix(&format!("{one}/b"), other), Some("/b"));
            assert_eq!(strip_suffix(&format!("b/{one}"), other), Some("b/"));
        }
    }

    #[test]
    fn the_order_is_that_of_folded_letters() {
        for (one, other, order) in [
            ("/Hello.dll", "/hello.DLL", Ordering::Equal),
            ("/hello", "/hello.dll", Ordering::Less),
            ("/b", "/A", Ordering::Greater),
            // Between the two cases in ASCII.
            ("/_", "/a", Ordering::Greater),
            ("/stra\u{df}e", "/STRA\u{df}E", Ordering::Equal),
            ("/x\u{131}", "/XI", Ordering::Equal),
            ("/xj", "/x\u{131}", Ordering::Greater),
        ] {
            assert_eq!(cmp_ignore_case(one, other), order, "{one} {other}");
            assert_eq!(cmp_ignore_case(other, one), order.reverse());
        }
    }

    #[test]
    fn neither_a_part_nor_another_letter_will_do() {
        for (one, other) in [("ab", "a"), ("a", "ab"), ("\u{fc}", "u"), ("\u{df}", "ss")] {
            assert!(!eq_ignore_case(one, other), "{one} {other}");
        }
        assert_eq!(strip_prefix("a", "ab"), None);
        assert_eq!(strip_suffix("b", "ab"), None);
    }
}
