//! One script on its way.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use isapi_abi::{EXTENSION_CONTROL_BLOCK, HCONN};

use crate::journal;
use crate::operations::Operation;
use crate::program::{Program, Step};

/// A request and the script it runs.
///
/// It is never freed: a completion that a broken host delivers late or twice still finds it, and
/// shows in the journal.
#[derive(Debug)]
pub(crate) struct Run {
    control: *mut EXTENSION_CONTROL_BLOCK,
    /// A copy: after the end of the session the control block may not be touched, but the calls
    /// can still be made.
    callbacks: Callbacks,
    /// What the calls pass, see the step `conn`.
    pub(crate) conn: AtomicPtr<std::ffi::c_void>,
    own_conn: HCONN,
    pub(crate) journal: String,
    main: Mutex<Vec<Step>>,
    completions: Mutex<VecDeque<Vec<Step>>>,
    completion_count: AtomicU32,
    threads: Mutex<VecDeque<Vec<Step>>>,
    thread_count: AtomicU32,
    pub(crate) file: Mutex<Option<File>>,
    /// Started, not completed: at most one, and while another start is tried that one too.
    pub(crate) operations: Mutex<VecDeque<Operation>>,
    /// The thread inside a call that starts an operation.
    pub(crate) starting: Mutex<Option<thread::ThreadId>>,
}

/// The four functions of the control block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callbacks {
    pub(crate) get_server_variable: isapi_abi::PFN_GETSERVERVARIABLE,
    pub(crate) write_client: isapi_abi::PFN_WRITECLIENT,
    pub(crate) read_client: isapi_abi::PFN_READCLIENT,
    pub(crate) support: isapi_abi::PFN_SERVERSUPPORTFUNCTION,
}

// SAFETY: the control block is touched only by the steps that name its fields, which a script
// places before the end of its session; the callbacks may be called from any thread.
unsafe impl Send for Run {}
// SAFETY: as above; everything that changes is behind a lock or atomic.
unsafe impl Sync for Run {}

impl Run {
    /// # Safety
    ///
    /// `control` points to a control block that lives until the session has ended.
    pub(crate) unsafe fn new(control: *mut EXTENSION_CONTROL_BLOCK, program: Program) -> Run {
        // SAFETY: the caller's promise.
        let block = unsafe { &*control };
        Run {
            control,
            callbacks: Callbacks {
                get_server_variable: block.GetServerVariable.expect("never null"),
                write_client: block.WriteClient.expect("never null"),
                read_client: block.ReadClient.expect("never null"),
                support: block.ServerSupportFunction.expect("never null"),
            },
            conn: AtomicPtr::new(block.ConnID),
            own_conn: block.ConnID,
            journal: program.journal,
            main: Mutex::new(program.main),
            completions: Mutex::new(program.completions),
            completion_count: AtomicU32::new(0),
            threads: Mutex::new(program.threads),
            thread_count: AtomicU32::new(0),
            file: Mutex::new(None),
            operations: Mutex::new(VecDeque::new()),
            starting: Mutex::new(None),
        }
    }

    pub(crate) fn control(&self) -> *mut EXTENSION_CONTROL_BLOCK {
        self.control
    }

    pub(crate) fn callbacks(&self) -> Callbacks {
        self.callbacks
    }

    pub(crate) fn conn(&self) -> HCONN {
        self.conn.load(Ordering::SeqCst)
    }

    pub(crate) fn own_conn(&self) -> HCONN {
        self.own_conn
    }

    /// Runs the steps of `HttpExtensionProc` and answers what it returns.
    pub(crate) fn main(&'static self) -> u32 {
        let _running = journal::Section::begin(&self.journal);
        let steps = std::mem::take(&mut *lock(&self.main));
        let mut was_refused = false;
        for step in &steps {
            let returns = match step.name.as_str() {
                "return" => true,
                "return_if_refused" => was_refused,
                _ => {
                    let result = self.step("", step);
                    was_refused = result.is_some_and(|line| line.contains(" FALSE "));
                    continue;
                }
            };
            if returns {
                return step.number(0).unwrap_or(1);
            }
        }
        1
    }

    /// Runs the steps of the next completion.
    pub(crate) fn completion(&'static self, report: &[String]) {
        let _running = journal::Section::begin(&self.journal);
        let number = self.completion_count.fetch_add(1, Ordering::SeqCst) + 1;
        let place = format!("completion {number}: ");
        for line in report {
            journal::write(&self.journal, format!("{place}{line}"));
        }
        let steps = lock(&self.completions).pop_front().unwrap_or_default();
        self.steps(&place, &steps);
    }

    /// Starts the next thread.
    pub(crate) fn spawn(&'static self) {
        let number = self.thread_count.fetch_add(1, Ordering::SeqCst) + 1;
        let steps = lock(&self.threads)
            .pop_front()
            .expect("there is a [thread] for every spawn");
        let running = journal::Section::begin(&self.journal);
        thread::spawn(move || {
            let _running = running;
            self.steps(&format!("thread {number}: "), &steps);
        });
    }

    fn steps(&'static self, place: &str, steps: &[Step]) {
        for step in steps {
            self.step(place, step);
        }
    }

    /// Answers the line that it wrote to the journal.
    fn step(&'static self, place: &str, step: &Step) -> Option<String> {
        let result = self.call(step)?;
        journal::write(&self.journal, format!("{place}{result}"));
        Some(result)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
