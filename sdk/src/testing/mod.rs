//! A host in memory, for unit tests of extensions.
//!
//! [`TestHost`] loads an extension through its [`Entry`], as a server does, and calls it on the
//! test's thread. Asynchronous operations complete when the test says so, on the test's thread too,
//! so every order of events can be played:
//!
//! ```
//! use isapi_sdk::testing::TestHost;
//! # use isapi_sdk::{Extension, Finish, LoadFailure, Request, Status};
//! # struct Late;
//! # impl Extension for Late {
//! #     const DESCRIPTION: &'static str = "Answers late";
//! #     fn load() -> Result<Late, LoadFailure> { Ok(Late) }
//! #     fn handle(&self, request: Request<'_>) -> Status {
//! #         let (pending, request) = request.into_async();
//! #         let _ = request.write(b"late".to_vec(), |request, _, _| request.finish(Finish::Success));
//! #         pending.into()
//! #     }
//! # }
//!
//! let host = TestHost::load(isapi_sdk::entry!(Late)).unwrap();
//! let exchange = host.get("/").start();
//! assert!(!exchange.is_ended());
//! assert!(exchange.complete());
//! assert!(exchange.is_ended());
//! assert_eq!(exchange.body(), b"late");
//! ```
//!
//! Each use of [`entry!`](crate::entry) is an extension of its own. Tests run at the same time, so
//! give each its own rather than a shared function that makes hosts.
//!
//! It keeps the rules of the interface: a call a server would refuse is refused here, with
//! `ERROR_INVALID_PARAMETER`, and [`Exchange::refused`] lists it. It speaks no HTTP: heads and
//! bodies are what the extension handed over.
//!
//! What an extension asks of the server around it, the test says beforehand: where URLs lie
//! ([`map_directory`](TestRequest::map_directory)), what the normal form of a URL is
//! ([`normal_url`](TestRequest::normal_url)), which error pages there are
//! ([`error_page`](TestRequest::error_page)), what child requests answer
//! ([`children`](TestRequest::children)), what the client's certificate is
//! ([`client_certificate`](TestRequest::client_certificate)). It answers the calls this crate makes,
//! no others.

mod callbacks;
mod certificate;
mod child;
mod exchange;
mod file;
mod memory;
mod pointers;
mod request;
mod response_head;
mod session;
mod site;
mod support;
mod url_path;
mod urls;
mod vector;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use isapi_abi::{
    CHAR, Entry, FALSE, HSE_MAX_EXT_DLL_NAME_LEN, HSE_TERM_ADVISORY_UNLOAD, HSE_TERM_MUST_UNLOAD,
    HSE_VERSION_INFO,
};

pub use self::exchange::Exchange;
pub use self::request::TestRequest;
pub use self::site::ChildResponse;
pub use self::vector::SentVector;

use crate::error::Win32Error;
use crate::raw::last_error::last_error;

/// A loaded extension.
///
/// It is unloaded when the host and every [`Exchange`] made with it have been dropped.
#[derive(Debug)]
pub struct TestHost {
    loaded: Arc<Loaded>,
    description: String,
}

impl TestHost {
    /// Calls `GetExtensionVersion`.
    ///
    /// # Errors
    ///
    /// The extension does not want to be loaded.
    pub fn load(entry: Entry) -> Result<TestHost, Refused> {
        let mut info = HSE_VERSION_INFO {
            dwExtensionVersion: 0,
            lpszExtensionDesc: [0; HSE_MAX_EXT_DLL_NAME_LEN],
        };
        // SAFETY: the entry is that of an extension (`Entry::new`), and the structure is writable.
        if unsafe { entry.get_extension_version()(&mut info) } == FALSE {
            let error = last_error();
            return Err(Refused {
                error,
                description: text(&info.lpszExtensionDesc),
            });
        }
        let loaded = Arc::new(Loaded { entry });
        Ok(TestHost {
            loaded,
            description: text(&info.lpszExtensionDesc),
        })
    }

    /// What the extension calls itself.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// A GET to the extension; `target` is what follows its own path, such as `/extra/path?query`.
    pub fn get(&self, target: &str) -> TestRequest {
        self.request("GET", target)
    }

    /// A POST to the extension.
    pub fn post(&self, target: &str, body: impl Into<Vec<u8>>) -> TestRequest {
        self.request("POST", target).body(body)
    }

    /// A request of any method.
    pub fn request(&self, method: &str, target: &str) -> TestRequest {
        TestRequest::new(Arc::clone(&self.loaded), method, target)
    }

    /// Calls `TerminateExtension` with `HSE_TERM_ADVISORY_UNLOAD`; false if the extension stays.
    ///
    /// After true the extension has to be [`load`](TestHost::load)ed again.
    pub fn suggest_unload(&self) -> bool {
        self.loaded.terminate(HSE_TERM_ADVISORY_UNLOAD)
    }
}

/// An extension between `GetExtensionVersion` and `TerminateExtension`.
#[derive(Debug)]
struct Loaded {
    entry: Entry,
}

impl Loaded {
    fn terminate(&self, flags: u32) -> bool {
        let Some(terminate_extension) = self.entry.terminate_extension() else {
            return true;
        };
        // SAFETY: the entry is that of an extension. Every request holds this value, so none is
        // outstanding in the call from `drop`; a suggestion leaves that to the test, and a safe
        // extension has nothing that a late request could reach.
        unsafe { terminate_extension(flags) != FALSE }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.terminate(HSE_TERM_MUST_UNLOAD);
    }
}

/// `GetExtensionVersion` returned FALSE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The last error the extension left.
    pub error: Win32Error,
    /// What the extension wrote as its description.
    pub description: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the extension refused to be loaded: {} ({})",
            self.description, self.error
        )
    }
}

impl Error for Refused {}

/// The text of a fixed field up to its NUL.
fn text(field: &[CHAR]) -> String {
    let bytes: Vec<u8> = field
        .iter()
        .take_while(|&&c| c != 0)
        .flat_map(|c| c.to_ne_bytes())
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
