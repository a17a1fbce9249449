//! Listeners that speak TLS: what is told of files that cannot be used, and what an extension sees.
#![cfg(feature = "tls")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use support::{Server, isapi, refusal};

/// A certificate, a key or an authority of the tests.
fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../axum-adapter/tests/certificates");
    let path = folder.canonicalize().unwrap().join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn files_that_cannot_be_used_are_refused_with_one_line() {
    for (certificate, key, client_ca, reason) in [
        ("none.pem", "server.key", None, "none.pem: no such file"),
        ("server.pem", "none.key", None, "none.key: no such file"),
        (
            "README.md",
            "server.key",
            None,
            "README.md has no certificate in it",
        ),
        (
            "server.pem",
            "README.md",
            None,
            "README.md has no private key in it",
        ),
        (
            "server.pem",
            "encrypted.key",
            None,
            "encrypted.key is encrypted",
        ),
        (
            "server.pem",
            "client.key",
            None,
            "client.key does not belong to",
        ),
        (
            "server.pem",
            "server.key",
            Some("README.md"),
            "README.md has no certificate in it",
        ),
    ] {
        let (certificate, key) = (file(certificate), file(key));
        let mut arguments = vec!["--listen", "127.0.0.1:0", "--certificate", &certificate];
        arguments.extend(["--key", &key]);
        let client_ca = client_ca.map(file);
        if let Some(client_ca) = &client_ca {
            arguments.extend(["--client-ca", client_ca]);
        }
        let line = refusal(&arguments);
        assert!(line.starts_with("isapi: cannot start TLS: "), "{line}");
        assert!(line.contains(reason), "{line}");
    }
}

#[test]
fn a_certificate_and_its_key_go_together() {
    for (given, missing) in [("--certificate", "--key"), ("--key", "--certificate")] {
        let line = refusal(&["--listen", "127.0.0.1:0", given, &file("server.pem")]);
        assert!(line.contains(missing), "{line}");
    }
}

#[test]
fn a_listener_without_a_certificate_is_announced_as_one() {
    assert!(!Server::start(&[]).is_secure());
}

/// Starts the demo with TLS; asks clients for a certificate if an authority is given.
fn start(arguments: &[&str]) -> Server {
    let (certificate, key) = (file("server.pem"), file("server.key"));
    let tls = ["--certificate", &certificate, "--key", &key];
    let server = Server::start(&[arguments, &tls[..]].concat());
    assert!(server.is_secure());
    server
}

/// Trusts the tests' authority, and shows the certificate that is named.
fn client_config(certificate: Option<&str>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(file("authority.pem")).unwrap();
    roots.add(authority).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    match certificate {
        Some(name) => {
            let chain = CertificateDer::from_pem_file(file(&format!("{name}.pem"))).unwrap();
            let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
            builder.with_client_auth_cert(vec![chain], key).unwrap()
        }
        None => builder.with_no_client_auth(),
    }
}

/// GETs a path over TLS in the protocol that is named, with the certificate that is.
async fn get(server: &Server, protocol: &str, certificate: Option<&str>, path: &str) -> Bytes {
    let mut config = client_config(certificate);
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let tcp = TcpStream::connect(server.address()).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let tls = connector
        .connect("localhost".try_into().unwrap(), tcp)
        .await
        .unwrap();
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
    let request = Request::get(format!("https://localhost{path}"))
        .header("Host", "localhost")
        .body(Full::<Bytes>::default())
        .unwrap();
    let response = if protocol == "h2" {
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(tls));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    };
    assert_eq!(response.status(), 200);
    response.into_body().collect().await.unwrap().to_bytes()
}

#[tokio::test]
async fn an_extension_answers_over_http_1_and_http_2() {
    let server = start(&[]);
    for protocol in ["http/1.1", "h2"] {
        let body = get(&server, protocol, None, "/hello.dll").await;
        assert!(!body.is_empty());
    }
}

/// Shakes hands with a client certificate, as far as it goes.
async fn shake_hands(server: &Server, certificate: &str) {
    let tcp = TcpStream::connect(server.address()).await.unwrap();
    let connector = TlsConnector::from(Arc::new(client_config(Some(certificate))));
    let connected = connector.connect("localhost".try_into().unwrap(), tcp);
    if let Ok(mut tls) = connected.await {
        // In TLS 1.3 the server looks at the certificate when the client is done already.
        let _ = tls.read_u8().await;
    }
}

#[tokio::test]
async fn who_is_refused_in_the_handshake_is_told_with_the_reason() {
    let authority = file("authority.pem");
    let server = start(&["--client-ca", &authority, "--log", "info"]);
    shake_hands(&server, "stranger").await;
    let line = server.expect_line("remote=");
    for part in ["INFO", "connection refused", "127.0.0.1:", "UnknownIssuer"] {
        assert!(line.contains(part), "{line}");
    }

    // Of who only goes away nothing is told.
    drop(server.connect());
    server
        .connect()
        .send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let line = server.expect_line("remote=");
    for part in ["INFO", "connection refused", "is no TLS"] {
        assert!(line.contains(part), "{line}");
    }
}

/// With the variables that come from the handshake, which no sample shows.
#[cfg(unix)]
mod variables {
    use support::Directory;
    use support::extensions::{self, ENDING};

    use super::*;

