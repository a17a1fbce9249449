//! Files that are no certificate, no key, or do not belong together.

use std::path::Path;

use isapi_axum::connection::{TlsConfig, TlsConfigError};

use super::support::file;

fn fault(certificate: &str, key: &str, client_ca: Option<&str>) -> TlsConfigError {
    let client_ca = client_ca.map(file);
    TlsConfig::load(&file(certificate), &file(key), client_ca.as_deref()).unwrap_err()
}

/// The fault in one line, with the folder left out.
fn line(fault: &TlsConfigError) -> String {
    let folder = format!("{}/", file("").display()).replace("//", "/");
    let line = fault.to_string().replace(&folder, "");
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

/// A file of its own, removed when dropped.
struct Temporary(std::path::PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let name = format!("tls-{}-{name}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_file_that_is_missing_is_named() {
    for (fault, name) in [
        (fault("none.pem", "server.key", None), "none.pem"),
        (fault("server.pem", "none.key", None), "none.key"),
        (
            fault("server.pem", "server.key", Some("none.pem")),
            "none.pem",
        ),
    ] {
        assert_eq!(line(&fault), format!("cannot read {name}: no such file"));
    }
}

#[test]
fn a_folder_is_no_file() {
    let fault = TlsConfig::load(&file("server.pem"), &file(""), None).unwrap_err();
    assert!(line(&fault).ends_with("it is a directory"), "{fault}");
}

#[test]
fn a_file_without_a_certificate_says_so() {
    let fault = fault("README.md", "server.key", None);
    assert_eq!(
        line(&fault),
        "README.md has no certificate in it; expected a PEM file with \
         `-----BEGIN CERTIFICATE-----`"
    );
}

#[test]
fn a_file_without_a_key_says_so() {
    let fault = fault("server.pem", "README.md", None);
    assert_eq!(
        line(&fault),
        "README.md has no private key in it; expected a PEM file with \
         `-----BEGIN PRIVATE KEY-----`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`"
    );
}

#[test]
fn files_that_were_swapped_are_told() {
    assert!(
        line(&fault("server.key", "server.pem", None))
            .ends_with("have the two files been swapped?)")
    );
    assert!(
        line(&fault("server.pem", "server.pem", None))
            .ends_with("have the two files been swapped?)")
    );
}

#[test]
fn an_encrypted_key_is_told_from_a_broken_one() {
    for key in ["encrypted.key", "encrypted-traditional.key"] {
        let line = line(&fault("server.pem", key, None));
        assert!(
            line.starts_with(&format!("the private key in {key} is encrypted; ")),
            "{line}"
        );
        assert!(line.contains("openssl pkey -in"), "{line}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    for key in ["client.key", "server-rsa.key"] {
        let fault = fault("server.pem", key, None);
        assert!(
            matches!(fault, TlsConfigError::KeyMismatch { .. }),
            "{fault}"
        );
        let line = line(&fault);
        assert!(line.contains(key) && line.contains("server.pem"), "{line}");
    }
}

#[test]
fn authorities_of_clients_that_are_none_are_refused() {
    for path in ["README.md", "server.key"] {
        let fault = fault("server.pem", "server.key", Some(path));
        assert!(
            line(&fault).starts_with(&format!("{path} has no certificate in it")),
            "{fault}"
        );
    }
    let empty = Temporary::new("empty.pem", b"");
    let fault = TlsConfig::load(&file("server.pem"), &file("server.key"), Some(&empty.0));
    assert!(matches!(fault, Err(TlsConfigError::NoCertificate { .. })));
}

#[test]
fn a_damaged_file_is_told_with_the_reason() {
    let whole = std::fs::read_to_string(file("server.pem")).unwrap();
    let (cut, _) = whole.split_once("-----END").unwrap();
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, content, reason) in [
        ("cut.pem", cut.as_bytes(), "the file is cut off"),
        ("garbage.pem", garbage.as_bytes(), "the certificate: "),
        (
            "binary.pem",
            &b"\x30\x82\xff\xfe"[..],
            "it is not text; expected PEM",
        ),
    ] {
        let damaged = Temporary::new(name, content);
        let fault = TlsConfig::load(&damaged.0, &file("server.key"), None).unwrap_err();
        assert!(line(&fault).contains(reason), "{fault}");
        assert!(line(&fault).contains(name), "{fault}");
    }
}

#[test]
fn certificate_and_key_may_be_one_file() {
    let mut both = std::fs::read(file("server.key")).unwrap();
    both.extend(std::fs::read(file("server.pem")).unwrap());
    let both = Temporary::new("both.pem", &both);
    assert!(TlsConfig::load(&both.0, &both.0, None).is_ok());
}
