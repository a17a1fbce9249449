//! `isapi serve isapi.toml`, end to end: what each section of the file comes to.
#![cfg(unix)]

mod support;

use std::path::Path;

use support::extensions::{self, ENDING};
use support::{Directory, Server, isapi, program};

/// A site on disk, with its configuration.
struct Site(Directory);

impl Site {
    fn new(configuration: &str) -> Self {
        let directory = Directory::new();
        for (name, content) in [
            ("site/page.html", "page"),
            ("site/index.html", "index"),
            ("site/script.asp", "source"),
            ("site/folder/start.htm", "start"),
            ("site/docs/hidden.txt", "not this one"),
            ("documents/manual.txt", "manual"),
            ("documents/folder/index.html", "documents"),
            ("scripts/readme.txt", "readme"),
            ("errors/404.html", "<p>nothing here</p>"),
            ("errors/403.txt", "keep out"),
        ] {
            directory.write(name, content);
        }
        std::fs::create_dir(directory.path().join("bin")).unwrap();
        directory.write("isapi.toml", configuration);
        Self(directory)
    }

    /// Builds a module that answers `text`.
    fn module(self, name: &str, text: &str) -> Self {
        self.module_of(name, &extensions::saying(text))
    }

    fn module_of(self, name: &str, source: &str) -> Self {
        extensions::from_text(&self.0, source, &format!("{name}.{ENDING}"));
        self
    }

    fn file(&self) -> String {
        format!("{}/isapi.toml", self.0.str())
    }

    fn serve(&self) -> Server {
        Server::start(&["serve", &self.file()])
    }

