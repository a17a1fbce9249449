//! An axum app with a mounted extension: `cargo run -p example-embed`, then follow the link.

use axum::{Router, response::Html, routing::get};
use isapi_axum::IsapiService;
use isapi_emu_loader::Portable;
use sample_hello::Hello;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let isapi = IsapiService::builder(Portable::new())
        .extension("/hello.dll", isapi_sdk::entry!(Hello))
        .build()?;
    let app = Router::new()
        .route("/", get(index))
        .nest_service("/legacy", isapi);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn index() -> Html<&'static str> {
    Html("<a href=\"/legacy/hello.dll\">An ISAPI extension</a>")
}
