use std::sync::Arc;

use super::{head, value};
use crate::request_head::{ClientCertificate, RequestHead, TlsInfo};
use crate::variables::names;

fn is_about_tls(name: &str) -> bool {
    ["CERT_", "CRYPT_", "HTTPS_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn tls() -> TlsInfo {
    TlsInfo {
        protocol: 0x400,
        cipher: 0x6610,
        hash: 0x800c,
        key_exchange: 0xae06,
        key_size: 256,
        secret_key_size: 2048,
        server_issuer: "CN=Example CA".into(),
        server_subject: "CN=www.example.com".into(),
        client_certificate: None,
    }
}

fn over_tls(tls: TlsInfo) -> RequestHead {
    head(|parts| {
        parts.connection.secure = true;
        parts.connection.tls = Some(Arc::new(tls));
    })
}

/// Every variable about TLS that has a value, with it.
fn told(head: &RequestHead) -> Vec<(&'static str, String)> {
    let all = names().filter(|name| is_about_tls(name));
    all.map(|name| (name, value(head, name).unwrap()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn rows(rows: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let rows = rows.iter();
    rows.map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

#[test]
fn without_tls_they_are_empty() {
    assert_eq!(names().filter(|name| is_about_tls(name)).count(), 17);
    assert_eq!(told(&head(|_| {})), rows(&[]));
}

#[test]
fn a_server_in_front_that_ended_the_encryption_told_nothing_of_it() {
    let head = head(|parts| parts.connection.secure = true);
    assert_eq!(value(&head, "HTTPS").as_deref(), Ok("on"));
    assert_eq!(told(&head), rows(&[]));
}

#[test]
fn the_handshake_is_told() {
    let expected = [
        ("CERT_FLAGS", "0"),
        ("CERT_KEYSIZE", "256"),
        ("CERT_SECRETKEYSIZE", "2048"),
        ("CERT_SERVER_ISSUER", "CN=Example CA"),
        ("CERT_SERVER_SUBJECT", "CN=www.example.com"),
        ("CRYPT_CIPHER_ALG_ID", "6610"),
        ("CRYPT_HASH_ALG_ID", "800c"),
        ("CRYPT_KEYEXCHANGE_ALG_ID", "ae06"),
        ("CRYPT_PROTOCOL", "400"),
        ("HTTPS_KEYSIZE", "256"),
        ("HTTPS_SECRETKEYSIZE", "2048"),
        ("HTTPS_SERVER_ISSUER", "CN=Example CA"),
        ("HTTPS_SERVER_SUBJECT", "CN=www.example.com"),
    ];
    assert_eq!(told(&over_tls(tls())), rows(&expected));
}

#[test]
fn a_client_certificate_is_told() {
    let head = over_tls(TlsInfo {
        client_certificate: Some(ClientCertificate {
            issuer: "CN=Example CA".into(),
            subject: "CN=jo, O=Example".into(),
            serial_number: "04-8f-31".into(),
            cookie: "d2a8".into(),
            ..ClientCertificate::default()
        }),
        ..TlsInfo::default()
    });
    let expected = [
        ("CERT_COOKIE", "d2a8"),
        ("CERT_FLAGS", "1"),
        ("CERT_ISSUER", "CN=Example CA"),
        ("CERT_SERIALNUMBER", "04-8f-31"),
        ("CERT_SUBJECT", "CN=jo, O=Example"),
    ];
    assert_eq!(told(&head), rows(&expected));
}
