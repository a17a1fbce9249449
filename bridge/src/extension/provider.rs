use std::fmt;

use isapi_abi::Entry;

/// Where an extension's code comes from. Behind this line there is one code path for linked-in
/// extensions, `.so` files and DLLs.
///
/// # Safety
///
/// The functions of [`entry`](EntryProvider::entry) stay callable for as long as the provider
/// lives: an implementor that loaded a library unloads it in its `Drop` and not before.
pub unsafe trait EntryProvider: Send + Sync + 'static {
    /// The three entry points.
    fn entry(&self) -> Entry;

    /// A name for logs: a file's path, or "hello (linked in)".
    fn name(&self) -> String;
}

impl fmt::Debug for dyn EntryProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntryProvider").field(&self.name()).finish()
    }
}

/// An extension that is linked into this program.
#[derive(Clone, Debug)]
pub struct StaticEntry {
    name: String,
    entry: Entry,
}

impl StaticEntry {
    /// Names a linked-in extension. That the functions follow the contract was promised when
    /// `entry` was made.
    pub fn new(name: impl Into<String>, entry: Entry) -> Self {
        Self {
            name: name.into(),
            entry,
        }
    }
}

// SAFETY: functions of this program are callable for as long as it runs.
unsafe impl EntryProvider for StaticEntry {
    fn entry(&self) -> Entry {
        self.entry
    }

    fn name(&self) -> String {
        format!("{} (linked in)", self.name)
    }
}
