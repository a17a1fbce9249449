//! The last line of a process that an exception ends.

use std::ffi::CStr;
use std::fmt::{self, Write as _};
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use isapi_bridge::ForeignCall;
use windows_sys::Win32::Storage::FileSystem::WriteFile;
use windows_sys::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows_sys::Win32::System::Memory::{MEM_IMAGE, MEMORY_BASIC_INFORMATION, VirtualQuery};

use super::exception::Exception;

static WRITTEN: AtomicBool = AtomicBool::new(false);

/// The call that an exception escaped.
pub(super) struct Escape<'a> {
    pub(super) call: &'a ForeignCall<'a>,
    /// It was stopped from being contained by frames of this program.
    pub(super) through_us: bool,
}

/// Writes the line to standard error, once in the life of a process: what ends it is the first.
///
/// Nothing is allocated and no lock is taken: the exception may have come from inside the heap, with
/// its lock held, or from the end of the stack.
pub(super) fn write(exception: Exception, escape: Option<&Escape<'_>>) {
    if WRITTEN.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut line = Line::new();
    // Writing to a line cannot fail.
    let _ = describe(&mut line, exception, escape);
    line.end();
    let bytes = line.as_bytes();
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut written = 0;
    // SAFETY: bytes and length belong together. A handle that is not one is answered with an error,
    // which nobody could be told.
    unsafe {
        let stderr = GetStdHandle(STD_ERROR_HANDLE);
        WriteFile(
            stderr,
            bytes.as_ptr(),
            length,
            &raw mut written,
            ptr::null_mut(),
        );
    }
}

fn describe(line: &mut Line, exception: Exception, escape: Option<&Escape<'_>>) -> fmt::Result {
    write!(line, "isapi: {exception} at ")?;
    match Place::of(exception.address) {
        Some(Place { module, offset }) => write!(line, "{}+{offset:#x}", Ascii(module))?,
        None => write!(line, "{:#x}", exception.address)?,
    }
    match escape {
        Some(Escape { call, through_us }) => {
            write!(
                line,
                " escaped {} of {}",
                call.function.name(),
                call.extension
            )?;
            if let Some(request) = call.request {
                write!(line, " in request {request}")?;
            }
            if *through_us {
                line.write_str(" through a callback of the server")?;
            }
        }
        None => line.write_str(" was handled by nobody")?,
    }
    line.write_str("; the process ends")
}

/// Text of bounded length on the stack.
struct Line {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Line {
    const CAPACITY: usize = 768;

    fn new() -> Self {
        Self {
            bytes: [0; Self::CAPACITY],
            length: 0,
        }
    }

    fn end(&mut self) {
        self.length = self.length.min(Self::CAPACITY - 1);
        self.bytes[self.length] = b'\n';
        self.length += 1;
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl fmt::Write for Line {
    /// Takes what fits.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        let length = text.len().min(room.len());
        room[..length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
        Ok(())
    }
}

/// A name of a module; what is not printable ASCII shows as `?`.
struct Ascii<'a>(&'a CStr);

impl fmt::Display for Ascii<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '?',
        };
        let mut bytes = self.0.to_bytes().iter();
        bytes.try_for_each(|byte| f.write_char(shown(byte)))
    }
}

/// An address by its module.
struct Place {
    module: &'static CStr,
    offset: usize,
}

impl Place {
    /// `None` where the address is in no image. The loader is not asked, which has locks: the system
    /// knows where the image begins, and the image knows its name.
    fn of(address: usize) -> Option<Self> {
        let mut memory = MEMORY_BASIC_INFORMATION::default();
        let size = mem::size_of::<MEMORY_BASIC_INFORMATION>();
        // SAFETY: it takes any address, and `memory` has the size it is told.
        let answered =
            unsafe { VirtualQuery(ptr::without_provenance(address), &raw mut memory, size) };
        if answered == 0 || memory.Type != MEM_IMAGE {
            return None;
        }
        let image = memory.AllocationBase.cast::<u8>().cast_const();
        // SAFETY: the address is that of an image, which begins there.
        let module = unsafe { exported_name(image) }.unwrap_or(c"the program");
        Some(Self {
            module,
            offset: address - image.addr(),
        })
    }
}

/// The name that an image has in its export directory
/// (<https://learn.microsoft.com/windows/win32/debug/pe-format>). Programs have none as a rule.
///
/// # Safety
///
/// `image` is the beginning of an image that is loaded, and stays so while the name is used.
unsafe fn exported_name(image: *const u8) -> Option<&'static CStr> {
    /// In the image's first header: where the next one begins.
    const NT_HEADERS: usize = 0x3C;
    /// From there to the address of the export directory.
    const EXPORT_DIRECTORY: usize = if cfg!(target_pointer_width = "64") {
        24 + 112
    } else {
        24 + 96
    };
    /// In the export directory: the address of the name.
    const NAME: usize = 12;

    // SAFETY: the headers are mapped with the image, and so is what they point to. Addresses are
    // counted from the beginning of the image.
    unsafe {
        let number = |offset: usize| image.add(offset).cast::<u32>().read_unaligned() as usize;
        let exports = number(number(NT_HEADERS) + EXPORT_DIRECTORY);
        if exports == 0 {
            return None;
        }
        Some(CStr::from_ptr(image.add(number(exports + NAME)).cast()))
    }
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
    use windows_sys::core::w;

    use super::*;

    #[test]
    fn an_address_is_told_by_its_module() {
        // SAFETY: the names are terminated, and the module stays.
        let function = unsafe {
            let module = GetModuleHandleW(w!("kernel32.dll"));
            GetProcAddress(module, c"GetModuleHandleW".as_ptr().cast())
        };
        let place = Place::of(function.unwrap() as *const () as usize).unwrap();
        let module = Ascii(place.module).to_string().to_lowercase();
        assert!(
            module == "kernel32.dll" || module == "kernelbase.dll",
            "{module}"
        );
        assert!(
            Place::of(ptr::from_ref(&place).addr()).is_none(),
            "the stack"
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_still_a_line() {
        let mut line = Line::new();
        for _ in 0..Line::CAPACITY {
            line.write_str("text").unwrap();
        }
        line.end();
        assert_eq!(line.as_bytes().len(), Line::CAPACITY);
        assert!(line.as_bytes().ends_with(b"texttex\n"));
    }
}
