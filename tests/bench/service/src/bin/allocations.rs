//! Counts the allocations of a synchronous hello.
//!
//! Prints `NAME allocations N bytes N`, per request, for `service` (the service alone) and for
//! `connection` (with our listener's side of a connection and hyper). The client of the latter
//! allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};

use isapi_axum::connection::{ConnectionOptions, serve_connection};
use isapi_bench_service::{PATH, hello, hello_service, one_thread};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How many requests come before those that count, so that tables and pools have their size.
const WARM_UP: u64 = 1_000;

/// How many requests count.
const COUNTED: u64 = 10_000;

#[global_allocator]
static ALLOCATOR: Counting = Counting {
    allocations: AtomicU64::new(0),
    bytes: AtomicU64::new(0),
};

/// The system's allocator, with a count.
struct Counting {
    allocations: AtomicU64,
    bytes: AtomicU64,
}

impl Counting {
    fn count(&self, bytes: usize) {
        self.allocations.fetch_add(1, Ordering::Relaxed);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn now(&self) -> (u64, u64) {
        (
            self.allocations.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }
}

// SAFETY: every call goes to the system's allocator as it came, so what that promises holds; the
// counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.count(size);
        // SAFETY: the pointer came from `System`, by way of the functions here.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System`, by way of the functions here.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = one_thread()?;
    runtime.block_on(count_service())?;

    let address = runtime.block_on(listen())?;
    let mut client = Client::connect(address)?;
    count("connection", || client.exchange())
}

async fn count_service() -> Result<(), Box<dyn Error>> {
    let mut service = hello_service()?;
    for _ in 0..WARM_UP {
        hello(&mut service, PATH).await;
    }
    let before = ALLOCATOR.now();
    for _ in 0..COUNTED {
        hello(&mut service, PATH).await;
    }
    print("service", before, ALLOCATOR.now());
    Ok(())
}

fn count(
    name: &str,
    mut exchange: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..WARM_UP {
        exchange()?;
    }
    let before = ALLOCATOR.now();
    for _ in 0..COUNTED {
        exchange()?;
    }
    print(name, before, ALLOCATOR.now());
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the counts are far below what a double holds"
)]
fn print(name: &str, before: (u64, u64), after: (u64, u64)) {
    let allocations = (after.0 - before.0) as f64 / COUNTED as f64;
    let bytes = (after.1 - before.1) as f64 / COUNTED as f64;
    println!("{name} allocations {allocations:.2} bytes {bytes:.0}");
}

/// Serves one connection; returns where.
async fn listen() -> Result<SocketAddr, Box<dyn Error>> {
    let service = hello_service()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        // The program ends with its client.
        let (stop, stopping) = watch::channel(false);
        if let Ok((stream, remote)) = listener.accept().await {
            let options = ConnectionOptions::default();
            let _ = serve_connection(stream, remote, service, options, stopping).await;
        }
        drop(stop);
    });
    Ok(address)
}

/// A client with one buffer.
struct Client {
    stream: TcpStream,
    request: String,
    buffer: [u8; 4096],
}

impl Client {
    fn connect(address: SocketAddr) -> Result<Client, Box<dyn Error>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream,
            request: format!("GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
            buffer: [0; 4096],
        })
    }

    fn exchange(&mut self) -> Result<(), Box<dyn Error>> {
        self.stream.write_all(self.request.as_bytes())?;
        let mut length = 0;
        while !self.buffer[..length].ends_with(b"Hello from ISAPI\n") {
            let read = self.stream.read(&mut self.buffer[length..])?;
            if read == 0 {
                return Err("the connection ended within an answer".into());
            }
            length += read;
        }
        if !self.buffer.starts_with(b"HTTP/1.1 200 OK\r\n") {
            return Err("the answer is not 200".into());
        }
        Ok(())
    }
}
