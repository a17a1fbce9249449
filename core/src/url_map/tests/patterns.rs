//! What a pattern, a list of verbs and a set of rights mean.

use http::Method;

use super::*;

fn matches(pattern: &str, path: &str) -> bool {
    Pattern::parse(pattern).unwrap().matches(path)
}

#[test]
fn a_name_is_for_the_last_segment_and_a_path_for_all_of_them() {
    let rows = [
        ("*", "/", true),
        ("*", "/a/b", true),
        ("*.asp", "/v/p.asp", true),
        ("*.asp", "/v/P.ASP", true),
        ("*.asp", "/v/p.aspx", false),
        ("*.asp", "/v/p.asp/zip", false),
        ("*.asp", "/v.asp/", false),
        ("login.asp", "/v/login.asp", true),
        ("login.asp", "/v/xlogin.asp", false),
        ("/app/*", "/app/a/b", true),
        ("/app/*", "/APP/", true),
        ("/app/*", "/app", false),
        ("/app/*", "/application", false),
        ("/exact/path", "/exact/path", true),
        ("/exact/path", "/exact/path/x", false),
        ("/exact/path", "/exact/pat", false),
        ("/a/*/z", "/a/b/c/z", true),
        ("/a/*/z", "/a/z", false),
        ("/*.x/*.y", "/a.x/b.x/c.y", true),
        ("/ab*ba", "/aba", false),
        ("*aab", "/aaab", true),
        ("*é*", "/caféine", true),
        ("*é*", "/cafeine", false),
        ("*.é", "/a.É", true),
        ("/É/*/ſ", "/é/x/S", true),
        ("/a/*É*", "/A/xéx", true),
    ];
    for (pattern, path, expected) in rows {
        assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
    }
}

#[test]
fn only_the_star_alone_is_a_wildcard_handler() {
    for (pattern, expected) in [("*", true), ("/*", false), ("*.*", false), ("**", false)] {
        let pattern = Pattern::parse(pattern).unwrap();
        assert_eq!(pattern.is_wildcard(), expected, "{pattern}");
    }
}

#[test]
fn a_pattern_that_no_url_can_match_is_refused_with_the_reason() {
    for (pattern, reason) in [
        ("", "it is empty"),
        ("app/*.asp", "begins with a slash"),
        ("/a//b", "no URL is like it"),
        ("/a/../b", "no URL is like it"),
        ("/a%20b", "no URL is like it"),
        ("/a?b", "no URL is like it"),
        ("*.asp:x", "no URL is like it"),
        ("*.", "no URL is like it"),
        ("/a\\b", "no URL is like it"),
        ("asp", "did you mean \"*.asp\"?"),
        (".asp", "did you mean \"*.asp\"?"),
    ] {
        let error = Pattern::parse(pattern).unwrap_err().to_string();
        assert!(error.contains(reason), "{pattern}: {error}");
        assert!(error.contains(&format!("{pattern:?}")), "{error}");
    }
}

#[test]
fn verbs_are_a_list_or_all() {
    let some = Verbs::list(["GET", " POST", "GET"]).unwrap();
    assert!(some.contain(&Method::POST));
    assert!(!some.contain(&Method::PUT));
    assert_eq!(some.to_string(), "GET, POST");

    let lower_case = Method::from_bytes(b"get").unwrap();
    assert!(!some.contain(&lower_case));

    for all in [Verbs::ALL, Verbs::list(["GET", "*"]).unwrap()] {
        assert!(all.contain(&Method::TRACE));
        assert_eq!(all.to_string(), "*");
    }
    let bad = HandlerError::BadVerb("GET,POST".into());
    assert_eq!(Verbs::list(["GET,POST"]), Err(bad));
    assert_eq!(Verbs::list([]), Err(HandlerError::NoVerb));
    for name in ["", "get", "Post"] {
        let bad = HandlerError::BadVerb(name.to_owned());
        assert_eq!(Verbs::list([name]), Err(bad), "{name}");
    }
    assert!(Verbs::list(["m-search", "PROPFIND"]).is_ok());
}

#[test]
fn execute_implies_script_and_nothing_else_implies_anything() {
    let rights = [Access::READ, Access::SCRIPT, Access::EXECUTE];
    for has in rights {
        for needs in rights {
            let implied = has == Access::EXECUTE && needs == Access::SCRIPT;
            assert_eq!(has.allows(needs), has == needs || implied, "{has}: {needs}");
            assert_eq!(has.contains(needs), has == needs, "{has}: {needs}");
        }
        assert!(has.allows(Access::NONE), "{has}");
        assert!(!Access::NONE.allows(has), "{has}");
    }
    let both = Access::READ | Access::SCRIPT;
    assert!(both.allows(both));
    assert!(!Access::EXECUTE.allows(both));
    assert_eq!(both.without(Access::READ), Access::SCRIPT);
    assert_eq!(both.to_string(), "read, script");
    assert_eq!(Access::NONE.to_string(), "none");
}
