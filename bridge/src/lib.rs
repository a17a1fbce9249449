//! Binds ISAPI extensions to the session of [`isapi_core`].
//!
//! An extension is foreign code with three entry points; it is given a control block and calls
//! four functions in it, from any thread. This crate owns both sides of that border:
//!
//! * [`ExtensionSlot`] loads an extension once, whatever the concurrency, and has it terminated
//!   when no request is outstanding.
//! * [`RequestSession`] is one request: the HTTP side polls it for the response and tells it what
//!   the client sends; `HttpExtensionProc`, completion callbacks and file reads run on the threads
//!   of its [`Runtime`], or inline where their extension's calls have proved short.
//! * The four callbacks go through one gate: a `ConnID` is a generational key and never a pointer,
//!   a panic never unwinds into foreign code, the last error is set as the very last thing.
//!
//! What differs between platforms, modules and files, is behind [`Backend`]; what the server around
//! a request knows, where URLs lie and which error pages there are, is behind [`Site`].
//!
//! # Calls in the task of a request
//!
//! Where a [`Runtime`] has an [`InlineDispatch`], the driver of a request is also told of calls
//! ([`Drive::Call`]), and the first may come with [`RequestSession::start`]. It makes them in its task, or
//! has them [dispatched](InlineCall::dispatch). One that is given up before the request is over says
//! [`driver_dropped`](RequestSession::driver_dropped), so that what was left to it is called elsewhere.
//!
//! # Child requests
//!
//! An extension may have another URL executed within its request (`HSE_REQ_EXEC_URL`). The driver
//! is told by [`Drive::ExecUrl`] and executes the child as it would a client's request. The child's
//! body, where it has none of its own, comes from
//! [`poll_child_body`](RequestSession::poll_child_body). Its response goes to
//! [`child_head`](RequestSession::child_head) and [`child_data`](RequestSession::child_data) as
//! [`poll_child_room`](RequestSession::poll_child_room) allows, its end to
//! [`child_end`](RequestSession::child_end). A child that is not wanted any more is dropped, with
//! nothing more to tell.
//!
//! # What safe means here
//!
//! An extension is trusted code: it can do to this process whatever it likes. What is promised is
//! our side. Everything it does *through a callback*, in whatever order and from whatever thread,
//! is an answer or a refusal with a name, and the memory it was given stays readable until nobody
//! can be using it any more.
//!
//! An extension must not unwind. A Rust function behind `extern "system"` aborts the process when
//! it panics, before this crate could see it; the SDK catches panics on the extension's side. What
//! leaves foreign code by another way is the platform's: [`EntryProvider::call`].

mod access_token;
mod backend;
mod calls;
mod child;
mod clock;
mod completion;
mod conn_id;
mod connections;
mod current_call;
mod decode;
mod dispatch;
mod dispatch_policy;
mod ecb;
mod effects;
mod encode;
mod extension;
mod file_transfer;
mod gate;
mod inner;
mod invoke;
mod kernel_send;
mod last_error;
mod load_error;
mod loan;
mod module_format;
mod quarantine;
mod registry;
mod report;
mod request_session;
mod response_queue;
mod runtime;
mod shards;
mod shared;
mod site;
mod sync;
#[cfg(test)]
mod test_backend;
mod thunks;
mod worker_pool;

pub use access_token::AccessToken;
pub use backend::{Backend, ReadyRange, SendableFile, WantedRange};
pub use clock::{Clock, SystemClock};
pub use dispatch::{Dispatch, DispatchMode, InlineDispatch, Job, Overloaded};
pub use extension::{
    Acquire, EntryProvider, Escaped, ExtensionGuard, ExtensionInfo, ExtensionSlot, ForeignCall,
    ForeignFunction, ModulePolicy, ModuleSource, StaticEntry, StillBusy,
};
pub use invoke::InlineCall;
pub use kernel_send::{
    FileAddresses, FileBlock, FileSlice, KernelFile, KernelSend, PendingSend, SocketRef,
};
pub use load_error::LoadError;
pub use loan::Loan;
pub use module_format::ModuleFormat;
pub use request_session::{
    BodyAborted, BodyFrame, ChildCall, Drive, Lending, LogEntry, NoResponse, Peer, RequestSession,
    Transport,
};
pub use runtime::{Runtime, RuntimeBuilder};
pub use site::{ErrorPage, Site, UrlMapping};
pub use worker_pool::WorkerPool;
