//! Usage, start-up failures, exit codes, and what goes to standard output.

mod support;

use std::net::TcpListener;

use support::{Directory, Server, isapi, output_of, refusal};

#[test]
fn help_and_version_end_with_0() {
    assert_eq!(output_of(&["--help"]).status.code(), Some(0));
    let version = output_of(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(
        version.stdout,
        format!("isapi {}\n", env!("CARGO_PKG_VERSION")).as_bytes()
    );
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        &["--no-such-option"][..],
        &["no-such-command"],
        &["serve"],
        &["run"],
        &["--listen", "nowhere"],
        &["--listen", "127.0.0.1:99999"],
        &["--drain-timeout", "soon"],
        &["--header-wait-timeout", "0"],
        &["--max-connections", "0"],
        &["run", "hello.so", "--mount", "hello.dll"],
    ] {
        let output = output_of(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        assert_ne!(output.stderr, b"", "{arguments:?}");
    }
}

#[test]
fn every_command_is_offered() {
    let help = String::from_utf8(output_of(&["--help"]).stdout).unwrap();
    for command in ["serve", "run", "inspect", "check-config"] {
        assert!(help.contains(command), "no {command} in {help}");
    }
}

#[test]
fn the_options_of_a_server_are_told_of_commands_that_have_a_server() {
    let help = |command: &str| {
        let output = output_of(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (command, is_told) in [
        ("serve", true),
        ("run", true),
        ("inspect", false),
        ("check-config", false),
    ] {
        for option in [
            "--listen",
            "--max-url",
            "--read-timeout",
            "--preload",
            "--key",
        ] {
            assert_eq!(
                help(command).contains(option),
                is_told,
                "{command} {option}"
            );
        }
    }
    assert!(help("check-config").contains("isapi serve --help"));
    assert!(help("inspect").contains("--json"));
}

#[test]
fn options_may_stand_before_every_command() {
    let directory = Directory::new();
    let file = directory.write(
        "isapi.toml",
        "[[virtual_directory]]\nurl = \"/\"\npath = \".\"\n",
    );
    let file = file.to_str().unwrap();
    for arguments in [
        ["--max-url", "77", "check-config", file],
        ["check-config", "--max-url", "77", file],
    ] {
        let output = output_of(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("max_url 77"), "{text}");
    }
    let inspected = output_of(&["--max-url", "77", "inspect", file]);
    assert_eq!(inspected.status.code(), Some(1));
}

#[test]
fn an_unknown_log_filter_is_one_line_and_2() {
    let line = refusal(&["--log", "isapi=loud"]);
    assert!(line.contains("isapi=loud"), "{line}");
}

#[test]
fn an_unknown_level_is_one_line_and_2() {
    let line = refusal(&["--log", "inof"]);
    assert!(
        line.starts_with("isapi: --log \"inof\": it is no level"),
        "{line}"
    );
    let line = refusal(&["--log", "info,inof"]);
    assert!(
        line.contains("\"info,inof\": \"inof\" is no level"),
        "{line}"
    );
}

#[track_caller]
fn expect_usage_error(mut command: std::process::Command, part: &str) {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(part), "no {part:?} in {text}");
}

#[test]
fn usage_errors_say_what_to_do() {
    let directory = Directory::new();
    let serve = format!("`isapi serve {}`", directory.str());
    expect_usage_error(isapi(["hello.so"]), "`isapi run hello.so`");
    expect_usage_error(isapi([directory.str()]), &serve);
    expect_usage_error(isapi(["isapi.toml"]), "`isapi serve isapi.toml`");
    expect_usage_error(
        isapi(["serve", ".", "--mount", "/a.dll"]),
        "belongs to `isapi run FILE`",
    );
    expect_usage_error(isapi(["--listen", "8080"]), "or :PORT or localhost:PORT");
    expect_usage_error(
        isapi(["--listen", ":81", "--listen", ":81"]),
        "127.0.0.1:81: it is listed twice",
    );
}

#[test]
fn a_wrong_value_from_the_environment_is_told_by_its_name() {
    let mut command = isapi::<_, &str>([]);
    command.env("ISAPI_MAX_URL", "long");
    expect_usage_error(command, "the environment variable ISAPI_MAX_URL");
    let mut command = isapi(["serve", "."]);
    command.env("ISAPI_MAX_URL", "abc");
    expect_usage_error(command, "expected a whole number, 0 or more");
    let mut command = isapi::<_, &str>([]);
    command.env("ISAPI_MAX_CONNECTIONS", "0");
    expect_usage_error(command, "expected a whole number from 1 to 1000000");
    let mut command = isapi::<_, &str>([]);
    command.env("ISAPI_LOG", "loud");
    expect_usage_error(command, "ISAPI_LOG \"loud\"");
}

#[test]
fn a_missing_directory_is_one_line_and_2() {
    let line = refusal(&["serve", "/no/such/directory"]);
    assert_eq!(
        line,
        "isapi: cannot serve /no/such/directory: no such directory\n"
    );
}

#[test]
fn a_file_in_place_of_a_directory_is_one_line_and_2() {
    let directory = Directory::new();
    let file = directory.write("page.html", "");
    let line = refusal(&["serve", file.to_str().unwrap()]);
    assert!(line.contains("not a directory"), "{line}");
}

#[test]
fn a_missing_module_is_one_line_and_2() {
    let line = refusal(&["run", "/no/such/hello.so"]);
    assert_eq!(line, "isapi: cannot run /no/such/hello.so: no such file\n");
}

#[test]
fn a_directory_in_place_of_a_module_is_one_line_and_2() {
    let directory = Directory::new();
    let line = refusal(&["run", directory.str()]);
    assert!(line.contains("not a file"), "{line}");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_one_line_and_2() {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let directory = Directory::new();
    let file = directory.write("hello.so", "");
    fs::set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
    if File::open(&file).is_ok() {
        return; // The superuser reads every file.
    }
    let line = refusal(&["run", file.to_str().unwrap()]);
    assert!(line.contains("permission denied"), "{line}");
}

#[test]
fn a_taken_address_that_was_asked_for_is_one_line_and_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = refusal(&["--listen", &address]);
    let reason = "the address is taken by another program";
    assert_eq!(
        line,
        format!("isapi: cannot listen on {address}: {reason}\n")
    );
}

#[test]
fn a_taken_address_from_the_environment_is_one_line_and_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = isapi::<_, &str>([])
        .env("ISAPI_LISTEN", &address)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        output.stderr.iter().filter(|&&byte| byte == b'\n').count(),
        1
    );
}

