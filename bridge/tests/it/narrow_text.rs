//! 8-bit text where the platform's encoding is not UTF-8: in both directions, and what it leaves alone.

use std::ffi::CStr;
use std::ptr;
use std::sync::Arc;

use http::HeaderValue;
use isapi_abi::*;
use isapi_bridge::{RequestSession, UrlMapping};
use isapi_core::session::How;

use crate::backend::MemoryBackend;
use crate::exchange::{Client, Host, exchange, request};
use crate::extension::{self, Ecb, last_error};
use crate::site::TestSite;

/// `/test.dll/grün€`, whose `X-Name` is in UTF-8.
fn start(host: &Host, run: impl Fn(Ecb) -> DWORD + Send + Sync + 'static) -> RequestSession {
    let query = extension::on_call(run);
    let mut parts = request(&query);
    parts.script.path_info = "/gr\u{fc}n\u{20ac}".into();
    parts.script.path_translated = "/site/gr\u{fc}n\u{20ac}".into();
    let name = HeaderValue::from_bytes("J\u{fc}rgen".as_bytes()).expect("a value");
    parts.headers.insert("x-name", name);
    host.start(parts)
}

fn latin1_host() -> Host {
    let mut host = Host::with(MemoryBackend::latin1(), |builder| builder);
    let mapping = UrlMapping {
        path: "/s\u{ef}te/gr\u{fc}n/a".into(),
        access: 1,
        matching_path: "/s\u{ef}te".len(),
        matching_url: "/gr\u{fc}n".len(),
    };
    host.site = Arc::new(TestSite {
        urls: [("/gr\u{fc}n/a".to_owned(), mapping)].into(),
        ..TestSite::default()
    });
    host
}

