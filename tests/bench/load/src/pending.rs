//! Many requests that stay pending until they are told to complete.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::http;

/// How many connections are being opened at a time.
const OPENING: usize = 64;

/// How long all requests together may take to become pending, and to complete.
const DEADLINE: Duration = Duration::from_secs(120);

/// Opens the requests, waits for a line on standard input, has them completed.
pub(crate) async fn run(
    address: SocketAddr,
    path: &str,
    count: usize,
) -> Result<(), Box<dyn Error>> {
    let request: Arc<[u8]> = http::get(path).into();
    let opening = Arc::new(Semaphore::new(OPENING));
    let mut requests = JoinSet::new();
    for _ in 0..count {
        requests.spawn(keep_open(address, request.clone(), opening.clone()));
    }

    let mut control = TcpStream::connect(address).await?;
    let all_pending = wait_until_pending(&mut control, path, count, &mut requests);
    tokio::time::timeout(DEADLINE, all_pending)
        .await
        .map_err(|_| "not all requests became pending in time")??;
    println!("pending {count}");

    let mut line = String::new();
    let mut input = BufReader::new(tokio::io::stdin());
    input.read_line(&mut line).await?;

    let start = Instant::now();
    http::exchange(&mut control, &http::get(&format!("{path}?release"))).await?;
    let all = tokio::time::timeout(DEADLINE, all_completed(requests));
    let completed = all
        .await
        .map_err(|_| "not all requests completed in time")??;
    println!(
        "completed {completed} seconds {:.6}",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn keep_open(
    address: SocketAddr,
    request: Arc<[u8]>,
    opening: Arc<Semaphore>,
) -> io::Result<()> {
    let permit = opening.acquire().await.map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&request).await?;
    drop(permit);
    http::read_response(&mut stream).await.map(drop)
}

/// Asks the server until it has them all. A request that ends before is an error.
async fn wait_until_pending(
    control: &mut TcpStream,
    path: &str,
    count: usize,
    requests: &mut JoinSet<io::Result<()>>,
) -> Result<(), Box<dyn Error>> {
    let question = http::get(&format!("{path}?count"));
    loop {
        let answer = http::exchange(control, &question).await?;
        let pending: usize = String::from_utf8(answer)?.trim().parse()?;
        if pending >= count {
            return Ok(());
        }
        let pause = Duration::from_millis(20);
        tokio::select! {
            Some(ended) = requests.join_next() => {
                ended??;
                return Err("a request completed before it was told to".into());
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn all_completed(mut requests: JoinSet<io::Result<()>>) -> io::Result<usize> {
    let mut completed = 0;
    while let Some(request) = requests.join_next().await {
        request.map_err(io::Error::other)??;
        completed += 1;
    }
    Ok(completed)
}
