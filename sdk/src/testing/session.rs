//! The state of one request, and the rules of the interface.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use isapi_abi::{HSE_EXEC_URL_STATUS, HSE_STATUS_PENDING, PFN_HSE_IO_COMPLETION};

use crate::error::Win32Error;
use crate::exec_url::ExecUrl;
use crate::testing::file::FilePart;
use crate::testing::memory::ControlBlockMemory;
use crate::testing::request::RequestParts;
use crate::testing::response_head;
use crate::testing::site::Site;
use crate::testing::vector::{SentVector, Vector};

/// How long a test waits for a thread of the extension before it is called stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request: its control block and what has happened to it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) memory: ControlBlockMemory,
    state: Mutex<State>,
    changed: Condvar,
}

/// What has happened to a request so far.
#[derive(Debug)]
pub(super) struct State {
    variables: BTreeMap<String, Vec<u8>>,
    pub(super) site: Site,
    unread: Vec<u8>,
    refuses_operations: bool,
    callback: Option<Callback>,
    pub(super) pending: Option<Operation>,
    returned: Option<u32>,
    done: Option<u32>,
    pub(super) head: Option<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) redirect: Option<String>,
    pub(super) log: String,
    /// The extension has asked for the connection to be closed behind a send.
    pub(super) disconnected: bool,
    /// The extension has said that nothing else follows.
    pub(super) is_complete: bool,
    /// The extension has closed the connection.
    pub(super) is_closed: bool,
    pub(super) flushes: bool,
    pub(super) sub_status: u16,
    pub(super) vectors: Vec<SentVector>,
    pub(super) child_status: Option<HSE_EXEC_URL_STATUS>,
    pub(super) unhealthy: Vec<String>,
    pub(super) refused: Vec<String>,
}

/// A completion callback and its context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callback {
    pub(super) function: PFN_HSE_IO_COMPLETION,
    pub(super) context: Address,
}

/// A pointer of the extension's, only ever given back or used as the extension allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address(pub(super) *mut std::ffi::c_void);

// SAFETY: the interface lets the host use the extension's pointers on any thread; the type itself
// gives no access.
unsafe impl Send for Address {}

/// An operation the extension has started; its memory is used when it completes, not before.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) callback: Callback,
    pub(super) transfer: Transfer,
    /// Why it will fail, whatever it was to move.
    pub(super) broken: Option<Win32Error>,
}

/// What an operation moves.
#[derive(Debug)]
pub(super) enum Transfer {
    Child(Box<ExecUrl>),
    File {
        head: Option<(String, String)>,
        file: Option<FilePart>,
        before: Vec<u8>,
        after: Vec<u8>,
    },
    Read {
        buffer: Address,
        size: usize,
    },
    Vector(Vector),
    Write {
        data: Address,
        size: usize,
    },
}

