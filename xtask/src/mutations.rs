//! Ten ways to break the session machine. Each breaks another rule.

/// One replacement in one file, and the rule that breaks with it.
#[derive(Debug)]
pub(crate) struct Mutation {
    /// The rule that no longer holds.
    pub(crate) breaks: &'static str,
    /// Relative to the root of the repository.
    pub(crate) file: &'static str,
    /// Stands in the file exactly once.
    pub(crate) from: &'static str,
    /// Stands there instead; the crate still compiles.
    pub(crate) to: &'static str,
}

pub(crate) const MUTATIONS: [Mutation; 0] = [];
