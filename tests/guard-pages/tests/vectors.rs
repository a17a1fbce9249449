//! `HSE_REQ_VECTOR_SEND` with every flag, pointer and length.
#![cfg(unix)]

use std::ffi::c_void;
use std::ptr;

use http::StatusCode;
use isapi_abi::*;
use isapi_guard_pages::{Answer, Ecb, Edge, Host, Memory};

const NOT_ENOUGH_MEMORY: u32 = 8;
const INVALID_PARAMETER: u32 = 87;

const STATUS: &[u8] = b"202 Accepted\0";
const HEADERS: &[u8] = b"X-Name: value\r\n\r\n\0";

const KNOWN: [u32; 8] = [
    HSE_IO_SYNC,
    HSE_IO_ASYNC,
    HSE_IO_DISCONNECT_AFTER_SEND,
    HSE_IO_SEND_HEADERS,
    HSE_IO_FINAL_SEND,
    HSE_IO_CACHE_RESPONSE,
    HSE_IO_TRY_SKIP_CUSTOM_ERRORS,
    HSE_IO_NODELAY,
];

/// Every combination of the flags that mean something.
fn known_flags() -> impl Iterator<Item = u32> {
    let of = |number: u32| {
        let chosen = KNOWN.iter().enumerate();
        let chosen = chosen.filter(move |(index, _)| number & (1 << index) != 0);
        chosen.fold(0, |flags, (_, flag)| flags | flag)
    };
    (0..1 << KNOWN.len()).map(of)
}

/// The structure and its texts, each in memory of its own.
#[derive(Default)]
struct Vector {
    info: Memory,
    status: Memory,
    headers: Memory,
    array: Memory,
}

impl Vector {
    /// Sends; each text is there or null.
    fn send(
        &mut self,
        ecb: Ecb,
        edge: Edge,
        flags: u32,
        texts: (bool, bool),
        elements: (u32, *mut HSE_VECTOR_ELEMENT),
    ) -> Result<(), u32> {
        let (has_status, has_headers) = texts;
        let text = |memory: &mut Memory, given: bool, text: &[u8]| {
            if given {
                memory.put(edge, text).cast()
            } else {
                ptr::null_mut()
            }
        };
        let info = HSE_RESPONSE_VECTOR {
            dwFlags: flags,
            pszStatus: text(&mut self.status, has_status, STATUS),
            pszHeaders: text(&mut self.headers, has_headers, HEADERS),
            nElementCount: elements.0,
            lpElementArray: elements.1,
        };
        let unused = self.info.forbidden();
        let place = self.info.put_value(edge, info).cast();
        // SAFETY: a filled structure; the other pointers are not used.
        let answer = unsafe { ecb.support(HSE_REQ_VECTOR_SEND, place, unused, unused) };
        for memory in [&self.info, &self.status, &self.headers, &self.array] {
            memory.assert_intact();
        }
        answer
    }

    /// Puts an array of elements to an edge.
    fn elements(
        &mut self,
        edge: Edge,
        elements: &[HSE_VECTOR_ELEMENT],
    ) -> (u32, *mut HSE_VECTOR_ELEMENT) {
        let length = size_of_val(elements);
        let place = self.array.put_empty(edge, length);
        for (index, element) in elements.iter().enumerate() {
            let place = place.cast::<HSE_VECTOR_ELEMENT>().wrapping_add(index);
            // SAFETY: within the buffer that was just made.
            unsafe { place.write_unaligned(*element) };
        }
        let count = u32::try_from(elements.len()).expect("few");
        (count, place.cast())
    }
}

fn memory_element(place: *mut c_void, offset: u64, size: u64) -> HSE_VECTOR_ELEMENT {
    HSE_VECTOR_ELEMENT {
        ElementType: HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
        pvContext: place,
        cbOffset: offset,
        cbSize: size,
    }
}

