//! Paths that try to leave the root or to name what has no name there.

mod support;

use support::{Directory, Server};

/// Each is sent as it stands.
const PATHS: &[&str] = &[
    "/../secret.txt",
    "/..",
    "/folder/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2e/secret.txt",
    "/.%2e/secret.txt",
    "/folder/%2e%2e/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/folder\\..\\..\\secret.txt",
    "/%5c..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/..%252fsecret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/%c0%afsecret.txt",
    "/..%c0%afsecret.txt",
    "/%e0%80%af..%e0%80%afsecret.txt",
    "/%f0%80%80%af",
    "/%ff",
    "/digits.txt%00",
    "/digits.txt%00.html",
    "/%00",
    "/digits.txt%0a",
    "/digits%0d%0aX:y",
    "/%u002e%u002e/secret.txt",
    "/%zz",
    "/%",
    "/%2",
    "/digits.txt::$DATA",
    "/digits.txt:stream",
    "/folder:$i30:$INDEX_ALLOCATION/",
    "/c:/secret.txt",
    "/c:secret.txt",
    "/digits.txt.",
    "/digits.txt%20",
    "/digits.txt..",
    "/DIGITS~1.TXT",
    "/folder~1/",
    "/con",
    "/CON.txt",
    "/nul",
    "/aux.txt",
    "/com1",
    "/LPT1.txt",
    "/....//secret.txt",
    "/..;/secret.txt",
    "/%3f%3f/secret.txt/..%2f..%2f..%2f",
];

#[test]
fn a_hostile_path_is_400_or_404_and_opens_nothing() {
    let outer = Directory::new();
    outer.write("secret.txt", "secret");
    outer.write("site/digits.txt", "0123456789");
    outer.write("site/folder/index.html", "index");
    let root = outer.path().join("site");
    let server = Server::start(&["serve", root.to_str().unwrap()]);
    for path in PATHS {
        for method in ["GET", "HEAD"] {
            let answer = server.request(method, path, "");
            assert!(
                matches!(answer.status, 400 | 404),
                "{method} {path}: {}",
                answer.status
            );
            assert!(!answer.text().contains("secret"), "{method} {path}");
        }
    }
    assert_eq!(server.get("/digits.txt").status, 200, "the server lives on");
}
