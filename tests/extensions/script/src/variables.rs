//! `GetServerVariable` in all its forms.

use std::ptr;

use isapi_abi::{DWORD, FALSE, LPVOID};

use crate::calls::{c_string, last_error, outcome, pointer};
use crate::run::Run;

impl Run {
    /// The whole value: asks for the size first, as Microsoft's sample does.
    pub(crate) fn variable(&self, name: &[u8]) -> String {
        let label = String::from_utf8_lossy(name).into_owned();
        let mut size = 0;
        match self.get(name, ptr::null_mut(), &raw mut size) {
            Ok(()) => return format!("{label} TRUE without a buffer"),
            Err(122) => (),
            Err(code) => return format!("{label} FALSE {code}"),
        }
        let needed = size;
        let mut value = vec![b'#'; needed as usize];
        if let Err(code) = self.get(name, value.as_mut_ptr().cast(), &raw mut size) {
            return format!("{label} FALSE {code} with the size it asked for");
        }
        if size != needed {
            return format!("{label} asked for {needed} bytes and wrote {size}");
        }
        format!("{label} {size} {}", text(name, &value))
    }

    /// Into a buffer of `capacity` bytes that is followed by more, which must stay as it is.
    pub(crate) fn variable_into(&self, name: &[u8], capacity: u32) -> String {
        let mut value = vec![b'#'; capacity as usize + 16];
        let mut size = capacity;
        let (result, written) = match self.get(name, value.as_mut_ptr().cast(), &raw mut size) {
            Ok(()) => ("TRUE".to_owned(), size as usize),
            Err(code) => (format!("FALSE {code}"), 0),
        };
        let untouched = value[written..].iter().all(|byte| *byte == b'#');
        let rest = if untouched { "untouched" } else { "touched" };
        format!("variable_into {result} {size} {rest}")
    }

    /// With null pointers for name, buffer or size, as the argument says.
    pub(crate) fn variable_null(&self, which: &[u8]) -> String {
        let name = c_string(b"URL");
        let mut size: DWORD = 16;
        let mut value = [0_u8; 16];
        let name = if which == b"name" {
            ptr::null()
        } else {
            pointer(&name)
        };
        let value: LPVOID = if which == b"buffer" {
            ptr::null_mut()
        } else {
            value.as_mut_ptr().cast()
        };
        let size = if which == b"size" {
            ptr::null_mut()
        } else {
            &raw mut size
        };
        // SAFETY: what is not null is as the call asks for; null must be refused.
        let ok = unsafe {
            (self.callbacks().get_server_variable)(self.conn(), name.cast_mut(), value, size)
        };
        outcome("variable_null", ok, "")
    }

    /// The call; an error is the last error.
    fn get(&self, name: &[u8], value: LPVOID, size: *mut DWORD) -> Result<(), i32> {
        let name = c_string(name);
        let get = self.callbacks().get_server_variable;
        // SAFETY: the name ends with a NUL, the buffer has room for `*size` bytes.
        let ok = unsafe { get(self.conn(), pointer(&name).cast_mut(), value, size) };
        if ok == FALSE {
            Err(last_error())
        } else {
            Ok(())
        }
    }
}

/// The value without its NUL, which must be there and be the only one.
fn text(name: &[u8], value: &[u8]) -> String {
    if name.starts_with(b"UNICODE_") {
        let units: Vec<u16> = value
            .chunks(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(b'#')]))
            .collect();
        return match units.split_last() {
            Some((0, text)) => format!("{:?}", String::from_utf16_lossy(text)),
            _ => format!("no NUL in {units:x?}"),
        };
    }
    match value.split_last() {
        Some((0, text)) => format!("{:?}", String::from_utf8_lossy(text)),
        _ => format!("no NUL in {value:x?}"),
    }
}