impl Session {
    pub(super) fn new(parts: RequestParts) -> Session {
        let memory = ControlBlockMemory::new(&parts);
        let preread = parts.read_ahead.min(parts.body.len());
        let state = State {
            variables: parts.variables,
            site: parts.site,
            unread: parts.body[preread..].to_vec(),
            refuses_operations: parts.refuses_operations,
            callback: None,
            pending: None,
            returned: None,
            done: None,
            head: None,
            body: Vec::new(),
            redirect: None,
            log: String::new(),
            disconnected: false,
            is_complete: false,
            is_closed: false,
            flushes: false,
            sub_status: 0,
            vectors: Vec::new(),
            child_status: None,
            unhealthy: Vec::new(),
            refused: Vec::new(),
        };
        Session {
            memory,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one call of the extension. Any but the last wakes whoever waits for a change.
    pub(super) fn call<T>(
        &self,
        name: &str,
        call: impl FnOnce(&mut State) -> Result<T, Win32Error>,
    ) -> Result<T, Win32Error> {
        let mut state = self.state();
        let outcome = if state.ended().is_some() {
            Err(Win32Error::INVALID_PARAMETER)
        } else {
            call(&mut state)
        };
        if let Err(Win32Error::INVALID_PARAMETER) = outcome {
            state.refused.push(name.to_owned());
        }
        self.changed.notify_all();
        outcome
    }

    pub(super) fn returned(&self, status: u32) {
        self.state().returned = Some(status);
        self.changed.notify_all();
    }

    /// Waits until the request has ended or an operation is pending; false if neither comes.
    pub(super) fn wait(&self) -> bool {
        let is_idle = |state: &mut State| state.ended().is_none() && state.pending.is_none();
        let (_state, waited) = self
            .changed
            .wait_timeout_while(self.state(), PATIENCE, is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out()
    }
}

impl State {
    /// The status the request has ended with.
    pub(super) fn ended(&self) -> Option<u32> {
        self.returned
            .filter(|&status| status != HSE_STATUS_PENDING)
            .or(self.done)
    }

    pub(super) fn status_returned(&self) -> Option<u32> {
        self.returned
    }

    pub(super) fn variable(&self, name: &str) -> Option<&[u8]> {
        self.variables.get(name).map(Vec::as_slice)
    }

    pub(super) fn register(&mut self, callback: Option<Callback>) {
        self.callback = callback;
    }

    /// Starts an operation; with a callback of its own or the registered one.
    pub(super) fn begin(
        &mut self,
        callback: Option<Callback>,
        transfer: Transfer,
    ) -> Result<(), Win32Error> {
        self.expect_idle()?;
        let callback = callback
            .or(self.callback)
            .ok_or(Win32Error::INVALID_PARAMETER)?;
        if self.refuses_operations {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        self.pending = Some(Operation {
            callback,
            transfer,
            broken: self.is_closed.then_some(Win32Error::NETNAME_DELETED),
        });
        Ok(())
    }

    pub(super) fn send_head(&mut self, status: String, fields: String) -> Result<(), Win32Error> {
        self.expect_idle()?;
        response_head::check(&status, &fields)?;
        self.expect_no_head()?;
        self.head = Some((status, fields));
        Ok(())
    }

    pub(super) fn send_redirect(&mut self, url: String) -> Result<(), Win32Error> {
        self.expect_idle()?;
        self.expect_no_head()?;
        self.redirect = Some(url);
        Ok(())
    }

    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), Win32Error> {
        self.expect_idle()?;
        self.expect_open()?;
        self.body.extend_from_slice(data);
        Ok(())
    }

    /// At most `size` bytes of the body's rest.
    pub(super) fn read(&mut self, size: usize) -> Result<Vec<u8>, Win32Error> {
        self.expect_idle()?;
        Ok(self.take_unread(size))
    }

    pub(super) fn take_unread(&mut self, size: usize) -> Vec<u8> {
        let size = size.min(self.unread.len());
        self.unread.drain(..size).collect()
    }

    pub(super) fn done(&mut self, status: u32) -> Result<(), Win32Error> {
        self.expect_idle()?;
        self.done = Some(status);
        Ok(())
    }

    /// The pending operation, and those to come, fail.
    pub(super) fn close_connection(&mut self) {
        self.is_closed = true;
        self.break_operation(Win32Error::NETNAME_DELETED);
    }

    /// The pending operation fails, if there is one.
    pub(super) fn cancel_operation(&mut self) {
        self.break_operation(Win32Error::OPERATION_ABORTED);
    }

    fn break_operation(&mut self, error: Win32Error) {
        if let Some(operation) = &mut self.pending {
            operation.broken.get_or_insert(error);
        }
    }

    /// A head comes once, and before everything else.
    pub(super) fn expect_no_head(&self) -> Result<(), Win32Error> {
        if self.head.is_some() || !self.body.is_empty() || self.redirect.is_some() {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        Ok(())
    }

    /// Something may follow what was sent, and there is a client to get it.
    pub(super) fn expect_open(&self) -> Result<(), Win32Error> {
        if self.disconnected || self.is_complete {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        if self.is_closed {
            return Err(Win32Error::NETNAME_DELETED);
        }
        Ok(())
    }

    pub(super) fn expect_idle(&self) -> Result<(), Win32Error> {
        if self.pending.is_some() {
            Err(Win32Error::INVALID_PARAMETER)
        } else {
            Ok(())
        }
    }
}