    /// What `check-config` prints.
    #[track_caller]
    fn checked(&self) -> String {
        let output = isapi(["check-config", &self.file()]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        String::from_utf8(output.stdout).unwrap()
    }
}

const DIRECTORIES: &str = r#"
[[virtual_directory]]
url = "/"
path = "site"

[[virtual_directory]]
url = "/docs"
path = "documents"
access = ["read", "script"]

[[virtual_directory]]
url = "/scripts"
path = "scripts"
access = ["execute"]
"#;

fn with_directories(text: &str) -> String {
    format!("{text}\n{DIRECTORIES}")
}

#[test]
fn each_virtual_directory_shows_its_files_below_its_url() {
    let site = Site::new(DIRECTORIES);
    let server = site.serve();
    assert_eq!(server.get("/page.html").text(), "page");
    assert_eq!(server.get("/docs/manual.txt").text(), "manual");
    assert_eq!(server.get("/DOCS/manual.txt").text(), "manual");
    // The longest URL wins, also where a shorter one has such a file.
    assert_eq!(server.get("/docs/hidden.txt").status, 404);
    assert_eq!(server.get("/docsmanual.txt").status, 404);
}

#[test]
fn a_folder_redirects_to_its_slash_below_the_url_of_its_directory() {
    let site = Site::new(DIRECTORIES);
    let server = site.serve();
    for (url, location) in [
        ("/docs/folder?a=1", "/docs/folder/?a=1"),
        ("/docs", "/docs/"),
        ("/folder", "/folder/"),
    ] {
        let answer = server.get(url);
        assert_eq!(answer.status, 307, "{url}");
        assert_eq!(answer.field("location"), Some(location), "{url}");
    }
    assert_eq!(server.get("/docs/folder/").text(), "documents");
}

#[test]
fn access_says_what_a_directory_is_for() {
    let site = Site::new(DIRECTORIES)
        .module("site/run", "site")
        .module("scripts/run", "scripts");
    let server = site.serve();
    assert_eq!(server.get("/scripts/run.dll").text(), "scripts");
    assert_eq!(server.get("/scripts/readme.txt").status, 403);
    assert_eq!(server.get("/run.dll").status, 403);
}

#[test]
fn a_folder_shows_the_first_default_document_there_is() {
    let site = Site::new(&with_directories(
        r#"default_document = ["start.htm", "index.html"]"#,
    ));
    let server = site.serve();
    assert_eq!(server.get("/").text(), "index");
    assert_eq!(server.get("/folder/").text(), "start");
    assert_eq!(server.get("/folder/index.html").status, 404);

    let none = Site::new(&with_directories("default_document = []")).serve();
    assert_eq!(none.get("/").status, 404);
}

#[test]
fn the_configuration_is_never_sent_whatever_it_is_called() {
    let directory = Directory::new();
    let text = "[[virtual_directory]]\nurl = \"/\"\npath = \".\"\n";
    let file = directory.write("server.toml", text);
    directory.write("other.toml", "other");
    std::os::unix::fs::symlink("server.toml", directory.path().join("alias.txt")).unwrap();
    let server = Server::start(&["serve", file.to_str().unwrap()]);
    assert_eq!(server.get("/other.toml").text(), "other");
    assert_eq!(server.get("/server.toml").status, 404);
    assert_eq!(server.get("/alias.txt").status, 404);
}

#[test]
fn a_hard_link_does_not_show_the_configuration() {
    let directory = Directory::new();
    let text = "[[virtual_directory]]\nurl = \"/\"\npath = \".\"\n";
    let file = directory.write("server.toml", text);
    std::fs::hard_link(&file, directory.path().join("before.txt")).unwrap();
    let server = Server::start(&["serve", file.to_str().unwrap()]);
    std::fs::hard_link(&file, directory.path().join("after.txt")).unwrap();
    assert_eq!(server.get("/before.txt").status, 404);
    assert_eq!(server.get("/after.txt").status, 404);
}

#[test]
fn a_configuration_that_was_exchanged_is_hidden_like_the_one_before() {
    let directory = Directory::new();
    let text = "[[virtual_directory]]\nurl = \"/\"\npath = \".\"\n";
    directory.write("first.txt", text);
    directory.write("second.txt", text);
    let link = directory.path().join("server.toml");
    std::os::unix::fs::symlink("first.txt", &link).unwrap();
    let server = Server::start(&["serve", link.to_str().unwrap()]);
    assert_eq!(server.get("/second.txt").text(), text);
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("second.txt", &link).unwrap();
    for url in ["/first.txt", "/second.txt", "/server.toml"] {
        assert_eq!(server.get(url).status, 404, "{url}");
    }
}

#[test]
fn a_handler_runs_for_its_pattern_and_verbs() {
    let handler = r#"
        [[handler]]
        path = "*.asp"
        script_processor = "bin/asp.dll"
        verb = "GET, POST"
        resource_type = "file"
    "#;
    let site = Site::new(&format!("{DIRECTORIES}{handler}").replace(
        "path = \"site\"\n",
        "path = \"site\"\naccess = [\"read\", \"script\"]\n",
    ))
    .module("bin/asp", "asp");
    let server = site.serve();
    assert_eq!(server.get("/script.asp").text(), "asp");
    assert_eq!(server.get("/missing.asp").status, 404);
    assert_eq!(server.get("/page.html").text(), "page");
    let refused = server.request("PUT", "/script.asp", "Content-Length: 0\r\n");
    assert_eq!(refused.status, 405);
    assert_eq!(refused.field("allow"), Some("GET, POST"));
}

#[test]
fn allow_path_info_decides_what_path_info_is() {
    let handler = |allow: bool| {
        format!(
            "{DIRECTORIES}
            [[handler]]
            path = \"*.v\"
            script_processor = \"bin/variables.dll\"
            require_access = \"read\"
            allow_path_info = {allow}
            "
        )
    };
    for (allow, path_info) in [(true, "/zip"), (false, "/page.v/zip")] {
        let site = Site::new(&handler(allow));
        extensions::sample(&site.0, "variables.c", &format!("bin/variables.{ENDING}"));
        let server = site.serve();
        let answer = server.get("/page.v/zip");
        let expected = format!("\nPATH_INFO={path_info}\n");
        assert!(answer.text().contains(&expected), "{}", answer.text());
    }
}

#[test]
fn a_module_answers_at_a_url_without_an_ending() {
    let site = Site::new("[[module]]\nurl = \"/api\"\npath = \"bin/api.dll\"\npreload = true\n")
        .module("bin/api", "api");
    let server = site.serve();
    server.expect_line("test extension");
    assert_eq!(server.get("/api/users/1?x=2").text(), "api");
    assert_eq!(server.get("/apis").status, 404);
}

#[test]
fn preload_loads_every_module_before_the_server_listens() {
    let site = Site::new(&with_directories("[modules]\npreload = true\n"))
        .module("scripts/first", "first")
        .module("scripts/second", "second");
    let server = site.serve();
    server.expect_line("/scripts/first.dll runs");
    server.expect_line("/scripts/second.dll runs");
}

#[test]
fn a_module_that_is_not_on_the_list_is_not_loaded() {
    let list = format!("[modules]\nallowed = [{{ path = \"scripts/good.{ENDING}\" }}]\n");
    let site = Site::new(&with_directories(&list))
        .module("scripts/good", "good")
        .module("scripts/bad", "bad");
    let server = site.serve();
    let line = server.expect_line("/scripts/bad.dll");
    assert!(line.ends_with("not on the list of allowed modules, so it does not run"));
    let line = server.expect_line("/scripts/good.dll");
    assert!(line.ends_with("loaded at its first request"), "{line}");
    assert_eq!(server.get("/scripts/good.dll").text(), "good");
    assert_eq!(server.get("/scripts/bad.dll").status, 404);
}

#[test]
fn a_module_that_is_not_on_the_list_is_not_loaded_ahead_either() {
    let list =
        format!("[modules]\npreload = true\nallowed = [{{ path = \"scripts/good.{ENDING}\" }}]\n");
    let site = Site::new(&with_directories(&list))
        .module("scripts/bad", "bad")
        .module("scripts/good", "good");
    let server = site.serve();
    server.expect_line("not on the list of allowed modules");
    server.expect_line("/scripts/bad.dll answers 404.2 until it loads");
    server.expect_line("/scripts/good.dll runs");
}

#[test]
fn a_module_whose_content_is_another_one_is_not_loaded() {
    let list = format!(
        "[modules]\nallowed = [{{ path = \"scripts/good.{ENDING}\", sha256 = \"{}\" }}]\n",
        "00".repeat(32)
    );
    let site = Site::new(&with_directories(&list)).module("scripts/good", "good");
    assert_eq!(site.serve().get("/scripts/good.dll").status, 404);
}

#[test]
fn an_error_has_its_page_whoever_refuses() {
    let pages = r#"
        [[http_error]]
        status = 404
        path = "errors/404.html"

        [[http_error]]
        status = 403
        sub_status = 2
        path = "errors/403.txt"
    "#;
    let site = Site::new(&format!("{DIRECTORIES}{pages}"));
    let server = site.serve();
    for url in ["/missing.html", "/.hidden", "/missing.dll"] {
        let answer = server.get(url);
        assert_eq!(
            (answer.status, answer.text()),
            (404, "<p>nothing here</p>"),
            "{url}"
        );
        assert_eq!(answer.field("content-type"), Some("text/html"), "{url}");
        assert_eq!(answer.field("etag"), None, "{url}");
    }
    let denied = server.get("/scripts/readme.txt");
    assert_eq!((denied.status, denied.text()), (403, "keep out"));
}

#[test]
fn a_wildcard_handler_passes_requests_on_to_files_and_to_other_handlers() {
    let handlers = r#"
        [[handler]]
        path = "*"
        script_processor = "bin/pass.dll"
        require_access = "none"

        [[handler]]
        path = "*.asp"
        script_processor = "bin/asp.dll"
        require_access = "read"
    "#;
    let site = Site::new(&format!("{DIRECTORIES}{handlers}"))
        .module_of("bin/pass", PASSING_ON)
        .module("bin/asp", "asp");
    let server = site.serve();
    assert_eq!(server.get("/page.html").text(), "page");
    assert_eq!(server.get("/script.asp").text(), "asp");
    assert_eq!(server.get("/missing.html").status, 404);
}

/// An extension that has each request done by whoever comes behind it.
const PASSING_ON: &str = r#"#include <string.h>
#include <httpext.h>
BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
    version->dwExtensionVersion = MAKELONG(7, 1);
    strcpy(version->lpszExtensionDesc, "passes on");
    return TRUE;
}
static void WINAPI done(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
    DWORD status = HSE_STATUS_SUCCESS;
    (void)context; (void)bytes; (void)error;
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}
DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
    HSE_EXEC_URL_INFO info;
    memset(&info, 0, sizeof info);
    info.dwExecUrlFlags = HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR;
    if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IO_COMPLETION, (PVOID)done, NULL, NULL))
        return HSE_STATUS_ERROR;
    if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_EXEC_URL, &info, NULL, NULL))
        return HSE_STATUS_ERROR;
    return HSE_STATUS_PENDING;
}
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_module_that_nobody_uses_is_unloaded_and_its_file_unmapped() {
    let site = Site::new(&with_directories(
        "log = \"info\"\n[modules]\nidle_timeout = \"50ms\"\nunload_library = true\n",
    ))
    .module("scripts/run", "run");
    let server = site.serve();
    assert_eq!(server.get("/scripts/run.dll").text(), "run");
    server.expect_line("unloaded, nobody used it");
    assert!(!server.maps("run.so"), "the module is still mapped");
    assert_eq!(server.get("/scripts/run.dll").text(), "run");
}