fn run(test: impl Fn(Ecb) + Send + Sync + 'static) {
    let session = start(&latin1_host(), move |ecb| {
        test(ecb);
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

fn variable(ecb: Ecb, name: &CStr) -> Result<Vec<u8>, DWORD> {
    let mut value = vec![0; 200];
    let mut size = 200;
    let variable = ecb.block().GetServerVariable.expect("filled");
    let buffer = value.as_mut_ptr().cast();
    // SAFETY: buffer and size belong together.
    let found = unsafe { variable(ecb.conn(), name.as_ptr().cast_mut(), buffer, &raw mut size) };
    if found != TRUE {
        return Err(last_error());
    }
    value.truncate(usize::try_from(size).expect("fits"));
    Ok(value)
}

/// Asks with a text in a buffer of 100 bytes.
fn in_place(ecb: Ecb, code: DWORD, text: &CStr) -> Result<Vec<u8>, DWORD> {
    let mut memory = text.to_bytes_with_nul().to_vec();
    memory.resize(100, 0xa5);
    let mut size = 100;
    let buffer = memory.as_mut_ptr().cast();
    ecb.support(code, buffer, &raw mut size, ptr::null_mut())?;
    let end = memory.iter().position(|byte| *byte == 0).expect("a NUL");
    memory.truncate(end);
    Ok(memory)
}

#[test]
fn decoded_paths_are_encoded_and_what_the_client_sent_is_not() {
    run(|ecb| {
        // SAFETY: strings of a control block end with a NUL.
        let path_info = unsafe { CStr::from_ptr(ecb.block().lpszPathInfo) };
        assert_eq!(path_info.to_bytes(), b"/gr\xfcn?");
        // SAFETY: as above.
        let path_translated = unsafe { CStr::from_ptr(ecb.block().lpszPathTranslated) };
        assert_eq!(path_translated.to_bytes(), b"/site/gr\xfcn?");

        let path_info = variable(ecb, c"PATH_INFO");
        assert_eq!(path_info.as_deref(), Ok(&b"/gr\xfcn?\0"[..]));
        let wide: Vec<u8> = "/gr\u{fc}n\u{20ac}\0"
            .encode_utf16()
            .flat_map(u16::to_ne_bytes)
            .collect();
        assert_eq!(variable(ecb, c"UNICODE_PATH_INFO"), Ok(wide));
        let name = "J\u{fc}rgen\0".as_bytes().to_vec();
        assert_eq!(variable(ecb, c"HTTP_X_NAME"), Ok(name));
    });
}

#[test]
fn urls_of_the_extension_are_decoded_and_paths_encoded() {
    run(|ecb| {
        let map = |url| in_place(ecb, HSE_REQ_MAP_URL_TO_PATH, url);
        let path = b"/s\xefte/gr\xfcn/a".to_vec();
        assert_eq!(map(c"/gr\xfcn/a"), Ok(path.clone()));
        assert_eq!(map(c"/gr%C3%BCn/a"), Ok(path));
        assert_eq!(map(c"/gr\x81n/a"), Err(87));

        // SAFETY: numbers and characters alone: all zero is a value of it.
        let mut info: HSE_URL_MAPEX_INFO = unsafe { std::mem::zeroed() };
        let url = c"/gr\xfcn/a".as_ptr().cast_mut().cast();
        let place = (&raw mut info).cast();
        ecb.support(HSE_REQ_MAP_URL_TO_PATH_EX, url, ptr::null_mut(), place)
            .expect("is mapped");
        assert_eq!((info.cchMatchingPath, info.cchMatchingURL), (5, 5));
    });
}

#[test]
fn a_normal_form_has_the_encoding_of_its_url() {
    run(|ecb| {
        let normalize = |url| in_place(ecb, HSE_REQ_NORMALIZE_URL, url);
        assert_eq!(normalize(c"/a/../gr%C3%BCn"), Ok(b"/gr\xfcn".to_vec()));
        assert_eq!(normalize(c"/\xfc/./x"), Ok(b"/\xfc/x".to_vec()));
        assert_eq!(normalize(c"/\x81"), Err(87));
    });
}

#[test]
fn a_child_gets_the_text_that_was_meant() {
    let host = latin1_host();
    let session = start(&host, |ecb| {
        ecb.on_completion(|ecb, _, _| ecb.done(HSE_STATUS_SUCCESS).expect("done once"))
            .expect("registers");
        let mut user = HSE_EXEC_URL_USER_INFO {
            hImpersonationToken: ptr::null_mut(),
            pszCustomUserName: c"J\xfcrgen".as_ptr().cast_mut(),
            pszCustomAuthType: c"Custom".as_ptr().cast_mut(),
        };
        let mut info = HSE_EXEC_URL_INFO {
            pszUrl: c"/gr\xfcn".as_ptr().cast_mut(),
            pszMethod: ptr::null_mut(),
            pszChildHeaders: ptr::null_mut(),
            pUserInfo: &raw mut user,
            pEntity: ptr::null_mut(),
            dwExecUrlFlags: 0,
        };
        ecb.ask(HSE_REQ_EXEC_URL, &mut info).expect("is accepted");
        HSE_STATUS_PENDING
    });
    let mut client = Client::new(session, &[]);
    client.wait_until(|client| !client.children.is_empty());
    let child = &client.children[0].request;
    assert_eq!(child.url.as_deref(), Some("/gr%C3%BCn"));
    let user = child.user.as_ref().map(|user| user.name.as_str());
    assert_eq!(user, Some("J\u{fc}rgen"));
}

#[test]
fn what_an_extension_logs_is_read_in_that_encoding() {
    let session = start(&latin1_host(), |ecb| {
        ecb.set_log_data(b"gr\xfcn");
        let parameter = c"gr\xfcn\n".as_ptr().cast_mut().cast();
        let none = ptr::null_mut();
        ecb.support(HSE_APPEND_LOG_PARAMETER, parameter, none, none)
            .expect("takes it");
        HSE_STATUS_SUCCESS
    });
    let log = exchange(&session, &[]).log;
    assert_eq!(log.log_data, "gr\u{fc}n");
    assert_eq!(log.log_parameters, "gr\u{fc}n\\n");
}
