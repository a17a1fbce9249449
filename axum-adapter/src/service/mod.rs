//! The service and its parts: what is mounted, how it is found, what is done for a request.

mod allow_list;
mod assemble;
mod build_error;
mod builder;
mod default_documents;
mod directory;
mod dispatch;
mod error_pages;
mod fallback;
mod future;
mod handler;
mod idle;
mod layout;
mod listing;
mod module;
mod own_name;
mod refused;
mod replaceable_error;
mod resolve;
mod session_response;
mod shown_path;
mod site;

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Extensions, Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use isapi_bridge::{
    Backend, DispatchMode, ErrorPage, ExtensionInfo, LoadError, Runtime, StillBusy,
};
use isapi_core::session::SessionConfig;
use isapi_core::url_map::{Handlers, Mounts};
use isapi_core::url_path::UrlError;
use tower_service::Service;

use self::default_documents::DefaultDocuments;
use self::directory::ModuleDirectory;
use self::fallback::Fallback;
use self::idle::IdleUnloader;
use self::module::{Module, Modules};
use self::resolve::Resolved;
use self::site::SiteState;
use crate::inline::RuntimeTasks;
use crate::request::Address;
use crate::{DispatchError, IsapiBody, Limits};

pub use self::allow_list::AllowedModule;
pub use self::build_error::BuildError;
pub use self::builder::Builder;
pub use self::future::ResponseFuture;
pub use self::handler::Handler;
pub use self::listing::ModuleListing;
pub(crate) use self::refused::Refused;
pub use self::replaceable_error::ReplaceableError;
pub use self::site::Unhealthy;

/// As good as for ever, and still a time that can be counted from now: a century.
const LONGEST_SHUTDOWN: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// ISAPI extensions as a [`Service`].
///
/// A clone is the same service: mounted extensions, threads and loaded modules are shared. Two
/// services that were built share nothing.
///
/// The service finds the extension a URL names, loads it at its first request, and answers 404 where
/// there is none. It never fails; [`try_call`](Self::try_call) gives the error to callers who want to
/// answer themselves.
///
/// The call needs a Tokio runtime with time enabled.
#[derive(Clone)]
pub struct IsapiService {
    inner: Arc<Inner>,
}

/// What all clones of a service share.
struct Inner {
    site: Arc<SiteState>,
    modules: Arc<Modules>,
    mounts: Mounts<Mount>,
    handlers: Handlers<HandlerTarget>,
    default_documents: DefaultDocuments,
    fallback: Option<Fallback>,
    inline: RuntimeTasks,
    preloaded: Vec<Arc<Module>>,
    session_config: SessionConfig,
    limits: Limits,
    _idle_unloader: Option<IdleUnloader>,
}

/// What a URL is mounted to.
#[derive(Debug)]
enum Mount {
    Directory(ModuleDirectory),
    Module(Arc<Module>),
}

/// What a handler maps URLs to.
#[derive(Debug)]
struct HandlerTarget {
    module: Arc<Module>,
    response_buffer_limit: Option<u64>,
    dispatch: Option<DispatchMode>,
}

/// What a request comes to.
type Answer = Result<Response<IsapiBody>, Box<Refused>>;

impl IsapiService {
    /// Begins a service on a platform's backend: `isapi_emu_loader::Portable` or
    /// `isapi_win_backend::Native`.
    pub fn builder(backend: impl Backend) -> Builder {
        Builder::new(Runtime::builder(backend))
    }

