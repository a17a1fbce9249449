//! Something that leaves a function of an extension by another way than its return, on a platform that
//! can stop it. Here the "platform" makes the call and then forgets its answer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Instant;

use isapi_abi::{
    BOOL, DWORD, Entry, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS, HSE_TERM_ADVISORY_UNLOAD,
    HSE_TERM_MUST_UNLOAD, TRUE,
};
use isapi_bridge::{
    EntryProvider, Escaped, ExtensionSlot, ForeignCall, ForeignFunction, LoadError, ModuleSource,
};
use isapi_core::session::{Ending, How, Initiator};

use crate::exchange::{Client, Host, PATIENCE, exchange};
use crate::extension::{self, Ecb};
use crate::inline;

const PANICKED: Ending = Ending {
    by: Initiator::Extension,
    how: How::Panicked,
};

/// What escapes, by the names of [`ForeignFunction::name`].
type Escapes = Arc<Mutex<HashSet<&'static str>>>;

const VERSION: &str = "GetExtensionVersion";
const PROC: &str = "HttpExtensionProc";
const TERMINATE: &str = "TerminateExtension";
const COMPLETION: &str = "a completion callback";

struct Unwinding {
    entry: Entry,
    escapes: Escapes,
    terminations: Arc<Mutex<Vec<DWORD>>>,
}

/// Of an image of its own: an image that is in use elsewhere is neither loaded again nor terminated.
fn entry<const IMAGE: BOOL>() -> Entry {
    unsafe extern "system" fn terminate<const IMAGE: BOOL>(_: DWORD) -> BOOL {
        // Another number each, so that no two of them become one function.
        TRUE + IMAGE
    }

    // SAFETY: the functions follow the contract as far as the closures of the tests do.
    unsafe {
        Entry::new(
            extension::version,
            extension::call,
            Some(terminate::<IMAGE>),
        )
    }
}

// SAFETY: the functions are those of this program.
unsafe impl EntryProvider for Unwinding {
    fn entry(&self) -> Entry {
        self.entry
    }

    fn name(&self) -> String {
        "unwinding".to_owned()
    }

    unsafe fn call(&self, call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
        assert_eq!(call.extension, "unwinding");
        let name = call.function.name();
        assert_eq!(call.request.is_some(), [PROC, COMPLETION].contains(&name));
        if let ForeignFunction::TerminateExtension(_, flags) = call.function {
            self.terminations.lock().expect("unpoisoned").push(flags);
        }
        // SAFETY: the promise is the caller's, in the same words.
        let answer = unsafe { call.function.call() };
        match self.escapes.lock().expect("unpoisoned").contains(name) {
            true => Err(Escaped::new("exception 0xE0001234")),
            false => Ok(answer),
        }
    }
}

struct Unwound {
    host: Host,
    escapes: Escapes,
    terminations: Arc<Mutex<Vec<DWORD>>>,
}

impl Unwound {
    fn new(escape: &'static str) -> Self {
        Self::of(extension::entry(), escape)
    }

    fn of(entry: Entry, escape: &'static str) -> Self {
        Self::on(Host::new(), entry, escape)
    }

    fn on(mut host: Host, entry: Entry, escape: &'static str) -> Self {
        let escapes = Escapes::default();
        let terminations = Arc::default();
        let provider = Box::new(Unwinding {
            entry,
            escapes: Arc::clone(&escapes),
            terminations: Arc::clone(&terminations),
        });
        let runtime = Arc::clone(&host.runtime);
        host.slot = ExtensionSlot::new(ModuleSource::Provider(provider), runtime);
        escapes.lock().expect("unpoisoned").insert(escape);
        Self {
            host,
            escapes,
            terminations,
        }
    }

    fn escapes(&self) -> Vec<(String, String)> {
        self.host.site.escapes.lock().expect("unpoisoned").clone()
    }

