//! Which handler takes a request, and how the path divides for it.

use http::Method;

use super::*;

fn rule(pattern: &str) -> Rule {
    Rule {
        pattern: Pattern::parse(pattern).unwrap(),
        verbs: Verbs::ALL,
        resource_type: ResourceType::Unspecified,
        allow_path_info: false,
        require_access: Access::SCRIPT,
    }
}

fn with_verbs(pattern: &str, verbs: &[&str]) -> Rule {
    Rule {
        verbs: Verbs::list(verbs.iter().copied()).unwrap(),
        ..rule(pattern)
    }
}

fn with_path_info(pattern: &str) -> Rule {
    Rule {
        allow_path_info: true,
        ..rule(pattern)
    }
}

fn handlers<const N: usize>(rules: [(Rule, &'static str); N]) -> Handlers<&'static str> {
    let mut handlers = Handlers::new();
    for (rule, target) in rules {
        handlers.push(rule, target);
    }
    handlers
}

/// The target, or the verbs that are allowed instead.
fn found(handlers: &Handlers<&'static str>, url: &str, method: Method) -> Option<String> {
    let path = path(url);
    Some(match handlers.find(&path, &method, |_| false)? {
        Found::Handler(found) => (*found.target).to_owned(),
        Found::WrongVerb { allow } => format!("405 {allow}"),
    })
}

#[test]
fn the_first_handler_that_is_for_the_path_takes_the_request() {
    let handlers = handlers([
        (rule("*.asp"), "asp"),
        (rule("/app/*"), "app"),
        (rule("*.asp"), "never"),
        (rule("/app/x.asp"), "never"),
    ]);
    for (url, expected) in [
        ("/app/x.asp", Some("asp")),
        ("/app/x", Some("app")),
        ("/x.asp/zip", Some("asp")),
        ("/x", None),
    ] {
        assert_eq!(
            found(&handlers, url, Method::GET).as_deref(),
            expected,
            "{url}"
        );
    }
}

#[test]
fn among_many_handlers_each_path_has_the_first_that_is_for_it() {
    let patterns = [
        "*.asp",
        "login.asp",
        "*.tar.gz",
        "*.é",
        "*e*",
        "a.*",
        "x*.b*c",
        "/app/*",
        "/App/x",
        "/app",
        "/ap*",
        "/*.x/*.y",
        "/É/*/ſ",
        "/",
        "/*/z",
        "/app/*.asp",
        "*.b.*",
        "/app/",
        "*.ASP",
    ];
    let paths = [
        "/",
        "/app",
        "/APP/x",
        "/app/",
        "/app/x.asp",
        "/x.asp/zip",
        "/v/LOGIN.asp",
        "/x.tar.gz",
        "/x.gz",
        "/x.%C3%89",
        "/%C3%A9/x/S",
        "/a.x/b.x/c.y",
        "/a.b.c",
        "/x.bc",
        "/xy.b-c/d",
        "/q/z",
        "/apple",
        "/none",
        "/a.b.c/",
        "/v.asp/w.asp",
    ];
    for start in 0..patterns.len() {
        for rule_of in [rule, with_path_info] {
            // Each is the first once.
            let patterns = patterns[start..].iter().chain(&patterns[..start]);
            let rules: Vec<_> = patterns.map(|pattern| rule_of(pattern)).collect();
            let mut handlers = Handlers::new();
            for (number, rule) in rules.iter().enumerate() {
                handlers.push(rule.clone(), number);
            }
            for url in paths {
                let path = path(url);
                let is_for = |rule: &Rule| rule.split(path.decoded(), &mut |_| false).is_some();
                let found = match handlers.find(&path, &Method::GET, |_| false) {
                    Some(Found::Handler(found)) => Some(*found.target),
                    Some(Found::WrongVerb { .. }) | None => None,
                };
                assert_eq!(found, rules.iter().position(is_for), "{url}");
            }
        }
    }
}

#[test]
fn a_method_is_refused_only_when_no_handler_of_the_path_takes_it() {
    let handlers = handlers([
        (with_verbs("*.asp", &["GET", "HEAD"]), "reads"),
        (with_verbs("*.asp", &["POST", "GET"]), "writes"),
        (with_verbs("/other", &["PUT"]), "other"),
    ]);
    for (method, expected) in [
        (Method::GET, "reads"),
        (Method::POST, "writes"),
        (Method::DELETE, "405 GET, HEAD, POST"),
    ] {
        assert_eq!(
            found(&handlers, "/x.asp", method.clone()).as_deref(),
            Some(expected),
            "{method}"
        );
    }
}

/// Number and target of the wildcard handler.
fn intercepted(
    handlers: &Handlers<&'static str>,
    from: usize,
    method: Method,
) -> Option<(usize, &'static str)> {
    let path = path("/any/thing");
    let found = handlers.interceptor(&path, from, &method, |_| false)?;
    Some((found.number, *found.target))
}

#[test]
fn wildcard_handlers_form_a_chain_of_their_own() {
    let handlers = handlers([
        (rule("*.asp"), "asp"),
        (rule("*"), "first"),
        (rule("/any/*"), "path"),
        (with_verbs("*", &["POST"]), "posts"),
        (rule("*"), "last"),
    ]);
    let rows = [
        (0, Method::GET, Some((0, "first"))),
        (1, Method::GET, Some((2, "last"))),
        (1, Method::POST, Some((1, "posts"))),
        (2, Method::POST, Some((2, "last"))),
        (3, Method::GET, None),
        (usize::MAX, Method::GET, None),
    ];
    for (from, method, expected) in rows {
        assert_eq!(
            intercepted(&handlers, from, method.clone()),
            expected,
            "{from} {method}"
        );
    }
    assert_eq!(
        found(&handlers, "/any/thing", Method::GET).as_deref(),
        Some("path")
    );
}

/// SCRIPT_NAME and PATH_INFO of the only rule.
fn divided(rule: Rule, url: &str, files: &[&str]) -> Option<(String, String)> {
    let handlers = handlers([(rule, "")]);
    let path = path(url);
    let is_file = |path: &str| files.contains(&path);
    let (split, path_info) =
        if let Some(found) = handlers.interceptor(&path, 0, &Method::GET, is_file) {
            (found.split, found.rule.path_info(&found.split))
        } else {
            match handlers.find(&path, &Method::GET, is_file)? {
                Found::Handler(found) => (found.split, found.path_info()),
                Found::WrongVerb { .. } => return None,
            }
        };
    Some((split.script_name.to_owned(), path_info.to_owned()))
}

#[test]
fn path_info_is_the_whole_path_or_what_follows_the_script() {
    type Row = (
        Rule,
        &'static str,
        &'static [&'static str],
        Option<(&'static str, &'static str)>,
    );
    let rows: &[Row] = &[
        (rule("*.x"), "/v/p.x", &[], Some(("/v/p.x", "/v/p.x"))),
        (
            rule("*.x"),
            "/v/p.x/zip",
            &[],
            Some(("/v/p.x", "/v/p.x/zip")),
        ),
        (with_path_info("*.x"), "/v/p.x", &[], Some(("/v/p.x", ""))),
        (
            with_path_info("*.x"),
            "/v/p.x/zip/a",
            &[],
            Some(("/v/p.x", "/zip/a")),
        ),
        (with_path_info("*.x"), "/v/p.x/", &[], Some(("/v/p.x", "/"))),
        // The first name that is a file's, else the last one.
        (
            with_path_info("*.x"),
            "/a.x/b.x/c",
            &["/a.x"],
            Some(("/a.x", "/b.x/c")),
        ),
        (
            with_path_info("*.x"),
            "/a.x/b.x/c",
            &["/a.x/b.x"],
            Some(("/a.x/b.x", "/c")),
        ),
        (
            with_path_info("*.x"),
            "/a.x/b.x/c",
            &[],
            Some(("/a.x/b.x", "/c")),
        ),
        (rule("/e/p"), "/e/p", &[], Some(("/e/p", "/e/p"))),
        (rule("/e/p"), "/e/p/zip", &["/e/p"], None),
        (
            with_path_info("/e/p"),
            "/e/p/zip",
            &[],
            Some(("/e/p", "/zip")),
        ),
        (with_path_info("/e/*"), "/e/a/b", &[], Some(("/e/a/b", ""))),
        (
            with_path_info("/e/*"),
            "/e/a/b",
            &["/e/a"],
            Some(("/e/a", "/b")),
        ),
        (rule("*"), "/a/b", &["/a"], Some(("/a/b", "/a/b"))),
        (with_path_info("*"), "/a/b", &["/a"], Some(("/a", "/b"))),
        (with_path_info("*"), "/a/b", &[], Some(("/a/b", ""))),
    ];
    for (rule, url, files, expected) in rows {
        let divided = divided(rule.clone(), url, files);
        let divided = divided
            .as_ref()
            .map(|(script_name, path_info)| (script_name.as_str(), path_info.as_str()));
        assert_eq!(divided, *expected, "{} {url} {files:?}", rule.pattern);
    }
}

#[test]
fn a_file_must_be_where_path_translated_is_or_where_the_script_is() {
    let path = "/v/p.x/zip";
    let split = Split {
        path,
        script_name: "/v/p.x",
        rest: "/zip",
    };
    let rows = [
        (ResourceType::Unspecified, false, None),
        (ResourceType::Unspecified, true, None),
        (ResourceType::File, false, Some("/v/p.x/zip")),
        (ResourceType::File, true, Some("/v/p.x")),
    ];
    for (resource_type, allow_path_info, expected) in rows {
        let rule = Rule {
            resource_type,
            allow_path_info,
            ..rule("*.x")
        };
        assert_eq!(rule.required_file(&split), expected, "{rule:?}");
    }
}