    /// Answers a request, or says why no extension was asked.
    ///
    /// ```
    /// # use http::{Request, Response};
    /// # use isapi_axum::{IsapiBody, IsapiService};
    /// async fn handle(service: IsapiService, request: Request<axum::body::Body>) -> Response<IsapiBody> {
    ///     match service.try_call(request).await {
    ///         Ok(response) => response,
    ///         Err(error) => {
    ///             tracing::error!(%error, "refused");
    ///             error.to_response(false)
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The table at [`DispatchError`]. What an extension answers is never an error, whatever its
    /// status.
    pub fn try_call<B>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<IsapiBody>, DispatchError>> + Send + use<B>
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let service = self.clone();
        async move {
            let answer = dispatch::dispatch(&service, request).answer().await;
            answer.map_err(|refused| refused.error)
        }
    }

    /// Like [`try_call`](Self::try_call), in a box: the way of a request leads here again when it
    /// has a child.
    pub(crate) fn execute_child<B>(
        self,
        request: Request<B>,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send>>
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Box::pin(async move { dispatch::dispatch(&self, request).answer().await })
    }

    /// The configured page for an error, read off the runtime's threads.
    async fn error_page(&self, status: StatusCode, sub_status: u16) -> Option<ErrorPage> {
        let pages = &self.inner.site.error_pages;
        let path = pages.find(status, sub_status)?.to_owned();
        let page = tokio::task::spawn_blocking(move || error_pages::read(&path));
        page.await.ok().flatten()
    }

    /// Whether a `GET` for `uri` is answered by an extension, or refused in its place: for hosts with
    /// other content beside it that is no [`Builder::fallback`].
    ///
    /// Looks at the file system where a mounted directory is concerned. Loads nothing.
    ///
    /// # Errors
    ///
    /// The path must not be used for anything, not even a file.
    pub fn resolves(&self, uri: &Uri) -> Result<bool, UrlError> {
        let address = Address::of(uri, &Extensions::new())?;
        let resolved = self.inner.resolve(&address, &Method::GET, 0);
        Ok(!matches!(
            resolved,
            Ok(Resolved::Other { .. }) | Err(DispatchError::NoHandler | DispatchError::NotFound)
        ))
    }

    /// The modules that are mounted, and those that lie in mounted directories now and can be run
    /// there. One that lies in several of these is listed at the longest of their URLs.
    #[must_use]
    pub fn modules(&self) -> Vec<ModuleListing> {
        self.inner
            .modules()
            .into_iter()
            .map(|(listing, _)| listing)
            .collect()
    }

    /// Loads every module that [`modules`](Self::modules) lists; each answer stands with its URL.
    pub async fn preload(&self) -> Vec<(String, Result<ExtensionInfo, Arc<LoadError>>)> {
        let mut loaded = Vec::new();
        for (listing, module) in self.inner.modules() {
            loaded.push((listing.url, load(&module).await));
        }
        loaded
    }

    /// Loads the modules that the builder marked with
    /// [`preload_module`](Builder::preload_module) and [`Handler::preload`]; each answer stands with
    /// the module's file or name.
    pub async fn preload_marked(&self) -> Vec<(String, Result<ExtensionInfo, Arc<LoadError>>)> {
        let mut loaded = Vec::new();
        for module in &self.inner.preloaded {
            loaded.push((module.slot.name().to_owned(), load(module).await));
        }
        loaded
    }

    /// Offers every extension to unload (`HSE_TERM_ADVISORY_UNLOAD`) that nobody has used for so
    /// long, and names those that went. The next request loads them anew.
    ///
    /// [`Builder::idle_timeout`] does this by itself.
    pub async fn unload_unused(&self, unused_for: Duration) -> Vec<String> {
        let unused = self.inner.modules.all().into_iter();
        let offers: Vec<_> = unused
            .filter(|module| module.is_unused_for(unused_for))
            .map(|module| {
                tokio::task::spawn_blocking(move || {
                    module.offer_unload().then(|| module.slot.name().to_owned())
                })
            })
            .collect();
        let mut gone = Vec::new();
        for offer in offers {
            // One that panicked has unloaded nothing; its panic was reported where it happened.
            gone.extend(offer.await.ok().flatten());
        }
        gone
    }

    /// The extensions that said they are not well (`HSE_REQ_REPORT_UNHEALTHY`), or that an exception
    /// escaped, each with each of its reasons once, the last 128. They work on: whoever runs the
    /// server decides.
    #[must_use]
    pub fn unhealthy(&self) -> Vec<Unhealthy> {
        self.inner.site.unhealthy.all()
    }

    /// Takes no more requests, waits until the outstanding ones are done, at most for `limit`, and
    /// lets every extension terminate (`HSE_TERM_MUST_UNLOAD`).
    ///
    /// # Errors
    ///
    /// The extensions whose requests did not end in time, which are not terminated, and those that
    /// hang in `TerminateExtension`, which are left to it.
    pub async fn shutdown(&self, limit: Duration) -> Result<(), Vec<StillBusy>> {
        let deadline = Instant::now() + limit.min(LONGEST_SHUTDOWN);
        let waits: Vec<_> = self
            .inner
            .modules
            .all()
            .into_iter()
            .map(|module| tokio::task::spawn_blocking(move || module.slot.shutdown(deadline)))
            .collect();
        let mut busy = Vec::new();
        for wait in waits {
            // A wait that panicked has nothing to name; its panic was reported where it happened.
            if let Ok(Err(still_busy)) = wait.await {
                busy.push(still_busy);
            }
        }
        if busy.is_empty() { Ok(()) } else { Err(busy) }
    }
}

async fn load(module: &Module) -> Result<ExtensionInfo, Arc<LoadError>> {
    let guard = module.slot.acquire().await?;
    Ok(guard.info().clone())
}

impl<B> Service<Request<B>> for IsapiService
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<IsapiBody>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        ResponseFuture::new(self.clone(), request)
    }
}

impl fmt::Debug for IsapiService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<&str> = self.inner.mounts.iter().map(|(url, _)| url).collect();
        f.debug_struct("IsapiService")
            .field("mounts", &urls)
            .finish_non_exhaustive()
    }
}
