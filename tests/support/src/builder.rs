//! Saying what a server under test serves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::StatusCode;
use isapi_abi::Entry;
use isapi_axum::{Access, AllowedModule, Limits};
use isapi_core::session::SessionConfig;

use crate::description::{Description, ErrorPage, VirtualDirectory};
use crate::extension::{Build, Extension};
use crate::handler::Handler;
use crate::server::TestServer;

/// What a [`TestServer`] will serve.
#[derive(Clone, Debug, Default)]
pub struct TestServerBuilder {
    description: Description,
}

impl TestServerBuilder {
    /// Runs `extension` in the given build at `url`.
    #[track_caller]
    pub fn extension(self, url: &str, build: Build, extension: Extension) -> TestServerBuilder {
        match build {
            Build::Linked => self.entry(url, extension.entry()),
            Build::C | Build::SharedObject => self.module(url, &extension.module(build)),
        }
    }

    /// Runs [`Script`](crate::Script)s at `/script.dll`; a script makes a long query.
    #[track_caller]
    pub fn scripts(self, build: Build) -> TestServerBuilder {
        self.extension(&Extension::Script.url(), build, Extension::Script)
            .long_queries()
    }

    /// Accepts the long queries that scripts make.
    pub fn long_queries(self) -> TestServerBuilder {
        self.limits(Limits {
            max_url: 32_768,
            max_query_string: 32_768,
            ..Limits::default()
        })
    }

    /// Runs a linked-in extension at `url`. A server program has none: tests with one are in a
    /// module `linked`.
    pub fn entry(mut self, url: &str, entry: Entry) -> TestServerBuilder {
        self.description.entries.push((url.to_owned(), entry));
        self
    }

    /// Runs a module file at `url`.
    pub fn module(mut self, url: &str, path: &Path) -> TestServerBuilder {
        let module = (url.to_owned(), path.to_owned());
        self.description.modules.push(module);
        self
    }

    /// Runs the module files below a folder at their paths below `url`, and allows everything else.
    pub fn directory(self, url: &str, path: &Path) -> TestServerBuilder {
        self.virtual_directory(url, path, Access::READ | Access::SCRIPT | Access::EXECUTE)
    }

    /// Shows a folder below `url`, with these rights.
    pub fn virtual_directory(mut self, url: &str, path: &Path, access: Access) -> Self {
        self.description.virtual_directories.push(VirtualDirectory {
            url: url.to_owned(),
            path: path.to_owned(),
            access,
        });
        self
    }

    /// Has requests done by an extension that their URL does not name.
    pub fn handler(mut self, handler: Handler) -> TestServerBuilder {
        self.description.handlers.push(handler);
        self
    }

    /// Allows these modules only.
    pub fn allow_modules(mut self, modules: Vec<AllowedModule>) -> TestServerBuilder {
        self.description.allowed_modules = Some(modules);
        self
    }

    /// The files that a URL with a slash at its end stands for.
    pub fn default_documents(mut self, names: &[&str]) -> TestServerBuilder {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.description.default_documents = Some(names);
        self
    }

    /// A page for an error; for every sub-status if none is given.
    pub fn error_page(mut self, status: StatusCode, sub_status: Option<u16>, page: &Path) -> Self {
        self.description.error_pages.push(ErrorPage {
            status,
            sub_status,
            path: page.to_owned(),
        });
        self
    }

    /// Makes a folder the site's document root.
    pub fn document_root(mut self, path: &Path) -> TestServerBuilder {
        self.description.document_root = Some(path.to_owned());
        self
    }

    /// Makes a folder the site's document root, whose files are sent for URLs of no extension.
    pub fn static_files(mut self, path: &Path) -> TestServerBuilder {
        self.description.sends_files = true;
        self.document_root(path)
    }

    /// Offers a module to unload that had no request for so long.
    pub fn idle_timeout(mut self, timeout: Duration) -> TestServerBuilder {
        self.description.idle_timeout = Some(timeout);
        self
    }

    /// Read-ahead, deadlines and buffers of every request.
    pub fn session_config(mut self, config: SessionConfig) -> TestServerBuilder {
        self.description.session_config = config;
        self
    }

    /// Limits of URL, query and body.
    pub fn limits(mut self, limits: Limits) -> TestServerBuilder {
        self.description.limits = limits;
        self
    }

    /// How many bytes a request's head may have.
    pub fn max_request_head(mut self, bytes: usize) -> TestServerBuilder {
        self.description.max_request_head = Some(bytes);
        self
    }

    /// Reads the files that it sends, as under TLS, HTTP/2 and foreign listeners, and maps none into
    /// memory. A server program speaks TLS then.
    pub fn without_mapped_files(mut self) -> TestServerBuilder {
        self.description.maps_files = false;
        self
    }

    /// Speaks TLS, and HTTP/2 with clients that offer it. Clients are asked for a certificate.
    pub fn tls(mut self) -> TestServerBuilder {
        self.description.speaks_tls = true;
        self
    }

    /// How long a stop waits for requests that are still open; 30 seconds if nothing is said.
    pub fn drain_timeout(mut self, timeout: Duration) -> TestServerBuilder {
        self.description.drain_timeout = timeout;
        self
    }

    /// Where a module file of the script extension writes its loads and unloads.
    pub(crate) fn lifecycle_file(mut self, path: PathBuf) -> TestServerBuilder {
        self.description.lifecycle_files.push(path);
        self
    }

    /// Starts the server; it accepts connections when this returns.
    ///
    /// # Panics
    ///
    /// When what was asked for cannot be served.
    #[track_caller]
    pub fn start(self) -> TestServer {
        TestServer::start(self.description)
    }
}
