//! Keeping panics away from the host, whose stack they must not unwind.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f`; `None` if it panicked, which the panic hook has reported by then.
///
/// What `f` shares with the rest of the extension is not checked for having been left half done:
/// that is for the extension's own locks to notice.
pub(crate) fn contain<T>(f: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Dropping what was thrown may panic in its turn; what that throws is leaked.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                let _leaked = ManuallyDrop::new(payload);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    #[test]
    fn a_panic_becomes_none() {
        assert_eq!(contain(|| 1), Some(1));
        assert_eq!(contain(|| -> u32 { panic!("contained") }), None);
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_contained_too() {
        struct Bomb;

        impl Drop for Bomb {
            fn drop(&mut self) {
                panic_any(Bomb);
            }
        }

        assert_eq!(contain(|| -> u32 { panic_any(Bomb) }), None);
    }
}
