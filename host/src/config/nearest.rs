//! The name that was probably meant.

/// How many letters may differ.
const FARTHEST: usize = 3;

/// The name of `names` that `written` is most like, if it is like one at all.
pub(super) fn nearest<'n>(written: &str, names: &[&'n str]) -> Option<&'n str> {
    let written = letters(written);
    let distance_to = |name: &str| {
        let name = letters(name);
        if is_abbreviation(&written, &name) {
            return 1;
        }
        match written.len().abs_diff(name.len()) {
            // Each letter has to be added or removed; what a file has for a name may be endless.
            letters if letters > FARTHEST => letters,
            _ => distance(&written, &name),
        }
    };
    names
        .iter()
        .map(|&name| (distance_to(name), name))
        .filter(|&(distance, name)| distance <= FARTHEST && distance < name.len())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// The name without what tells words apart: `maxUrl` and `max-url` are `max_url`.
fn letters(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-'], "")
}

/// Whether one begins with the other, and that with enough letters to tell.
fn is_abbreviation(written: &str, name: &str) -> bool {
    written.len().min(name.len()) >= 3 && (name.starts_with(written) || written.starts_with(name))
}

/// How many letters have to be added, removed or replaced to make `a` of `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let names = ["max_url", "max_query_string", "read_timeout", "url"];
        for (written, name) in [
            ("max_urls", Some("max_url")),
            ("Max-Url", Some("max_url")),
            ("maxQueryString", Some("max_query_string")),
            ("read_time", Some("read_timeout")),
            ("string", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, &names), name, "{written}");
        }
    }

    #[test]
    fn letters_are_counted() {
        for (a, b, letters) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("verb", "verbs", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), letters, "{a} {b}");
        }
    }
}
