//! Every server variable has its value, on every version of HTTP.

use std::path::{Path, PathBuf};

use http::Request;
use isapi_test_support::{
    Build, Extension, Journal, Script, TempDir, TestServer, conformance, is_windows, shown_path,
};

conformance! {
    tests: [
        on_http_1_1_and_1_0,
        on_http_2,
        each_has_a_form_in_utf_16,
        a_field_is_found_under_its_own_name,
    ],
}

/// What the values follow from.
struct Asked<'a> {
    version: &'static str,
    host: &'a str,
    /// Header lines as sent.
    fields: String,
    /// Path and query as sent.
    target: &'a str,
    root: &'a Path,
    /// The file of the module; none for one that is linked in.
    module: Option<&'a Path>,
    server_port: u16,
    client_port: u16,
    /// The file that the server was configured with; empty for one in this process.
    configuration: String,
}

impl Asked<'_> {
    /// The value of a variable of [`isapi_core::variables::names`].
    fn value(&self, name: &str) -> String {
        let (_, query) = self.target.split_once('?').expect("a script is a query");
        let port = self.server_port;
        let value = match name {
            "ALL_HTTP" => return self.all_http(),
            "ALL_RAW" => &self.fields,
            "APPL_MD_PATH" => "/LM/W3SVC/1/ROOT",
            "APPL_PHYSICAL_PATH" | "DOCUMENT_ROOT" => {
                let separator = if is_windows() { '\\' } else { '/' };
                return format!("{}{separator}", shown_path(self.root));
            }
            "APP_POOL_CONFIG" => &self.configuration,
            "APP_POOL_ID" => "DefaultAppPool",
            "CACHE_URL" => {
                let host = self.host.to_ascii_lowercase();
                let scheme = if self.is_http_2() { "https" } else { "http" };
                return format!("{scheme}://127.0.0.1:{port}:{host}:{port}/script.dll/a b?{query}");
            }
            "CONTENT_LENGTH" => "0",
            // HTTP_REQUEST_FLAG_HTTP2 of http.h.
            "REQUEST_FLAGS" if self.is_http_2() => "4",
            "REQUEST_FLAGS" => "0",
            "SERVER_PORT_SECURE" if self.is_http_2() => "1",
            "SERVER_PORT_SECURE" => "0",
            "GATEWAY_INTERFACE" => "CGI/1.1",
            "HTTPS" if self.is_http_2() => "on",
            "HTTPS" => "off",
            "HTTP_METHOD" | "REQUEST_METHOD" => "GET",
            "HTTP_URL" | "REQUEST_URI" | "UNENCODED_URL" => self.target,
            "HTTP_VERSION" | "SERVER_PROTOCOL" => self.version,
            "INSTANCE_ID" => "1",
            "INSTANCE_META_PATH" => "/LM/W3SVC/1",
            "INSTANCE_NAME" => "Default Web Site",
            "LOCAL_ADDR" | "REMOTE_ADDR" | "REMOTE_HOST" | "SERVER_ADDR" => "127.0.0.1",
            "PATH_INFO" => "/a b",
            "PATH_TRANSLATED" => return shown_path(&self.root.join("a b")),
            "QUERY_STRING" => query,
            "REMOTE_PORT" => return self.client_port.to_string(),
            "SCRIPT_TRANSLATED" if is_windows() => {
                let module = self.module.map(shown_path).unwrap_or_default();
                return format!(r"\\?\{module}");
            }
            "REQUEST_FILENAME" | "SCRIPT_FILENAME" | "SCRIPT_TRANSLATED" => {
                return self.module.map(shown_path).unwrap_or_default();
            }
            "SCRIPT_NAME" => "/script.dll",
            "SERVER_NAME" => self.host,
            "SERVER_PORT" => return port.to_string(),
            "SERVER_SOFTWARE" => concat!("isapi/", env!("CARGO_PKG_VERSION")),
            "URL" => "/script.dll/a b",
            "AUTH_PASSWORD"
            | "AUTH_TYPE"
            | "AUTH_USER"
            | "CONTENT_TYPE"
            | "FORWARDED_URL"
            | "LOGON_USER"
            | "MANAGED_PIPELINE_MODE"
            | "REMOTE_USER"
            | "UNMAPPED_REMOTE_USER" => "",
            tls if ["CERT_", "CRYPT_", "HTTPS_"]
                .iter()
                .any(|start| tls.starts_with(start)) =>
            {
                ""
            }
            other => panic!("the value of {other} is not tested"),
        };
        value.to_owned()
    }

    /// The only version that is spoken under TLS here.
    fn is_http_2(&self) -> bool {
        self.version == "HTTP/2.0"
    }

    fn all_http(&self) -> String {
        self.fields
            .lines()
            .map(|line| {
                let (name, value) = line.split_once(": ").expect("a field line");
                let name = name.to_ascii_uppercase().replace('-', "_");
                format!("HTTP_{name}:{value}\n")
            })
            .collect()
    }
}

/// A script that asks for all variables, each name behind `prefix`.
fn script(prefix: &str) -> Script {
    let steps: Vec<_> = isapi_core::variables::names()
        .map(|name| format!("variable {prefix}{name}"))
        .collect();
    Script::new(&steps.iter().map(String::as_str).collect::<Vec<_>>())
}

