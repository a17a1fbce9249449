use std::fmt;
use std::path::Path;

/// Decides which module files may be loaded.
pub trait ModulePolicy: Send + Sync + fmt::Debug + 'static {
    /// Whether the module at `path` may be loaded now. Asked on the thread that would load it, each
    /// time before it does, after an unload too; it may read the file.
    ///
    /// # Errors
    ///
    /// Why not, and what mends it, for
    /// [`LoadError::NotAllowed`](crate::LoadError::NotAllowed). The file is not opened then.
    fn check(&self, path: &Path) -> Result<(), String>;
}