    const NAMES: [&str; 18] = [
        "SERVER_PROTOCOL",
        "HTTPS",
        "SERVER_PORT_SECURE",
        "HTTPS_KEYSIZE",
        "HTTPS_SECRETKEYSIZE",
        "HTTPS_SERVER_ISSUER",
        "HTTPS_SERVER_SUBJECT",
        "CERT_SERVER_ISSUER",
        "CERT_SERVER_SUBJECT",
        "CERT_FLAGS",
        "CERT_SUBJECT",
        "CERT_ISSUER",
        "CERT_SERIALNUMBER",
        "CERT_COOKIE",
        "CRYPT_PROTOCOL",
        "CRYPT_CIPHER_ALG_ID",
        "CRYPT_HASH_ALG_ID",
        "CRYPT_KEYEXCHANGE_ALG_ID",
    ];

    /// An extension that answers each name with its value, and how long the client's certificate is
    /// by `HSE_REQ_GET_CERT_INFO_EX`.
    fn extension() -> String {
        let names: Vec<_> = NAMES.iter().map(|name| format!("\"{name}\"")).collect();
        let text = extensions::with_proc(&format!(
            r#"
    static const char *const names[] = {{ {names} }};
    static char head[] = "Content-Type: text/plain\r\n\r\n";
    DWORD size = sizeof head - 1;
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, "200 OK", &size,
                               (LPDWORD)head);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {{
        char line[1024] = "";
        strcpy(line, names[i]);
        strcat(line, "=");
        DWORD room = sizeof line - 100;
        if (!ecb->GetServerVariable(ecb->ConnID, (char *)names[i], line + strlen(line), &room))
            strcat(line, "(refused)");
        strcat(line, "\n");
        DWORD length = strlen(line);
        ecb->WriteClient(ecb->ConnID, line, &length, HSE_IO_SYNC);
    }}
    static BYTE der[8192];
    CERT_CONTEXT_EX context = {{ .CertContext = {{ .pbCertEncoded = der }}, .cbAllocated = sizeof der }};
    BOOL found = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_GET_CERT_INFO_EX, &context, NULL,
                                            NULL);
    char line[100];
    DWORD length = snprintf(line, sizeof line, "certificate=%u bytes\n",
                            found ? (unsigned)context.CertContext.cbCertEncoded : 0);
    ecb->WriteClient(ecb->ConnID, line, &length, HSE_IO_SYNC);
    return HSE_STATUS_SUCCESS;
"#,
            names = names.join(", ")
        ));
        format!("#include <stdio.h>\n{text}")
    }

    async fn values(
        server: &Server,
        protocol: &str,
        certificate: Option<&str>,
    ) -> BTreeMap<String, String> {
        let body = get(server, protocol, certificate, "/variables.dll").await;
        let text = String::from_utf8_lossy(&body).into_owned();
        text.lines()
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[tokio::test]
    async fn an_extension_knows_the_handshake() {
        let directory = Directory::new();
        extensions::from_text(&directory, &extension(), &format!("variables.{ENDING}"));
        let authority = file("authority.pem");
        let server = start(&["--client-ca", &authority, "serve", directory.str()]);
        for (protocol, version) in [("http/1.1", "HTTP/1.1"), ("h2", "HTTP/2.0")] {
            let values = values(&server, protocol, Some("client")).await;
            for (name, expected) in [
                ("SERVER_PROTOCOL", version),
                ("HTTPS", "on"),
                ("SERVER_PORT_SECURE", "1"),
                ("HTTPS_KEYSIZE", "256"),
                ("HTTPS_SECRETKEYSIZE", "256"),
                ("HTTPS_SERVER_ISSUER", "O=Example, CN=Test Authority"),
                (
                    "CERT_SERVER_SUBJECT",
                    "C=US, S=Washington, O=\"Example, Inc.\", CN=localhost",
                ),
                ("CERT_FLAGS", "1"),
                ("CERT_ISSUER", "O=Example, CN=Test Authority"),
                ("CERT_SERIALNUMBER", "f4-8f-31"),
                ("CRYPT_PROTOCOL", "1000"),
                ("CRYPT_CIPHER_ALG_ID", "6610"),
                ("CRYPT_HASH_ALG_ID", "800d"),
                ("CRYPT_KEYEXCHANGE_ALG_ID", "ae06"),
            ] {
                assert_eq!(values[name], expected, "{name}");
            }
            assert!(values["CERT_SUBJECT"].starts_with("O=Example, OU=Clients, CN=Zo"));
            assert_eq!(values["CERT_COOKIE"].len(), 64);
            let der = CertificateDer::from_pem_file(file("client.pem")).unwrap();
            assert_eq!(values["certificate"], format!("{} bytes", der.len()));
        }
    }

    #[tokio::test]
    async fn an_extension_knows_that_there_is_no_certificate() {
        let directory = Directory::new();
        extensions::from_text(&directory, &extension(), &format!("variables.{ENDING}"));
        let authority = file("authority.pem");
        let server = start(&["--client-ca", &authority, "serve", directory.str()]);
        for protocol in ["http/1.1", "h2"] {
            let values = values(&server, protocol, None).await;
            assert_eq!(values["HTTPS"], "on");
            for name in [
                "CERT_SUBJECT",
                "CERT_ISSUER",
                "CERT_SERIALNUMBER",
                "CERT_COOKIE",
            ] {
                assert_eq!(values[name], "", "{name}");
            }
            assert_eq!(values["CERT_FLAGS"], "0");
            assert_eq!(values["certificate"], "0 bytes");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_server_with_a_silent_client_stops_at_once() {
    let server = start(&[]);
    // Neither a handshake nor an end.
    let _silent = server.connect();
    server.stop();
    let (status, _, _) = server.wait();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_environment_names_the_files_too() {
    let mut command = isapi(["--listen", "127.0.0.1:0"]);
    command
        .env("ISAPI_CERTIFICATE", file("server.pem"))
        .env("ISAPI_KEY", file("server.key"));
    assert!(Server::spawn(command, 1).is_secure());
}
