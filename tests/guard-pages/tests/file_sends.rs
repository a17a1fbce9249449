//! `HSE_REQ_TRANSMIT_FILE` with every flag, pointer and length.
#![cfg(unix)]

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::ptr;

use http::StatusCode;
use isapi_abi::*;
use isapi_core::response_head::ResponseHead;
use isapi_guard_pages::{Ecb, Edge, Host, Memory};

const INVALID_PARAMETER: u32 = 87;
const OFFSET_PAST_END: u32 = 10_022;

const KNOWN: [u32; 5] = [
    HSE_IO_ASYNC,
    HSE_IO_DISCONNECT_AFTER_SEND,
    HSE_IO_FINAL_SEND,
    HSE_IO_NODELAY,
    HSE_IO_SEND_HEADERS,
];

fn known_flags() -> impl Iterator<Item = u32> {
    let of = |number: u32| {
        let chosen = KNOWN.iter().enumerate();
        let chosen = chosen.filter(move |(index, _)| number & (1 << index) != 0);
        chosen.fold(0, |flags, (_, flag)| flags | flag)
    };
    (0..1 << KNOWN.len()).map(of)
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("small")
}

/// A structure that sends nothing.
fn nothing(flags: u32) -> HSE_TF_INFO {
    HSE_TF_INFO {
        pfnHseIO: None,
        pContext: ptr::null_mut(),
        hFile: ptr::null_mut(),
        pszStatusCode: ptr::null_mut(),
        BytesToWrite: 0,
        Offset: 0,
        pHead: ptr::null_mut(),
        HeadLength: 0,
        pTail: ptr::null_mut(),
        TailLength: 0,
        dwFlags: flags,
    }
}

/// Calls with the structure at an edge; the other pointers are not used.
#[track_caller]
fn transmit(ecb: Ecb, edge: Edge, info: HSE_TF_INFO) -> Result<(), u32> {
    let mut memory = Memory::new();
    let unused = memory.forbidden();
    let place = memory.put_value(edge, info).cast();
    // SAFETY: the tests fill the structure as its page says; the other pointers are not used.
    let answer = unsafe { ecb.support(HSE_REQ_TRANSMIT_FILE, place, unused, unused) };
    memory.assert_intact();
    answer
}

#[test]
fn only_asynchronous_flags_that_are_known_are_accepted() {
    let host = Host::new();
    for flags in known_flags() {
        for edge in Edge::ALL {
            host.run(move |ecb| {
                let completions = ecb.completions();
                let answer = transmit(ecb, edge, nothing(flags));
                if flags & HSE_IO_ASYNC == 0 {
                    assert_eq!(answer, Err(INVALID_PARAMETER), "{flags:#x}");
                } else {
                    assert_eq!(answer, Ok(()), "{flags:#x}");
                    assert_eq!(completions.next(), (0, 0), "{flags:#x}");
                }
                completions.assert_none();
            });
        }
    }
}

