//! The requests that map a URL and the one that normalises one, in buffers of every size.
#![cfg(unix)]

use std::path::Path;
use std::ptr;

use isapi_abi::*;
use isapi_core::url_path::normalize_url;
use isapi_guard_pages::{CANARY, Ecb, Edge, Host, Memory};

const INVALID_PARAMETER: u32 = 87;
const INSUFFICIENT_BUFFER: u32 = 122;

/// URLs to map, with letters that are wider in the one or the other encoding; an empty one is the
/// request's own.
const URLS: [&str; 6] = [
    "",
    "/",
    "/test.dll/extra?query",
    "/gr%C3%BCn/\u{e4}",
    "/a/%F0%9F%98%80/",
    "/nowhere/at/all",
];

/// URLs that mean nothing.
const INVALID: [&str; 4] = ["relative", "/../outside", "/%zz", "/a%00b"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn host() -> Host {
    Host::with(|builder| builder.document_root(root()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Narrow,
    Wide,
}

const ENCODINGS: [Encoding; 2] = [Encoding::Narrow, Encoding::Wide];

impl Encoding {
    /// A text with its NUL.
    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Narrow => [text.as_bytes(), b"\0"].concat(),
            Self::Wide => {
                let units = text.encode_utf16().chain([0]);
                units.flat_map(u16::to_ne_bytes).collect()
            }
        }
    }

    fn map_url(self) -> u32 {
        match self {
            Self::Narrow => HSE_REQ_MAP_URL_TO_PATH,
            Self::Wide => HSE_REQ_MAP_UNICODE_URL_TO_PATH,
        }
    }

    fn map_url_ex(self) -> u32 {
        match self {
            Self::Narrow => HSE_REQ_MAP_URL_TO_PATH_EX,
            Self::Wide => HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX,
        }
    }

    /// The size of the structure, and where its documented fields end.
    fn info(self) -> usize {
        match self {
            Self::Narrow => size_of::<HSE_URL_MAPEX_INFO>(),
            Self::Wide => size_of::<HSE_UNICODE_URL_MAPEX_INFO>(),
        }
    }
}

/// A buffer of `length` bytes, or as many as the URL needs, that begins with the URL.
fn buffer_with(url: &[u8], length: usize) -> Vec<u8> {
    let mut content = url.to_vec();
    content.resize(length.max(url.len()), CANARY);
    content
}

/// Maps a URL in a buffer of `length` bytes: the answer and the size it says.
fn map(
    ecb: Ecb,
    encoding: Encoding,
    url: &str,
    length: usize,
    edge: Edge,
    memory: &mut [Memory; 2],
) -> (Result<(), u32>, usize) {
    let content = buffer_with(&encoding.bytes(url), length);
    let [buffer, size] = memory;
    let place = buffer.put(edge, &content);
    let count = size.put_value(edge, u32::try_from(length).expect("small"));
    // SAFETY: the buffer holds a URL and has the size that is given; the third pointer is not used.
    let answer = unsafe { ecb.support(encoding.map_url(), place, count, size.forbidden()) };
    buffer.assert_intact();
    size.assert_intact();
    let needed = usize::try_from(size.value::<u32>()).expect("small");
    if answer.is_err() {
        assert_eq!(buffer.content(), content, "{url}, {length}");
    }
    (answer, needed)
}

#[test]
fn a_path_takes_the_place_of_its_url_and_no_byte_more() {
    host().run(|ecb| {
        let mut memory = [Memory::new(), Memory::new()];
        for encoding in ENCODINGS {
            for url in URLS {
                let (answer, needed) = map(ecb, encoding, url, 3000, Edge::Start, &mut memory);
                assert_eq!(answer, Ok(()), "{url}");
                let path = memory[0].content()[..needed].to_vec();
                let root = encoding.bytes(root().to_str().expect("UTF-8"));
                let root = &root[..root.len() - encoding.bytes("").len()];
                assert!(path.starts_with(root), "{url}: {path:?}");
                for length in 0..=needed + 1 {
                    for edge in Edge::ALL {
                        let (answer, size) = map(ecb, encoding, url, length, edge, &mut memory);
                        let what = format!("{encoding:?} {url:?}, {length} of {needed}, {edge:?}");
                        assert_eq!(size, needed, "{what}");
                        if length < needed {
                            assert_eq!(answer, Err(INSUFFICIENT_BUFFER), "{what}");
                            continue;
                        }
                        assert_eq!(answer, Ok(()), "{what}");
                        let (written, rest) = memory[0].content().split_at(needed);
                        assert_eq!(written, path, "{what}");
                        let old = buffer_with(&encoding.bytes(url), length);
                        assert_eq!(rest, &old[needed..], "{what}");
                    }
                }
            }
        }
    });
}

#[test]
fn what_is_no_url_is_refused_and_stays() {
    host().run(|ecb| {
        let mut memory = [Memory::new(), Memory::new()];
        for encoding in ENCODINGS {
            for url in INVALID {
                for length in [0, 1, 3000] {
                    for edge in Edge::ALL {
                        let (answer, size) = map(ecb, encoding, url, length, edge, &mut memory);
                        assert_eq!(answer, Err(INVALID_PARAMETER), "{url}");
                        assert_eq!(size, length, "{url}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_url_that_is_not_text_is_refused() {
    host().run(|ecb| {
        let (mut url, mut size) = (Memory::new(), Memory::new());
        let lone_surrogate = [0xd800_u16, 0].map(u16::to_ne_bytes).concat();
        let texts = [
            (HSE_REQ_MAP_URL_TO_PATH, &b"/\xff\0"[..]),
            (HSE_REQ_MAP_UNICODE_URL_TO_PATH, &lone_surrogate),
            (HSE_REQ_NORMALIZE_URL, b"/\xff\0"),
        ];
        for (code, text) in texts {
            for edge in Edge::ALL {
                let place = url.put(edge, text);
                let count = size.put_value(edge, 2);
                // SAFETY: the text ends with a NUL; the size is not more than there is.
                let answer = unsafe { ecb.support(code, place, count, ptr::null_mut()) };
                assert_eq!(answer, Err(INVALID_PARAMETER), "{code}");
                assert_eq!(url.content(), text);
                url.assert_intact();
                size.assert_intact();
            }
        }
    });
}

#[test]
fn mapping_needs_its_pointers() {
    host().run(|ecb| {
        let (mut url, mut other) = (Memory::new(), Memory::new());
        for encoding in ENCODINGS {
            for code in [encoding.map_url(), encoding.map_url_ex()] {
                for edge in Edge::ALL {
                    let text = encoding.bytes("/a");
                    let none = ptr::null_mut;
                    let place = url.put(edge, &text);
                    let given = other.put_empty(edge, 600).cast();
                    // SAFETY: null pointers are allowed.
                    unsafe {
                        let refused = Err(INVALID_PARAMETER);
                        assert_eq!(ecb.support(code, ptr::null_mut(), given, given), refused);
                        assert_eq!(ecb.support(code, place, none(), none()), refused);
                    }
                    assert_eq!(url.content(), text);
                    url.assert_intact();
                    other.assert_untouched();
                }
            }
        }
    });
}

#[test]
fn a_mapping_writes_the_fields_that_are_documented_and_no_byte_more() {
    host().run(|ecb| {
        let (mut url, mut info) = (Memory::new(), Memory::new());
        for encoding in ENCODINGS {
            let character = encoding.bytes("").len();
            let fields = MAX_PATH * character;
            for path in URLS.into_iter().chain(INVALID) {
                for edge in Edge::ALL {
                    for size in [ptr::null_mut(), info.forbidden()] {
                        let text = encoding.bytes(path);
                        let place = url.put(edge, &text);
                        let to = info.put_empty(edge, encoding.info()).cast();
                        // SAFETY: URL and structure are what the page says; the size is not used.
                        let answer = unsafe { ecb.support(encoding.map_url_ex(), place, size, to) };
                        url.assert_intact();
                        assert_eq!(url.content(), text, "the URL is not the answer's place");
                        if INVALID.contains(&path) {
                            assert_eq!(answer, Err(INVALID_PARAMETER), "{path}");
                            info.assert_untouched();
                            continue;
                        }
                        assert_eq!(answer, Ok(()), "{path}");
                        info.assert_intact();
                        let content = info.content();
                        let end = content[..fields]
                            .chunks(character)
                            .position(|unit| unit.iter().all(|byte| *byte == 0));
                        let end = (end.expect("a NUL") + 1) * character;
                        let spare = content[end..fields].iter();
                        let reserved = content[fields + 12..].iter();
                        assert!(spare.chain(reserved).all(|byte| *byte == CANARY), "{path}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_path_that_is_too_long_is_cut_within_the_structure() {
    host().run(|ecb| {
        let (mut url, mut info) = (Memory::new(), Memory::new());
        let url_text = format!("/{}", "long/".repeat(100));
        for encoding in ENCODINGS {
            for edge in Edge::ALL {
                let place = url.put(edge, &encoding.bytes(&url_text));
                let to = info.put_empty(edge, encoding.info()).cast();
                // SAFETY: URL and structure are what the page says.
                let answer =
                    unsafe { ecb.support(encoding.map_url_ex(), place, ptr::null_mut(), to) };
                assert_eq!(answer, Err(INSUFFICIENT_BUFFER));
                info.assert_intact();
                let fields = MAX_PATH * encoding.bytes("").len();
                assert!(
                    info.content()[fields + 12..]
                        .iter()
                        .all(|byte| *byte == CANARY)
                );
            }
        }
    });
}

#[test]
fn a_normal_form_stays_within_its_url() {
    let urls = [
        "/",
        "/a/b",
        "/a/../b",
        "/a/./b/../../c",
        "/%41%42",
        "/gr%C3%BCn",
        "//a///b",
        "/a?b=%41",
        "/../a",
        "/%zz",
        "",
        "a",
        "/a%00",
        "/%F0%9F%98%80/\u{e4}",
        "/a/..",
        "/..%2f",
    ];
    Host::new().run(move |ecb| {
        let mut memory = Memory::new();
        for url in urls {
            for edge in Edge::ALL {
                for unused in [ptr::null_mut(), memory.forbidden()] {
                    let before = Encoding::Narrow.bytes(url);
                    let place = memory.put(edge, &before);
                    // SAFETY: the URL ends with a NUL; the other pointers are not used.
                    let answer =
                        unsafe { ecb.support(HSE_REQ_NORMALIZE_URL, place, unused, unused) };
                    memory.assert_intact();
                    let Ok(expected) = normalize_url(url) else {
                        assert_eq!(answer, Err(INVALID_PARAMETER), "{url}");
                        assert_eq!(memory.content(), before, "{url}");
                        continue;
                    };
                    assert_eq!(answer, Ok(()), "{url}");
                    let expected = Encoding::Narrow.bytes(&expected);
                    let (written, rest) = memory.content().split_at(expected.len());
                    assert_eq!(written, expected, "{url}");
                    assert_eq!(rest, &before[expected.len()..], "{url}");
                }
            }
        }
        let forbidden = memory.forbidden();
        // SAFETY: null pointers are allowed.
        let answer =
            unsafe { ecb.support(HSE_REQ_NORMALIZE_URL, ptr::null_mut(), forbidden, forbidden) };
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
}
