//! Windows.

use crate::Unsupported;

/// Why there is no native backend here.
pub(crate) const UNSUPPORTED: Unsupported =
    Unsupported::new("loading native DLLs is not implemented yet; linked-in extensions work");
