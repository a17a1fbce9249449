//! The requests to stop that the operating system passes on.

use std::io;

/// A stream of requests to stop: Ctrl-C, and what a service manager sends.
#[derive(Debug)]
pub(crate) struct Signals(imp::Signals);

impl Signals {
    /// Begins to listen; from now on these signals no longer end the process by themselves.
    ///
    /// # Errors
    ///
    /// The operating system refused to register a handler.
    pub(crate) fn new() -> io::Result<Self> {
        imp::Signals::new().map(Self)
    }

    /// Waits for the next request to stop.
    pub(crate) async fn recv(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(unix)]
mod imp {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    #[derive(Debug)]
    pub(super) struct Signals {
        interrupt: Signal,
        terminate: Signal,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }

        pub(super) async fn recv(&mut self) {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
        }
    }
}

#[cfg(windows)]
mod imp {
    use std::io;

    use tokio::signal::windows::{
        CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
    };

    #[derive(Debug)]
    pub(super) struct Signals {
        c: CtrlC,
        break_: CtrlBreak,
        close: CtrlClose,
        shutdown: CtrlShutdown,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self {
                c: ctrl_c()?,
                break_: ctrl_break()?,
                close: ctrl_close()?,
                shutdown: ctrl_shutdown()?,
            })
        }

        pub(super) async fn recv(&mut self) {
            tokio::select! {
                _ = self.c.recv() => {}
                _ = self.break_.recv() => {}
                _ = self.close.recv() => {}
                _ = self.shutdown.recv() => {}
            }
        }
    }
}
