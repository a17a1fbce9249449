//! The requests that send a head, an error or a line for a log, with texts that end at a page.
#![cfg(unix)]

use std::ffi::c_void;
use std::path::PathBuf;
use std::ptr;

use http::StatusCode;
use isapi_abi::*;
use isapi_core::response_head::ResponseHead;
use isapi_guard_pages::{Edge, Host, Memory};

const FILE_NOT_FOUND: u32 = 2;
const INVALID_PARAMETER: u32 = 87;

const STATUS: &[u8] = b"201 Created";
const HEADERS: &[u8] = b"X-Name: value\r\n\r\nbody";

/// Null, and every edge.
const PLACES: [Option<Edge>; 5] = [
    None,
    Some(Edge::End),
    Some(Edge::NearEnd),
    Some(Edge::NearStart),
    Some(Edge::Start),
];

/// The text at its place, or null.
fn put(memory: &mut Memory, place: Option<Edge>, text: &[u8]) -> *mut c_void {
    place.map_or(ptr::null_mut(), |edge| memory.put(edge, text))
}

fn terminated(text: &[u8]) -> Vec<u8> {
    [text, b"\0"].concat()
}

#[test]
fn a_head_is_read_up_to_its_nul() {
    let host = Host::new();
    for status_at in PLACES {
        for headers_at in PLACES {
            let answer = host.run(move |ecb| {
                let (mut status, mut headers) = (Memory::new(), Memory::new());
                let status_text = put(&mut status, status_at, &terminated(STATUS));
                let headers_text = put(&mut headers, headers_at, &terminated(HEADERS));
                // SAFETY: null or texts that end with a NUL; the size is not used.
                let answer = unsafe {
                    let (code, size) = (HSE_REQ_SEND_RESPONSE_HEADER, status.forbidden());
                    ecb.support(code, status_text, size, headers_text.cast())
                };
                assert_eq!(answer, Ok(()), "{status_at:?}, {headers_at:?}");
                status.assert_intact();
                headers.assert_intact();
            });
            let created = status_at.is_some();
            let status = if created {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let body = if headers_at.is_some() {
                &b"body"[..]
            } else {
                b""
            };
            assert_eq!(answer.status, status);
            assert_eq!(answer.body.as_deref(), Some(body));
        }
    }
}

#[test]
fn a_head_of_given_lengths_is_read_no_further() {
    let host = Host::new();
    let (status, headers) = (terminated(STATUS), terminated(HEADERS));
    let lengths = (0..=status.len())
        .map(|length| (length, headers.len() - 1))
        .chain((0..=headers.len()).map(|length| (status.len() - 1, length)));
    for (status_length, headers_length) in lengths {
        let (status, headers) = (&status[..status_length], &headers[..headers_length]);
        // A NUL at the end is counted by authors who write `sizeof`, and is no part of the text.
        let text = |text| <[u8]>::strip_suffix(text, b"\0").unwrap_or(text);
        let head = ResponseHead::from_header_call(Some(text(status)), text(headers));
        let (expected, status_code, body) = match head {
            Ok((head, used)) => (Ok(()), head.status(), text(headers)[used..].to_vec()),
            Err(_) => (Err(INVALID_PARAMETER), StatusCode::OK, Vec::new()),
        };
        for edge in Edge::ALL {
            let (status, headers) = (status.to_vec(), headers.to_vec());
            let answer = host.run(move |ecb| {
                let (mut first, mut second, mut info) =
                    (Memory::new(), Memory::new(), Memory::new());
                let structure = HSE_SEND_HEADER_EX_INFO {
                    pszStatus: first.put(edge, &status).cast(),
                    pszHeader: second.put(edge, &headers).cast(),
                    cchStatus: u32::try_from(status.len()).expect("short"),
                    cchHeader: u32::try_from(headers.len()).expect("short"),
                    fKeepConn: TRUE,
                };
                let unused = info.forbidden();
                let place = info.put_value(edge, structure).cast();
                // SAFETY: a filled structure; the other pointers are not used.
                let answer =
                    unsafe { ecb.support(HSE_REQ_SEND_RESPONSE_HEADER_EX, place, unused, unused) };
                assert_eq!(answer, expected, "{status:?}, {headers:?}");
                [first, second, info].iter().for_each(Memory::assert_intact);
            });
            assert_eq!(
                answer.status, status_code,
                "{status_length}, {headers_length}"
            );
            assert_eq!(answer.body.as_deref(), Some(body.as_slice()));
        }
    }
}

#[test]
fn a_head_from_nowhere_has_no_text_whatever_its_length() {
    let host = Host::new();
    for length in [0, 1, u32::MAX] {
        for edge in Edge::ALL {
            let answer = host.run(move |ecb| {
                let mut info = Memory::new();
                let structure = HSE_SEND_HEADER_EX_INFO {
                    pszStatus: ptr::null_mut(),
                    pszHeader: ptr::null_mut(),
                    cchStatus: length,
                    cchHeader: length,
                    fKeepConn: FALSE,
                };
                let unused = info.forbidden();
                let place = info.put_value(edge, structure).cast();
                let code = HSE_REQ_SEND_RESPONSE_HEADER_EX;
                // SAFETY: null pointers are allowed.
                unsafe {
                    let nowhere = ecb.support(code, ptr::null_mut(), unused, unused);
                    assert_eq!(nowhere, Err(INVALID_PARAMETER));
                    assert_eq!(ecb.support(code, place, unused, unused), Ok(()));
                }
                info.assert_intact();
            });
            assert_eq!(answer.status, StatusCode::OK);
        }
    }
}

#[test]
fn a_redirect_reads_its_url_up_to_the_nul() {
    let host = Host::new();
    for code in [HSE_REQ_SEND_URL, HSE_REQ_SEND_URL_REDIRECT_RESP] {
        for edge in Edge::ALL {
            let answer = host.run(move |ecb| {
                let mut url = Memory::new();
                let unused = url.forbidden();
                let place = url.put(edge, b"/elsewhere\0");
                // SAFETY: null, or a text that ends with a NUL; the size is not used.
                unsafe {
                    let nowhere = ecb.support(code, ptr::null_mut(), unused, unused);
                    assert_eq!(nowhere, Err(INVALID_PARAMETER), "{code}");
                    assert_eq!(ecb.support(code, place, unused, unused), Ok(()), "{code}");
                }
                url.assert_intact();
            });
            assert_eq!(answer.status, StatusCode::FOUND);
        }
    }
}

#[test]
fn texts_for_logs_are_read_up_to_the_nul() {
    Host::new().run(|ecb| {
        let mut text = Memory::new();
        for length in (0..=40).chain([4000]) {
            for edge in Edge::ALL {
                for code in [HSE_APPEND_LOG_PARAMETER, HSE_REQ_REPORT_UNHEALTHY] {
                    let place = text.put(edge, &terminated(&vec![0xe4; length]));
                    let unused = text.forbidden();
                    // SAFETY: a text that ends with a NUL; the other pointers are not used.
                    let answer = unsafe { ecb.support(code, place, unused, unused) };
                    assert_eq!(answer, Ok(()), "{code}, {length}");
                    text.assert_intact();
                }
            }
        }
        let (none, unused) = (ptr::null_mut(), text.forbidden());
        // SAFETY: null pointers are allowed.
        unsafe {
            let log = ecb.support(HSE_APPEND_LOG_PARAMETER, none, unused, unused);
            assert_eq!(log, Err(INVALID_PARAMETER));
            let report = ecb.support(HSE_REQ_REPORT_UNHEALTHY, none, unused, unused);
            assert_eq!(report, Ok(()));
        }
    });
}

/// The file of the page for 404.
fn error_page() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guard-pages-404.html");
    std::fs::write(&path, "gone").expect("a page");
    path
}

