//! The requests to stop that the operating system passes on.

use std::io;
use std::time::Duration;

/// A stream of requests to stop: Ctrl-C, and what a service manager or a closed console sends.
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

    /// Waits for the next request to stop, and says how long the operating system lets the process
    /// work on: [`Duration::MAX`] where it sets no limit.
    pub(crate) async fn recv(&mut self) -> Duration {
        self.0.recv().await
    }
}

#[cfg(unix)]
mod imp {
    use std::io;
    use std::time::Duration;

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

        pub(super) async fn recv(&mut self) -> Duration {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
            Duration::MAX
        }
    }
}

#[cfg(windows)]
mod imp {
    use std::io;
    use std::time::Duration;

    use tokio::signal::windows::{
        CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
        ctrl_logoff, ctrl_shutdown,
    };

    /// Windows kills a process that has not ended 5 s after its console was closed, its user logged
    /// off or the system began to shut down ([`HandlerRoutine`]). What is left of those is for
    /// extensions that terminate last, and for the end of the process itself.
    ///
    /// [`HandlerRoutine`]: https://learn.microsoft.com/en-us/windows/console/handlerroutine
    const BEFORE_THE_KILL: Duration = Duration::from_secs(3);

    #[derive(Debug)]
    pub(super) struct Signals {
        ctrl_c: CtrlC,
        ctrl_break: CtrlBreak,
        close: CtrlClose,
        logoff: CtrlLogoff,
        shutdown: CtrlShutdown,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self {
                ctrl_c: ctrl_c()?,
                ctrl_break: ctrl_break()?,
                close: ctrl_close()?,
                logoff: ctrl_logoff()?,
                shutdown: ctrl_shutdown()?,
            })
        }

        /// tokio's handler never returns from a close, a logoff or a shutdown: the process would be
        /// gone at once. It is gone when `main` returns.
        pub(super) async fn recv(&mut self) -> Duration {
            tokio::select! {
                _ = self.ctrl_c.recv() => Duration::MAX,
                _ = self.ctrl_break.recv() => Duration::MAX,
                _ = self.close.recv() => BEFORE_THE_KILL,
                _ = self.logoff.recv() => BEFORE_THE_KILL,
                _ = self.shutdown.recv() => BEFORE_THE_KILL,
            }
        }
    }
}
