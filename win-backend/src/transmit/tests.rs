use std::fs::File;
use std::future::Future;
use std::io::{self, IoSlice, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::{AsRawHandle, AsSocket};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use isapi_bridge::{FileBlock, KernelFile, KernelSend, PendingSend};

use super::TransmitFile;
use crate::open_file::OpenFile;
use crate::test_file::TestFile;

/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// More than the sockets of a connection hold.
const LARGE: usize = 16 * 1024 * 1024;

/// The two ends of a connection: the server's as hosts have it, and the client's.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    (server, client)
}

fn open(original: &File) -> Arc<OpenFile> {
    // SAFETY: the handle is that of an open file.
    Arc::new(unsafe { OpenFile::duplicate(original.as_raw_handle()) }.unwrap())
}

fn sender(file: &Arc<OpenFile>) -> TransmitFile {
    TransmitFile::new(Arc::clone(file))
}

fn range(offset: u64, length: usize) -> FileBlock<'static> {
    FileBlock {
        head: &[],
        offset,
        length,
        tail: &[],
    }
}

fn begin(file: &TransmitFile, socket: &TcpStream, block: &FileBlock<'_>) -> PendingSend {
    match file.send(socket.as_socket(), block).unwrap() {
        KernelSend::Pending(send) => send,
        KernelSend::Sent(bytes) => unreachable!("{bytes} were sent at once"),
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for the future as an executor does: it is asked again when it says so.
fn wait(future: impl Future<Output = io::Result<usize>>) -> io::Result<usize> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Poll::Ready(sent) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return sent;
        }
        thread::park_timeout(DEADLINE);
        assert!(Instant::now() < deadline, "nobody woke the task");
    }
}

fn is_pending(send: &mut PendingSend) -> bool {
    let waker = Waker::noop();
    send.as_mut()
        .poll(&mut Context::from_waker(waker))
        .is_pending()
}

/// Waits until nobody but the caller has the file.
#[track_caller]
fn expect_freed(file: &Arc<OpenFile>) {
    let deadline = Instant::now() + DEADLINE;
    while Arc::strong_count(file) > 1 {
        assert!(Instant::now() < deadline, "the operation is still there");
        thread::yield_now();
    }
}

