//! A critical section, as an extension that is not thread-safe guards itself with.

use std::sync::{Condvar, Mutex};

use crate::run::lock;

/// Entered in one step and left in another, which a guard could not be.
#[derive(Debug)]
pub(crate) struct Section {
    is_taken: Mutex<bool>,
    left: Condvar,
}

impl Section {
    pub(crate) const fn new() -> Section {
        Section {
            is_taken: Mutex::new(false),
            left: Condvar::new(),
        }
    }

    pub(crate) fn enter(&self) {
        let taken = self.left.wait_while(lock(&self.is_taken), |taken| *taken);
        *taken.unwrap_or_else(|poisoned| poisoned.into_inner()) = true;
    }

    pub(crate) fn leave(&self) {
        *lock(&self.is_taken) = false;
        self.left.notify_one();
    }
}