    /// One escape is reported, and not as something that the extension said.
    fn assert_escaped(&self, function: &str) {
        let reason = format!("exception 0xE0001234 escaped {function}");
        assert_eq!(self.escapes(), [("unwinding".to_owned(), reason)]);
        let unhealthy = self.host.site.unhealthy.lock().expect("unpoisoned");
        assert!(unhealthy.is_empty(), "{unhealthy:?}");
    }

    /// Nobody uses the extension any more: every block has been given back.
    fn assert_released(&self) {
        let soon = Instant::now() + PATIENCE;
        assert_eq!(self.host.slot.shutdown(soon), Ok(()));
    }
}

#[test]
fn a_call_that_something_escaped_before_the_head_answers_500() {
    let unwound = Unwound::new(PROC);
    let session = unwound.host.get(|_| HSE_STATUS_SUCCESS);
    let response = exchange(&session, &[]);
    assert_eq!(response.head.expect("a head").status(), 500);
    assert_eq!(response.ending, PANICKED);
    unwound.assert_escaped(PROC);
    unwound.assert_released();
}

#[test]
fn what_escapes_an_inline_call_is_stopped_as_on_a_worker_thread() {
    let (host, _) = inline::host();
    let unwound = Unwound::on(host, extension::entry(), PROC);
    let session = unwound.host.get(inline::tell_thread);
    let response = exchange(&session, &[]);
    assert_eq!(response.body, b"inline");
    assert!(response.aborted);
    assert_eq!(response.ending, PANICKED);
    unwound.assert_escaped(PROC);
    unwound.assert_released();
}

