use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use isapi_abi::Entry;
use isapi_bridge::{DispatchMode, EntryProvider, RuntimeBuilder, StaticEntry};
use isapi_core::session::SessionConfig;
use isapi_core::url_map::Access;
use isapi_core::variables::ServerInfo;
use tower_service::Service;

use super::fallback::Fallback;
use super::{AllowedModule, BuildError, Handler, IsapiService, assemble};
use crate::Limits;

/// Says what an [`IsapiService`] consists of; made by [`IsapiService::builder`].
///
/// URLs are those the service itself sees: below the path it is nested at. Their letters' case does
/// not matter. The longest mounted URL wins.
///
/// A request goes to the first of these that is for its URL:
///
/// 1. the wildcard [`handler`](Self::handler)s in their order; a child request of one of them
///    (`HSE_REQ_EXEC_URL`) may begin behind it,
/// 2. a module of its own: what [`module`](Self::module) and [`extension`](Self::extension) mounted,
///    and the modules in [`virtual_directory`](Self::virtual_directory)s,
/// 3. the other [`handler`](Self::handler)s in their order,
/// 4. one of the [`default_documents`](Self::default_documents), if the URL ends with a slash,
/// 5. the [`fallback`](Self::fallback).
///
/// # Trust
///
/// The methods are safe to call, modules are not tame: a module is code that runs in this process.
/// Mount files and directories that only trusted people write to.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    pub(super) runtime: RuntimeBuilder,
    pub(super) mounts: Vec<(String, Source)>,
    pub(super) directories: Vec<DirectoryMount>,
    pub(super) handlers: Vec<Handler>,
    pub(super) allowed: Option<Vec<AllowedModule>>,
    pub(super) preloaded: Vec<PathBuf>,
    pub(super) dispatch: DispatchMode,
    pub(super) module_dispatch: Vec<(PathBuf, DispatchMode)>,
    pub(super) default_documents: Vec<String>,
    pub(super) error_pages: Vec<(StatusCode, Option<u16>, PathBuf)>,
    pub(super) fallback: Option<Fallback>,
    pub(super) idle_timeout: Duration,
    pub(super) session_config: SessionConfig,
    pub(super) response_buffer_limit: Option<u64>,
    pub(super) limits: Limits,
    pub(super) document_root: Option<PathBuf>,
}

/// Where an extension is to come from.
#[derive(Debug)]
pub(super) enum Source {
    Module(PathBuf),
    Provider(Box<dyn EntryProvider>),
}

#[derive(Debug)]
pub(super) struct DirectoryMount {
    pub(super) url: String,
    pub(super) path: PathBuf,
    pub(super) access: Access,
}

impl Builder {
    pub(super) fn new(runtime: RuntimeBuilder) -> Self {
        Self {
            runtime,
            mounts: Vec::new(),
            directories: Vec::new(),
            handlers: Vec::new(),
            allowed: None,
            preloaded: Vec::new(),
            dispatch: DispatchMode::default(),
            module_dispatch: Vec::new(),
            default_documents: Vec::new(),
            error_pages: Vec::new(),
            fallback: None,
            idle_timeout: Duration::ZERO,
            session_config: SessionConfig::default(),
            response_buffer_limit: None,
            limits: Limits::default(),
            document_root: None,
        }
    }

    /// Mounts an extension that is linked into this program, such as `isapi_sdk::entry!(Hello)`: at
    /// `/hello.dll`, at any other URL, or at `/` for all of them.
    ///
    /// In logs it goes by its URL's last name. One entry is one extension, however often it is
    /// mounted: the end of one service that has it terminates it for the others.
    pub fn extension(self, url: &str, entry: Entry) -> Self {
        let name = url
            .rsplit('/')
            .find(|name| !name.is_empty())
            .unwrap_or("extension");
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        self.provider(url, StaticEntry::new(stem, entry))
    }

    /// Mounts an extension from a source of the caller's own.
    pub fn provider(mut self, url: &str, provider: impl EntryProvider) -> Self {
        self.mounts
            .push((url.to_owned(), Source::Provider(Box::new(provider))));
        self
    }

    /// Mounts a module file at a URL, such as `/hello.dll`, `/api` or `/`, whatever the file is called.
    ///
    /// It is loaded at the first request. One that cannot be loaded answers 500; nothing else is
    /// affected.
    pub fn module(mut self, url: &str, path: impl AsRef<Path>) -> Self {
        self.mounts
            .push((url.to_owned(), Source::Module(path.as_ref().to_owned())));
        self
    }

    /// Mounts a directory that allows everything: [`virtual_directory`](Self::virtual_directory) with
    /// [`Access::READ`], [`Access::SCRIPT`] and [`Access::EXECUTE`].
    pub fn directory(self, url: &str, directory: impl AsRef<Path>) -> Self {
        let everything = Access::READ | Access::SCRIPT | Access::EXECUTE;
        self.virtual_directory(url, directory, everything)
    }

    /// Mounts a directory. URLs below `url` lie in it, in SCRIPT_TRANSLATED and PATH_TRANSLATED too.
    ///
    /// | what the URL leads to | needs |
    /// |---|---|
    /// | a module | [`Access::EXECUTE`], else 403.1 |
    /// | something that a [`handler`](Self::handler) is for | what the handler requires, else 403.1 |
    /// | anything else, if there is a [`fallback`](Self::fallback) | [`Access::READ`], else 403.2 |
    ///
    /// [`Access::READ`] sends no file by itself: it lets requests through to the fallback, which is
    /// what sends files. Without a fallback they are answered 404.
    ///
    /// Every module below the directory is reached at its path: `scripts/app/hello.so` is
    /// `/scripts/app/hello.dll` if `scripts` is mounted at `/scripts`. A URL may end in `.dll`, `.so`
    /// or `.dylib` whichever the file does. Modules are looked for when requests come, so new ones
    /// need no restart; one that was loaded stays until it is unloaded. Names that begin with a dot
    /// are not found, nor is what a symbolic link brings in from outside the directory.
    pub fn virtual_directory(
        mut self,
        url: &str,
        directory: impl AsRef<Path>,
        access: Access,
    ) -> Self {
        self.directories.push(DirectoryMount {
            url: url.to_owned(),
            path: directory.as_ref().to_owned(),
            access,
        });
        self
    }

