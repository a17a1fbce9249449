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
    one.chars().map(fold).cmp(other.chars().map(fold))
}

/// What is left of `text` behind `prefix`.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in prefix.chars() {
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
    fn neither_a_part_nor_another_letter_will_do() {
        for (one, other) in [("ab", "a"), ("a", "ab"), ("\u{fc}", "u"), ("\u{df}", "ss")] {
            assert!(!eq_ignore_case(one, other), "{one} {other}");
        }
        assert_eq!(strip_prefix("a", "ab"), None);
        assert_eq!(strip_suffix("b", "ab"), None);
    }
}
