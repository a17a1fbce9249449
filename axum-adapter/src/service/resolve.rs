//! From a URL to an extension.

use std::sync::Arc;

use http::Method;
use isapi_bridge::DispatchMode;
use isapi_core::SharedText;
use isapi_core::url_map::{Access, Found, Mounted, Rule, Split, has_module_ending, split_module};
use isapi_core::url_path::UrlPath;

use super::layout::Kind;
use super::module::Module;
use super::{HandlerTarget, Inner, Mount};
use crate::DispatchError;
use crate::request::{Address, Mapping};

/// What a URL leads to.
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once and not kept"
)]
pub(super) enum Resolved {
    Extension(Target),
    /// No extension: the fallback's.
    Other {
        /// The document that the URL stands for.
        document: Option<UrlPath>,
    },
}

/// An extension, and how the URL divides for it.
pub(super) struct Target {
    pub(super) module: Arc<Module>,
    pub(super) mapping: Mapping,
    /// The handler's own.
    pub(super) response_buffer_limit: Option<u64>,
    pub(super) dispatch: DispatchMode,
    /// The number of the wildcard handler that this is, if it is one.
    pub(super) interceptor: Option<usize>,
    /// The document that the URL stands for.
    pub(super) document: Option<UrlPath>,
}

impl Inner {
    /// What answers a request, by the order that [`Builder`](super::Builder) tells.
    pub(super) fn resolve(
        &self,
        address: &Address,
        method: &Method,
        interceptors_from: usize,
    ) -> Result<Resolved, DispatchError> {
        let path = &address.path;
        let interceptor = self
            .handlers
            .interceptor(path, interceptors_from, method, self.files());
        if let Some(found) = interceptor {
            let mut target = self.handled(address, found.rule, found.target, &found.split)?;
            target.interceptor = Some(found.number);
            return Ok(Resolved::Extension(target));
        }

        if let Some(target) = self.named(address, method)? {
            return Ok(Resolved::Extension(target));
        }
        let mut documents = self.default_documents.of(path);
        let Some(document) = documents.find(|document| self.is_there(document)) else {
            return self.other(path, None);
        };
        let named = Address {
            path: document,
            ..address.clone()
        };
        match self.named(&named, method)? {
            Some(mut target) => {
                target.document = Some(named.path);
                Ok(Resolved::Extension(target))
            }
            None => self.other(path, Some(named.path)),
        }
    }

    /// The extension that a path names: a module of its own, or one that a handler maps it to.
    fn named(&self, address: &Address, method: &Method) -> Result<Option<Target>, DispatchError> {
        if let Some(target) = self.direct(address)? {
            return Ok(Some(target));
        }
        match self.handlers.find(&address.path, method, self.files()) {
            None => Ok(None),
            Some(Found::WrongVerb { allow }) => Err(DispatchError::MethodNotAllowed { allow }),
            Some(Found::Handler(found)) => {
                let script = self.site.layout.place(found.split.script_name);
                if script.kind() == Kind::Outside {
                    return Err(DispatchError::NotFound);
                }
                self.handled(address, found.rule, found.target, &found.split)
                    .map(Some)
            }
        }
    }

    /// The module that stands at a path.
    fn direct(&self, address: &Address) -> Result<Option<Target>, DispatchError> {
        let Some((module, script_name, path_info)) = self.find_module(&address.path)? else {
            return Ok(None);
        };
        let mapping = Mapping {
            script_filename: module.file.clone(),
            path_translated: self.translate(&path_info),
            document_root: self.site.layout.document_root.text_of_directory.clone(),
            script_name,
            path_info,
        };
        Ok(Some(Target::new(module, mapping)))
    }

    /// The module that stands at a path, with SCRIPT_NAME and PATH_INFO.
    pub(super) fn find_module(
        &self,
        path: &UrlPath,
    ) -> Result<Option<(Arc<Module>, SharedText, SharedText)>, DispatchError> {
        match self.mounts.find(path) {
            Some(Mounted::Module {
                target: Mount::Module(module),
                script_name,
                ..
            }) => {
                let (script_name, path_info) = divided(path, script_name.len());
                Ok(Some((Arc::clone(module), script_name, path_info)))
            }
            Some(Mounted::Directory {
                target: Mount::Directory(directory),
                prefix,
                ..
            }) => {
                let mut module = None;
                let mut is_at_bottom = false;
                let split = split_module(path, |script_name| {
                    let below = script_name.strip_prefix(prefix);
                    let Some(below) = below.filter(|_| !is_at_bottom) else {
                        return false;
                    };
                    module = directory.find(below);
                    // What comes next would lie in a folder of this name.
                    is_at_bottom = module.is_none() && !directory.has_folder(below);
                    module.is_some()
                });
                let (Some(module), Some((script_name, _))) = (module, split) else {
                    return Ok(None);
                };
                let place = self.site.layout.place(path.decoded());
                if !place.allows(Access::EXECUTE) {
                    return Err(DispatchError::ExecuteDenied {
                        url: url_of(place.url),
                        needed: Access::EXECUTE,
                    });
                }
                let (script_name, path_info) = divided(path, script_name.len());
                Ok(Some((module, script_name, path_info)))
            }
            // A kind of URL is mounted only with its own kind of target.
            _ => Ok(None),
        }
    }