#[test]
fn the_flag_goes_before_the_environment_and_that_before_the_key() {
    let site = Site::new(&with_directories(
        "[limits]\nmax_url = 10\nmax_query_string = 10\nmax_allowed_content_length = 10\n",
    ));
    let mut command = isapi(["check-config", &site.file(), "--max-url", "30"]);
    command
        .env("ISAPI_MAX_URL", "20")
        .env("ISAPI_MAX_QUERY_STRING", "20");
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for line in [
        "  max_url 30\n",
        "  max_query_string 20\n",
        "  max_allowed_content_length 10\n",
        "  max_connections 10000\n",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
}

#[test]
fn the_limits_and_addresses_of_the_file_hold() {
    let site = Site::new(&with_directories(
        "listen = [\"127.0.0.1:0\", \"127.0.0.1:0\"]\n[limits]\nmax_url = 10\n",
    ));
    let server = Server::spawn(isapi(["serve", &site.file()]), 2);
    assert_eq!(server.addresses().len(), 2);
    assert_eq!(server.get("/page.html").status, 200);
    assert_eq!(server.get("/longer-than-ten").status, 414);
}

#[test]
fn a_head_may_be_as_large_as_the_file_says() {
    let site = Site::new(&with_directories(
        "[limits]\nmax_request_head = 1024\nmax_request_fields = 5\n",
    ));
    let server = site.serve();
    let get = |fields: &str| server.get_with("/page.html", fields).status;
    assert_eq!(get("X-A: 1\r\n"), 200);
    assert_eq!(get(&format!("X-A: {}\r\n", "a".repeat(1024))), 431);
    assert_eq!(get(&"X-A: 1\r\n".repeat(4)), 431);
}

#[test]
fn check_config_says_what_the_whole_file_means() {
    let site = Site::new(WHOLE)
        .module("bin/asp", "asp")
        .module("bin/mail", "mail");
    let path = |name: &str| program::shown(&site.0.path().join(name));
    let text = site.checked();
    for line in [
        format!("{} can be served", path("isapi.toml")),
        "  http://127.0.0.1:8081/".to_owned(),
        format!("  / is {}: read", path("site")),
        format!("  /scripts is {}: script, execute", path("scripts")),
        "  a folder shows the first of default.htm, index.html".to_owned(),
        format!(
            "  *.asp runs {}; verbs GET, POST; requires script; the file \
             must exist; PATH_INFO is what follows the script; response_buffer_limit 4096; \
             dispatch inline; loaded at start",
            path(&format!("bin/asp.{ENDING}"))
        ),
        format!(
            "  /mail runs {}; dispatch auto; loaded at its first request",
            path(&format!("bin/mail.{ENDING}"))
        ),
        "  dispatch pool".to_owned(),
        "  a module without requests for 90s is offered to unload".to_owned(),
        "  the file of an unloaded module is unmapped".to_owned(),
        format!("  {}", path(&format!("bin/asp.{ENDING}"))),
        "  every other module is refused with 404".to_owned(),
        format!("  404 shows {}", path("errors/404.html")),
        format!("  403.2 shows {}", path("errors/403.txt")),
        "  SERVER_SOFTWARE shop/1".to_owned(),
        "  INSTANCE_NAME Shop".to_owned(),
        "  max_connections 100".to_owned(),
        "  max_request_head 4096".to_owned(),
        "  max_request_fields 20".to_owned(),
        "  max_allowed_content_length 1000000".to_owned(),
        "  max_url 256".to_owned(),
        "  max_query_string 128".to_owned(),
        "  upload_read_ahead_size 0".to_owned(),
        "  response_buffer_limit 8192".to_owned(),
        "  header_wait_timeout 1s".to_owned(),
        "  connection_timeout 120s".to_owned(),
        "  read_timeout 500ms".to_owned(),
        "  write_timeout 3s".to_owned(),
        "  drain_timeout 0ns".to_owned(),
    ] {
        assert!(
            text.lines().any(|said| said == line),
            "no {line:?} in {text}"
        );
    }
}

/// A file with every key but those of TLS.
const WHOLE: &str = r#"
listen = ["127.0.0.1:8081"]
log = "warn,isapi::access=info"
default_document = ["default.htm", "index.html"]

[limits]
max_connections = 100
max_request_head = 4096
max_request_fields = 20
max_allowed_content_length = 1_000_000
max_url = 0x100
max_query_string = 128
upload_read_ahead_size = 0
response_buffer_limit = 8192
header_wait_timeout = 1
connection_timeout = "2m"
read_timeout = "500ms"
write_timeout = "3s"
drain_timeout = 0

[[virtual_directory]]
url = "/"
path = "site"

[[virtual_directory]]
url = "/scripts"
path = "scripts"
access = ["script", "execute"]

[[handler]]
path = "*.asp"
script_processor = "bin/asp.dll"
verb = "GET,POST"
resource_type = "file"
allow_path_info = true
require_access = "script"
response_buffer_limit = 4096
preload = true
dispatch = "inline"

[[module]]
url = "/mail"
path = "bin/mail.dll"
preload = false
dispatch = "auto"

[modules]
allowed = [{ path = "bin/asp.dll" }, { path = "bin/mail.dll" }]
preload = false
idle_timeout = 90
unload_library = true
dispatch = "pool"

[[http_error]]
status = 404
path = "errors/404.html"

[[http_error]]
status = 403
sub_status = 2
path = "errors/403.txt"

[server]
software = "shop/1"
app_pool_id = "ShopPool"
instance_id = "2"
instance_meta_path = "/LM/W3SVC/2"
instance_name = "Shop"
"#;

#[cfg(feature = "tls")]
#[test]
fn a_certificate_makes_every_address_speak_https() {
    let certificates = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../axum-adapter/tests/certificates"
    );
    let site = Site::new(&with_directories(&format!(
        "[tls]\ncertificate = \"{certificates}/server.pem\"\nkey = \"{certificates}/server.key\"\n"
    )));
    let text = site.checked();
    assert!(text.contains("  https://127.0.0.1:8080/"), "{text}");
    assert!(site.serve().is_secure());
}