fn server(build: Build, root: &TempDir) -> TestServer {
    TestServer::builder()
        .scripts(build)
        .document_root(root.path())
        .start()
}

/// The target of a script with a path behind the extension's.
fn target(script: &Script) -> String {
    script.target().replace("/script.dll", "/script.dll/a%20b")
}

/// The file of the script extension's module.
fn module(build: Build) -> Option<PathBuf> {
    (build != Build::Linked).then(|| Extension::Script.module(build))
}

/// Asks as HTTP/1.1 or as HTTP/1.0, which has no `Host` here, and checks every value.
#[track_caller]
fn check(build: Build, version: &'static str, prefix: &str, size: fn(&str) -> usize) {
    let root = TempDir::new();
    let server = server(build, &root);
    let script = script(prefix);
    let target = target(&script);
    let (host, fields) = match version {
        "HTTP/1.0" => ("127.0.0.1", "X-Some-Field: b\r\n".to_owned()),
        _ => (
            "Test.example",
            "Host: Test.example:81\r\nx-sOme-field: b\r\n".to_owned(),
        ),
    };
    let mut client = server.connect();
    client.send(format!("GET {target} {version}\r\n{fields}\r\n"));
    client.read_response().expect_status(200);
    let journal: Journal = script.finished(&server);
    let module = module(build);
    let asked = Asked {
        version,
        host,
        fields,
        target: &target,
        root: root.path(),
        module: module.as_deref(),
        server_port: server.address().port(),
        client_port: client.local_address().port(),
        configuration: server.configuration().unwrap_or_default(),
    };
    for name in isapi_core::variables::names() {
        let value = asked.value(name);
        let expected = format!("{} {value:?}", size(&value));
        assert_eq!(
            journal.value(&format!("{prefix}{name} ")),
            expected,
            "{name}"
        );
    }
}

fn on_http_1_1_and_1_0(build: Build) {
    check(build, "HTTP/1.1", "", |value| value.len() + 1);
    check(build, "HTTP/1.0", "", |value| value.len() + 1);
}

/// What its handshake came to is tested with certificates.
fn on_http_2(build: Build) {
    let root = TempDir::new();
    let server = TestServer::builder()
        .scripts(build)
        .document_root(root.path())
        .tls()
        .start();
    let script = script("");
    let target = target(&script);
    let request = Request::get(format!("https://Test.example:81{target}"))
        .header("X-Some-Field", "b")
        .body(Vec::new())
        .expect("a request");
    let (response, client_port) = server.send_http2(request);
    response.expect_status(200);
    let journal = script.finished(&server);
    let module = module(build);
    let asked = Asked {
        version: "HTTP/2.0",
        host: "Test.example",
        // Made of `:authority` (RFC 9113, 8.3.1): extensions ask for HTTP_HOST.
        fields: "Host: Test.example:81\r\nX-Some-Field: b\r\n".to_owned(),
        target: &target,
        root: root.path(),
        module: module.as_deref(),
        server_port: server.address().port(),
        client_port,
        configuration: server.configuration().unwrap_or_default(),
    };
    let of_the_handshake = |name: &&str| {
        ["CERT_", "CRYPT_", "HTTPS_"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    for name in isapi_core::variables::names().filter(|name| !of_the_handshake(name)) {
        let value = asked.value(name);
        let expected = format!("{} {value:?}", value.len() + 1);
        let got = journal.value(&format!("{name} "));
        if name.starts_with("ALL_") {
            // In any order of the fields.
            assert_eq!(sorted_lines(got), sorted_lines(&expected), "{name}");
            continue;
        }
        assert_eq!(got, expected, "{name}");
    }
}

/// The size and the lines of a text as a journal shows it.
fn sorted_lines(shown: &str) -> Vec<&str> {
    let (size, text) = shown.split_once(' ').expect("a size");
    let mut lines: Vec<_> = text.trim_matches('"').split(r"\n").collect();
    lines.sort_unstable();
    lines.push(size);
    lines
}

fn each_has_a_form_in_utf_16(build: Build) {
    let size = |value: &str| 2 * (value.encode_utf16().count() + 1);
    check(build, "HTTP/1.1", "UNICODE_", size);
}

/// `HEADER_` takes the name as it is, `HTTP_` reads `_` as `-`.
fn a_field_is_found_under_its_own_name(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "variable HEADER_X-Some-Field",
        "variable HEADER_X_Some_Field",
        "variable HTTP_X_SOME_FIELD",
        "variable HEADER_Under_Score",
        "variable HEADER_Under-Score",
        "variable HTTP_UNDER_SCORE",
        "variable HEADER_Missing",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\nX-Some-Field: v\r\nUnder_Score: u\r\n\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    script.finished(&server).expect(&[
        "HEADER_X-Some-Field 2 \"v\"",
        "HEADER_X_Some_Field FALSE 1413",
        "HTTP_X_SOME_FIELD 2 \"v\"",
        "HEADER_Under_Score 2 \"u\"",
        "HEADER_Under-Score FALSE 1413",
        "HTTP_UNDER_SCORE FALSE 1413",
        "HEADER_Missing FALSE 1413",
    ]);
}
