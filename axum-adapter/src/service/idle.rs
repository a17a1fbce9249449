//! The unloading of extensions that nobody uses.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::module::Modules;

/// Unused extensions are looked for so often that none stays much longer than it may.
const LOOKS_PER_TIMEOUT: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A thread that unloads what is not used; it ends with its service.
#[derive(Debug)]
pub(super) struct IdleUnloader {
    /// Its drop is what the thread waits for.
    _stop: Sender<()>,
}

impl IdleUnloader {
    /// Offers each extension to unload that nobody has used for `timeout`.
    ///
    /// A thread of its own and no task: an extension may think about it as long as it likes.
    pub(super) fn start(modules: &Arc<Modules>, timeout: Duration) -> io::Result<Self> {
        let modules = Arc::downgrade(modules);
        let (stop, stopped) = channel();
        let pause = (timeout / LOOKS_PER_TIMEOUT).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        thread::Builder::new()
            .name("isapi-idle".into())
            .spawn(move || {
                while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    unload(&modules, timeout);
                }
            })?;
        Ok(Self { _stop: stop })
    }
}

fn unload(modules: &Weak<Modules>, timeout: Duration) {
    let Some(modules) = modules.upgrade() else {
        return;
    };
    for module in modules.all() {
        if module.is_unused_for(timeout) && module.offer_unload() {
            tracing::info!(extension = module.slot.name(), "unloaded, nobody used it");
        }
    }
}
