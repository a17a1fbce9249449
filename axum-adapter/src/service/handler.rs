use std::path::Path;

use isapi_abi::Entry;
use isapi_bridge::{DispatchMode, StaticEntry};
use isapi_core::url_map::{Access, HandlerError, Pattern, ResourceType, Rule, Verbs};

use super::builder::Source;

/// Maps URLs to an extension by their form, as IIS's application mappings and
/// [`handlers/add`](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add)
/// do; for [`Builder::handler`](super::Builder::handler).
///
/// | pattern | is for |
/// |---|---|
/// | `*` | every URL: a wildcard handler (interceptor), asked before everything else |
/// | `*.asp` | a file of this ending, and what stands behind it in the path |
/// | `/app/*`, `/app/report` | whole paths; `*` stands for anything |
///
/// ```no_run
/// use isapi_axum::{Handler, IsapiService, ResourceType};
///
/// # fn main() -> Result<(), isapi_axum::BuildError> {
/// let service = IsapiService::builder(isapi_emu_loader::Portable::new())
///     .directory("/", "site")
///     .handler(Handler::module("*", "bin/audit.so"))
///     .handler(
///         Handler::module("*.asp", "bin/asp.so")
///             .verbs(["GET", "POST"])
///             .resource_type(ResourceType::File),
///     )
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a handler does nothing until a builder has it"]
pub struct Handler {
    pub(super) pattern: String,
    pub(super) source: Source,
    verbs: Option<Vec<String>>,
    resource_type: ResourceType,
    allow_path_info: bool,
    require_access: Access,
    pub(super) response_buffer_limit: Option<u64>,
    pub(super) dispatch: Option<DispatchMode>,
    pub(super) preload: bool,
}

impl Handler {
    /// Maps URLs to the module in a file, whatever the file is called.
    pub fn module(pattern: impl Into<String>, path: impl AsRef<Path>) -> Self {
        Self::new(pattern, Source::Module(path.as_ref().to_owned()))
    }

    /// Maps URLs to an extension that is linked into this program, such as
    /// `isapi_sdk::entry!(Report)`. In logs it goes by `name`.
    ///
    /// One entry is one extension, however often it is mounted.
    pub fn extension(pattern: impl Into<String>, name: impl Into<String>, entry: Entry) -> Self {
        let provider = StaticEntry::new(name, entry);
        Self::new(pattern, Source::Provider(Box::new(provider)))
    }

    fn new(pattern: impl Into<String>, source: Source) -> Self {
        Self {
            pattern: pattern.into(),
            source,
            verbs: None,
            resource_type: ResourceType::default(),
            allow_path_info: false,
            require_access: Access::SCRIPT,
            response_buffer_limit: None,
            dispatch: None,
            preload: false,
        }
    }

    /// The methods it takes; `*` for all, which is the default. The others are answered 405, if no
    /// other handler takes them; a wildcard handler is passed over.
    pub fn verbs<V: Into<String>>(mut self, verbs: impl IntoIterator<Item = V>) -> Self {
        self.verbs = Some(verbs.into_iter().map(Into::into).collect());
        self
    }

    /// What the URL must lead to. With [`File`](ResourceType::File) a missing file is answered 404
    /// before the extension is asked. Default [`Unspecified`](ResourceType::Unspecified).
    pub fn resource_type(mut self, resource_type: ResourceType) -> Self {
        self.resource_type = resource_type;
        self
    }

    /// Whether `/v/p.asp/zip` has the PATH_INFO `/zip`. Else, the default, it is `/v/p.asp/zip`, and
    /// the one of `/v/p.asp` is `/v/p.asp`, as it always was with IIS.
    ///
    /// Paths that a pattern such as `/app/report` is for may have something behind them only where
    /// this is allowed.
    pub fn allow_path_info(mut self, allow: bool) -> Self {
        self.allow_path_info = allow;
        self
    }

    /// What the virtual directory that the URL lies in must allow; else the answer is 403. Default
    /// [`Access::SCRIPT`].
    pub fn require_access(mut self, access: Access) -> Self {
        self.require_access = access;
        self
    }

    /// Bytes of the response that are held back; in the place of
    /// [`Builder::response_buffer_limit`](super::Builder::response_buffer_limit).
    pub fn response_buffer_limit(mut self, limit: u64) -> Self {
        self.response_buffer_limit = Some(limit);
        self
    }

    /// Where the calls run for requests that come by this handler; in the place of
    /// [`Builder::dispatch_module`](super::Builder::dispatch_module) and
    /// [`Builder::dispatch`](super::Builder::dispatch).
    pub fn dispatch(mut self, mode: DispatchMode) -> Self {
        self.dispatch = Some(mode);
        self
    }

    /// Whether [`IsapiService::preload_marked`](super::IsapiService::preload_marked) loads it. Default
    /// no.
    pub fn preload(mut self, preload: bool) -> Self {
        self.preload = preload;
        self
    }

    pub(super) fn rule(&self) -> Result<Rule, HandlerError> {
        let verbs = match &self.verbs {
            None => Verbs::ALL,
            Some(verbs) => Verbs::list(verbs.iter().map(String::as_str))?,
        };
        Ok(Rule {
            pattern: Pattern::parse(&self.pattern)?,
            verbs,
            resource_type: self.resource_type,
            allow_path_info: self.allow_path_info,
            require_access: self.require_access,
        })
    }
}
