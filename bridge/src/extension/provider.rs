use std::fmt;

use isapi_abi::{DWORD, Entry};

use super::{Escaped, ForeignCall};

/// Where an extension's code comes from. Behind this line there is one code path for linked-in
/// extensions, `.so` files and DLLs.
///
/// # Safety
///
/// The functions of [`entry`](EntryProvider::entry) stay callable for as long as the provider
/// lives: an implementor that loaded a library unloads it in its `Drop` and not before. One that
/// defines [`call`](EntryProvider::call) calls the function once, on the calling thread; when it
/// answers [`Escaped`], none of the function's frames is left on the stack, and no frame of the host
/// was unwound.
pub unsafe trait EntryProvider: Send + Sync + 'static {
    /// The three entry points.
    fn entry(&self) -> Entry;

    /// A name for logs: a file's path, or "hello (linked in)".
    fn name(&self) -> String;

    /// Calls a function of the extension. By default that is a plain call; a platform on which
    /// something may leave the function by another way than its return can stop it here.
    ///
    /// # Errors
    ///
    /// [`Escaped`] says what was stopped. The request it belongs to fails, and the extension is
    /// listed as unhealthy; it goes on being called.
    ///
    /// # Safety
    ///
    /// The function is one of this extension, and may be called now, with its arguments and without
    /// a lock, as the interface says.
    unsafe fn call(&self, call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
        // SAFETY: the promise is the caller's, in the same words.
        Ok(unsafe { call.function.call() })
    }
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
