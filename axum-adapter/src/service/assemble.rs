//! From what a builder was told to a service.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use isapi_core::session::SessionConfig;
use isapi_core::url_map::{Handlers, Mounts};
use isapi_core::url_path::UrlPath;

use super::allow_list::AllowList;
use super::builder::{DirectoryMount, Source};
use super::default_documents::DefaultDocuments;
use super::directory::ModuleDirectory;
use super::error_pages::ErrorPages;
use super::idle::IdleUnloader;
use super::layout::{DocumentRoot, Layout, VirtualDirectory};
use super::module::{DispatchModes, Module, Modules};
use super::site::{SiteState, UnhealthyList};
use super::{BuildError, Builder, HandlerTarget, Inner, IsapiService, Mount};
use crate::inline::RuntimeTasks;

pub(super) fn assemble(builder: Builder) -> Result<IsapiService, BuildError> {
    let is_root = |url: &str| UrlPath::parse(url).is_ok_and(|path| path.decoded() == "/");
    let at_root = builder.directories.iter().find(|mount| is_root(&mount.url));
    let document_root = builder
        .document_root
        .as_deref()
        .or_else(|| at_root.map(|mount| mount.path.as_path()));
    let document_root = absolute(document_root.unwrap_or(Path::new(".")))?;

    let mut runtime = builder.runtime;
    if let Some(mut allowed) = builder.allowed {
        for module in &mut allowed {
            module.path = absolute(&module.path)?;
        }
        runtime = runtime.module_policy(AllowList::new(allowed));
    }
    let mut dispatch = DispatchModes::new(builder.dispatch);
    for (path, mode) in builder.module_dispatch {
        dispatch.insert(&absolute(&path)?, mode);
    }
    let inline = RuntimeTasks::default();
    // What a thread of Windows has begun to send is cancelled when the thread ends, and a thread of a
    // runtime that has waited in a call may end soon. The user that an extension took on and kept would
    // be the next connection's.
    if !cfg!(windows) {
        runtime = runtime.dispatch_inline(inline.clone());
    }
    let modules = Modules::new(runtime.build(), dispatch);

    let mut mounts = Mounts::new();
    let mut directories = Mounts::new();
    for DirectoryMount { url, path, access } in builder.directories {
        let root = readable_directory(&url, &path)?;
        let finder = ModuleDirectory::new(root, Arc::clone(&modules));
        mounts.insert_directory(&url, Mount::Directory(finder))?;
        let path = absolute(&path)?;
        directories.insert_directory(&url, VirtualDirectory { path, access })?;
    }
    for (url, source) in builder.mounts {
        let module = module(&modules, source)?;
        mounts.insert_module(&url, Mount::Module(module))?;
    }

    let mut preloaded = Vec::new();
    let mut handlers = Handlers::new();
    for handler in builder.handlers {
        let pattern = handler.pattern.clone();
        let rule = handler.rule().map_err(|source| BuildError::Handler {
            pattern: pattern.clone(),
            source,
        })?;
        let module = module(&modules, handler.source)?;
        if handler.preload {
            preloaded.push(Arc::clone(&module));
        }
        let target = HandlerTarget {
            module,
            response_buffer_limit: handler.response_buffer_limit,
            dispatch: handler.dispatch,
        };
        handlers.push(rule, target);
    }
    for path in builder.preloaded {
        preloaded.push(modules.file(&absolute(&path)?));
    }

    let mut error_pages = ErrorPages::default();
    for (status, sub_status, path) in builder.error_pages {
        let is_error = status.is_client_error() || status.is_server_error();
        if !is_error || !error_pages.insert(status, sub_status, absolute(&path)?) {
            return Err(BuildError::ErrorPage { status, sub_status });
        }
    }

    let idle_unloader = match builder.idle_timeout {
        timeout if timeout.is_zero() => None,
        timeout => Some(IdleUnloader::start(&modules, timeout).map_err(BuildError::Thread)?),
    };
    let session_config = SessionConfig {
        response_buffer_limit: builder
            .response_buffer_limit
            .unwrap_or(builder.session_config.response_buffer_limit),
        ..builder.session_config
    };
    let layout = Layout {
        directories,
        document_root: DocumentRoot::new(document_root),
    };
    Ok(IsapiService {
        inner: Arc::new(Inner {
            site: Arc::new(SiteState {
                layout,
                error_pages,
                unhealthy: UnhealthyList::default(),
            }),
            modules,
            mounts,
            handlers,
            default_documents: DefaultDocuments::new(builder.default_documents)?,
            fallback: builder.fallback,
            inline,
            preloaded,
            session_config,
            limits: builder.limits,
            _idle_unloader: idle_unloader,
        }),
    })
}

fn module(modules: &Modules, source: Source) -> Result<Arc<Module>, BuildError> {
    Ok(match source {
        Source::Module(path) => modules.file(&absolute(&path)?),
        Source::Provider(provider) => modules.provider(provider),
    })
}

/// The canonical path of a directory to be mounted at `url`, which must be readable.
fn readable_directory(url: &str, path: &Path) -> Result<PathBuf, BuildError> {
    let canonical = path.canonicalize();
    let readable = canonical.and_then(|canonical| canonical.read_dir().map(|_| canonical));
    readable.map_err(|source| BuildError::Directory {
        url: url.to_owned(),
        path: path.to_owned(),
        source,
    })
}

/// The path as it is now, whatever the current directory becomes.
fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|source| BuildError::Path {
        path: path.to_owned(),
        source,
    })
}
