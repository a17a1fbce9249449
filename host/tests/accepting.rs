//! How connections are accepted when there are too many of them.

mod support;

use support::Server;

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn further_connections_wait_while_the_server_is_full() {
    let server = Server::start(&["--max-connections", "1"]);
    let mut first = server.connect();
    first.send(GET);
    assert_eq!(first.receive().status, 200);
    let mut second = server.connect();
    second.send(GET);
    drop(first);
    assert_eq!(second.receive().status, 200);
}

#[test]
fn a_full_server_listens_on_every_address() {
    let arguments = [
        "--max-connections",
        "1",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        "127.0.0.1:0",
    ];
    let server = Server::spawn(support::isapi(arguments), 2);
    for &address in server.addresses() {
        let mut client = support::Client::connect(address);
        client.send(GET);
        assert_eq!(client.receive().status, 200, "{address}");
    }
}

#[cfg(unix)]
#[test]
fn running_out_of_descriptors_stops_nothing() {
    use std::process::Command;

    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 32 && exec \"$0\" --listen 127.0.0.1:0"]);
    command.arg(env!("CARGO_BIN_EXE_isapi"));
    support::without_settings(&mut command);
    let server = Server::spawn(command, 1);
    let clients: Vec<_> = (0..64).map(|_| server.connect()).collect();
    server.expect_line("cannot accept connections");
    drop(clients);
    assert_eq!(server.get("/").status, 200);
}
