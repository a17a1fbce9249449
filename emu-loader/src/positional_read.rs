//! Reading files that someone else may cut meanwhile.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Reads at most `buf.len()` bytes from `offset` on; 0 means the file's end.
///
/// On Linux `pread(2)` is not atomic with `ftruncate(2)`: it finds out how long the file is and then
/// copies, and between the two the system may have overwritten what is behind a new end with zeros. It
/// sets the new length first, though. So the bytes that count are those that the file still has when
/// they have been read.
///
/// # Errors
///
/// What the system says.
pub(crate) fn read_at(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    let read = file.read_at(buf, offset)?;
    if read == 0 {
        return Ok(0);
    }
    let left = file.metadata()?.len().saturating_sub(offset);
    Ok(usize::try_from(left).map_or(read, |left| read.min(left)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_file::{TestFile, zeros_while_cut};

    #[test]
    fn a_file_that_is_cut_meanwhile_has_no_zeros() {
        let mut buf = vec![0; 64 * 1024];
        let zeros = zeros_while_cut(buf.len(), |file| {
            let read = read_at(file, 0, &mut buf).unwrap();
            buf[..read].contains(&0)
        });
        assert_eq!(zeros, 0);
    }

    #[test]
    fn what_a_longer_file_has_behind_the_buffer_is_not_counted() {
        let path = TestFile::with(b"0123456789");
        let mut buf = [0; 4];
        assert_eq!(read_at(&path.open(), 3, &mut buf).unwrap(), 4);
        assert_eq!(&buf, b"3456");
    }
}
