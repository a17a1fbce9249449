//! The service and its parts: what is mounted, how it is found, what is done for a request.

mod builder;
mod directory;
mod future;
mod listing;
mod resolve;

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response, Uri};
use http_body::Body;
use isapi_bridge::{Backend, ExtensionInfo, ExtensionSlot, LoadError, Runtime, StillBusy};
use isapi_core::session::SessionConfig;
use isapi_core::url_map::Mounts;
use isapi_core::url_path::{UrlError, UrlPath};
use tower_service::Service;

use self::directory::ModuleDirectory;
use crate::{DispatchError, IsapiBody, Limits};

pub use self::builder::{BuildError, Builder};
pub use self::future::ResponseFuture;
pub use self::listing::ModuleListing;

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
    runtime: Arc<Runtime>,
    mounts: Mounts<Mount>,
    session_config: SessionConfig,
    limits: Limits,
    document_root: PathBuf,
}

/// What a URL is mounted to.
#[derive(Debug)]
enum Mount {
    Directory(ModuleDirectory),
    Module(Arc<ExtensionSlot>),
}

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
        future::dispatch(Arc::clone(&self.inner), request)
    }

    /// Whether the path of `uri` names an extension here, for hosts with other content beside it.
    ///
    /// Looks at the file system where a mounted directory is concerned and the path has a name with a
    /// module's ending in it. Loads nothing.
    ///
    /// # Errors
    ///
    /// The path must not be used for anything, not even a file.
    pub fn resolves(&self, uri: &Uri) -> Result<bool, UrlError> {
        let path = UrlPath::parse(uri.path())?;
        Ok(self.inner.resolve(&path).is_some())
    }

    /// The modules that are mounted, and those that lie in mounted directories now.
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
        for (listing, slot) in self.inner.modules() {
            let info = slot.acquire().await.map(|guard| guard.info().clone());
            loaded.push((listing.url, info));
        }
        loaded
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
            .slots()
            .into_iter()
            .map(|slot| tokio::task::spawn_blocking(move || slot.shutdown(deadline)))
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
        ResponseFuture::new(Arc::clone(&self.inner), request)
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