    /// Adds a handler behind those that are there: an extension for URLs of some form.
    pub fn handler(mut self, handler: Handler) -> Self {
        self.handlers.push(handler);
        self
    }

    /// Denies every module file that is not on this list, and adds to the list. Without it every
    /// module that is mounted may be loaded. Linked-in extensions are not concerned.
    ///
    /// A denied module is never loaded; the answer is 404.2, for 30 s without another look. Path and
    /// content are looked at each time a module is about to be loaded, so a file that changes while
    /// its module is loaded is noticed when it is loaded again. Whoever can write to the file while
    /// it is looked at can still get another one loaded: the list guards against mistakes and
    /// leftovers, rights of the file system against people.
    pub fn allow_modules<M: Into<AllowedModule>>(
        mut self,
        modules: impl IntoIterator<Item = M>,
    ) -> Self {
        self.allowed
            .get_or_insert_default()
            .extend(modules.into_iter().map(Into::into));
        self
    }

    /// Has [`IsapiService::preload_marked`] load this module, wherever it is mounted.
    pub fn preload_module(mut self, path: impl AsRef<Path>) -> Self {
        self.preloaded.push(path.as_ref().to_owned());
        self
    }

    /// The names that a URL which ends with a slash stands for, the most wanted first: the first one
    /// that is there, a module or a file, answers in its place.
    pub fn default_documents<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.default_documents = names.into_iter().map(Into::into).collect();
        self
    }

    /// The page for an error, for `HSE_REQ_SEND_CUSTOM_ERROR`, for the service's own answers and for
    /// those of the [fallback](Self::fallback) that are a [`ReplaceableError`](crate::ReplaceableError).
    /// One with a sub status, such as 404.2, goes before one without, which is for all of a status.
    ///
    /// The file, at most 1 MiB, is read when it is needed; its ending says what it is.
    pub fn error_page(
        mut self,
        status: StatusCode,
        sub_status: Option<u16>,
        path: impl AsRef<Path>,
    ) -> Self {
        self.error_pages
            .push((status, sub_status, path.as_ref().to_owned()));
        self
    }

    /// What answers requests for which there is no extension, such as a service of static files.
    /// Without one it is 404.
    ///
    /// It is asked for child requests (`HSE_REQ_EXEC_URL`) as well. The service has checked the
    /// lengths of the URL and of the body, and decoded the path to see that it is a path, but not
    /// looked at the other parts of the head.
    pub fn fallback<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        self.fallback = Some(Fallback::new(service));
        self
    }

    /// Offers each extension to unload (`TerminateExtension(HSE_TERM_ADVISORY_UNLOAD)`) that nobody
    /// has used for so long. One that refuses stays and is asked again after as long; one that
    /// agrees is loaded anew by its next request. Never by default, and with a time of zero.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Bytes of each response that are held back until there are more or it ends; IIS's
    /// `responseBufferLimit`. A [`Handler`] may have its own. By default that of the
    /// [`session_config`](Self::session_config): 0, every write is passed on at once.
    pub fn response_buffer_limit(mut self, limit: u64) -> Self {
        self.response_buffer_limit = Some(limit);
        self
    }

    /// The directory of the site: where URLs lie that are in no virtual directory, DOCUMENT_ROOT and
    /// APPL_PHYSICAL_PATH. By default the one that is mounted at `/`, else the current directory.
    pub fn document_root(mut self, path: impl AsRef<Path>) -> Self {
        self.document_root = Some(path.as_ref().to_owned());
        self
    }

    /// Read-ahead, deadlines and send buffer of every request.
    pub fn session_config(mut self, config: SessionConfig) -> Self {
        self.session_config = config;
        self
    }

    /// What a request may be at most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What the server says about itself in server variables.
    pub fn server_info(mut self, server: ServerInfo) -> Self {
        self.runtime = self.runtime.server_info(server);
        self
    }

    /// How many calls of extensions may run at once. Default 512.
    pub fn call_threads(mut self, threads: usize) -> Self {
        self.runtime = self.runtime.call_threads(threads);
        self
    }

    /// Where calls of extensions run, unless a [module](Self::dispatch_module) or a
    /// [`Handler`](Handler::dispatch) has its own mode. Default [`DispatchMode::Auto`]; the crate's page
    /// [says more](crate#where-calls-run).
    pub fn dispatch(mut self, mode: DispatchMode) -> Self {
        self.dispatch = mode;
        self
    }

    /// Where calls of this module run, wherever it is mounted; what is said last counts.
    pub fn dispatch_module(mut self, path: impl AsRef<Path>, mode: DispatchMode) -> Self {
        self.module_dispatch.push((path.as_ref().to_owned(), mode));
        self
    }

    /// Makes the service. Nothing is loaded yet.
    ///
    /// # Errors
    ///
    /// A URL that cannot be mounted, a directory that cannot be read, a handler whose pattern no URL
    /// can match, and whatever else [`BuildError`] lists.
    ///
    /// # Panics
    ///
    /// When the system gives no thread at all.
    pub fn build(self) -> Result<IsapiService, BuildError> {
        assemble::assemble(self)
    }
}
