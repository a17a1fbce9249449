//! The four requests that map a URL.

use std::mem;
use std::ptr;
use std::sync::Arc;

use isapi_abi::{
    DWORD, HSE_REQ_MAP_UNICODE_URL_TO_PATH, HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX,
    HSE_REQ_MAP_URL_TO_PATH, HSE_REQ_MAP_URL_TO_PATH_EX, HSE_STATUS_SUCCESS,
    HSE_UNICODE_URL_MAPEX_INFO, HSE_URL_MAPEX_INFO,
};
use isapi_bridge::UrlMapping;

use crate::exchange::{Host, exchange};
use crate::extension::Ecb;
use crate::site::TestSite;

fn mapping(path: &str) -> UrlMapping {
    UrlMapping {
        path: path.to_owned(),
        access: 0x201,
        matching_path: 5,
        matching_url: 1,
    }
}

fn run(test: impl Fn(Ecb) + Send + Sync + 'static) {
    let long = format!("/site/{}", "x".repeat(300));
    let mut host = Host::new();
    host.site = Arc::new(TestSite {
        urls: [
            ("/gr\u{fc}n/a".to_owned(), mapping("/site/gr\u{fc}n/a")),
            ("/test.dll/extra".to_owned(), mapping("/site/own")),
            ("/long".to_owned(), mapping(&long)),
        ]
        .into(),
        ..TestSite::default()
    });
    let session = host.get(move |ecb| {
        test(ecb);
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"");
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_ne_bytes).collect()
}

const NARROW_NUL: &[u8] = &[0];
const WIDE_NUL: &[u8] = &[0, 0];

/// Puts a URL at an odd address of a large buffer of which `size` bytes are said to be there.
fn map(ecb: Ecb, request: DWORD, url: &[u8], size: usize) -> (Result<(), DWORD>, Vec<u8>, usize) {
    let mut memory = vec![0xa5; 1200];
    memory[1..=url.len()].copy_from_slice(url);
    let mut said = DWORD::try_from(size).expect("small");
    let place = memory[1..].as_mut_ptr().cast();
    let answer = ecb.support(request, place, &raw mut said, ptr::null_mut());
    let said = usize::try_from(said).expect("fits");
    (answer, memory.split_off(1), said)
}

#[test]
fn the_path_takes_the_place_of_the_url_or_says_what_it_needs() {
    run(|ecb| {
        let (url, path) = ("/gr%C3%BCn/./a?b=c", "/site/gr\u{fc}n/a");
        for (request, url, path) in [
            (
                HSE_REQ_MAP_URL_TO_PATH,
                [url.as_bytes(), NARROW_NUL].concat(),
                [path.as_bytes(), NARROW_NUL].concat(),
            ),
            (
                HSE_REQ_MAP_UNICODE_URL_TO_PATH,
                [&wide(url)[..], WIDE_NUL].concat(),
                [&wide(path)[..], WIDE_NUL].concat(),
            ),
        ] {
            for size in 0..=path.len() + 1 {
                let (answer, memory, needed) = map(ecb, request, &url, size);
                assert_eq!(needed, path.len(), "{request} {size}");
                if size < path.len() {
                    assert_eq!(answer, Err(122), "{request} {size}");
                    assert!(memory.starts_with(&url));
                } else {
                    assert_eq!(answer, Ok(()), "{request} {size}");
                    assert!(memory.starts_with(&path));
                }
                let written = url.len().max(path.len());
                assert!(memory[written..].iter().all(|byte| *byte == 0xa5));
            }
        }
    });
}

#[test]
fn no_url_is_the_request_s_own() {
    run(|ecb| {
        let (answer, memory, size) = map(ecb, HSE_REQ_MAP_URL_TO_PATH, NARROW_NUL, 100);
        assert_eq!((answer, size), (Ok(()), 10));
        assert!(memory.starts_with(b"/site/own\0"));
        let (answer, memory, size) = map(ecb, HSE_REQ_MAP_UNICODE_URL_TO_PATH, WIDE_NUL, 100);
        assert_eq!((answer, size), (Ok(()), 20));
        assert!(memory.starts_with(&wide("/site/own\0")));
    });
}

#[test]
fn what_leaves_the_root_or_lies_nowhere_is_refused() {
    run(|ecb| {
        for (url, error) in [
            ("/a/../../etc\0", 87),
            ("/%2e%2e/etc\0", 87),
            ("relative\0", 87),
            ("http://example.org/\0", 87),
            ("/%zz\0", 87),
            ("/nowhere\0", 2),
        ] {
            let (answer, memory, size) = map(ecb, HSE_REQ_MAP_URL_TO_PATH, url.as_bytes(), 100);
            assert_eq!((answer, size), (Err(error), 100), "{url}");
            assert!(memory.starts_with(url.as_bytes()));
            let (answer, ..) = map(ecb, HSE_REQ_MAP_UNICODE_URL_TO_PATH, &wide(url), 100);
            assert_eq!(answer, Err(error), "{url}");
        }
        let surrogate = [0xd800_u16, 0].map(u16::to_ne_bytes).concat();
        let (answer, ..) = map(ecb, HSE_REQ_MAP_UNICODE_URL_TO_PATH, &surrogate, 100);
        assert_eq!(answer, Err(87));
        let (answer, ..) = map(ecb, HSE_REQ_MAP_URL_TO_PATH, b"/\xff\0", 100);
        assert_eq!(answer, Err(87));
    });
}

#[test]
fn the_longer_form_answers_in_a_structure() {
    run(|ecb| {
        // SAFETY: numbers and characters alone: all zero is a value of it.
        let mut info: HSE_URL_MAPEX_INFO = unsafe { mem::zeroed() };
        (info.dwReserved1, info.dwReserved2) = (7, 7);
        let mut url = *b"/gr%C3%BCn/a\0";
        let place = url.as_mut_ptr().cast();
        let none = ptr::null_mut();
        let asked = ecb.support(
            HSE_REQ_MAP_URL_TO_PATH_EX,
            place,
            none,
            (&raw mut info).cast(),
        );
        assert_eq!(asked, Ok(()));
        let path = info.lpszPath.map(|char| char.to_ne_bytes()[0]);
        assert!(path.starts_with("/site/gr\u{fc}n/a\0".as_bytes()));
        assert_eq!((info.dwFlags, info.cchMatchingPath), (0x201, 5));
        assert_eq!(info.cchMatchingURL, 1);
        assert_eq!((info.dwReserved1, info.dwReserved2), (7, 7));
        assert_eq!(&url, b"/gr%C3%BCn/a\0");
    });
}

#[test]
fn a_path_that_does_not_fit_is_cut_and_said() {
    run(|ecb| {
        // SAFETY: numbers and characters alone: all zero is a value of it.
        let mut info: HSE_UNICODE_URL_MAPEX_INFO = unsafe { mem::zeroed() };
        let mut url: Vec<u16> = "/long\0".encode_utf16().collect();
        let place = url.as_mut_ptr().cast();
        let request = HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX;
        let none = ptr::null_mut();
        let asked = ecb.support(request, place, none, (&raw mut info).cast());
        assert_eq!(asked, Err(122));
        let path = String::from_utf16(&info.lpszPath).expect("UTF-16");
        assert_eq!(path, format!("/site/{}\0", "x".repeat(253)));
        assert_eq!((info.dwFlags, info.cchMatchingPath), (0x201, 5));
        assert_eq!(ecb.support(request, place, none, none), Err(87));
    });
}