#[test]
fn an_error_reads_its_status_up_to_the_nul() {
    let page = error_page();
    let host = Host::with(|builder| builder.error_page(StatusCode::NOT_FOUND, None, page));
    for edge in Edge::ALL {
        for is_async in [FALSE, TRUE, -1] {
            let answer = host.run(move |ecb| {
                let (mut status, mut info) = (Memory::new(), Memory::new());
                let mut send = |text: Option<&[u8]>, flag: BOOL| {
                    let text = text.map(terminated);
                    let structure = HSE_CUSTOM_ERROR_INFO {
                        pszStatus: text
                            .map_or(ptr::null_mut(), |text| status.put(edge, &text).cast()),
                        uHttpSubError: u16::MAX,
                        fAsync: flag,
                    };
                    let unused = info.forbidden();
                    let place = info.put_value(edge, structure).cast();
                    // SAFETY: a filled structure; the other pointers are not used.
                    let answer =
                        unsafe { ecb.support(HSE_REQ_SEND_CUSTOM_ERROR, place, unused, unused) };
                    status.assert_intact();
                    info.assert_intact();
                    answer
                };
                for text in [&b""[..], b" ", b"4", b"40", b"404x", b"text", b"99 low"] {
                    let answer = send(Some(text), is_async);
                    assert_eq!(answer, Err(INVALID_PARAMETER), "{text:?}");
                }
                assert_eq!(send(None, is_async), Err(INVALID_PARAMETER));
                assert_eq!(send(Some(b"410 Gone"), is_async), Err(FILE_NOT_FOUND));
                if is_async == FALSE {
                    assert_eq!(send(Some(b"404 Not Found"), is_async), Ok(()));
                    return;
                }
                // Without a completion routine nothing is accepted that would call it.
                assert_eq!(
                    send(Some(b"404 Not Found"), is_async),
                    Err(INVALID_PARAMETER)
                );
                let completions = ecb.completions();
                assert_eq!(send(Some(b"404 Not Found"), is_async), Ok(()));
                assert_eq!(completions.next(), (4, 0));
                completions.assert_none();
            });
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert_eq!(answer.body.as_deref(), Some(&b"gone"[..]));
        }
    }
}

#[test]
fn an_error_from_nowhere_is_refused() {
    Host::new().run(|ecb| {
        let nowhere = Memory::new();
        let unused = nowhere.forbidden();
        // SAFETY: null pointers are allowed.
        let answer =
            unsafe { ecb.support(HSE_REQ_SEND_CUSTOM_ERROR, ptr::null_mut(), unused, unused) };
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
}
