//! Broken files, and what is told of them.

/// A module, so that something is served, behind each of the files.
pub(crate) const SERVED: &str = r#"
[[module]]
url = "/served"
path = "bin/asp.so"
"#;

/// Files, and what is told of them behind the file's name, in the order of the file.
#[rustfmt::skip]
pub(crate) const BROKEN: &[(&str, &[&str])] = &[
    (
        r#"[[virtual_directory]]
url = "/"
path = "site"

[timeouts]
read_timeout = 5
"#,
        &[
            r#"5:2: unknown key "timeouts"; expected one of listen, log, default_document, tls, limits, modules, virtual_directory, handler, module, http_error, server"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "site"

[limits]
maxAllowedContentLength = 5
"#,
        &[
            r#"6:1: unknown key "maxAllowedContentLength" in [limits]; did you mean "max_allowed_content_length"?"#,
        ],
    ),
    (
        r#"listen = 
"#,
        &[
            "1:10: not TOML: string values must be quoted, expected literal string",
        ],
    ),
    (
        r#"listen = ["127.0.0.1:8080"
max = 1
"#,
        &[
            "2:1: not TOML: missing comma between array elements, expected `,`",
        ],
    ),
    (
        r#"listen = ["127.0.0.1:8080"]
listen = [":81"]
"#,
        &[
            r#"2:1: not TOML: found "listen": duplicate key"#,
        ],
    ),
    (
        r#"[limits]
[limits]
"#,
        &[
            r#"2:2: not TOML: found "limits": duplicate key"#,
        ],
    ),
    (
        r#"listen = "127.0.0.1:8080"
"#,
        &[
            r#"1:10: listen: found "127.0.0.1:8080"; expected an array of addresses, such as ["127.0.0.1:8080"]"#,
        ],
    ),
    (
        r#"listen = ["8080", "127.0.0.1:81", 5]
"#,
        &[
            r#"1:11: listen: found "8080": expected IP:PORT (127.0.0.1:8080, 0.0.0.0:8080, [::1]:8080), or :PORT or localhost:PORT, which are 127.0.0.1:PORT"#,
            r#"1:35: listen: found 5; expected an address, such as "127.0.0.1:8080""#,
        ],
    ),
    (
        r#"listen = [":81", "127.0.0.1:81"]
"#,
        &[
            "1:18: listen: 127.0.0.1:81 is listed twice",
        ],
    ),
    (
        r#"lisen = []
"#,
        &[
            r#"1:1: unknown key "lisen"; did you mean "listen"?"#,
        ],
    ),
    (
        r#"colour = "red"
"#,
        &[
            r#"1:1: unknown key "colour"; expected one of listen, log, default_document, tls, limits, modules, virtual_directory, handler, module, http_error, server"#,
        ],
    ),
    (
        r#"[limits]
listen = [":81"]
"#,
        &[
            r#"2:1: unknown key "listen" in [limits]; it belongs at the top of the file, before the first [section]"#,
        ],
    ),
    (
        r#"[limit]
max_url = 1
"#,
        &[
            r#"1:2: unknown key "limit"; did you mean "limits"?"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "C:\inetpub\site"
"#,
        &[
            r#"3:12: not TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`; write a path with backslashes in single quotes: 'C:\site\scripts'"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "C:\unknown"
"#,
        &[
            r#"3:13: not TOML: too few unicode value digits, expected unicode hexadecimal value; write a path with backslashes in single quotes: 'C:\site\scripts'"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "C:\new\temp"
"#,
        &[
            r#"3:8: path: found "C:\new\temp"; expected the path of a directory; write a path with backslashes in single quotes: 'C:\site\scripts'"#,
        ],
    ),
    (
        r#"log = "inof"
"#,
        &[
            r#"1:7: log: found "inof": it is no level; there are off, error, warn, info, debug and trace, for one target alone as in `warn,isapi::access=info`"#,
        ],
    ),
    (
        r#"log = 5
"#,
        &[
            r#"1:7: log: found 5; expected a log filter, such as "info""#,
        ],
    ),
    (
        r#"default_document = "index.html"
"#,
        &[
            r#"1:20: default_document: found "index.html"; expected an array of file names, such as ["index.html"]"#,
        ],
    ),
    (
        r#"default_document = ["index.html", "../secret", ""]
"#,
        &[
            r#"1:35: default_document: found "../secret"; expected a file name, without a folder and not hidden"#,
            r#"1:48: default_document: found ""; expected a file name, such as "index.html""#,
        ],
    ),
    (
        r#"[limits]
max_url = "4k"
"#,
        &[
            r#"2:11: max_url: found "4k"; expected a whole number, 0 or more, without quotes"#,
        ],
    ),
    (
        r#"[limits]
max_url = -1
"#,
        &[
            "2:11: max_url: found -1; expected a whole number, 0 or more",
        ],
    ),
    (
        r#"[limits]
max_url = 99999999999999999999
"#,
        &[
            "2:11: max_url: found 99999999999999999999; expected a whole number, 0 or more",
        ],
    ),
    (
        r#"[limits]
max_connections = 0
"#,
        &[
            "2:19: max_connections: found 0; expected a whole number from 1 to 1000000",
        ],
    ),
    (
        r#"[limits]
upload_read_ahead_size = 2147483648
"#,
        &[
            "2:26: upload_read_ahead_size: found 2147483648; expected a whole number from 0 to 2147483647",
        ],
    ),
    (
        r#"[limits]
max_query_string = 1.5
"#,
        &[
            "2:20: max_query_string: found 1.5; expected a whole number, 0 or more",
        ],
    ),
    (
        r#"[limits]
read_timeout = "1h"
"#,
        &[
            r#"2:16: read_timeout: found "1h": unknown unit "h"; use ms, s or m"#,
        ],
    ),
    (
        r#"[limits]
read_timeout = 0
"#,
        &[
            "2:16: read_timeout: found 0: must be more than zero",
        ],
    ),
    (
        r#"[limits]
drain_timeout = true
"#,
        &[
            r#"2:17: drain_timeout: found true; expected a length of time: seconds, or a text such as "500ms" or "2m""#,
        ],
    ),
    (
        r#"[limits]
max_urls = 1
read_time_out = 5
"#,
        &[
            r#"2:1: unknown key "max_urls" in [limits]; did you mean "max_url"?"#,
            r#"3:1: unknown key "read_time_out" in [limits]; did you mean "read_timeout"?"#,
        ],
    ),
    (
        r#"limits = 5
"#,
        &[
            "1:10: limits: found 5; expected a table, [limits]",
        ],
    ),
    (
        r#"[[limits]]
max_url = 5
"#,
        &[
            "1:1: limits: found an array; expected a table, [limits]",
        ],
    ),
    (
        r#"[virtual_directory]
url = "/"
path = "site"
"#,
        &[
            "1:1: virtual_directory: there may be several; write [[virtual_directory]]",
        ],
    ),
    (
        r#"[[virtual_directory]]
path = "site"
"#,
        &[
            r#"1:1: [[virtual_directory]] has no url; expected a URL path, such as "/scripts""#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
"#,
        &[
            "1:1: [[virtual_directory]] has no path; expected the path of a directory",
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "scripts"
path = "site"
"#,
        &[
            r#"2:7: url: found "scripts": expected a URL path that begins with a slash"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/a?b"
path = "site"
"#,
        &[
            r#"2:7: url: found "/a?b": expected a URL path alone, without a query"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/a/../../b"
path = "site"
"#,
        &[
            r#"2:7: url: found "/a/../../b": the path leads out of the root"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/Scripts"
path = "site"

[[virtual_directory]]
url = "/scripts/"
path = "site/scripts"
"#,
        &[
            r#"6:7: url: found "/scripts/", which line 2 has taken already"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "sites"
"#,
        &[
            r#"3:8: path: found "sites"; expected the path of a directory, but {directory}/sites does not exist"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "site/page.html"
"#,
        &[
            r#"3:8: path: found "site/page.html"; expected the path of a directory, but {directory}/site/page.html is no directory"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = ""
"#,
        &[
            r#"3:8: path: found ""; expected the path of a directory"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "site"
access = ["read", "exec"]
"#,
        &[
            r#"4:19: access: found "exec"; expected "read", "script" or "execute"; did you mean "execute"?"#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "site"
access = "read"
"#,
        &[
            r#"4:10: access: found "read"; expected an array of "read", "script" and "execute""#,
        ],
    ),
    (
        r#"[[virtual_directory]]
url = "/"
path = "site"
acces = ["read"]
"#,
        &[
            r#"4:1: unknown key "acces" in [[virtual_directory]]; did you mean "access"?"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
"#,
        &[
            "1:1: [[handler]] has no script_processor; expected the path of a module",
        ],
    ),
    (
        r#"[[handler]]
script_processor = "bin/asp.so"
"#,
        &[
            r#"1:1: [[handler]] has no path; expected a pattern, such as "*.asp""#,
        ],
    ),
    (
        r#"[[handler]]
path = "app/*.asp"
script_processor = "bin/asp.so"
"#,
        &[
            r#"2:8: path: found "app/*.asp": pattern "app/*.asp": a path begins with a slash, and a name has none in it"#,
        ],
    ),
    (
        r#"[[handler]]
path = "asp"
script_processor = "bin/asp.so"
"#,
        &[
            r#"2:8: path: found "asp": pattern "asp": it has no `*`, so no file of this ending is like it; did you mean "*.asp"?"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/missing.so"
"#,
        &[
            r#"3:20: script_processor: found "bin/missing.so"; expected the path of a module, but {directory}/bin/missing.so does not exist"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "site/page.html"
"#,
        &[
            r#"3:20: script_processor: found "site/page.html"; expected the path of a module, whose name ends in "{ending}" here"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/dir.so"
"#,
        &[
            r#"3:20: script_processor: found "bin/dir.so"; expected the path of a module, but {directory}/bin/dir.so is a directory"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
verb = "GET,PO ST"
"#,
        &[
            r#"4:8: verb: found "GET,PO ST": "PO ST" is no method; write names such as GET and POST, or * for all"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
verb = ["GET"]
"#,
        &[
            r#"4:8: verb: found an array; expected methods, such as "GET,POST", or "*""#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
resource_type = "directory"
"#,
        &[
            r#"4:17: resource_type: found "directory"; expected "file" or "unspecified""#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
allow_path_info = "yes"
"#,
        &[
            r#"4:19: allow_path_info: found "yes"; expected true or false, without quotes"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
require_access = "scripts"
"#,
        &[
            r#"4:18: require_access: found "scripts"; expected "none", "read", "script" or "execute"; did you mean "script"?"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
response_buffer_limit = "0"
"#,
        &[
            r#"4:25: response_buffer_limit: found "0"; expected a whole number, 0 or more, without quotes"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
dispatch = 1
"#,
        &[
            r#"4:12: dispatch: found 1; expected "auto", "inline" or "pool""#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
script_processor = "bin/asp.so"
dispatch = "pools"
"#,
        &[
            r#"4:12: dispatch: found "pools"; expected "auto", "inline" or "pool"; did you mean "pool"?"#,
        ],
    ),
    (
        r#"[[handler]]
path = "*.asp"
scriptProcessor = "bin/asp.so"
"#,
        &[
            "1:1: [[handler]] has no script_processor; expected the path of a module",
            r#"3:1: unknown key "scriptProcessor" in [[handler]]; did you mean "script_processor"?"#,
        ],
    ),
    (
        r#"[[module]]
url = "/api"
"#,
        &[
            "1:1: [[module]] has no path; expected the path of a module",
        ],
    ),
    (
        r#"[[module]]
url = "/api"
path = "bin/asp.so"
dispatch = "thread"
"#,
        &[
            r#"4:12: dispatch: found "thread"; expected "auto", "inline" or "pool""#,
        ],
    ),
    (
        r#"[[module]]
url = "/api"
path = "bin/asp.so"

[[module]]
url = "/API"
path = "bin/mail.so"
"#,
        &[
            r#"6:7: url: found "/API", which line 2 has taken already"#,
        ],
    ),
    (
        r#"[modules]
allowed = ["bin/asp.so"]
"#,
        &[
            r#"2:12: allowed: found "bin/asp.so"; expected a table, { path = "...", sha256 = "..." }"#,
        ],
    ),
    (
        r#"[modules]
allowed = [{ path = "bin/asp.so", sha256 = "abc" }, { sha265 = "" }]
"#,
        &[
            r#"2:44: sha256: found "abc": expected 64 hexadecimal digits, as `sha256sum FILE` prints them"#,
            "2:53: the entry of allowed has no path; expected the path of a module",
            r#"2:55: unknown key "sha265" in the entry of allowed; did you mean "sha256"?"#,
        ],
    ),
    (
        r#"[modules]
allowed = [{ path = "bin/asp.so" }]

[[handler]]
path = "*.mail"
script_processor = "bin/mail.so"
"#,
        &[
            "6:20: script_processor: {directory}/bin/mail.so is not on the list of modules that may be loaded; add it to allowed in [modules]",
        ],
    ),
    (
        r#"[modules]
idle_timeout = 0
unload_library = 1
dispatch = "Pool"
"#,
        &[
            "2:16: idle_timeout: found 0: must be more than zero",
            "3:18: unload_library: found 1; expected true or false",
            r#"4:12: dispatch: found "Pool"; expected "auto", "inline" or "pool"; did you mean "pool"?"#,
        ],
    ),
    (
        r#"[[http_error]]
status = 200
path = "errors/404.html"
"#,
        &[
            "2:10: status: found 200; expected a whole number from 400 to 599",
        ],
    ),
    (
        r#"[[http_error]]
status = 404
sub_status = 1000
path = "errors/missing.html"
"#,
        &[
            "3:14: sub_status: found 1000; expected a whole number from 0 to 999",
            r#"4:8: path: found "errors/missing.html"; expected the path of a file, but {directory}/errors/missing.html does not exist"#,
        ],
    ),
    (
        r#"[[http_error]]
status = 404
path = "errors/404.html"

[[http_error]]
status = 404
path = "errors/404.html"
"#,
        &[
            "5:1: [[http_error]] for 404, which line 1 has a page for already",
        ],
    ),
    (
        r#"[server]
instance_id = 1
"#,
        &[
            "2:15: instance_id: found 1; expected a text",
        ],
    ),
    (
        r#"[server]
software = "a\nb"
"#,
        &[
            r#"2:12: software: found "a\nb"; expected a text of one line, without control characters"#,
        ],
    ),
    (
        r#"[tls]
certificate = "cert.pem"
"#,
        &[
            "1:1: [tls] has no key; expected the path of a file in PEM",
        ],
    ),
    (
        r#"[tls]
certificate = "cert.pem"
key = "errors"
client_ca = "missing.pem"
"#,
        &[
            r#"3:7: key: found "errors"; expected the path of a file, but {directory}/errors is a directory"#,
            r#"4:13: client_ca: found "missing.pem"; expected the path of a file, but {directory}/missing.pem does not exist"#,
        ],
    ),
    (
        r#"[[http_error]]
status = "404"
path = "errors"
[limits]
max_url = true
colour = 1
"#,
        &[
            r#"2:10: status: found "404"; expected a whole number from 400 to 599, without quotes"#,
            r#"3:8: path: found "errors"; expected the path of a file, but {directory}/errors is a directory"#,
            "5:11: max_url: found true; expected a whole number, 0 or more",
            r#"6:1: unknown key "colour" in [limits]; expected one of max_connections, max_request_head, max_request_fields, max_allowed_content_length, max_url, max_query_string, upload_read_ahead_size, response_buffer_limit, header_wait_timeout, connection_timeout, read_timeout, write_timeout, drain_timeout"#,
        ],
    ),
];