#[test]
fn unknown_flags_are_refused_before_anything_is_read() {
    Host::new().run(|ecb| {
        let nowhere = Memory::new();
        let known = KNOWN.iter().fold(0, |flags, flag| flags | flag);
        let unknown = (0..32).map(|bit| 1 << bit).filter(|bit| bit & known == 0);
        for flag in unknown.chain([u32::MAX]) {
            for known in known_flags() {
                let info = HSE_TF_INFO {
                    hFile: nowhere.forbidden(),
                    pszStatusCode: nowhere.forbidden(),
                    pHead: nowhere.forbidden(),
                    HeadLength: u32::MAX,
                    pTail: nowhere.forbidden(),
                    TailLength: u32::MAX,
                    ..nothing(flag | known)
                };
                let answer = transmit(ecb, Edge::End, info);
                assert_eq!(answer, Err(INVALID_PARAMETER), "{:#x}", flag | known);
            }
        }
        let (none, unused) = (ptr::null_mut(), nowhere.forbidden());
        // SAFETY: null pointers are allowed.
        let answer = unsafe { ecb.support(HSE_REQ_TRANSMIT_FILE, none, unused, unused) };
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
}

#[test]
fn head_and_tail_are_read_to_their_lengths() {
    const LONGEST: usize = 20;
    let answer = Host::new().run(|ecb| {
        let completions = ecb.completions();
        let (mut head, mut tail) = (Memory::new(), Memory::new());
        for length in 0..=LONGEST {
            for edge in Edge::ALL {
                let info = HSE_TF_INFO {
                    // Without HSE_IO_SEND_HEADERS no status is read.
                    pszStatusCode: head.forbidden(),
                    pHead: head.put(edge, &vec![b'h'; length]),
                    HeadLength: number(length),
                    pTail: tail.put(edge, &vec![b't'; LONGEST - length]),
                    TailLength: number(LONGEST - length),
                    ..nothing(HSE_IO_ASYNC)
                };
                assert_eq!(transmit(ecb, edge, info), Ok(()), "{length}");
                assert_eq!(completions.next(), (number(LONGEST), 0));
                head.assert_intact();
                tail.assert_intact();
            }
        }
        completions.assert_none();
    });
    let expected: Vec<u8> = (0..=LONGEST)
        .flat_map(|length| {
            let one = [vec![b'h'; length], vec![b't'; LONGEST - length]].concat();
            one.repeat(Edge::ALL.len())
        })
        .collect();
    assert_eq!(answer.body.as_deref(), Some(expected.as_slice()));
}

#[test]
fn head_and_tail_from_nowhere_are_refused_unless_empty() {
    Host::new().run(|ecb| {
        let completions = ecb.completions();
        for edge in Edge::ALL {
            for (head, tail) in [(1, 0), (0, 1), (1, 1), (u32::MAX, 0), (0, u32::MAX)] {
                let info = HSE_TF_INFO {
                    HeadLength: head,
                    TailLength: tail,
                    ..nothing(HSE_IO_ASYNC)
                };
                assert_eq!(transmit(ecb, edge, info), Err(INVALID_PARAMETER));
            }
        }
        completions.assert_none();
    });
}

#[test]
fn status_and_headers_are_read_up_to_the_nul_or_the_length() {
    const STATUS: &[u8] = b"202 Accepted\0";
    const HEADERS: &[u8] = b"X-Name: value\r\n\r\nbody\0";
    let host = Host::new();
    for has_status in [false, true] {
        for headers_length in 0..=HEADERS.len() {
            for edge in Edge::ALL {
                let answer = host.run(move |ecb| {
                    let completions = ecb.completions();
                    let (mut status, mut headers) = (Memory::new(), Memory::new());
                    // A length of 0 says nothing: then the NUL ends the headers.
                    let end = if headers_length == 0 {
                        HEADERS.len()
                    } else {
                        headers_length
                    };
                    let info = HSE_TF_INFO {
                        pszStatusCode: if has_status {
                            status.put(edge, STATUS).cast()
                        } else {
                            ptr::null_mut()
                        },
                        pHead: headers.put(edge, &HEADERS[..end]),
                        HeadLength: number(headers_length),
                        ..nothing(HSE_IO_ASYNC | HSE_IO_SEND_HEADERS)
                    };
                    let answer = transmit(ecb, edge, info);
                    let text = HEADERS[..end]
                        .strip_suffix(b"\0")
                        .unwrap_or(&HEADERS[..end]);
                    match ResponseHead::from_header_call(Some(b"200 OK"), text) {
                        Ok((_, used)) => {
                            assert_eq!(answer, Ok(()), "{headers_length}");
                            assert_eq!(completions.next(), (number(text.len() - used), 0));
                        }
                        Err(_) => assert_eq!(answer, Err(INVALID_PARAMETER), "{headers_length}"),
                    }
                    completions.assert_none();
                    status.assert_intact();
                    headers.assert_intact();
                });
                let accepted = answer.status == StatusCode::ACCEPTED;
                assert!(!accepted || has_status, "{answer:?}");
            }
        }
    }
}

#[test]
fn files_and_ranges_that_are_not_there_are_refused() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guard-pages-file");
    std::fs::write(&path, "0123456789").expect("a file");
    let file = File::open(path).expect("a file");
    let answer = Host::new().run(move |ecb| {
        let completions = ecb.completions();
        let fd = usize::try_from(file.as_raw_fd()).expect("open");
        let handle: HANDLE = ptr::without_provenance_mut(fd);
        for edge in Edge::ALL {
            for handle in [999_999, usize::MAX, usize::MAX - 1, 1 << 40] {
                let info = HSE_TF_INFO {
                    hFile: ptr::without_provenance_mut(handle),
                    ..nothing(HSE_IO_ASYNC)
                };
                assert_eq!(
                    transmit(ecb, edge, info),
                    Err(INVALID_PARAMETER),
                    "{handle}"
                );
            }
            for offset in [0, 1, 9, 10, 11, u32::MAX] {
                for length in [0, 1, 9, 10, 11, u32::MAX] {
                    let info = HSE_TF_INFO {
                        hFile: handle,
                        Offset: offset,
                        BytesToWrite: length,
                        ..nothing(HSE_IO_ASYNC)
                    };
                    let answer = transmit(ecb, edge, info);
                    let what = format!("{length} at {offset}");
                    let Some(available) = 10_u32.checked_sub(offset) else {
                        assert_eq!(answer, Err(OFFSET_PAST_END), "{what}");
                        continue;
                    };
                    if length > available {
                        assert_eq!(answer, Err(INVALID_PARAMETER), "{what}");
                        continue;
                    }
                    assert_eq!(answer, Ok(()), "{what}");
                    let sent = if length == 0 { available } else { length };
                    assert_eq!(completions.next(), (sent, 0), "{what}");
                }
            }
        }
        completions.assert_none();
    });
    assert!(answer.body.is_some());
}

#[test]
fn an_operation_may_bring_its_own_routine_and_context() {
    Host::new().run(|ecb| {
        let completions = ecb.completions();
        for edge in Edge::ALL {
            let mut tail = Memory::new();
            let info = HSE_TF_INFO {
                pfnHseIO: Some(completions.routine()),
                pContext: completions.context(),
                pTail: tail.put(edge, b"tail"),
                TailLength: 4,
                ..nothing(HSE_IO_ASYNC)
            };
            assert_eq!(transmit(ecb, edge, info), Ok(()));
            assert_eq!(completions.next(), (4, 0));
        }
        completions.assert_none();
    });
    // Without one, and with none registered, there is nobody to call.
    Host::new().run(|ecb| {
        let answer = transmit(ecb, Edge::End, nothing(HSE_IO_ASYNC));
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
}
