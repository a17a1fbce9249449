//! A file as the host takes it: a `HANDLE`.

use std::fs::File;
#[cfg(unix)]
use std::ptr;

use isapi_abi::HANDLE;

use crate::error::Win32Error;

/// The file, or what stands in for it where its own descriptor cannot be said in a `HANDLE`.
#[derive(Debug)]
pub(crate) struct Sendable {
    /// A null `HANDLE` says "no file", so descriptor 0 needs another number.
    duplicate: Option<File>,
}

impl Sendable {
    pub(crate) fn new(file: &File) -> Result<Sendable, Win32Error> {
        if !raw_handle(file).is_null() {
            return Ok(Sendable { duplicate: None });
        }
        // The standard library duplicates to descriptors above the standard streams.
        let duplicate = file.try_clone().map_err(|_| Win32Error::GEN_FAILURE)?;
        Ok(Sendable {
            duplicate: Some(duplicate),
        })
    }

    /// Never null; valid as long as this value and `file`, the one it was made for.
    pub(crate) fn handle(&self, file: &File) -> HANDLE {
        raw_handle(self.duplicate.as_ref().unwrap_or(file))
    }
}

/// The number of the descriptor in the place of a pointer.
#[cfg(unix)]
fn raw_handle(file: &File) -> HANDLE {
    use std::os::fd::AsRawFd;

    usize::try_from(file.as_raw_fd()).map_or(ptr::null_mut(), ptr::without_provenance_mut)
}

#[cfg(windows)]
fn raw_handle(file: &File) -> HANDLE {
    use std::os::windows::io::AsRawHandle;

    file.as_raw_handle()
}

#[cfg(all(test, unix))]
mod tests {
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;

    use super::*;

    #[test]
    fn descriptor_zero_is_sent_under_another_number() {
        // SAFETY: the standard library opens descriptor 0 before `main` if nobody has;
        // `ManuallyDrop` leaves it open.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(0) });
        assert!(raw_handle(&file).is_null());

        let sendable = Sendable::new(&file).unwrap();
        assert!(!sendable.handle(&file).is_null());
    }

    #[test]
    fn any_other_descriptor_is_sent_as_it_is() {
        let file = File::open("/dev/null").unwrap();
        let sendable = Sendable::new(&file).unwrap();
        assert_eq!(sendable.handle(&file), raw_handle(&file));
    }
}
