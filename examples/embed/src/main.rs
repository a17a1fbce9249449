//! An axum app with mounted extensions: `cargo run -p example-embed`, then follow the links.

use std::error::Error;
use std::net::SocketAddr;

use axum::{Router, response::Html, routing::get};
use isapi_axum::IsapiService;
use isapi_emu_loader::Portable;
use sample_hello::Hello;
use sample_variables::Variables;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Without a subscriber there is no log: no failed load, no broken rule, no access line.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();

    let isapi = IsapiService::builder(Portable::new())
        .extension("/hello.dll", isapi_sdk::entry!(Hello))
        .extension("/variables.dll", isapi_sdk::entry!(Variables))
        // What PATH_TRANSLATED and APPL_PHYSICAL_PATH begin with.
        .document_root(std::env::temp_dir())
        .build()?;
    let app = Router::new()
        .route("/", get(index))
        .nest_service("/legacy", isapi);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    // With a plain `app` the client's address is unknown: REMOTE_ADDR, REMOTE_HOST and REMOTE_PORT
    // are empty, and a refusal does not tell its reason to clients on this machine.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}

async fn index() -> Html<&'static str> {
    Html(
        "<p><a href=\"/legacy/hello.dll\">An ISAPI extension</a>\n\
         <p><a href=\"/legacy/variables.dll/extra/path\">What one knows of a request</a>",
    )
}
