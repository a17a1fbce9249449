//! Support for the tests: a server in this process or as a program, the extensions it runs, and a raw
//! client.
//!
//! A test starts a [`TestServer`], speaks to it through a [`RawClient`] and asserts what came
//! back. Every wait has a deadline, so that a hang is a failure:
//!
//! ```no_run
//! use isapi_test_support::{Build, Extension, TestServer};
//!
//! let server = TestServer::with(Build::Linked, Extension::Hello);
//! server.get("/hello.dll").expect_status(200);
//! ```

mod builder;
mod channel;
mod client;
mod description;
mod extension;
mod handler;
mod http2;
mod in_process;
mod instance;
pub mod logs;
mod platform;
mod program;
mod program_config;
mod response;
mod script;
mod server;
mod standard_error;
mod temp_dir;
mod tls;

pub use builder::TestServerBuilder;
pub use client::{READ_DEADLINE, RawClient, ReadError};
pub use extension::{Build, Extension, module_file, target_dir, workspace_dir};
pub use handler::Handler;
pub use http2::Http2Client;
pub use instance::Instance;
pub use platform::{is_in_process, is_windows, module_name, narrow, shown_path};
pub use response::{Framing, Response, ResponseHead};
pub use script::{Journal, Script};
pub use script_extension::{describe, fill};
pub use server::TestServer;
pub use temp_dir::TempDir;
pub use tls::{TlsClient, client_certificate};

/// Runs the named functions, each a `fn(Build)`, as tests: `linked::NAME` and `so::NAME`, and
/// those under `also_in_c` as `c::NAME` too.
///
/// A server program runs those of `so` and `c`. What needs the server in the process of the test,
/// such as two servers that share a module, is under `in_process`: `linked::NAME` and
/// `linked::so::NAME`.
///
/// A function that is forgotten here is dead code, which the compiler reports.
///
/// ```
/// use isapi_test_support::{Build, conformance};
///
/// conformance! { tests: [answers], also_in_c: [] }
///
/// fn answers(_build: Build) {}
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    (
        tests: [$($test:ident),* $(,)?],
        also_in_c: [$($twin:ident),* $(,)?],
        in_process: [$($near:ident),* $(,)?] $(,)?
    ) => {
        mod linked {
            $(#[test] fn $test() { super::$test($crate::Build::Linked); })*
            $(#[test] fn $twin() { super::$twin($crate::Build::Linked); })*
            $(#[test] fn $near() { super::$near($crate::Build::Linked); })*

            mod so {
                $(#[test] fn $near() { super::super::$near($crate::Build::SharedObject); })*
            }
        }
        mod so {
            $(#[test] fn $test() { super::$test($crate::Build::SharedObject); })*
            $(#[test] fn $twin() { super::$twin($crate::Build::SharedObject); })*
        }
        mod c {
            $(#[test] fn $twin() { super::$twin($crate::Build::C); })*
        }
    };
    (tests: [$($test:ident),* $(,)?], also_in_c: [$($twin:ident),* $(,)?] $(,)?) => {
        $crate::conformance! { tests: [$($test),*], also_in_c: [$($twin),*], in_process: [] }
    };
    (tests: [$($test:ident),* $(,)?], in_process: [$($near:ident),* $(,)?] $(,)?) => {
        $crate::conformance! { tests: [$($test),*], also_in_c: [], in_process: [$($near),*] }
    };
    (tests: [$($test:ident),* $(,)?] $(,)?) => {
        $crate::conformance! { tests: [$($test),*], also_in_c: [], in_process: [] }
    };
}