#[test]
fn flags_and_texts_go_together_or_are_refused() {
    let host = Host::new();
    for flags in known_flags() {
        for texts in [(false, false), (false, true), (true, false), (true, true)] {
            let wanted = flags & HSE_IO_SEND_HEADERS != 0;
            let is_async = flags & HSE_IO_ASYNC != 0;
            let both = is_async && flags & HSE_IO_SYNC != 0;
            let is_valid = !both && texts == (wanted, wanted);
            for edge in Edge::ALL {
                let answer = host.run(move |ecb| {
                    let completions = ecb.completions();
                    let mut vector = Vector::default();
                    let none = (0, vector.array.forbidden());
                    let answer = vector.send(ecb, edge, flags, texts, none);
                    let expected = if is_valid {
                        Ok(())
                    } else {
                        Err(INVALID_PARAMETER)
                    };
                    assert_eq!(answer, expected, "{flags:#x}, {texts:?}, {edge:?}");
                    if is_valid && is_async {
                        assert_eq!(completions.next(), (0, 0), "{flags:#x}");
                    }
                    completions.assert_none();
                });
                let accepted = is_valid && wanted;
                assert_eq!(
                    answer.status == StatusCode::ACCEPTED,
                    accepted,
                    "{answer:?}"
                );
            }
        }
    }
}