#[test]
fn each_address_is_announced_on_a_line_of_its_own() {
    let command = isapi(["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command, 2);
    let [first, second] = server.addresses() else {
        panic!("two addresses")
    };
    assert_ne!(first, second);
    for &address in server.addresses() {
        let mut client = support::Client::connect(address);
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(client.receive().status, 200);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let directory = Directory::new();
    directory.write("site/page.html", "page");
    let file = directory.write(
        "isapi.toml",
        "[[virtual_directory]]\nurl = \"/\"\npath = \"site\"\n",
    );
    let file = file.to_str().unwrap();
    // What inspect says of a file that is no module ends with 1 in any case.
    for (arguments, code) in [
        (&["check-config", file][..], 0),
        (&["inspect", file], 1),
        (&["inspect", "--json", file], 1),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = isapi(arguments).stdout(writer).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(told, "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn options_come_from_the_environment_and_the_flag_wins() {
    let mut command = isapi(["--max-url", "200"]);
    command
        .env("ISAPI_LISTEN", "127.0.0.1:0")
        .env("ISAPI_MAX_URL", "5");
    command.env("ISAPI_MAX_QUERY_STRING", "5");
    let server = Server::spawn(command, 1);
    assert_eq!(server.get("/longer-than-five").status, 404);
    assert_eq!(server.get("/?longer-than-five").status, 414);
}

#[cfg(unix)]
#[test]
fn standard_output_gets_the_announcement_alone() {
    let server = Server::start(&["--log", "trace"]);
    assert_eq!(server.get("/").status, 200);
    server.stop();
    let (status, rest, log) = server.wait();
    assert_eq!(rest, "");
    assert_eq!(status.code(), Some(0), "{log:#?}");
}
