//! `HSE_REQ_GET_CERT_INFO_EX`, and the variables of a handshake.

use isapi_test_support::{
    Build, Journal, Script, TempDir, TestServer, TlsClient, client_certificate, conformance,
    describe, fill, narrow,
};

conformance! {
    tests: [
        without_a_certificate_there_is_no_data,
        the_certificate_of_the_handshake_is_copied,
        a_small_buffer_is_left_alone_and_the_size_is_told,
        the_variables_tell_of_the_handshake,
        without_a_certificate_the_variables_tell_of_the_rest,
        large_bodies_and_files_come_whole_over_tls,
    ],
}

const WITH_CERTIFICATE: TlsClient = TlsClient {
    certificate: true,
    tls_1_2: true,
};

fn server(build: Build) -> TestServer {
    TestServer::builder().scripts(build).tls().start()
}

/// Runs a script for a client that shows a certificate.
#[track_caller]
fn run(server: &TestServer, steps: &[&str]) -> Journal {
    let script = Script::new(steps);
    let mut client = server.connect_tls(WITH_CERTIFICATE);
    client.expect_reusable(script.target()).expect_status(200);
    script.finished(server)
}

fn without_a_certificate_there_is_no_data(build: Build) {
    for server in [TestServer::for_scripts(build), server(build)] {
        let journal = Script::new(&["cert_info 4096", "cert_info 0"]).run(&server);
        journal.expect(&[
            "cert_info FALSE 232 7 encoding 7 flags 7  untouched",
            "cert_info FALSE 232 7 encoding 7 flags 7  untouched",
        ]);
    }
}

fn the_certificate_of_the_handshake_is_copied(build: Build) {
    let der = client_certificate();
    let length = der.len();
    let exact = format!("cert_info {length}");
    let expected = format!(
        "cert_info TRUE {length} encoding 1 flags 1 {} untouched",
        describe(&der)
    );
    let server = server(build);
    run(&server, &["cert_info 65536", &exact]).expect(&[&expected, &expected]);
}

fn a_small_buffer_is_left_alone_and_the_size_is_told(build: Build) {
    let server = server(build);
    let length = client_certificate().len();
    for room in [length - 1, 1, 0] {
        let journal = run(&server, &[&format!("cert_info {room}")]);
        let answer = journal.value("cert_info ");
        assert!(
            answer.starts_with(&format!("FALSE 122 {length} ")),
            "{answer}"
        );
        assert!(answer.ends_with(" untouched"), "{answer}");
    }
}

/// The value of a variable as a journal, which is UTF-8, has it.
fn value(name: &str, value: &str) -> String {
    let bytes = narrow(value);
    let shown = String::from_utf8_lossy(&bytes);
    format!("{name} {} {shown:?}", bytes.len() + 1)
}

fn the_variables_tell_of_the_handshake(build: Build) {
    let expected = [
        ("HTTPS", "on"),
        ("SERVER_PORT_SECURE", "1"),
        ("CERT_FLAGS", "1"),
        ("CERT_ISSUER", "O=Example, CN=Test Authority"),
        ("CERT_SUBJECT", "O=Example, OU=Clients, CN=Zo\u{eb}"),
        ("CERT_SERIALNUMBER", "f4-8f-31"),
        ("CERT_KEYSIZE", "256"),
        ("CERT_SECRETKEYSIZE", "256"),
        ("CERT_SERVER_ISSUER", "O=Example, CN=Test Authority"),
        (
            "CERT_SERVER_SUBJECT",
            "C=US, S=Washington, O=\"Example, Inc.\", CN=localhost",
        ),
        ("HTTPS_KEYSIZE", "256"),
        ("HTTPS_SECRETKEYSIZE", "256"),
        ("HTTPS_SERVER_ISSUER", "O=Example, CN=Test Authority"),
        (
            "HTTPS_SERVER_SUBJECT",
            "C=US, S=Washington, O=\"Example, Inc.\", CN=localhost",
        ),
        // TLS 1.2, AES with 256 bits, SHA-384, ephemeral ECDH.
        ("CRYPT_PROTOCOL", "400"),
        ("CRYPT_CIPHER_ALG_ID", "6610"),
        ("CRYPT_HASH_ALG_ID", "800d"),
        ("CRYPT_KEYEXCHANGE_ALG_ID", "ae06"),
    ];
    let steps: Vec<_> = expected
        .iter()
        .map(|(name, _)| format!("variable {name}"))
        .chain(["variable CERT_COOKIE".to_owned()])
        .collect();
    let steps: Vec<_> = steps.iter().map(String::as_str).collect();
    let server = server(build);
    let journal = run(&server, &steps);
    for (name, text) in expected {
        journal.expect_line(&value(name, text));
    }
    // An identifier of this certificate, the same for every connection.
    let cookie = journal.value("CERT_COOKIE ");
    assert_ne!(cookie, "1 \"\"");
    assert_eq!(run(&server, &steps).value("CERT_COOKIE "), cookie);
}

fn without_a_certificate_the_variables_tell_of_the_rest(build: Build) {
    let server = server(build);
    Script::new(&[
        "variable HTTPS",
        "variable CERT_FLAGS",
        "variable CERT_SUBJECT",
        "variable CERT_COOKIE",
        "variable CERT_SERVER_ISSUER",
        "variable CRYPT_PROTOCOL",
    ])
    .run(&server)
    .expect(&[
        &value("HTTPS", "on"),
        &value("CERT_FLAGS", "0"),
        &value("CERT_SUBJECT", ""),
        &value("CERT_COOKIE", ""),
        &value("CERT_SERVER_ISSUER", "O=Example, CN=Test Authority"),
        // TLS 1.3
        &value("CRYPT_PROTOCOL", "1000"),
    ]);
}

fn large_bodies_and_files_come_whole_over_tls(build: Build) {
    const LENGTH: usize = 300_000;
    let directory = TempDir::new();
    let path = directory.file("large.bin", fill(LENGTH));
    let server = server(build);
    let script = Script::new(&[
        "read_all 5000",
        &format!("open {}", path.display()),
        "io_completion",
        &format!("header 1|200 OK|Content-Length: {}\r\n\r\n", 3 * LENGTH),
        &format!("write_fill {LENGTH}"),
        &format!("vector flags=1|memory_fill={}|file=100,0", 100),
        "transmit bytes=0",
        "return 3",
        "[completion]",
        "done",
    ]);
    let response = server.post(script.target(), fill(LENGTH));
    let expected = [fill(LENGTH), fill(LENGTH), fill(LENGTH)].concat();
    response.expect(200, expected);
    let journal = script.wait(&server, "return 3");
    assert!(
        journal
            .value("read_all ")
            .ends_with(&describe(&fill(LENGTH))),
        "{journal:#?}"
    );
}
