//! A clock that stands still.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use isapi_bridge::Clock;

#[derive(Clone, Debug)]
pub(crate) struct TestClock(Arc<Mutex<Instant>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().expect("unpoisoned") += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().expect("unpoisoned")
    }
}
