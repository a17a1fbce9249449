mod handlers;
mod patterns;

use super::*;
use crate::url_path::UrlError;

fn path(raw: &str) -> UrlPath {
    UrlPath::parse(raw).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

#[test]
fn the_first_module_on_the_way_ends_script_name() {
    let rows: &[(&str, Option<(&str, &str)>)] = &[
        ("/hello.dll", Some(("/hello.dll", ""))),
        ("/hello.dll/", Some(("/hello.dll", "/"))),
        ("/hello.dll/extra", Some(("/hello.dll", "/extra"))),
        ("/hello.dll/a/b%20c/", Some(("/hello.dll", "/a/b c/"))),
        ("/dir/sub/hello.so/x", Some(("/dir/sub/hello.so", "/x"))),
        ("/Hello.DyLib", Some(("/Hello.DyLib", ""))),
        ("/a.dll/b.dll", Some(("/a.dll", "/b.dll"))),
        ("/hello%2edll/x", Some(("/hello.dll", "/x"))),
        ("/a/../hello.dll/b/../c", Some(("/hello.dll", "/c"))),
        ("/two.dots.dll", Some(("/two.dots.dll", ""))),
        (
            "/missing.dll/there.dll/x",
            Some(("/missing.dll/there.dll", "/x")),
        ),
        ("/", None),
        ("/hello", None),
        ("/hello.dllx", None),
        ("/hello.dll.txt", None),
        ("/.dll", None),
        ("/dir/.so/x", None),
        ("/missing.dll", None),
        ("/missing.dll/x", None),
        ("/dll", None),
    ];
    for (raw, expected) in rows {
        let split = split_module(&path(raw), |module| !module.ends_with("missing.dll"));
        let split = split
            .as_ref()
            .map(|(script, info)| (script.as_str(), info.as_str()));
        assert_eq!(split, *expected, "{raw}");
    }
}

#[test]
fn only_names_that_end_like_a_module_are_asked_about() {
    let mut asked = Vec::new();
    let split = split_module(&path("/dir/a.dll/b.txt/c.SO/d"), |module| {
        asked.push(module.to_owned());
        false
    });
    assert_eq!(split, None);
    assert_eq!(asked, ["/dir/a.dll", "/dir/a.dll/b.txt/c.SO"]);
}

#[test]
fn modules_configuration_and_hidden_names_are_never_served() {
    let never = [
        "hello.dll",
        "HELLO.DLL",
        "hello.so",
        "hello.So",
        "libhello.so.1",
        "libhello.SO.1.2.3",
        "hello.dylib",
        "setup.exe",
        "Setup.EXE",
        "isapi.toml",
        "ISAPI.TOML",
        ".htpasswd",
        ".git",
        ".",
        "..",
        ".dll",
        "hello.dll.",
        "hello.dll ",
        "hello.dll. .",
        "hello.dll::$DATA",
        "hello.exe:stream",
        "isapi.toml.",
        "",
        " ",
    ];
    for name in never {
        assert!(is_never_served(name), "{name:?}");
    }
    let served = [
        "index.html",
        "hello.dll.txt",
        "so",
        "dll",
        "exe",
        "hello.so.txt",
        "hello.so.1a",
        "hello.so1",
        "hello.soo",
        "hello.1",
        "my-isapi.toml",
        "isapi.toml.txt",
        "a.b.c",
        "1.2.3",
        "exe.png",
        "é.so.é",
        "日本",
    ];
    for name in served {
        assert!(!is_never_served(name), "{name:?}");
    }
}

#[test]
fn module_endings_need_a_name_before_them() {
    for name in ["a.dll", "A.DLL", "a.so", "a.dylib", "é.dll", "a.b.dll"] {
        assert!(has_module_ending(name), "{name:?}");
    }
    for name in [
        "", ".dll", ".so", "dll", "a.dll.", "a.so.1", "a.exe", "a.dll ",
    ] {
        assert!(!has_module_ending(name), "{name:?}");
    }
}

/// Mount, rest of the path; `None` where nothing is mounted.
fn found(mounts: &Mounts<&'static str>, raw: &str) -> Option<(&'static str, String, String)> {
    let path = path(raw);
    Some(match mounts.find(&path)? {
        Mounted::Module {
            target,
            script_name,
            path_info,
        } => (*target, script_name.to_owned(), path_info.to_owned()),
        Mounted::Directory {
            target,
            prefix,
            rest,
        } => (*target, prefix.to_owned(), rest.to_owned()),
    })
}

/// A path, and what is found for it.
type Row = (
    &'static str,
    Option<(&'static str, &'static str, &'static str)>,
);

#[test]
fn the_longest_mount_wins_by_whole_segments_in_any_letter_case() {
    let mut mounts = Mounts::new();
    mounts.insert_directory("/scripts", "scripts").unwrap();
    mounts.insert_directory("/scripts/admin/", "admin").unwrap();
    mounts.insert_module("/scripts/hello.dll", "hello").unwrap();
    mounts.insert_module("/top.dll", "top").unwrap();

    let rows: &[Row] = &[
        ("/scripts", Some(("scripts", "/scripts", ""))),
        ("/scripts/", Some(("scripts", "/scripts", "/"))),
        ("/SCRIPTS/a.dll", Some(("scripts", "/SCRIPTS", "/a.dll"))),
        ("/scripts/admin", Some(("admin", "/scripts/admin", ""))),
        (
            "/scripts/admin/x.dll",
            Some(("admin", "/scripts/admin", "/x.dll")),
        ),
        (
            "/scripts/administrator",
            Some(("scripts", "/scripts", "/administrator")),
        ),
        (
            "/scripts/hello.dll",
            Some(("hello", "/scripts/hello.dll", "")),
        ),
        (
            "/scripts/Hello.Dll/a/b",
            Some(("hello", "/scripts/Hello.Dll", "/a/b")),
        ),
        (
            "/scripts/hello.dllx",
            Some(("scripts", "/scripts", "/hello.dllx")),
        ),
        ("/top.dll/", Some(("top", "/top.dll", "/"))),
        ("/scriptsx", None),
        ("/script", None),
        ("/", None),
        ("/other/scripts/hello.dll", None),
        ("/日本", None),
        ("/script日", None),
    ];
    for (raw, expected) in rows {
        let found = found(&mounts, raw);
        let found = found
            .as_ref()
            .map(|(target, start, rest)| (*target, start.as_str(), rest.as_str()));
        assert_eq!(found, *expected, "{raw}");
    }

    mounts.insert_directory("/", "root").unwrap();
    assert_eq!(
        found(&mounts, "/"),
        Some(("root", String::new(), "/".into()))
    );
    assert_eq!(
        found(&mounts, "/other/x"),
        Some(("root", String::new(), "/other/x".into()))
    );
    assert_eq!(found(&mounts, "/top.dll").unwrap().0, "top");
}

#[test]
fn among_many_mounts_each_url_has_its_own() {
    const MANY: usize = 300;
    let mut mounts = Mounts::new();
    // In no order.
    for number in (0..MANY).map(|number| number * 7 % MANY) {
        mounts
            .insert_module(&format!("/m-{number}"), number)
            .unwrap();
        let url = format!("/deep/d-{number}/e");
        mounts.insert_directory(&url, MANY + number).unwrap();
    }
    for number in 0..MANY {
        for (url, expected) in [
            (format!("/M-{number}/x"), Some(number)),
            (format!("/deep/D-{number}/e/x/y"), Some(MANY + number)),
            (format!("/deep/d-{number}"), None),
        ] {
            let path = path(&url);
            let found = mounts.find(&path).map(|found| match found {
                Mounted::Module { target, .. } | Mounted::Directory { target, .. } => *target,
            });
            assert_eq!(found, expected, "{url}");
        }
    }
    let urls: Vec<&str> = mounts.iter().map(|(url, _)| url).collect();
    assert!(urls.is_sorted());
    assert_eq!(urls.len(), 2 * MANY);
}

#[test]
fn a_mount_is_found_where_letters_outside_of_ascii_are_in_another_case() {
    let mut mounts = Mounts::new();
    mounts.insert_directory("/", "root").unwrap();
    mounts.insert_directory("/pr\u{fc}fung", "exam").unwrap();
    let found = |raw| found(&mounts, raw).unwrap();
    assert_eq!(
        found("/PR\u{dc}FUNG/a"),
        ("exam", "/PR\u{dc}FUNG".into(), "/a".into())
    );
    assert_eq!(found("/pr\u{fc}fungen").0, "root");
    // Of another length in bytes: a long s, an s.
    mounts.insert_directory("/\u{17f}", "s").unwrap();
    assert!(mounts.insert_directory("/S", "s").is_err());
}

#[test]
fn a_module_wins_over_a_directory_of_the_same_url_whatever_the_order() {
    for module_first in [true, false] {
        let mut mounts = Mounts::new();
        if module_first {
            mounts.insert_module("/x.dll", "module").unwrap();
        }
        mounts.insert_directory("/x.dll", "directory").unwrap();
        if !module_first {
            mounts.insert_module("/x.dll", "module").unwrap();
        }
        assert_eq!(found(&mounts, "/x.dll/y").unwrap().0, "module");
    }
}

#[test]
fn mounts_no_client_could_reach_are_refused() {
    let mut mounts = Mounts::new();
    mounts.insert_module("/hello.dll", ()).unwrap();
    mounts.insert_directory("/scripts/", ()).unwrap();

    let bad_url = |url: &str, error| MountError::BadUrl {
        url: url.into(),
        error,
    };
    let taken = |url: &str| MountError::Taken { url: url.into() };
    assert_eq!(
        mounts.insert_module("x.dll", ()),
        Err(bad_url("x.dll", UrlError::NotAbsolute))
    );
    assert_eq!(
        mounts.insert_directory("/..", ()),
        Err(bad_url("/..", UrlError::LeavesRoot))
    );
    assert_eq!(
        mounts.insert_module("/HELLO.dll", ()),
        Err(taken("/HELLO.dll"))
    );
    assert_eq!(
        mounts.insert_directory("/Scripts", ()),
        Err(taken("/Scripts"))
    );
    assert_eq!(mounts.iter().count(), 2);
}

#[test]
fn a_module_may_be_mounted_anywhere() {
    let mut mounts = Mounts::new();
    mounts.insert_module("/api", "api").unwrap();
    mounts.insert_module("/", "root").unwrap();

    for (url, expected) in [
        ("/api", ("api", "/api", "")),
        ("/api/x", ("api", "/api", "/x")),
        ("/apix", ("root", "", "/apix")),
        ("/", ("root", "", "/")),
    ] {
        let path = path(url);
        let Some(Mounted::Module {
            target,
            script_name,
            path_info,
        }) = mounts.find(&path)
        else {
            panic!("{url} is mounted");
        };
        assert_eq!((*target, script_name, path_info), expected, "{url}");
    }
}
