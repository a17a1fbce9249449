//! ISAPI extensions as a tower service for axum.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use isapi_axum::IsapiService;
//!
//! # async fn index() -> &'static str { "" }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let isapi = IsapiService::builder(isapi_emu_loader::Portable::new())
//!     .extension("/hello.dll", isapi_sdk::entry!(sample_hello::Hello)) // linked in
//!     .directory("/scripts", "site/scripts") // .so on Linux, .dylib on macOS
//!     .build()?;
//! let app = Router::new().route("/", get(index)).nest_service("/legacy", isapi);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`IsapiService`] fits `nest_service`, `route_service` and `fallback_service`, and everything else
//! that takes a [`tower_service::Service`]. There is no global state: two services share nothing.
//!
//! # What an extension sees
//!
//! | variable | comes from |
//! |---|---|
//! | SCRIPT_NAME, URL, HTTP_URL | [`OriginalUri`](axum::extract::OriginalUri) where a router nests the service, else the request's URI |
//! | REMOTE_ADDR, REMOTE_PORT | [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo); else they are empty |
//! | CONTENT_LENGTH, `cbTotalBytes` | the body's framing, never the text of a field |
//! | ALL_RAW | [`RawFields`](connection::RawFields), which our own listener leaves; else what `http` keeps of the fields |
//! | REMOTE_USER, LOGON_USER, AUTH_TYPE | a [`User`](isapi_core::request_head::User) in the request's extensions: whoever puts one there has checked who it is |
//!
//! An embedder that knows more, such as TLS in front, puts a
//! [`ConnectionInfo`](isapi_core::request_head::ConnectionInfo) into the request's extensions; it says
//! it all then.
//!
//! # Requests within requests
//!
//! With `HSE_REQ_EXEC_URL` an extension has another URL executed in place of an answer of its own:
//! another extension, the next wildcard handler, or what the
//! [fallback](Builder::fallback) serves. The child goes through the same service.
//!
//! * Its URL begins at the root of the site, as SCRIPT_NAME does: `/legacy/other.dll` where the service
//!   is nested at `/legacy`. What lies outside of `/legacy` is answered 404.
//! * It has the extensions of its parent's request, so it is known who and where the client is.
//! * Header fields of its own replace those of its parent, except for a `Host` that it does not name:
//!   without one there is no request in HTTP.
//! * It goes as fast as its parent's client takes it, and it is gone with that client.
//! * Its line in the log names its parent.
//!
//! A parent should return `HSE_STATUS_PENDING` and go on when its child is done. One that waits for
//! its own child within `HttpExtensionProc` keeps a thread from it, and where many do so at once, all
//! of the [call threads](Builder::call_threads) wait for children that get none.
//!
//! # Where calls run
//!
//! An extension is foreign code that may block, so it is called on worker threads. One whose calls
//! have all been short for a while is called inline, which costs less: in the task that drives the
//! request, on the Tokio runtime that it came on. Calls that are not send it back.
//! [`Builder::dispatch`], [`Builder::dispatch_module`] and [`Handler::dispatch`] say otherwise by a
//! [`DispatchMode`].
//!
//! * On Windows all calls run on worker threads, whatever the mode: the system ties what is being
//!   sent, and the user that an extension impersonates, to the thread.
//! * Inline needs a runtime with several threads. On a current-thread runtime everything runs on
//!   worker threads. With [`DispatchMode::Auto`] so it does on a runtime with one worker thread,
//!   and inline calls never take the last thread of a larger one: an extension may come to wait
//!   where this crate does not see it.
//! * Calls run inline only on the first runtime that the service is used on. On others they run on
//!   worker threads.
//! * An inline call that waits in a function of its control block does so in
//!   [`block_in_place`](tokio::task::block_in_place), which needs a thread of the runtime's
//!   [`max_blocking_threads`](tokio::runtime::Builder::max_blocking_threads); at most 64 at once.
//! * One that waits by itself, for its client, another thread or an operation of its own, is
//!   noticed after 4 to 8 ms. What it has sent before goes out then at the latest.
//! * An extension that is linked in and blocks on Tokio by itself (`Handle::block_on`,
//!   `blocking_send`, `blocking_recv`, `reqwest::blocking`) panics when it is called inline, since
//!   it shares this Tokio. It is one for [`DispatchMode::Pool`]. A module in a `.so` with a Tokio
//!   of its own is not affected.
//! * An inline call has the stack of the runtime's threads (2 MiB unless
//!   [configured](tokio::runtime::Builder::thread_stack_size) otherwise), as much as a worker
//!   thread has. IIS gave extensions 256 KiB.
//! * A [`Runtime`](tokio::runtime::Runtime) that is dropped waits for the inline calls that are
//!   running; one that is [shut down](tokio::runtime::Runtime::shutdown_background) does not.
//! * What an extension changes of its thread and leaves so (the rounding of floating-point numbers)
//!   is changed for the tasks of that thread. Such an extension is one for [`DispatchMode::Pool`].
//!
//! # The access log
//!
//! Every request has one line with the target `isapi::access`: what an extension answers when its
//! session ends, what the fallback answers and what is refused with the head of the response. The two
//! last have no `extension`, and a refusal has an `error`. [`IsapiService::try_call`] leaves it to its
//! caller to log a refusal.
//!
//! # When the client is gone
//!
//! The client counts as gone when the response future is dropped before it is ready, or the body
//! before its last frame. A body dropped after its last frame is a finished response.
//!
//! # Which server in front
//!
//! Any HTTP server will do. Ours ([`connection`]) adds what a service cannot do by itself: deadlines
//! for silent and slow clients, limits of the request's head, closing a connection on an extension's
//! word, and files that the kernel sends.
#![forbid(unsafe_code)]

mod access_log;
mod body;
pub mod connection;
mod driver;
mod error;
mod exec_url;
mod inline;
mod limits;
mod request;
mod response;
mod service;

pub use body::{BodyError, IsapiBody};
pub use error::DispatchError;
pub use isapi_bridge::{DispatchMode, ExtensionInfo, LoadError, StillBusy};
pub use isapi_core::session::SessionConfig;
pub use isapi_core::url_map::{Access, HandlerError, ResourceType};
pub use isapi_core::variables::ServerInfo;
pub use limits::Limits;
pub use service::{
    AllowedModule, BuildError, Builder, Handler, IsapiService, ModuleListing, ReplaceableError,
    ResponseFuture, Unhealthy,
};
