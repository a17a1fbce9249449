//! How much a socket takes that it cannot send yet.

use std::time::Duration;

use tokio::net::TcpStream;

/// The limit of one connection, which follows its client.
///
/// A socket with megabytes to send says that it has room only when a large part of them is gone; a
/// client that takes a few kilobytes a second would look like one that takes nothing. So there is a
/// limit, little more than the client's window. A client that empties it at once has a larger one: a
/// response that is not taken whole costs a wake-up and a system call for each of its parts.
///
/// Without the system's help (`TCP_NOTSENT_LOWAT` of Linux) there is none, and slow clients are only
/// judged more harshly.
#[derive(Debug)]
pub(super) struct UnsentLimit {
    bytes: u32,
}

impl UnsentLimit {
    /// Half of it has to go before the socket says that it has room.
    const SLOW_CLIENT: u32 = 128 * 1024;
    /// A client that was quick before and takes 9 KB/s from then on still makes progress within the
    /// usual 60 s. It is known to be slow when half of the limit is gone and has been filled up again:
    /// all but [half of the small limit](Self::SLOW_CLIENT) has to go before the next room is seen.
    const QUICK_CLIENT: u32 = 512 * 1024;
    /// A write that waited less than that is one to a quick client.
    const QUICK: Duration = Duration::from_millis(250);
    /// A write that waited more than that is one to a slow client.
    const SLOW: Duration = Duration::from_secs(1);

    /// Every client may be a slow one.
    pub(super) fn new(tcp: &TcpStream) -> Self {
        apply(tcp, Self::SLOW_CLIENT);
        Self {
            bytes: Self::SLOW_CLIENT,
        }
    }

    /// A write found room after it had `waited` for some.
    pub(super) fn found_room(&mut self, tcp: &TcpStream, waited: Duration) {
        let bytes = self.after(waited);
        if bytes != self.bytes {
            apply(tcp, bytes);
            self.bytes = bytes;
        }
    }

    fn after(&self, waited: Duration) -> u32 {
        if waited < Self::QUICK {
            Self::QUICK_CLIENT
        } else if waited > Self::SLOW {
            Self::SLOW_CLIENT
        } else {
            self.bytes
        }
    }
}

#[cfg(target_os = "linux")]
fn apply(tcp: &TcpStream, bytes: u32) {
    // Where it is refused, the limit is what it was.
    let _ = socket2::SockRef::from(tcp).set_tcp_notsent_lowat(bytes);
}

#[cfg(not(target_os = "linux"))]
fn apply(_: &TcpStream, _: u32) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io;

    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::timeout;

    use super::*;

    /// A failing test should fail soon, a slow machine should not.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A server's end, and that of a client with a window that stays small.
    async fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpSocket::new_v4().unwrap();
        client.set_recv_buffer_size(64 * 1024).unwrap();
        let client = client.connect(listener.local_addr().unwrap()).await;
        let (server, _) = listener.accept().await.unwrap();
        (server, client.unwrap())
    }

    fn limit_of(tcp: &TcpStream) -> u32 {
        socket2::SockRef::from(tcp).tcp_notsent_lowat().unwrap()
    }

    #[tokio::test]
    async fn the_limit_grows_for_a_client_that_is_quick_and_shrinks_for_one_that_is_slow() {
        let (tcp, _client) = connected().await;
        let mut limit = UnsentLimit::new(&tcp);
        assert_eq!(limit_of(&tcp), 128 * 1024);
        for (waited, bytes) in [
            (Duration::from_millis(500), 128 * 1024),
            (Duration::from_millis(1), 512 * 1024),
            (Duration::from_millis(500), 512 * 1024),
            (Duration::from_secs(5), 128 * 1024),
        ] {
            limit.found_room(&tcp, waited);
            assert_eq!(limit_of(&tcp), bytes, "after {waited:?}");
        }
    }

    /// Writes until the socket takes no more.
    fn fill(tcp: &TcpStream) {
        let block = [0; 64 * 1024];
        loop {
            match tcp.try_write(&block) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn take(client: &mut TcpStream, bytes: usize) {
        let mut taken = vec![0; bytes];
        let read = client.read_exact(&mut taken);
        timeout(PATIENCE, read).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_client_that_was_quick_and_takes_9_kilobytes_a_second_makes_progress_in_time() {
        const WITHIN_60_SECONDS: usize = 60 * 9_000;
        let (server, mut client) = connected().await;
        let mut limit = UnsentLimit::new(&server);
        limit.found_room(&server, Duration::from_millis(1));
        fill(&server);
        // Half of it; then all is filled up again, and only now is it known how slow the client is.
        take(&mut client, WITHIN_60_SECONDS).await;
        timeout(PATIENCE, server.writable()).await.unwrap().unwrap();
        fill(&server);
        limit.found_room(&server, Duration::from_secs(30));
        take(&mut client, WITHIN_60_SECONDS).await;
        let room = timeout(PATIENCE, server.writable()).await;
        room.expect("no room was seen").unwrap();
    }
}
