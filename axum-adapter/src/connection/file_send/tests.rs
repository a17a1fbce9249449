use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};

use isapi_bridge::{FileAddresses, KernelFile};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;

/// A kernel that does what the test says. The file's byte at `n` is `n % 251`.
#[derive(Debug, Default)]
struct Kernel {
    answers: Mutex<VecDeque<io::Result<KernelSend>>>,
    blocks: Mutex<Vec<Block>>,
    length: u64,
}

/// A block that was to be sent: head, offset, length, tail.
type Block = (Vec<u8>, u64, usize, Vec<u8>);

impl Kernel {
    fn answers(self, answer: io::Result<KernelSend>) -> Self {
        self.answers.lock().unwrap().push_back(answer);
        self
    }

    fn blocks(&self) -> Vec<Block> {
        std::mem::take(&mut *self.blocks.lock().unwrap())
    }
}

impl KernelFile for Kernel {
    fn send(&self, _: SocketRef<'_>, block: &FileBlock<'_>) -> io::Result<KernelSend> {
        let joined = |bufs: &[IoSlice<'_>]| bufs.iter().flat_map(|buf| buf.to_vec()).collect();
        self.blocks.lock().unwrap().push((
            joined(block.head),
            block.offset,
            block.length,
            joined(block.tail),
        ));
        let answer = self.answers.lock().unwrap().pop_front();
        answer.expect("the test did not expect this block")
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap();
        let count = buffer.len().min(left);
        for (position, byte) in (offset..).zip(&mut buffer[..count]) {
            *byte = u8::try_from(position % 251).unwrap();
        }
        Ok(count)
    }
}

/// Memory that stands for the beginning of a file.
struct StandIn {
    memory: Vec<u8>,
    _registered: FileAddresses,
}

fn stand_in(kernel: &Arc<Kernel>, length: usize, offset: u64) -> StandIn {
    let memory = vec![b'!'; length];
    let addresses = memory.as_ptr_range();
    let addresses = addresses.start.addr()..addresses.end.addr();
    let file = Arc::clone(kernel);
    StandIn {
        _registered: FileAddresses::register(addresses, file, offset),
        memory,
    }
}

async fn connection() -> (Arc<Socket>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (client, server) = tokio::join!(client, listener.accept());
    (Socket::new(server.unwrap().0), client.unwrap())
}

async fn write(files: &mut FileSend, socket: &Socket, bufs: &[&[u8]]) -> io::Result<usize> {
    let bufs: Vec<_> = bufs.iter().map(|buf| IoSlice::new(buf)).collect();
    poll_fn(|cx| files.poll_write(cx, socket, &bufs)).await
}

/// Writes until a block is on its way.
async fn begin(files: &mut FileSend, socket: &Socket, bufs: &[&[u8]]) {
    let bufs: Vec<_> = bufs.iter().map(|buf| IoSlice::new(buf)).collect();
    poll_fn(|cx| {
        assert!(files.poll_write(cx, socket, &bufs).is_pending());
        match files.is_pending() {
            true => Poll::Ready(()),
            // The system has yet to say that the socket is writable.
            false => Poll::Pending,
        }
    })
    .await;
}

fn poll(files: &mut FileSend, socket: &Socket, bufs: &[&[u8]]) -> Poll<io::Result<usize>> {
    let bufs: Vec<_> = bufs.iter().map(|buf| IoSlice::new(buf)).collect();
    files.poll_write(
        &mut Context::from_waker(std::task::Waker::noop()),
        socket,
        &bufs,
    )
}

#[tokio::test]
async fn a_file_is_sent_with_what_is_around_it() {
    let kernel = Arc::new(Kernel::default().answers(Ok(KernelSend::Sent(1234))));
    let file = stand_in(&kernel, 100_000, 5000);
    let next = stand_in(&kernel, 10, 0);
    let (socket, _client) = connection().await;
    let bufs: [&[u8]; 6] = [
        b"head",
        b"size",
        &file.memory[7..],
        b"end",
        &next.memory,
        b"-",
    ];
    let sent = write(&mut FileSend::default(), &socket, &bufs).await;
    assert_eq!(sent.unwrap(), 1234);
    assert_eq!(
        kernel.blocks(),
        [(b"headsize".to_vec(), 5007, 99_993, b"end".to_vec())]
    );
}

#[tokio::test]
async fn what_is_behind_a_file_waits_for_its_last_block() {
    let kernel = Arc::new(Kernel::default().answers(Ok(KernelSend::Sent(1))));
    let file = stand_in(&kernel, Pace::FIRST + 1, 0);
    let (socket, _client) = connection().await;
    let sent = write(&mut FileSend::default(), &socket, &[&file.memory, b"end"]).await;
    assert_eq!(sent.unwrap(), 1);
    assert_eq!(kernel.blocks(), [(vec![], 0, Pace::FIRST, vec![])]);
}

#[tokio::test]
async fn a_kernel_that_answers_at_once_is_given_all_that_is_left() {
    let kernel = Kernel::default().answers(Ok(KernelSend::Sent(Pace::FIRST)));
    let kernel = Arc::new(kernel.answers(Ok(KernelSend::Sent(1))));
    let length = 3 * Pace::LARGEST;
    let file = stand_in(&kernel, length, 0);
    let (socket, _client) = connection().await;
    let mut files = FileSend::default();
    for from in [0, Pace::FIRST] {
        let sent = write(&mut files, &socket, &[&file.memory[from..]]).await;
        assert!(sent.is_ok(), "{sent:?}");
    }
    let lengths: Vec<_> = kernel.blocks().iter().map(|block| block.2).collect();
    assert_eq!(lengths, [Pace::FIRST, length - Pace::FIRST]);
}

#[tokio::test]
async fn more_in_front_of_a_file_than_is_worth_a_copy_is_written_by_itself() {
    let kernel = Arc::new(Kernel::default());
    let file = stand_in(&kernel, 100_000, 0);
    let head = vec![b'h'; LONGEST_COPY + 1];
    let (socket, mut client) = connection().await;
    let written = write(&mut FileSend::default(), &socket, &[&head, &file.memory])
        .await
        .unwrap();
    assert!((1..=head.len()).contains(&written), "{written}");
    let mut received = vec![0; written];
    client.read_exact(&mut received).await.unwrap();
    assert!(received == head[..written]);
}

#[tokio::test]
async fn a_block_on_its_way_is_asked_for_and_not_sent_again() {
    let (done, wait) = oneshot::channel();
    let send: PendingSend = Box::pin(async { Ok(wait.await.unwrap()) });
    let kernel = Arc::new(Kernel::default().answers(Ok(KernelSend::Pending(send))));
    let file = stand_in(&kernel, 1000, 0);
    let (socket, _client) = connection().await;
    let mut files = FileSend::default();
    begin(&mut files, &socket, &[b"head", &file.memory]).await;
    assert!(poll(&mut files, &socket, &[b"head", &file.memory, b"more"]).is_pending());
    done.send(1004).unwrap();
    match poll(&mut files, &socket, &[b"head", &file.memory, b"more"]) {
        Poll::Ready(Ok(1004)) => {}
        other => panic!("{other:?}"),
    }
    assert!(!files.is_pending());
    assert_eq!(kernel.blocks().len(), 1);
}

#[tokio::test]
async fn a_block_that_is_given_up_is_cancelled() {
    let (done, wait) = oneshot::channel::<usize>();
    let send: PendingSend = Box::pin(async { Ok(wait.await.unwrap()) });
    let kernel = Arc::new(Kernel::default().answers(Ok(KernelSend::Pending(send))));
    let file = stand_in(&kernel, 1000, 0);
    let (socket, _client) = connection().await;
    let mut files = FileSend::default();
    begin(&mut files, &socket, &[&file.memory]).await;
    assert!(!done.is_closed());
    files.cancel();
    assert!(done.is_closed());
}

#[tokio::test]
async fn a_file_that_the_kernel_does_not_send_is_read() {
    let unsupported = || Err(io::ErrorKind::Unsupported.into());
    let kernel = Kernel {
        length: 1000,
        ..Kernel::default()
    };
    let kernel = Arc::new(kernel.answers(unsupported()).answers(unsupported()));
    let file = stand_in(&kernel, 600, 500);
    let (socket, mut client) = connection().await;
    let mut files = FileSend::default();
    // The file has become shorter than the 600 bytes that were announced.
    let written = write(&mut files, &socket, &[b"head", &file.memory]).await;
    assert_eq!(written.unwrap(), 504);
    let mut received = vec![0; 504];
    client.read_exact(&mut received).await.unwrap();
    assert_eq!(&received[..4], b"head");
    let expected: Vec<u8> = (500..1000_u32)
        .map(|position| u8::try_from(position % 251).unwrap())
        .collect();
    assert!(received[4..] == expected);
    let error = write(&mut files, &socket, &[&file.memory[500..]]).await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn blocks_grow_for_fast_clients_and_shrink_for_slow_ones() {
    let mut pace = Pace::default();
    let quick = Duration::from_millis(10);
    for expected in [512, 1024, 1024] {
        pace.sent(pace.block, quick);
        assert_eq!(pace.block, expected * 1024);
    }
    // The end of a file says little.
    pace.block = Pace::FIRST;
    pace.sent(10, quick);
    assert_eq!(pace.block, Pace::FIRST);
    pace.sent(pace.block, Duration::from_millis(500));
    assert_eq!(pace.block, Pace::FIRST);
    for expected in [128, 64, 64] {
        pace.sent(pace.block, Duration::from_secs(20));
        assert_eq!(pace.block, expected * 1024);
    }
}