fn read_exactly(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn head_range_and_tail_arrive_in_this_order() {
    let (path, content) = TestFile::filled(300_000);
    let file = open(&path.open());
    let (server, mut client) = connection();
    let block = FileBlock {
        head: &[IoSlice::new(b"head "), IoSlice::new(b"and more;")],
        offset: 1234,
        length: 200_000,
        tail: &[IoSlice::new(b";tail")],
    };
    let send = begin(&sender(&file), &server, &block);
    let reader = thread::spawn(move || read_exactly(&mut client, 14 + 200_000 + 5));
    assert_eq!(wait(send).unwrap(), 14 + 200_000 + 5);
    let bytes = reader.join().unwrap();
    assert_eq!(&bytes[..14], b"head and more;");
    assert!(bytes[14..200_014] == content[1234..201_234]);
    assert_eq!(&bytes[200_014..], b";tail");
}

#[test]
fn a_hundred_mebibytes_arrive_in_blocks() {
    const LENGTH: usize = 100 * 1024 * 1024;
    const BLOCK: usize = 4 * 1024 * 1024;
    let (path, content) = TestFile::filled(LENGTH);
    let file = open(&path.open());
    let (server, mut client) = connection();
    let reader = thread::spawn(move || read_exactly(&mut client, LENGTH));
    let mut sent = 0;
    while sent < LENGTH {
        let block = range(sent.try_into().unwrap(), BLOCK.min(LENGTH - sent));
        sent += wait(begin(&sender(&file), &server, &block)).unwrap();
    }
    assert!(reader.join().unwrap() == content);
}

#[test]
fn a_range_beyond_four_gibibytes_is_sent_from_there() {
    const OFFSET: u64 = 5 << 30;
    let path = TestFile::with(b"");
    let mut writer = path.write();
    writer.seek(SeekFrom::Start(OFFSET)).unwrap();
    writer.write_all(b"beyond four").unwrap();
    let file = open(&path.open());
    let (server, mut client) = connection();
    let sent = wait(begin(&sender(&file), &server, &range(OFFSET + 7, 4)));
    assert_eq!(sent.unwrap(), 4);
    assert_eq!(read_exactly(&mut client, 4), b"four");
}

#[test]
fn the_extensions_handle_may_be_closed_at_once_and_its_position_stays() {
    let (path, content) = TestFile::filled(LARGE);
    let mut original = path.open();
    original.read_exact(&mut [0; 7]).unwrap();
    let file = open(&original);
    let closed = path.open();
    let file_of_closed = open(&closed);
    let (server, mut client) = connection();
    let send = begin(&sender(&file), &server, &range(100, 200_000));
    let reader = thread::spawn(move || {
        let first = read_exactly(&mut client, 200_000);
        (first, read_exactly(&mut client, LARGE))
    });
    assert_eq!(wait(send).unwrap(), 200_000);
    assert_eq!(original.stream_position().unwrap(), 7);
    let send = begin(&sender(&file_of_closed), &server, &range(0, LARGE));
    drop(closed);
    drop(file_of_closed);
    assert_eq!(wait(send).unwrap(), LARGE);
    let (first, second) = reader.join().unwrap();
    assert!(first == content[100..200_100]);
    assert!(second == content);
}

#[test]
fn a_slow_reader_is_waited_for_and_the_task_woken() {
    let (path, content) = TestFile::filled(LARGE);
    let file = open(&path.open());
    let (server, mut client) = connection();
    let mut send = begin(&sender(&file), &server, &range(0, LARGE));
    assert!(is_pending(&mut send));
    let first = read_exactly(&mut client, 1000);
    assert!(is_pending(&mut send));
    let reader = thread::spawn(move || {
        let mut bytes = first;
        while bytes.len() < LARGE {
            let piece = 10_000.min(LARGE - bytes.len());
            bytes.extend_from_slice(&read_exactly(&mut client, piece));
        }
        bytes
    });
    assert_eq!(wait(send).unwrap(), LARGE);
    assert!(reader.join().unwrap() == content);
    expect_freed(&file);
}

#[test]
fn connections_do_not_wait_for_each_other() {
    let (path, content) = TestFile::filled(LARGE);
    let file = open(&path.open());
    let (server, _client_that_reads_nothing) = connection();
    let mut stuck = begin(&sender(&file), &server, &range(0, LARGE));
    assert!(is_pending(&mut stuck));
    let (other, mut client) = connection();
    let send = begin(&sender(&file), &other, &range(0, LARGE));
    let reader = thread::spawn(move || read_exactly(&mut client, LARGE));
    assert_eq!(wait(send).unwrap(), LARGE);
    assert!(reader.join().unwrap() == content);
    assert!(is_pending(&mut stuck));
}

#[test]
fn a_send_that_is_given_up_frees_what_it_had() {
    let (path, _) = TestFile::filled(LARGE);
    let file = open(&path.open());
    let (server, _client) = connection();
    let mut send = begin(&sender(&file), &server, &range(0, LARGE));
    assert!(is_pending(&mut send));
    drop(send);
    expect_freed(&file);
}

#[test]
fn a_send_whose_socket_is_closed_frees_what_it_had() {
    let (path, _) = TestFile::filled(LARGE);
    let file = open(&path.open());
    let (server, _client) = connection();
    let mut send = begin(&sender(&file), &server, &range(0, LARGE));
    assert!(is_pending(&mut send));
    drop(server);
    assert!(wait(&mut send).is_err());
    drop(send);
    expect_freed(&file);
}

#[test]
fn a_send_ends_when_the_client_leaves() {
    let (path, _) = TestFile::filled(LARGE);
    let file = open(&path.open());
    let (server, client) = connection();
    let mut send = begin(&sender(&file), &server, &range(0, LARGE));
    assert!(is_pending(&mut send));
    drop(client);
    let error = wait(send).unwrap_err();
    assert_ne!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
    expect_freed(&file);
}

#[test]
fn a_file_that_has_become_shorter_says_so() {
    let (path, _) = TestFile::filled(300_000);
    let file = open(&path.open());
    path.write().set_len(100_000).unwrap();
    let (server, mut client) = connection();
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).unwrap();
        bytes.len()
    });
    let sent = match sender(&file).send(server.as_socket(), &range(0, 300_000)) {
        Ok(KernelSend::Pending(send)) => wait(send),
        Ok(KernelSend::Sent(bytes)) => Ok(bytes),
        Err(error) => Err(error),
    };
    assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    drop(server);
    assert!(reader.join().unwrap() <= 100_000);
}
