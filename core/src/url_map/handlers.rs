use std::fmt;

use http::Method;

use super::handler_index::HandlerIndex;
use super::{Access, Pattern, Verbs};
use crate::url_path::UrlPath;

/// What a handler's URLs must lead to; IIS's `resourceType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResourceType {
    /// A file. Where there is none, the answer is 404 and the extension is not asked.
    File,
    /// Anything, a file or not.
    #[default]
    Unspecified,
}

/// Which requests an extension is asked for; IIS's
/// [`handlers/add`](https://learn.microsoft.com/en-us/iis/configuration/system.webserver/handlers/add).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The URLs.
    pub pattern: Pattern,
    /// The methods.
    pub verbs: Verbs,
    /// What the URLs must lead to.
    pub resource_type: ResourceType,
    /// Whether PATH_INFO is what follows the script's name. Else it is the whole path, the script's
    /// name included, as IIS has it.
    pub allow_path_info: bool,
    /// What the virtual directory must allow.
    pub require_access: Access,
}

/// Handlers in their order: the wildcards, which are asked first, and the others.
///
/// ```
/// use http::Method;
/// use isapi_core::url_map::{Access, Found, Handlers, Pattern, ResourceType, Rule, Verbs};
/// use isapi_core::url_path::UrlPath;
///
/// let rule = |pattern: &str| Rule {
///     pattern: Pattern::parse(pattern).unwrap(),
///     verbs: Verbs::ALL,
///     resource_type: ResourceType::File,
///     allow_path_info: false,
///     require_access: Access::SCRIPT,
/// };
/// let mut handlers = Handlers::new();
/// handlers.push(rule("*.asp"), "asp");
/// handlers.push(rule("*"), "log");
///
/// let path = UrlPath::parse("/v/p.asp").unwrap();
/// let first = handlers.interceptor(&path, 0, &Method::GET, |_| true).unwrap();
/// assert_eq!((first.number, *first.target), (0, "log"));
/// let Some(Found::Handler(found)) = handlers.find(&path, &Method::GET, |_| true) else {
///     panic!("it is a script");
/// };
/// assert_eq!((*found.target, found.path_info()), ("asp", "/v/p.asp"));
/// ```
#[derive(Clone, Debug)]
pub struct Handlers<T> {
    wildcards: Vec<(Rule, T)>,
    others: Vec<(Rule, T)>,
    /// Of `others`.
    index: HandlerIndex,
}

/// A wildcard handler, and its place among them.
#[derive(Debug)]
pub struct Interceptor<'a, T> {
    /// Counted from 0.
    pub number: usize,
    /// Its rule.
    pub rule: &'a Rule,
    /// What stands behind it.
    pub target: &'a T,
    /// How the path divides.
    pub split: Split<'a>,
}

/// The answer for a path that a handler is for.
#[derive(Debug)]
pub enum Found<'a, T> {
    /// This handler takes it.
    Handler(Handled<'a, T>),
    /// Handlers are for it, none of them for its method.
    WrongVerb {
        /// The methods they do take, for the `Allow` field.
        allow: String,
    },
}

/// A handler that takes a request.
#[derive(Debug)]
pub struct Handled<'a, T> {
    /// Its rule.
    pub rule: &'a Rule,
    /// What stands behind it.
    pub target: &'a T,
    /// How the path divides.
    pub split: Split<'a>,
}

/// A path, divided behind the script's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// The decoded path.
    pub path: &'a str,
    /// SCRIPT_NAME: its beginning.
    pub script_name: &'a str,
    /// What follows.
    pub rest: &'a str,
}

impl<'a> Split<'a> {
    fn new(path: &'a str, end: usize) -> Self {
        let (script_name, rest) = path.split_at(end);
        Self {
            path,
            script_name,
            rest,
        }
    }
}

