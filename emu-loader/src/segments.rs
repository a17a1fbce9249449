//! Whether all that an ELF file wants mapped is in the file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Tells whether the loadable segments of an ELF file of this machine end within the file.
///
/// The dynamic linker maps what the program headers say without asking how long the file is, and
/// a page behind the file's end is SIGBUS: a module that was copied halfway would end the process.
///
/// # Errors
///
/// When the file cannot be read; a file that ends within its headers is no error.
pub(crate) fn are_whole(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    match are_within(file, length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        outcome => outcome,
    }
}

fn are_within(file: &File, length: u64) -> io::Result<bool> {
    let headers = if cfg!(target_pointer_width = "64") {
        word(file, 32)?
    } else {
        u64::from(double(file, 28)?)
    };
    let counts = if cfg!(target_pointer_width = "64") {
        54
    } else {
        42
    };
    let size = u64::from(half(file, counts)?);
    let count = u64::from(half(file, counts + 2)?);
    for number in 0..count {
        let Some(header) = size
            .checked_mul(number)
            .and_then(|at| at.checked_add(headers))
        else {
            return Ok(false);
        };
        if double(file, header)? != PT_LOAD {
            continue;
        }
        let (offset, bytes) = if cfg!(target_pointer_width = "64") {
            (
                word(file, header.saturating_add(8))?,
                word(file, header.saturating_add(32))?,
            )
        } else {
            let offset = double(file, header.saturating_add(4))?;
            (
                u64::from(offset),
                u64::from(double(file, header.saturating_add(16))?),
            )
        };
        if offset.checked_add(bytes).is_none_or(|end| end > length) {
            return Ok(false);
        }
    }
    Ok(true)
}

const PT_LOAD: u32 = 1;

fn half(file: &File, at: u64) -> io::Result<u16> {
    let mut bytes = [0; 2];
    file.read_exact_at(&mut bytes, at)?;
    Ok(u16::from_ne_bytes(bytes))
}

fn double(file: &File, at: u64) -> io::Result<u32> {
    let mut bytes = [0; 4];
    file.read_exact_at(&mut bytes, at)?;
    Ok(u32::from_ne_bytes(bytes))
}

fn word(file: &File, at: u64) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, at)?;
    Ok(u64::from_ne_bytes(bytes))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::test_file::TestFile;

    #[test]
    fn a_program_is_whole_and_no_part_of_it_is() {
        let me = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for (length, whole) in [(me.len(), true), (5000, false), (100, false), (20, false)] {
            let file = TestFile::with(&me[..length]);
            assert_eq!(are_whole(&file.open()).unwrap(), whole, "{length}");
        }
    }
}
