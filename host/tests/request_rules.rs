//! Host rules and sizes, which hold for files and for the demo alike.

mod support;

use support::{Directory, Server};

fn servers() -> (Directory, [Server; 2]) {
    let directory = Directory::new();
    directory.write("index.html", "index");
    let files = Server::start(&["serve", directory.str()]);
    (directory, [files, Server::start(&[])])
}

#[test]
fn a_request_without_host_is_400() {
    let (_directory, servers) = servers();
    for server in servers {
        assert_eq!(
            server
                .send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
                .status,
            400
        );
    }
}

#[test]
fn a_request_with_two_hosts_is_400() {
    let (_directory, servers) = servers();
    for server in servers {
        let raw = "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n";
        assert_eq!(server.send(raw).status, 400);
    }
}

#[test]
fn a_host_that_is_no_host_is_400() {
    let (_directory, servers) = servers();
    for server in servers {
        let raw = "GET / HTTP/1.1\r\nHost: a/b c\r\nConnection: close\r\n\r\n";
        assert_eq!(server.send(raw).status, 400);
    }
}

#[test]
fn http_1_0_needs_no_host() {
    let (_directory, servers) = servers();
    for server in servers {
        assert_eq!(server.send("GET / HTTP/1.0\r\n\r\n").status, 200);
    }
}

#[test]
fn a_long_url_is_414() {
    let (_directory, servers) = servers();
    for server in servers {
        assert_eq!(server.get(&format!("/{}", "a/".repeat(2047))).status, 404);
        assert_eq!(server.get(&format!("/{}", "a".repeat(4096))).status, 414);
    }
}

#[test]
fn a_long_query_is_414() {
    let (_directory, servers) = servers();
    for server in servers {
        assert_eq!(server.get(&format!("/?{}", "a".repeat(2048))).status, 200);
        let answer = server.get(&format!("/?{}", "a".repeat(2049)));
        assert_eq!(answer.status, 414);
        assert!(
            answer.text().contains("max_query_string"),
            "{}",
            answer.text()
        );
    }
}

#[test]
fn a_large_body_is_413() {
    let (_directory, servers) = servers();
    for server in servers {
        let answer = server.request("POST", "/", "Content-Length: 30000001\r\n");
        assert_eq!(answer.status, 413);
    }
}

#[test]
fn a_head_above_64_kib_is_431() {
    let (_directory, servers) = servers();
    for server in servers {
        let answer = server.get_with("/", &format!("X: {}\r\n", "a".repeat(64 * 1024)));
        assert_eq!(answer.status, 431);
        let answer = server.get_with("/", &format!("X: {}\r\n", "a".repeat(60 * 1024)));
        assert_eq!(answer.status, 200);
    }
}

#[test]
fn more_than_100_fields_are_431() {
    let (_directory, servers) = servers();
    for server in servers {
        // Host and Connection come with every request.
        assert_eq!(server.get_with("/", &"X: y\r\n".repeat(98)).status, 200);
        assert_eq!(server.get_with("/", &"X: y\r\n".repeat(99)).status, 431);
    }
}

#[test]
fn limits_can_be_set() {
    let server = Server::start(&["--max-url", "4", "--max-allowed-content-length", "3"]);
    assert_eq!(server.get("/abcd").status, 414);
    assert_eq!(
        server.request("POST", "/", "Content-Length: 4\r\n").status,
        413
    );
}
