//! Where foreign code runs.

use std::fmt;

/// A piece of work that may block.
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// Runs jobs that call into extensions or read files, never on the caller's stack.
///
/// The seam between the request's life and the threads: [`WorkerPool`](crate::WorkerPool) is the
/// one that is used; another may keep calls that have proved short on the caller's runtime.
pub trait Dispatch: Send + Sync + fmt::Debug + 'static {
    /// Has `job` run, soon and once.
    ///
    /// # Errors
    ///
    /// [`Overloaded`] gives the job back when it can neither run nor wait.
    fn dispatch(&self, job: Job) -> Result<(), Overloaded>;
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
