//! Extension modules from files.
#![cfg(unix)]

mod support;

use std::fs;

use support::extensions::{self, ENDING, HELLO};
use support::{Directory, Server, program};

fn module_name(stem: &str) -> String {
    format!("{stem}.{ENDING}")
}

#[test]
fn serve_runs_a_module_under_its_own_name_and_under_dll() {
    let directory = Directory::new();
    extensions::sample(&directory, HELLO, &module_name("hello"));
    let server = Server::start(&["serve", directory.str()]);
    for url in [
        "/hello.dll",
        "/hello.DLL",
        &format!("/hello.{ENDING}"),
        "/hello.dll/extra/path?a=1",
    ] {
        let answer = server.get(url);
        assert_eq!(
            answer.status,
            200,
            "{url}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert!(
            answer.text().to_lowercase().contains("hello"),
            "{url}: {}",
            answer.text()
        );
    }
}

#[test]
fn serve_runs_modules_in_folders() {
    let directory = Directory::new();
    fs::create_dir(directory.path().join("scripts")).unwrap();
    let name = format!("scripts/{}", module_name("deep"));
    extensions::from_text(&directory, &extensions::saying("deep"), &name);
    let server = Server::start(&["serve", directory.str()]);
    assert_eq!(server.get("/scripts/deep.dll/x").text(), "deep");
}

#[test]
fn serve_runs_a_module_that_is_put_there_later() {
    let directory = Directory::new();
    let server = Server::start(&["serve", directory.str()]);
    assert_eq!(server.get("/late.dll").status, 404);
    extensions::from_text(
        &directory,
        &extensions::saying("late"),
        &module_name("late"),
    );
    assert_eq!(server.get("/late.dll").text(), "late");
}

#[test]
fn serve_lists_the_modules_with_their_urls() {
    let directory = Directory::new();
    extensions::from_text(&directory, &extensions::saying("one"), &module_name("one"));
    let server = Server::start(&["serve", directory.str()]);
    let line = server.expect_line("/one.dll");
    assert!(line.contains(&module_name("one")), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn serve_says_of_a_module_for_another_processor_that_it_does_not_run() {
    /// Where an ELF file names its processor, in two bytes (`e_machine`).
    const MACHINE: usize = 18;
    const ARM_64: u8 = 183;
    const X86_64: u8 = 62;

    if program::is_windows() {
        return;
    }
    let directory = Directory::new();
    let name = module_name("one");
    extensions::from_text(&directory, &extensions::saying("one"), &name);
    let mut content = std::fs::read(directory.path().join(&name)).unwrap();
    content[MACHINE] = match content[MACHINE] {
        X86_64 => ARM_64,
        _ => X86_64,
    };
    directory.write(&name, content);
    let server = Server::start(&["serve", directory.str()]);
    let line = server.expect_line("/one.dll");
    assert!(line.ends_with("so it does not run here"), "{line}");
}

#[test]
fn files_beside_a_module_are_served() {
    let directory = Directory::new();
    extensions::from_text(&directory, &extensions::saying("one"), &module_name("one"));
    directory.write("page.html", "page");
    let server = Server::start(&["serve", directory.str()]);
    assert_eq!(server.get("/page.html").text(), "page");
    assert_eq!(server.get("/one.dll").text(), "one");
}

#[test]
fn a_file_that_is_no_module_is_500_with_the_reason_and_affects_nothing_else() {
    let directory = Directory::new();
    directory.write(&module_name("text"), "this is no module");
    extensions::from_text(
        &directory,
        &extensions::saying("fine"),
        &module_name("fine"),
    );
    let server = Server::start(&["serve", directory.str()]);
    let answer = server.get("/text.dll");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains(&module_name("text")),
        "{}",
        answer.text()
    );
    server.expect_line("not a module");
    assert_eq!(server.get("/fine.dll").text(), "fine");
}

#[test]
fn a_library_without_the_exports_is_500_with_the_reason() {
    let directory = Directory::new();
    extensions::from_text(&directory, extensions::NO_EXTENSION, &module_name("plain"));
    let server = Server::start(&["serve", directory.str()]);
    let answer = server.get("/plain.dll");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains("GetExtensionVersion"),
        "{}",
        answer.text()
    );
}

#[test]
fn an_extension_that_refuses_to_load_is_500_with_the_reason() {
    let directory = Directory::new();
    extensions::from_text(&directory, extensions::UNWILLING, &module_name("unwilling"));
    let server = Server::start(&["serve", directory.str()]);
    let answer = server.get("/unwilling.dll");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains("GetExtensionVersion"),
        "{}",
        answer.text()
    );
}

