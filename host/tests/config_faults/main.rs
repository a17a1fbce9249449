//! What is told of a configuration file that cannot be used: every fault, with its line and column.

#[path = "../support/mod.rs"]
mod support;
mod table;

use support::{Directory, isapi, program};
use table::{BROKEN, SERVED};

/// What the files in the table name.
fn site() -> Directory {
    let directory = Directory::new();
    for (name, content) in [
        ("site/page.html", "page"),
        ("site/scripts/a.txt", "a"),
        ("bin/asp.so", "no module, but nobody loads it"),
        ("bin/mail.so", "nor this"),
        ("bin/dir.so/file", ""),
        ("errors/404.html", "page"),
        ("cert.pem", ""),
        ("key.pem", ""),
    ] {
        directory.write(name, content);
    }
    directory
}

/// Exit code, standard output and the lines of standard error.
fn check(directory: &Directory, command: &str, file: &str) -> (Option<i32>, String, Vec<String>) {
    let output = isapi([command, file])
        .current_dir(directory.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        stderr.lines().map(str::to_owned).collect(),
    )
}

/// What is told of a fault that lies in this directory.
fn told(fault: &str, directory: &Directory) -> String {
    let fault = fault.replace("{ending}", &format!(".{}", program::module_ending()));
    let Some((before, path)) = fault.split_once("{directory}/") else {
        return fault;
    };
    let (path, after) = path.split_once(' ').expect("words behind a path");
    let path = program::shown(&directory.path().join(path));
    format!("{before}{path} {after}")
}

#[test]
fn every_fault_is_told_with_its_line_and_column() {
    let directory = site();
    for (text, faults) in BROKEN {
        directory.write("isapi.toml", format!("{text}{SERVED}"));
        let expected: Vec<String> = faults
            .iter()
            .map(|fault| format!("isapi: isapi.toml:{}", told(fault, &directory)))
            .collect();
        let (code, stdout, told) = check(&directory, "check-config", "isapi.toml");
        assert_eq!(told, expected, "{text}");
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{text}");
    }
}

#[test]
fn serve_refuses_what_check_config_refuses_in_the_same_words() {
    let directory = site();
    for (text, _) in BROKEN.iter().step_by(10) {
        directory.write("isapi.toml", format!("{text}{SERVED}"));
        assert_eq!(
            check(&directory, "serve", "isapi.toml"),
            check(&directory, "check-config", "isapi.toml"),
            "{text}"
        );
    }
}

#[test]
fn check_config_refuses_what_serve_refuses_of_flags_and_of_the_files_name() {
    let directory = site();
    for name in ["isapi.toml", "isapi.conf"] {
        directory.write(name, SERVED);
    }
    for (arguments, reason) in [
        (&["isapi.toml", "--log", "loud"][..], "is no level"),
        (
            &["isapi.toml", "--listen", ":81", "--listen", ":81"],
            "is listed twice",
        ),
        (
            &["isapi.toml", "--key", "key.pem"],
            "give --certificate too",
        ),
        (&["isapi.conf"], "FILE.toml"),
    ] {
        for command in ["serve", "check-config"] {
            let output = isapi([command])
                .args(arguments)
                .current_dir(directory.path())
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{command} {arguments:?}");
            assert!(told.contains(reason), "{command} {arguments:?}: {told}");
            assert_eq!(output.stdout, b"", "{command} {arguments:?}");
        }
    }
}

#[test]
fn a_file_that_serves_nothing_is_refused() {
    let directory = site();
    directory.write("isapi.toml", "log = \"info\"\n");
    let (code, _, told) = check(&directory, "check-config", "isapi.toml");
    assert_eq!(code, Some(2));
    let expected = "isapi: isapi.toml:1:1: nothing is served; expected a [[virtual_directory]], a \
                    [[handler]] or a [[module]]";
    assert_eq!(told, [expected]);
}

#[test]
fn a_file_that_cannot_be_read_is_one_line() {
    let directory = site();
    directory.write("latin1.toml", b"software = \"\xe4\"");
    directory.write("utf-16-le.toml", b"\xff\xfea\0");
    directory.write("utf-16-be.toml", b"\xfe\xff\0a");
    for (file, reason) in [
        ("missing.toml", "no such file"),
        ("site", "it is a directory, and no configuration file"),
        ("latin1.toml", "it is not UTF-8"),
        ("utf-16-le.toml", "it is UTF-16; save it as UTF-8"),
        ("utf-16-be.toml", "it is UTF-16; save it as UTF-8"),
    ] {
        let (code, _, told) = check(&directory, "check-config", file);
        assert_eq!(code, Some(2), "{file}");
        assert_eq!(told, [format!("isapi: cannot read {file}: {reason}")]);
    }
}

#[test]
fn a_file_without_end_or_bottom_is_refused_in_a_few_lines() {
    let directory = site();
    let keys: String = (0..100_000).map(|key| format!("k{key} = 1\n")).collect();
    for (text, lines, last) in [
        (keys, 101, "isapi.toml: and 99901 more; mend these first"),
        (format!("x = {}", "[".repeat(100_000)), 1, "depth met"),
        (format!("x = {}", "{a = ".repeat(100_000)), 1, "depth met"),
        (
            format!("{}a = 1", "a.".repeat(100_000)),
            1,
            "recursion limit",
        ),
        (format!("x = \"{}\"", "x".repeat(16 << 20)), 1, "too large"),
    ] {
        directory.write("isapi.toml", text);
        let (code, _, told) = check(&directory, "check-config", "isapi.toml");
        assert_eq!((code, told.len()), (Some(2), lines), "{last}");
        assert!(told[lines - 1].contains(last), "{}", told[lines - 1]);
    }
    #[cfg(unix)]
    {
        let (code, _, told) = check(&directory, "check-config", "/dev/zero");
        assert_eq!((code, told.len()), (Some(2), 1));
        assert!(told[0].contains("too large"), "{told:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_must_not_be_read_is_told_at_its_place() {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let directory = site();
    let page = directory.write("errors/locked.html", "");
    fs::set_permissions(&page, Permissions::from_mode(0o000)).unwrap();
    if File::open(&page).is_ok() {
        return; // The superuser reads every file.
    }
    let text = "[[http_error]]\nstatus = 404\npath = \"errors/locked.html\"\n";
    directory.write("isapi.toml", format!("{text}{SERVED}"));
    let (_, _, told) = check(&directory, "check-config", "isapi.toml");
    let place = "isapi: isapi.toml:3:8: path: found \"errors/locked.html\"";
    assert!(told[0].starts_with(place), "{told:?}");
    assert!(told[0].ends_with("permission denied"), "{told:?}");
}

#[test]
fn a_certificate_that_is_none_is_told_before_the_server_starts() {
    let directory = site();
    let tls = "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n";
    directory.write("isapi.toml", format!("{tls}{SERVED}"));
    let (code, stdout, told) = check(&directory, "check-config", "isapi.toml");
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("cert.pem"), "{told:?}");
}