#[test]
fn paths_are_relative_to_the_file_and_not_to_the_current_directory() {
    let site = Site::new(DIRECTORIES);
    let mut command = isapi(["check-config", &site.file()]);
    let output = command.current_dir(Path::new("/")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn server_variables_say_what_the_file_says() {
    let site = Site::new(
        "[[module]]\nurl = \"/v\"\npath = \"bin/variables.dll\"\n[server]\nsoftware = \"shop/1\"\n",
    );
    extensions::sample(&site.0, "variables.c", &format!("bin/variables.{ENDING}"));
    let answer = site.serve().get("/v");
    let expected = "\nSERVER_SOFTWARE=shop/1\n";
    assert!(answer.text().contains(expected), "{}", answer.text());
}

const GUIDE: &str = include_str!("../../docs/configuration.md");

#[test]
fn the_example_of_the_guide_is_accepted() {
    let example = GUIDE.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let site = Site::new(example)
        .module("bin/asp", "asp")
        .module("bin/api", "api");
    site.0.write("site/scripts/readme.txt", "");
    site.checked();
}

#[test]
fn the_guide_lists_every_key() {
    for section in [
        "",
        "[limits]",
        "[[virtual_directory]]",
        "[[handler]]",
        "[[module]]",
        "[modules]",
        "[[http_error]]",
        "[server]",
        "[tls]",
    ] {
        let site = Site::new(&format!("{section}\nqqqqqqqqqq = 1\n"));
        let output = isapi(["check-config", &site.file()]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let line = told.lines().find(|line| line.contains("qqqqqqqqqq"));
        let (_, keys) = line.unwrap().split_once("expected one of ").unwrap();
        for key in keys.split(", ") {
            let names = [format!("| `{key}` |"), format!("[{key}]")];
            let is_there = names.iter().any(|name| GUIDE.contains(name));
            assert!(is_there, "{section} {key}");
        }
    }
}