#[test]
fn a_module_of_another_platform_is_500_with_the_reason() {
    let directory = Directory::new();
    let (name, content) = match program::is_windows() {
        true => ("other.so", "\u{7f}ELF"),
        false => ("other.dll", "MZ"),
    };
    directory.write(name, content);
    let server = Server::start(&["serve", directory.str()]);
    let answer = server.get("/other.dll");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains(name), "{}", answer.text());
}

#[test]
fn a_hidden_module_does_not_run() {
    let directory = Directory::new();
    let name = format!(".{}", module_name("hidden"));
    extensions::from_text(&directory, &extensions::saying("secret"), &name);
    let server = Server::start(&["serve", directory.str()]);
    assert_eq!(server.get("/.hidden.dll").status, 404);
}

#[test]
fn a_link_to_a_module_outside_the_root_does_not_run() {
    let outside = Directory::new();
    let module = extensions::from_text(
        &outside,
        &extensions::saying("secret"),
        &module_name("outside"),
    );
    let directory = Directory::new();
    let link = directory.path().join(module_name("inside"));
    std::os::unix::fs::symlink(module, link).unwrap();
    let server = Server::start(&["serve", directory.str()]);
    assert_eq!(server.get("/inside.dll").status, 404);
}

#[test]
fn run_serves_one_module_and_redirects_to_it() {
    let directory = Directory::new();
    let module = extensions::sample(&directory, HELLO, &module_name("hello"));
    let server = Server::start(&["run", module.to_str().unwrap()]);
    let redirect = server.get("/");
    assert_eq!(
        (redirect.status, redirect.field("location")),
        (302, Some("/hello.dll"))
    );
    assert_eq!(server.get("/hello.dll/extra?x=1").status, 200);
    assert_eq!(server.get("/other").status, 404);
    assert_eq!(server.get("/hello.dylib").status, 404);
}

#[test]
fn run_loads_at_start_and_says_file_description_version_and_url() {
    let directory = Directory::new();
    let module = extensions::from_text(&directory, &extensions::saying("one"), &module_name("one"));
    let server = Server::start(&["run", module.to_str().unwrap()]);
    let line = server.expect_line("/one.dll");
    for part in [&program::shown(&module)[..], "test extension", "1.7"] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn run_translates_paths_to_the_modules_folder() {
    let directory = Directory::new();
    let module = extensions::sample(&directory, "variables.c", &module_name("v"));
    let server = Server::start(&["run", module.to_str().unwrap()]);
    let file = program::shown(&directory.path().join("a/b"));
    let expected = format!("PATH_TRANSLATED={file}\n");
    let answer = server.get("/v.dll/a/b");
    assert!(answer.text().contains(&expected), "{}", answer.text());
}

#[test]
fn run_mounts_where_it_is_told() {
    let directory = Directory::new();
    let module = extensions::from_text(
        &directory,
        &extensions::saying("mounted"),
        &module_name("one"),
    );
    let server = Server::start(&["run", module.to_str().unwrap(), "--mount", "/deep/app.dll"]);
    assert_eq!(server.get("/").field("location"), Some("/deep/app.dll"));
    assert_eq!(server.get("/deep/app.dll/extra").text(), "mounted");
    assert_eq!(server.get("/one.dll").status, 404);
}

#[test]
fn run_starts_all_the_same_when_the_module_does_not_load() {
    let directory = Directory::new();
    let module = directory.write(&module_name("broken"), "this is no module");
    let server = Server::start(&["run", module.to_str().unwrap()]);
    let reason = server.expect_line("not a module");
    assert_eq!(reason.matches("broken").count(), 1, "{reason}");
    server.expect_line("/broken.dll answers 500 until it loads");
    let answer = server.get("/broken.dll");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains(&module_name("broken")),
        "{}",
        answer.text()
    );
}

#[test]
fn host_rules_hold_for_extensions_too() {
    let directory = Directory::new();
    let module = extensions::from_text(&directory, &extensions::saying("one"), &module_name("one"));
    let server = Server::start(&["run", module.to_str().unwrap()]);
    let status = |raw: &str| server.send(raw).status;
    assert_eq!(
        status("GET /one.dll HTTP/1.1\r\nConnection: close\r\n\r\n"),
        400
    );
    let two = "GET /one.dll HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n";
    assert_eq!(status(two), 400);
    let large = "POST /one.dll HTTP/1.1\r\nHost: a\r\nContent-Length: 30000001\r\n\r\n";
    assert_eq!(status(large), 413);
}
