//! `GetServerVariable` with every variable, size and pointer.
#![cfg(unix)]

use std::ptr;

use isapi_core::variables;
use isapi_guard_pages::{CANARY, Ecb, Edge, Host, Memory};

const INVALID_PARAMETER: u32 = 87;
const INSUFFICIENT_BUFFER: u32 = 122;
const INVALID_INDEX: u32 = 1413;

/// All variables, in every form a name may have.
fn names() -> Vec<String> {
    let fields = ["HTTP_HOST", "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE"];
    let verbatim = ["HEADER_HOST", "HEADER_User-Agent"];
    let plain = variables::names().chain(fields).chain(verbatim);
    let unicode = variables::names().map(|name| format!("UNICODE_{name}"));
    plain.map(str::to_owned).chain(unicode).collect()
}

/// The arguments of a call, each in memory of its own.
#[derive(Default)]
struct Arguments {
    name: Memory,
    buffer: Memory,
    size: Memory,
}

impl Arguments {
    /// Calls with a buffer of so many bytes, and everything at these edges.
    fn call(
        &mut self,
        ecb: Ecb,
        name: &str,
        length: usize,
        at: (Edge, Edge),
    ) -> (Result<(), u32>, u32) {
        let (buffer_at, size_at) = at;
        let name = self.name.put(buffer_at, &[name.as_bytes(), b"\0"].concat());
        let buffer = self.buffer.put_empty(buffer_at, length);
        let size = u32::try_from(length).expect("small");
        let size = self.size.put_value(size_at, size);
        // SAFETY: name, buffer and size are what the callback documents.
        let answer = unsafe { ecb.variable(name.cast(), buffer, size) };
        self.assert_intact();
        (answer, self.size.value())
    }

    #[track_caller]
    fn assert_intact(&self) {
        self.name.assert_intact();
        self.buffer.assert_intact();
        self.size.assert_intact();
    }
}

/// The whole value of a variable, with its NUL.
fn value(ecb: Ecb, arguments: &mut Arguments, name: &str) -> Vec<u8> {
    let (answer, size) = arguments.call(ecb, name, 4000, (Edge::Start, Edge::End));
    assert_eq!(answer, Ok(()), "{name}");
    arguments.buffer.content()[..usize::try_from(size).expect("small")].to_vec()
}

#[test]
fn every_variable_fits_to_the_byte_and_writes_no_byte_more() {
    let host = Host::new();
    host.run(|ecb| {
        let mut arguments = Arguments::default();
        for name in names() {
            let value = value(ecb, &mut arguments, &name);
            let needed = u32::try_from(value.len()).expect("small");
            for length in 0..=value.len() + 1 {
                for at in Edge::ALL.map(|edge| (edge, edge)) {
                    let (answer, size) = arguments.call(ecb, &name, length, at);
                    let what = format!("{name}, {length} of {needed} bytes, {at:?}");
                    assert_eq!(size, needed, "{what}");
                    if length < value.len() {
                        assert_eq!(answer, Err(INSUFFICIENT_BUFFER), "{what}");
                        arguments.buffer.assert_untouched();
                        continue;
                    }
                    assert_eq!(answer, Ok(()), "{what}");
                    let (written, rest) = arguments.buffer.content().split_at(value.len());
                    assert_eq!(written, value, "{what}");
                    assert!(rest.iter().all(|byte| *byte == CANARY), "{what}");
                }
            }
        }
    });
}

#[test]
fn buffer_and_size_may_each_lie_anywhere() {
    let host = Host::new();
    host.run(|ecb| {
        let mut arguments = Arguments::default();
        for name in ["URL", "UNICODE_URL"] {
            let value = value(ecb, &mut arguments, name);
            for buffer_at in Edge::ALL {
                for size_at in Edge::ALL {
                    let at = (buffer_at, size_at);
                    let (answer, _) = arguments.call(ecb, name, value.len(), at);
                    assert_eq!(answer, Ok(()), "{name}, {at:?}");
                    assert_eq!(arguments.buffer.content(), value, "{name}, {at:?}");
                }
            }
        }
    });
}

#[test]
fn no_buffer_is_one_that_is_too_small_whatever_its_size() {
    let host = Host::new();
    host.run(|ecb| {
        let mut arguments = Arguments::default();
        for name in names() {
            let needed = value(ecb, &mut arguments, &name).len();
            let name = arguments
                .name
                .put(Edge::End, &[name.as_bytes(), b"\0"].concat());
            for given in [0, 1, u32::MAX] {
                for edge in Edge::ALL {
                    let size = arguments.size.put_value(edge, given);
                    // SAFETY: a null buffer is allowed.
                    let answer = unsafe { ecb.variable(name.cast(), ptr::null_mut(), size) };
                    assert_eq!(answer, Err(INSUFFICIENT_BUFFER));
                    assert_eq!(usize::try_from(arguments.size.value::<u32>()), Ok(needed));
                    arguments.assert_intact();
                }
            }
        }
    });
}

#[test]
fn null_pointers_are_refused_before_anything_is_touched() {
    let host = Host::new();
    host.run(|ecb| {
        let mut arguments = Arguments::default();
        let name = arguments.name.put(Edge::End, b"URL\0").cast();
        let none = ptr::null_mut();
        let forbidden = arguments.buffer.forbidden();
        for buffer in [none, forbidden] {
            // SAFETY: null pointers are allowed, and without a name or a size there is no buffer.
            unsafe {
                assert_eq!(
                    ecb.variable(name, buffer, ptr::null_mut()),
                    Err(INVALID_PARAMETER)
                );
                let size = arguments.size.put_value(Edge::End, 100);
                assert_eq!(
                    ecb.variable(ptr::null_mut(), buffer, size),
                    Err(INVALID_PARAMETER)
                );
                let both = ecb.variable(ptr::null_mut(), buffer, ptr::null_mut());
                assert_eq!(both, Err(INVALID_PARAMETER));
            }
            assert_eq!(arguments.size.value::<u32>(), 100);
            arguments.assert_intact();
        }
    });
}

#[test]
fn an_unknown_variable_leaves_buffer_and_size_alone() {
    let host = Host::new();
    host.run(|ecb| {
        let mut arguments = Arguments::default();
        let long = "A".repeat(4000);
        let names = [
            "",
            "NOTHING",
            "UNICODE_",
            "UNICODE_NOTHING",
            "HTTP_",
            "HEADER_",
            &long,
        ];
        for name in names {
            for length in [0, 1, 100] {
                for at in Edge::ALL.map(|edge| (edge, edge)) {
                    let (answer, size) = arguments.call(ecb, name, length, at);
                    assert_eq!(answer, Err(INVALID_INDEX), "{name:?}");
                    assert_eq!(usize::try_from(size), Ok(length), "{name:?}");
                    arguments.buffer.assert_untouched();
                }
            }
        }
    });
}
