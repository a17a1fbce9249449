use std::path::{Component, Path};

use proptest::prelude::*;

use crate::url_path::plain::is_plain;
use crate::url_path::{UrlError, UrlPath, decoded};

/// Paths made of the pieces attacks are made of.
pub(super) fn hostile_path() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "/", "//", ".", "..", "../", "%2e", "%2E", "%2f", "%5c", "\\", "%252e", "%25", "%00",
        "%u002e", "%c0%af", "%c3%a9", ":", "c:", "~1", " ", "%20", ";", "a", "b.dll", "con", "é",
        "%", "2e", "*",
    ]);
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn assert_stays_beneath_the_root(path: &UrlPath) {
    let decoded = path.decoded();
    assert!(decoded.starts_with('/'));
    assert!(!decoded.contains("//"), "{decoded:?}");
    assert!(!decoded.contains(['\\', ':', '\0']), "{decoded:?}");
    for segment in path.segments() {
        assert!(segment != "." && segment != "..", "{decoded:?}");
        assert!(!segment.ends_with(['.', ' ']), "{decoded:?}");
    }
    let relative = Path::new(decoded.trim_start_matches('/'));
    let joined = Path::new("/root/site").join(relative);
    assert!(joined.starts_with("/root/site"), "{joined:?}");
    assert!(
        relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_spelling_leaves_the_root(raw in hostile_path()) {
        if let Ok(path) = UrlPath::parse(&raw) {
            assert_stays_beneath_the_root(&path);
        }
    }

    #[test]
    fn no_text_at_all_leaves_the_root(raw in "/?[\\PC%./\\\\]{0,40}") {
        if let Ok(path) = UrlPath::parse(&raw) {
            assert_stays_beneath_the_root(&path);
        }
    }

    #[test]
    fn what_was_decoded_has_nothing_left_to_decode(raw in hostile_path()) {
        let Ok(path) = UrlPath::parse(&raw) else { return Ok(()) };
        match UrlPath::parse(path.decoded()) {
            Ok(again) => prop_assert_eq!(again.decoded(), path.decoded()),
            // A lone `%` that was written as `%25` is no escape.
            Err(error) => prop_assert_eq!(error, UrlError::BadEscape),
        }
    }

    #[test]
    fn a_plain_path_is_what_the_long_way_makes_of_it(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "/", "/", ".", "a", "B9", "con", "com1", "lpt0.", "aux.dll", "-_", "x.y", "~1", "%61", "é",
        ]), 0..8),
    ) {
        let path = format!("/{}", pieces.concat());
        if is_plain(&path) {
            prop_assert_eq!(decoded(&path), Ok(path));
        }
    }

    #[test]
    fn escaping_every_byte_changes_nothing(names in prop::collection::vec("[a-z0-9é日_-]{4,8}", 1..5)) {
        let plain = format!("/{}", names.join("/"));
        let escaped: String = plain.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let escaped = UrlPath::parse(format!("/{escaped}")).unwrap();
        prop_assert_eq!(escaped.decoded(), plain);
    }
}
