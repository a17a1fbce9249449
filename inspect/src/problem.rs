//! What keeps a module from running, and what to do about it.

/// A reason why a module does not run, or perhaps not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one; does not change between releases.
    pub code: ProblemCode,
    /// Whether the module does not run for it. If not, it may not: the file alone cannot tell.
    pub is_certain: bool,
    /// What is wrong, in words.
    pub cause: String,
    /// What mends it, in words.
    pub cure: String,
}

impl Problem {
    pub(crate) fn new(
        code: ProblemCode,
        cause: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            code,
            is_certain: true,
            cause: cause.into(),
            cure: cure.into(),
        }
    }

    /// The problem of a file that is no module, for this reason.
    pub(crate) fn not_a_module(
        code: ProblemCode,
        reason: impl std::fmt::Display,
        cure: impl Into<String>,
    ) -> Self {
        Self::new(code, format!("{NOT_A_MODULE} ({reason})"), cure)
    }

    /// The cause without the words "not a module", for a sentence that says so itself.
    pub fn reason(&self) -> &str {
        let cause = self.cause.as_str();
        let inner = cause
            .strip_prefix(NOT_A_MODULE)
            .and_then(|rest| rest.strip_prefix(" (")?.strip_suffix(')'));
        inner.unwrap_or(cause)
    }

    /// The same problem, which the file alone cannot prove.
    pub(crate) fn perhaps(self) -> Self {
        Self {
            is_certain: false,
            ..self
        }
    }
}

const NOT_A_MODULE: &str = "not a module";

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemCode {
    /// A table in the file points where nothing is.
    Damaged,
    /// A required export has a decorated name.
    DecoratedExport,
    /// A .NET assembly without native exports.
    DotNet,
    /// No byte in the file.
    Empty,
    /// An ISAPI filter that is no extension.
    Filter,
    /// A required export is there, but hidden.
    HiddenExport,
    /// A required export is not there.
    MissingExport,
    /// A library that the module needs is not found.
    MissingLibrary,
    /// A library is there, but in a version without what the module needs.
    MissingVersion,
    /// No file of code at all.
    NotAModule,
    /// Code, but no shared library: a program, an object file, a static library, a core dump.
    NotShared,
    /// The format is not looked into, so that nothing can be said of its content.
    NotExamined,
    /// For another processor, width or operating system.
    OtherPlatform,
    /// The file ends before its content does.
    Truncated,
    /// No library has a function or variable that the module needs.
    UndefinedSymbol,
}

impl ProblemCode {
    /// The name in the JSON report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::DecoratedExport => "decorated_export",
            Self::DotNet => "dotnet",
            Self::Empty => "empty",
            Self::Filter => "filter",
            Self::HiddenExport => "hidden_export",
            Self::MissingExport => "missing_export",
            Self::MissingLibrary => "missing_library",
            Self::MissingVersion => "missing_version",
            Self::NotAModule => "not_a_module",
            Self::NotShared => "not_shared",
            Self::NotExamined => "not_examined",
            Self::OtherPlatform => "other_platform",
            Self::Truncated => "truncated",
            Self::UndefinedSymbol => "undefined_symbol",
        }
    }
}

/// How a module is built from C on this platform, in the words of the loader's errors.
const BUILD: &str = if cfg!(windows) {
    " (`cl /LD ...`, `gcc -shared ...`)"
} else {
    " (`cc -shared -fPIC ...`)"
};

/// The cure for what is no shared library.
pub(crate) fn build_as_shared_library() -> String {
    format!("build it as a shared library{BUILD}")
}

/// The cure for what was built for others.
pub(crate) fn build_for_this_host() -> String {
    format!("build it from its source as a shared library of that kind{BUILD}")
}