#[test]
fn unknown_flags_are_refused_before_a_text_is_read() {
    Host::new().run(|ecb| {
        let mut memory = Memory::new();
        let known = KNOWN.iter().fold(0, |flags, flag| flags | flag);
        let unknown = (0..32).map(|bit| 1 << bit).filter(|bit| bit & known == 0);
        for flag in unknown.chain([u32::MAX]) {
            for known in known_flags() {
                let info = HSE_RESPONSE_VECTOR {
                    dwFlags: flag | known,
                    pszStatus: memory.forbidden(),
                    pszHeaders: memory.forbidden(),
                    nElementCount: u32::MAX,
                    lpElementArray: memory.forbidden(),
                };
                let unused = memory.forbidden();
                let place = memory.put_value(Edge::End, info).cast();
                // SAFETY: with unknown flags nothing that the structure points to is read.
                let answer = unsafe { ecb.support(HSE_REQ_VECTOR_SEND, place, unused, unused) };
                assert_eq!(answer, Err(INVALID_PARAMETER), "{:#x}", flag | known);
                memory.assert_intact();
            }
        }
        let unused = memory.forbidden();
        let none = ptr::null_mut();
        // SAFETY: null pointers are allowed.
        let answer = unsafe { ecb.support(HSE_REQ_VECTOR_SEND, none, unused, unused) };
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
}

#[test]
fn an_asynchronous_vector_needs_a_completion_routine() {
    Host::new().run(|ecb| {
        let mut vector = Vector::default();
        let none = (0, vector.array.forbidden());
        let answer = vector.send(ecb, Edge::End, HSE_IO_ASYNC, (false, false), none);
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
}

/// Sends vectors of one element, of each length up to 40, at each offset up to 3; `mode` is how.
#[track_caller]
fn send_lengths(mode: u32) -> Answer {
    Host::new().run(move |ecb| {
        let completions = ecb.completions();
        let (mut vector, mut data) = (Vector::default(), Memory::new());
        for length in 1..=40 {
            for offset in 0..=3 {
                for edge in Edge::ALL {
                    let content = vec![b'a' + u8::try_from(offset).expect("small"); length];
                    let place = data.put(edge, &content).wrapping_byte_sub(offset);
                    let size = u64::try_from(length).expect("small");
                    let offset = u64::try_from(offset).expect("small");
                    let element = memory_element(place, offset, size);
                    let elements = vector.elements(edge, &[element]);
                    let answer = vector.send(ecb, edge, mode, (false, false), elements);
                    assert_eq!(answer, Ok(()), "{length}, {edge:?}");
                    if mode == HSE_IO_ASYNC {
                        assert_eq!(
                            completions.next(),
                            (u32::try_from(length).expect("small"), 0)
                        );
                    }
                    data.assert_intact();
                    assert_eq!(data.content(), content);
                }
            }
        }
        completions.assert_none();
    })
}

#[test]
fn an_element_is_read_from_its_offset_to_its_end() {
    let expected: Vec<u8> = (1..=40)
        .flat_map(|length| [b'a', b'b', b'c', b'd'].map(|byte| vec![byte; 4 * length]))
        .flatten()
        .collect();
    for mode in [HSE_IO_SYNC, HSE_IO_ASYNC] {
        let answer = send_lengths(mode);
        assert_eq!(answer.body.as_deref(), Some(expected.as_slice()));
    }
}

#[test]
fn arrays_of_elements_are_read_to_their_end() {
    for count in 0..=20 {
        let answer = Host::new().run(move |ecb| {
            let (mut vector, mut data) = (Vector::default(), Memory::new());
            let place = data.put(Edge::End, b"ab");
            for edge in Edge::ALL {
                let elements = vec![memory_element(place, 0, 2); count];
                let elements = vector.elements(edge, &elements);
                let answer = vector.send(ecb, edge, HSE_IO_SYNC, (false, false), elements);
                assert_eq!(answer, Ok(()), "{count}, {edge:?}");
            }
        });
        let expected = b"ab".repeat(4 * count);
        assert_eq!(answer.body.as_deref(), Some(expected.as_slice()));
    }
}

#[test]
fn elements_that_cannot_be_are_refused() {
    let answer = Host::new().run(|ecb| {
        let (mut vector, mut data) = (Vector::default(), Memory::new());
        let place = data.put(Edge::End, b"abc");
        let good = memory_element(place, 0, 3);
        let nowhere = HSE_VECTOR_ELEMENT {
            ElementType: HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
            ..memory_element(ptr::null_mut(), 0, 0)
        };
        let closed = ptr::without_provenance_mut(999_999);
        let of_type = |kind| HSE_VECTOR_ELEMENT {
            ElementType: kind,
            ..good
        };
        let file = |place, offset, size| HSE_VECTOR_ELEMENT {
            ElementType: HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
            ..memory_element(place, offset, size)
        };
        let invalid = [
            memory_element(ptr::null_mut(), 0, 3),
            memory_element(ptr::null_mut(), 0, 0),
            memory_element(ptr::null_mut(), u64::MAX, u64::MAX),
            memory_element(place, 0, 0),
            memory_element(place, 0, u64::MAX),
            memory_element(place, u64::MAX, 1),
            memory_element(place, u64::MAX, u64::MAX),
            memory_element(place, 1 << 63, 1 << 63),
            of_type(2),
            of_type(u32::MAX),
            nowhere,
            file(closed, 0, 0),
            file(closed, u64::MAX, u64::MAX),
            file(ptr::without_provenance_mut(usize::MAX), 0, 1),
            file(ptr::without_provenance_mut(usize::MAX - 1), 0, 1),
        ];
        for element in invalid {
            for edge in Edge::ALL {
                for array in [&[element][..], &[good, element], &[element, good]] {
                    let elements = vector.elements(edge, array);
                    let answer = vector.send(ecb, edge, HSE_IO_SYNC, (false, false), elements);
                    assert_eq!(answer, Err(INVALID_PARAMETER), "{element:?}");
                }
            }
        }
        // A length that no memory has is no reason to abort.
        let endless = memory_element(place, 0, u64::try_from(isize::MAX).expect("fits") - 1);
        let elements = vector.elements(Edge::End, &[endless]);
        let answer = vector.send(ecb, Edge::End, HSE_IO_SYNC, (false, false), elements);
        assert_eq!(answer, Err(NOT_ENOUGH_MEMORY));

        let array = vector.array.forbidden();
        for elements in [
            (1, ptr::null_mut()),
            (65_535, ptr::null_mut()),
            (65_536, array),
        ] {
            let answer = vector.send(ecb, Edge::End, HSE_IO_SYNC, (false, false), elements);
            assert_eq!(answer, Err(INVALID_PARAMETER), "{elements:?}");
        }
    });
    // What was refused has sent nothing, not even the good elements.
    assert_eq!(answer.body.as_deref(), Some(&b""[..]));
}