#[test]
fn a_call_that_something_escaped_behind_the_head_cuts_the_response() {
    let unwound = Unwound::new(PROC);
    let session = unwound.host.get(|ecb| {
        ecb.send_header("200 OK", "Content-Length: 100\r\n\r\n")
            .expect("once");
        ecb.write(b"begun").expect("open");
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.head.expect("a head").status(), 200);
    assert!(response.aborted, "{:?}", response.body);
    assert_eq!(response.ending, PANICKED);
    unwound.assert_released();
}

#[test]
fn an_escape_with_an_operation_pending_keeps_the_block_until_its_callback_has_run() {
    let unwound = Unwound::new(PROC);
    let (tell, told) = mpsc::channel();
    let session = unwound.host.get(move |ecb| {
        let tell = tell.clone();
        ecb.on_completion(move |ecb, bytes, error| {
            tell.send((extension::text(ecb.block().lpszPathInfo), bytes, error))
                .expect("the test listens");
        })
        .expect("registers");
        ecb.write_async(b"x").expect("nothing is pending");
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.ending, PANICKED);
    let (path, bytes, error) = told.recv_timeout(PATIENCE).expect("called once");
    assert_eq!(path, "/extra", "the block was there");
    assert!(
        matches!((bytes, error), (1, 0) | (0, 995)),
        "{bytes} {error}"
    );
    assert!(told.try_recv().is_err(), "called once");
    unwound.assert_released();
}

#[test]
fn an_escape_after_the_end_of_the_session_leaves_the_answer_whole() {
    let unwound = Unwound::new(PROC);
    let session = unwound.host.get(|ecb| {
        ecb.write(b"done").expect("open");
        ecb.done(HSE_STATUS_SUCCESS).expect("once");
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[]);
    assert_eq!(
        (response.body.as_slice(), response.aborted),
        (&b"done"[..], false)
    );
    assert_eq!(response.ending.how, How::Success);
    unwound.assert_escaped(PROC);
    unwound.assert_released();
}

#[test]
fn an_extension_goes_on_being_called_after_an_escape() {
    let unwound = Unwound::new(PROC);
    let first = exchange(&unwound.host.get(|_| HSE_STATUS_SUCCESS), &[]);
    assert_eq!(first.ending, PANICKED);
    unwound.escapes.lock().expect("unpoisoned").clear();
    let second = exchange(&unwound.host.get(|_| HSE_STATUS_SUCCESS), &[]);
    assert_eq!(second.ending.how, How::Success);
}

/// An asynchronous write whose callback does `run`, and is then escaped.
fn in_callback(unwound: &Unwound, run: impl Fn(Ecb) + Clone + Send + Sync + 'static) -> Client {
    let session = unwound.host.get(move |ecb| {
        let run = run.clone();
        ecb.on_completion(move |ecb, _, _| run(ecb))
            .expect("registers");
        ecb.write_async(b"ab").expect("nothing is pending");
        HSE_STATUS_PENDING
    });
    let mut client = Client::new(session, &[]);
    client.wait_until(|client| client.ending.is_some() && client.body_ended);
    client
}

#[test]
fn a_callback_that_something_escaped_cuts_the_response() {
    let unwound = Unwound::new(COMPLETION);
    let client = in_callback(&unwound, |_| ());
    assert_eq!(client.ending, Some(PANICKED));
    assert!(client.aborted);
    unwound.assert_escaped(COMPLETION);
    unwound.assert_released();
}

#[test]
fn a_callback_that_something_escaped_before_the_head_answers_500() {
    let unwound = Unwound::new(COMPLETION);
    let mut host = unwound.host;
    host.config.read_ahead = 0;
    let session = host.post(4, |ecb| {
        let buffer = Box::leak(Box::new([0u8; 4]));
        ecb.on_completion(|_, _, _| ()).expect("registers");
        ecb.read_async(buffer.as_mut_ptr(), buffer.len())
            .expect("nothing is pending");
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[b"body"]);
    assert_eq!(response.head.expect("a head").status(), 500);
    assert_eq!(response.ending, PANICKED);
}

#[test]
fn a_callback_that_something_escaped_after_the_end_leaves_the_answer_whole() {
    let unwound = Unwound::new(COMPLETION);
    let client = in_callback(&unwound, |ecb| {
        ecb.done(HSE_STATUS_SUCCESS).expect("once");
    });
    assert_eq!(client.ending.map(|ending| ending.how), Some(How::Success));
    assert_eq!(
        (client.received.as_slice(), client.aborted),
        (&b"ab"[..], false)
    );
    unwound.assert_released();
}

#[test]
fn a_callback_that_something_escaped_with_its_next_operation_pending_ends_after_that() {
    let unwound = Unwound::new(COMPLETION);
    let (tell, told) = mpsc::channel();
    let client = in_callback(&unwound, move |ecb| {
        let tell = tell.clone();
        ecb.on_completion(move |_, bytes, error| {
            tell.send((bytes, error)).expect("the test listens");
        })
        .expect("registers");
        ecb.write_async(b"cd").expect("the one before is over");
    });
    assert_eq!(client.ending, Some(PANICKED));
    let completion = told.recv_timeout(PATIENCE).expect("called once");
    assert!(matches!(completion, (2, 0) | (0, 995)), "{completion:?}");
    unwound.assert_released();
}

#[test]
fn a_load_that_something_escaped_fails_with_the_reason() {
    let unwound = Unwound::of(entry::<1>(), VERSION);
    let error = unwound.host.slot.load_blocking().expect_err("not loaded");
    assert!(matches!(*error, LoadError::Escaped { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "unwinding: exception 0xE0001234 escaped GetExtensionVersion; the extension has to catch it \
         and answer FALSE"
    );
    assert!(unwound.escapes().is_empty(), "it was never loaded");
}

#[test]
fn a_termination_that_something_escaped_is_a_termination() {
    let unwound = Unwound::of(entry::<2>(), TERMINATE);
    exchange(&unwound.host.get(|_| HSE_STATUS_SUCCESS), &[]);
    unwound.assert_released();
    assert_eq!(
        *unwound.terminations.lock().unwrap(),
        [HSE_TERM_MUST_UNLOAD]
    );
}

#[test]
fn an_extension_does_not_agree_to_go_by_what_escaped_it() {
    let unwound = Unwound::of(entry::<3>(), TERMINATE);
    drop(unwound.host.slot.load_blocking().expect("loads"));
    assert!(!unwound.host.slot.unload_idle());
    assert_eq!(
        *unwound.terminations.lock().unwrap(),
        [HSE_TERM_ADVISORY_UNLOAD]
    );
}
