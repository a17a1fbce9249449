//! Systems that are not Windows.

use crate::Unsupported;

/// Why there is no native backend here.
pub(crate) const UNSUPPORTED: Unsupported =
    Unsupported::new("Windows DLLs run on Windows only; use the portable backend here");
