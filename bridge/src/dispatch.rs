//! Where foreign code runs.

use std::fmt;
use std::task::Waker;
use std::time::Duration;

use crate::InlineCall;

/// A piece of work that may block.
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// Runs jobs that call into extensions or read files, never on the caller's stack.
///
/// The seam between the request's life and the threads: [`WorkerPool`](crate::WorkerPool) is the
/// one that is used.
pub trait Dispatch: Send + Sync + fmt::Debug + 'static {
    /// Has `job` run, soon and once.
    ///
    /// # Errors
    ///
    /// [`Overloaded`] gives the job back when it can neither run nor wait.
    fn dispatch(&self, job: Job) -> Result<(), Overloaded>;
}

/// Runs calls inline: on the threads that serve the connections, without the way to a worker thread and
/// back, which costs as much as the rest of a short request.
///
/// The calls are those of `HttpExtensionProc` and of completion callbacks: foreign code all the same,
/// which may block. So none is ever a part of the task of its connection, which takes the response from
/// it and must be able to go on. And a thread on which a call waits hands its other tasks over.
pub trait InlineDispatch: Send + Sync + fmt::Debug + 'static {
    /// Has `call` [run](InlineCall::run) soon, as a task of its own beside those of the calling
    /// thread, or later [on a worker thread](InlineCall::run_on_worker) after all.
    ///
    /// Where the calling thread is in an inline call, this one may be made when that one has
    /// returned. It is made elsewhere before that one waits in [`block`](Self::block), and soon where it
    /// does not return: the extension may wait for this call by means of its own, which nobody here sees.
    ///
    /// # Errors
    ///
    /// Gives the call back where [`block`](Self::block) would not be allowed to it, where it would run on
    /// the only thread there is, and where there is no room for it: it is made on a worker thread then.
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall>;

    /// Runs `wait`, once, on the calling thread, which is in an inline call: one that was spawned here, or
    /// that whoever drives its request [runs](InlineCall::run). It blocks: the other tasks of the thread go
    /// on elsewhere.
    fn block(&self, wait: &mut dyn FnMut());

    /// Wakes a task for the calling thread, which is in [such a call](Self::block), or has just left the
    /// extension's code or is about to enter it: at the latest when [`InlineCall::run`] returns, and before
    /// the call waits in `block`. The extension may wait where nobody sees it, for what that task does:
    /// then it is woken soon as well.
    fn wake(&self, waker: Waker);

    /// For how long the [call](Self::block) whose code the calling thread has just left was ready to
    /// run and had no processor, as far as that is known: a call is not judged by what else the machine
    /// does. Asked for longer calls only. By default nothing is known.
    fn preempted(&self) -> Duration {
        Duration::ZERO
    }
}

/// Where the calls of an extension run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DispatchMode {
    /// On worker threads until they have proved short, then inline: on the threads that serve the
    /// connections. A call that waits for its client, or longer ones without many short ones
    /// between them, send the extension back to worker threads until it has proved itself again.
    #[default]
    Auto,
    /// Inline wherever the runtime allows it, which on Windows none does: for extensions that wait
    /// for nothing except in the functions of their control block.
    Inline,
    /// On worker threads.
    Pool,
}

impl fmt::Display for DispatchMode {
    /// As the configuration calls it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Inline => "inline",
            Self::Pool => "pool",
        })
    }
}

/// Where one call is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Inline; a `forced` one because the configuration says so.
    Inline { forced: bool },
    /// On a worker thread.
    Pool,
}

impl Placement {
    pub(crate) fn is_inline(self) -> bool {
        matches!(self, Self::Inline { .. })
    }

    /// Whether it is inline because the configuration says so.
    pub(crate) fn is_forced(self) -> bool {
        self == Self::Inline { forced: true }
    }
}

/// No thread can be had and no more jobs may wait.
pub struct Overloaded(pub Job);

impl fmt::Debug for Overloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overloaded").finish_non_exhaustive()
    }
}

impl fmt::Display for Overloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no thread can be had and no more jobs may wait")
    }
}

impl std::error::Error for Overloaded {}