    /// What a handler makes of a path.
    fn handled(
        &self,
        address: &Address,
        rule: &Rule,
        target: &HandlerTarget,
        split: &Split<'_>,
    ) -> Result<Target, DispatchError> {
        let layout = &self.site.layout;
        let place = layout.place(address.path.decoded());
        if !place.allows(rule.require_access) {
            return Err(DispatchError::HandlerDenied {
                pattern: rule.pattern.to_string(),
                needed: rule.require_access,
                url: url_of(place.url),
                allowed: place.access.unwrap_or_default(),
            });
        }
        if let Some(file) = rule.required_file(split) {
            let place = layout.place(file);
            if place.kind() != Kind::File {
                return Err(DispatchError::ScriptNotFound {
                    pattern: rule.pattern.to_string(),
                    path: place.path(),
                    has_path_info: split.script_name != file && self.is_file(split.script_name),
                });
            }
        }
        let path_info = rule.path_info(split);
        let mapping = Mapping {
            script_name: split.script_name.into(),
            path_info: if rule.allow_path_info {
                path_info.into()
            } else {
                // The path as the client knows it, like SCRIPT_NAME.
                format!("{}{path_info}", address.prefix).into()
            },
            path_translated: self.translate(path_info),
            document_root: layout.document_root.text_of_directory.clone(),
            script_filename: layout.place(split.script_name).path_text().into(),
        };
        let mut found = Target::new(Arc::clone(&target.module), mapping);
        found.response_buffer_limit = target.response_buffer_limit;
        found.dispatch = target.dispatch.unwrap_or(found.dispatch);
        Ok(found)
    }

    /// The answer where there is no extension.
    fn other(&self, path: &UrlPath, document: Option<UrlPath>) -> Result<Resolved, DispatchError> {
        let place = self.site.layout.place(path.decoded());
        if self.fallback.is_some() && !place.allows(Access::READ) {
            // A module that is not there is not there, whatever may be read.
            let names_module = path.segments().any(has_module_ending);
            return Err(match names_module {
                true => DispatchError::NotFound,
                false => DispatchError::ReadDenied {
                    url: url_of(place.url),
                },
            });
        }
        if self.fallback.is_some() && place.is_second_name() {
            return Err(DispatchError::NotFound);
        }
        if self.fallback.is_none() && place.access.is_some() && place.kind() == Kind::File {
            return Err(DispatchError::NoHandler);
        }
        Ok(Resolved::Other { document })
    }

    /// Whether a file or a module is at a path.
    fn is_there(&self, path: &UrlPath) -> bool {
        self.is_file(path.decoded())
            || match self.mounts.find(path) {
                Some(Mounted::Module { path_info, .. }) => path_info.is_empty(),
                Some(Mounted::Directory {
                    target: Mount::Directory(directory),
                    rest,
                    ..
                }) => has_module_ending(rest) && directory.find(rest).is_some(),
                _ => false,
            }
    }

    /// Whether there are files at beginnings of one path. Below what is no folder none is looked for:
    /// a URL may have names by the thousand.
    fn files(&self) -> impl FnMut(&str) -> bool {
        let mut bottom = usize::MAX;
        move |path| {
            let place = self.site.layout.place(path);
            // Another virtual directory may begin there all the same.
            if path.len() > bottom && place.url.len() <= bottom {
                return false;
            }
            let kind = place.kind();
            if kind != Kind::Folder {
                bottom = bottom.min(path.len());
            }
            kind == Kind::File
        }
    }

    fn is_file(&self, path: &str) -> bool {
        self.site.layout.place(path).kind() == Kind::File
    }

    /// Where PATH_INFO lies; an empty one is the document root.
    fn translate(&self, path_info: &str) -> SharedText {
        let layout = &self.site.layout;
        match path_info {
            "" => layout.document_root.text.clone(),
            _ => layout.place(path_info).path_text().into(),
        }
    }
}

impl Target {
    fn new(module: Arc<Module>, mapping: Mapping) -> Self {
        Self {
            dispatch: module.dispatch,
            module,
            mapping,
            response_buffer_limit: None,
            interceptor: None,
            document: None,
        }
    }
}

/// A path before and behind the end of the extension's name.
fn divided(path: &UrlPath, end: usize) -> (SharedText, SharedText) {
    let path = path.decoded_text();
    (path.slice(0..end), path.slice(end..path.len()))
}

/// A virtual directory's URL as it is configured.
fn url_of(prefix: &str) -> String {
    if prefix.is_empty() { "/" } else { prefix }.to_owned()
}
