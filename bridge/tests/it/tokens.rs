//! `HSE_REQ_GET_IMPERSONATION_TOKEN`, `HSE_REQ_GET_ANONYMOUS_TOKEN` and its UTF-16 form, on a platform
//! that has tokens.

use std::path::Path;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, mpsc};

use isapi_abi::*;
use isapi_bridge::{AccessToken, Backend, EntryProvider, LoadError, SendableFile};
use isapi_core::session::How;
use isapi_core::win32::Win32Error;

use crate::backend::{MemoryBackend, handle};
use crate::exchange::{Host, PATIENCE, exchange};
use crate::extension::Ecb;

/// A platform that gives three tokens, numbered from 1, and then no more.
#[derive(Clone, Debug, Default)]
struct TokenBackend {
    files: MemoryBackend,
    tokens: Arc<Tokens>,
}

#[derive(Debug, Default)]
struct Tokens {
    counts: Mutex<Counts>,
    closed: Condvar,
}

#[derive(Debug, Default)]
struct Counts {
    made: usize,
    open: usize,
}

impl TokenBackend {
    const MOST: usize = 3;

    fn open_tokens(&self) -> usize {
        self.tokens.counts.lock().expect("unpoisoned").open
    }

    fn wait_until_all_are_closed(&self) {
        let counts = self.tokens.counts.lock().expect("unpoisoned");
        let is_open = |counts: &mut Counts| counts.open > 0;
        let closed = &self.tokens.closed;
        let waited = closed.wait_timeout_while(counts, PATIENCE, is_open);
        assert!(
            !waited.expect("unpoisoned").1.timed_out(),
            "a token stays open"
        );
    }
}

impl Backend for TokenBackend {
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        self.files.open(path)
    }

    fn module_file_names(&self, url_name: &str) -> Vec<String> {
        self.files.module_file_names(url_name)
    }

    unsafe fn duplicate_file(&self, handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { self.files.duplicate_file(handle) }
    }

    fn access_token(&self) -> Result<Box<dyn AccessToken>, Win32Error> {
        let mut counts = self.tokens.counts.lock().expect("unpoisoned");
        if counts.made == Self::MOST {
            return Err(Win32Error::ACCESS_DENIED);
        }
        counts.made += 1;
        counts.open += 1;
        Ok(Box::new(Token {
            number: counts.made,
            is_given_away: false,
            tokens: Arc::clone(&self.tokens),
        }))
    }
}

#[derive(Debug)]
struct Token {
    number: usize,
    is_given_away: bool,
    tokens: Arc<Tokens>,
}

impl AccessToken for Token {
    fn as_handle(&self) -> HANDLE {
        handle(self.number)
    }

    fn into_handle(mut self: Box<Self>) -> HANDLE {
        self.is_given_away = true;
        self.as_handle()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if self.is_given_away {
            return;
        }
        self.tokens.counts.lock().expect("unpoisoned").open -= 1;
        self.tokens.closed.notify_all();
    }
}

fn impersonation_token(ecb: Ecb) -> Result<HANDLE, DWORD> {
    let mut token: HANDLE = ptr::null_mut();
    ecb.ask(HSE_REQ_GET_IMPERSONATION_TOKEN, &mut token)?;
    Ok(token)
}

fn anonymous_token(ecb: Ecb, request: DWORD) -> Result<HANDLE, DWORD> {
    let mut token: HANDLE = ptr::null_mut();
    // It ends with a NUL in either encoding, and is not read.
    let mut path = [u16::from(b'/'), 0];
    let (path, none) = (path.as_mut_ptr().cast(), ptr::null_mut());
    ecb.support(request, path, (&raw mut token).cast(), none)?;
    Ok(token)
}

#[test]
fn a_request_has_one_token_to_impersonate_until_its_control_block_goes() {
    let backend = TokenBackend::default();
    let host = Host::with(backend.clone(), |builder| builder);
    let open = backend.clone();
    let session = host.get(move |ecb| {
        let token = impersonation_token(ecb).expect("there is one");
        assert_eq!(impersonation_token(ecb), Ok(token));
        assert_eq!(open.open_tokens(), 1);
        assert_eq!(token, handle(1));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
    drop(session);
    backend.wait_until_all_are_closed();
}

#[test]
fn two_requests_have_two_tokens() {
    let backend = TokenBackend::default();
    let host = Host::with(backend.clone(), |builder| builder);
    let tokens = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        let tokens = Arc::clone(&tokens);
        let session = host.get(move |ecb| {
            let token = impersonation_token(ecb).expect("there is one");
            tokens.lock().expect("unpoisoned").push(token.addr());
            HSE_STATUS_SUCCESS
        });
        exchange(&session, &[]);
    }
    assert_eq!(*tokens.lock().expect("unpoisoned"), [1, 2]);
}

#[test]
fn an_anonymous_token_is_the_extension_s_to_close() {
    let backend = TokenBackend::default();
    let host = Host::with(backend.clone(), |builder| builder);
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        for request in [
            HSE_REQ_GET_ANONYMOUS_TOKEN,
            HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN,
        ] {
            let token = anonymous_token(ecb, request).expect("there is one");
            tell.send(token.addr()).expect("the test listens");
        }
        HSE_STATUS_SUCCESS
    });
    exchange(&session, &[]);
    drop(session);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(backend.open_tokens(), 2);
}

#[test]
fn what_the_system_says_is_the_last_error() {
    let host = Host::with(TokenBackend::default(), |builder| builder);
    let session = host.get(|ecb| {
        for _ in 0..TokenBackend::MOST {
            anonymous_token(ecb, HSE_REQ_GET_ANONYMOUS_TOKEN).expect("there is one");
        }
        assert_eq!(anonymous_token(ecb, HSE_REQ_GET_ANONYMOUS_TOKEN), Err(5));
        assert_eq!(impersonation_token(ecb), Err(5));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}
