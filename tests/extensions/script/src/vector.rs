//! `HSE_REQ_VECTOR_SEND`.

use std::ptr;

use isapi_abi::{
    DWORD, HSE_IO_ASYNC, HSE_IO_SYNC, HSE_REQ_VECTOR_SEND, HSE_RESPONSE_VECTOR, HSE_VECTOR_ELEMENT,
    HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE, HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
};

use crate::calls::{c_string, outcome, pointer};
use crate::fill::fill;
use crate::operations::Operation;
use crate::program::Step;
use crate::run::Run;

/// What lies before the bytes of the element `memory_at`, at an offset that must be honoured.
const BEFORE: &[u8] = b"not sent";

impl Run {
    pub(crate) fn vector(&'static self, step: &Step) -> String {
        let mut buffers = Vec::new();
        let mut elements = Vec::new();
        for (key, value) in step.pairs() {
            elements.extend(self.element(key, value, &mut buffers));
        }
        let status = step.named("status").and_then(c_string);
        let headers = step.named("headers").and_then(c_string);
        let flags = step
            .named("flags")
            .map_or(HSE_IO_SYNC, |_| step.named_number("flags"));
        let count = match step.named("count") {
            Some(_) => step.named_number("count"),
            None => DWORD::try_from(elements.len()).expect("a test's vector is short"),
        };
        let mut vector = HSE_RESPONSE_VECTOR {
            dwFlags: flags,
            pszStatus: pointer(&status).cast_mut(),
            pszHeaders: pointer(&headers).cast_mut(),
            nElementCount: count,
            lpElementArray: if elements.is_empty() {
                ptr::null_mut()
            } else {
                elements.as_mut_ptr()
            },
        };
        let buffer = ptr::from_mut(&mut vector).cast();
        let code = HSE_REQ_VECTOR_SEND;
        // SAFETY: vector, elements and texts live until after the call; what the elements point to
        // lives until then too, and for an asynchronous send until its completion.
        let call = || unsafe { self.support(code, buffer, ptr::null_mut(), ptr::null_mut()) };
        if flags & HSE_IO_ASYNC == 0 {
            return outcome("vector", call(), "");
        }
        buffers.extend([status, headers].into_iter().flatten());
        self.start("vector", Operation::Send(buffers), call)
    }

    /// The element that an argument stands for; none when it stands for something else.
    fn element(
        &self,
        key: &str,
        value: &[u8],
        buffers: &mut Vec<Vec<u8>>,
    ) -> Option<HSE_VECTOR_ELEMENT> {
        let mut memory = |data: Vec<u8>, offset: usize| {
            buffers.push(data);
            let data = buffers.last_mut()?;
            Some(HSE_VECTOR_ELEMENT {
                ElementType: HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
                pvContext: data.as_mut_ptr().cast(),
                cbOffset: wide(offset),
                cbSize: wide(data.len() - offset),
            })
        };
        match key {
            "memory" => memory(value.to_vec(), 0),
            "memory_at" => memory([BEFORE, value].concat(), BEFORE.len()),
            "memory_fill" => {
                let [length] = numbers(value);
                memory(fill(usize::try_from(length).expect("it fits in memory")), 0)
            }
            "memory_null" => {
                let [size] = numbers(value);
                Some(HSE_VECTOR_ELEMENT {
                    ElementType: HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
                    pvContext: ptr::null_mut(),
                    cbOffset: 0,
                    cbSize: size,
                })
            }
            "file" | "file_invalid" => {
                let [offset, size] = numbers(value);
                let which: &[u8] = if key == "file" { b"open" } else { b"invalid" };
                Some(HSE_VECTOR_ELEMENT {
                    ElementType: HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
                    pvContext: self.handle(which),
                    cbOffset: offset,
                    cbSize: size,
                })
            }
            "unknown_type" => {
                let [kind] = numbers(value);
                let mut element = memory(b"x".to_vec(), 0)?;
                element.ElementType = DWORD::try_from(kind).expect("a type is a DWORD");
                Some(element)
            }
            _ => None,
        }
    }
}

/// Numbers with commas between them; 0 for those that are not there.
fn numbers<const COUNT: usize>(text: &[u8]) -> [u64; COUNT] {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let mut numbers = [0; COUNT];
    for (number, text) in numbers.iter_mut().zip(text.split(',')) {
        *number = text.parse().expect("a number");
    }
    numbers
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).expect("a length fits in 64 bits")
}
