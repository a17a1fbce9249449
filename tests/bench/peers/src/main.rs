//! A plain axum server, as one would write it: `isapi-bench-axum FOLDER`.
//!
//! `GET /hello` is a handler, `POST /upload` one that takes the body as `Bytes`, `/files/` is
//! tower-http's `ServeDir` on the folder. The address is printed when it listens.

use std::error::Error;
use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use bytes::Bytes;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("usage: isapi-bench-axum FOLDER")?;
    let app = Router::new()
        .route("/hello", get(hello))
        .route("/upload", post(upload))
        .layer(DefaultBodyLimit::disable())
        .nest_service("/files", ServeDir::new(folder));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("listening on http://{}/", listener.local_addr()?);
        Ok(axum::serve(listener, app).await?)
    })
}

async fn hello() -> &'static str {
    "Hello from ISAPI\n"
}

async fn upload(body: Bytes) -> String {
    format!("{}\n", body.len())
}