impl Rule {
    /// PATH_INFO of a path that divides like this.
    pub fn path_info<'a>(&self, split: &Split<'a>) -> &'a str {
        if self.allow_path_info {
            split.rest
        } else {
            split.path
        }
    }

    /// The URL path of the file that must exist; `None` where none must.
    ///
    /// It is what PATH_TRANSLATED names, except where PATH_INFO is allowed: then it is the script.
    pub fn required_file<'a>(&self, split: &Split<'a>) -> Option<&'a str> {
        match (self.resource_type, self.allow_path_info) {
            (ResourceType::Unspecified, _) => None,
            (ResourceType::File, true) => Some(split.script_name),
            (ResourceType::File, false) => Some(split.path),
        }
    }

    /// How a path divides that this rule is for: behind the first name that matches and is a file's,
    /// else behind the last one that matches.
    pub(super) fn split<'a>(
        &self,
        path: &'a str,
        is_file: &mut impl FnMut(&str) -> bool,
    ) -> Option<Split<'a>> {
        let whole = path.len();
        let needs_whole =
            !self.allow_path_info && (self.pattern.is_path() || self.pattern.is_wildcard());
        if needs_whole {
            return self.pattern.matches(path).then(|| Split::new(path, whole));
        }
        let slashes = path.match_indices('/').map(|(index, _)| index).skip(1);
        let mut last = None;
        let mut ends = slashes.chain([whole]).peekable();
        while let Some(end) = ends.next() {
            let script_name = &path[..end];
            if !self.pattern.matches(script_name) {
                continue;
            }
            let is_only = last.is_none() && ends.peek().is_none();
            if is_only || is_file(script_name) {
                return Some(Split::new(path, end));
            }
            last = Some(end);
        }
        last.map(|end| Split::new(path, end))
    }
}

impl<'a, T> Handled<'a, T> {
    /// PATH_INFO.
    pub fn path_info(&self) -> &'a str {
        self.rule.path_info(&self.split)
    }
}

impl<T> Handlers<T> {
    /// No handlers.
    pub const fn new() -> Self {
        Self {
            wildcards: Vec::new(),
            others: Vec::new(),
            index: HandlerIndex::new(),
        }
    }

    /// Adds a handler behind those that are there.
    pub fn push(&mut self, rule: Rule, target: T) {
        if rule.pattern.is_wildcard() {
            self.wildcards.push((rule, target));
        } else {
            self.index.push(&rule.pattern, self.others.len());
            self.others.push((rule, target));
        }
    }

    /// The first wildcard handler that takes the method, counted from `from` on. `is_file` is asked
    /// about beginnings of the path.
    pub fn interceptor<'a>(
        &'a self,
        path: &'a UrlPath,
        from: usize,
        method: &Method,
        mut is_file: impl FnMut(&str) -> bool,
    ) -> Option<Interceptor<'a, T>> {
        let mut candidates = self.wildcards.iter().enumerate().skip(from);
        let (number, (rule, target)) =
            candidates.find(|(_, (rule, _))| rule.verbs.contain(method))?;
        let split = rule.split(path.decoded(), &mut is_file)?;
        Some(Interceptor {
            number,
            rule,
            target,
            split,
        })
    }

    /// The first other handler that is for the path and takes the method; `None` when none is for the
    /// path. `is_file` is asked about beginnings of the path.
    pub fn find<'a>(
        &'a self,
        path: &'a UrlPath,
        method: &Method,
        mut is_file: impl FnMut(&str) -> bool,
    ) -> Option<Found<'a, T>> {
        let mut allowed: Vec<&Method> = Vec::new();
        for number in self.index.candidates(path.decoded()) {
            let (rule, target) = &self.others[number];
            let Some(split) = rule.split(path.decoded(), &mut is_file) else {
                continue;
            };
            if rule.verbs.contain(method) {
                return Some(Found::Handler(Handled {
                    rule,
                    target,
                    split,
                }));
            }
            for verb in rule.verbs.names() {
                if !allowed.contains(&verb) {
                    allowed.push(verb);
                }
            }
        }
        let names: Vec<&str> = allowed.into_iter().map(Method::as_str).collect();
        (!names.is_empty()).then(|| Found::WrongVerb {
            allow: names.join(", "),
        })
    }

    /// All handlers, the wildcards first.
    pub fn iter(&self) -> impl Iterator<Item = (&Rule, &T)> {
        let all = self.wildcards.iter().chain(&self.others);
        all.map(|(rule, target)| (rule, target))
    }
}

impl<T> Default for Handlers<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a handler cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandlerError {
    /// No URL can match the pattern.
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// This cannot be a method.
    BadVerb(String),
    /// The pattern is an ending without a star, which would be for files of just that name.
    EndingAlone {
        /// The pattern.
        pattern: String,
    },
    /// The list of methods is empty.
    NoVerb,
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPattern { pattern, reason } => write!(f, "pattern {pattern:?}: {reason}"),
            Self::BadVerb(verb) => write!(
                f,
                "{verb:?} is no method; write names such as GET and POST, or * for all"
            ),
            Self::EndingAlone { pattern } => {
                let ending = pattern.trim_start_matches('.');
                write!(
                    f,
                    "pattern {pattern:?}: it has no `*`, so no file of this ending is like it; did \
                     you mean \"*.{ending}\"?"
                )
            }
            Self::NoVerb => f.write_str("the list of verbs is empty; write * for all of them"),
        }
    }
}

impl std::error::Error for HandlerError {}
