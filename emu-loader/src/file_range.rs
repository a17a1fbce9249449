//! Parts of files, had within the call that asks for them.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use bytes::Bytes;
use isapi_bridge::{ReadyRange, WantedRange};
use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, fstat};
use rustix::io::pread;

use crate::mapping::{MappingCache, Measured};

/// A range of a regular file, in as few system calls as can be.
///
/// `None` where the range is not to be had so: it is empty, is neither to be read nor mapped, the file
/// does not have it, cannot be read, or changes meanwhile. An extension may close the descriptor in the
/// wrong moment and have its number stand for another file from then on; that is a change as well.
pub(crate) fn file_range(file: BorrowedFd<'_>, wanted: &WantedRange) -> Option<ReadyRange> {
    // In front of the read: what is no regular file may wait for its bytes, and loses what is read.
    let measured = measure(file)?;
    let left = measured.length.checked_sub(wanted.offset)?;
    let length = wanted.length.unwrap_or(left);
    if length == 0 || length > left {
        return None;
    }
    if length <= wanted.read_up_to {
        let bytes = read(file, measured, wanted.offset, length)?;
        return Some(ReadyRange::Read(bytes));
    }
    if length <= wanted.map_above? {
        return None;
    }
    // A mapping that is kept does not tell whether this descriptor is open for reading.
    let nothing: &mut [u8] = &mut [];
    pread(file, nothing, wanted.offset).ok()?;
    let cache = MappingCache::global();
    let slice = cache.slice(file, measured, wanted.offset, length, Instant::now())?;
    Some(ReadyRange::Mapped(slice))
}

fn measure(file: BorrowedFd<'_>) -> Option<Measured> {
    let status = fstat(file).ok()?;
    let is_file = FileType::from_raw_mode(status.st_mode).is_file();
    is_file.then(|| Measured::of(&status))
}

/// The bytes of a range that the file had when it was `measured`, if it still has them.
fn read(file: BorrowedFd<'_>, measured: Measured, offset: u64, length: u64) -> Option<Bytes> {
    let end = offset.checked_add(length)?;
    let length = usize::try_from(length).ok()?;
    let mut bytes = Vec::with_capacity(length);
    pread(file, spare_capacity(&mut bytes), offset).ok()?;
    // Behind the read: what the file still has counts then, as `positional_read` says.
    let now = measure(file)?;
    if !now.is_same_file(measured) || now.length < end || bytes.len() < length {
        return None;
    }
    bytes.truncate(length);
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;

    use bytes::Bytes;

    use super::*;
    use crate::test_file::{TestFile, zeros_while_cut};

    const READ_UP_TO: usize = 64 * 1024;

    fn wanted(offset: u64, length: Option<u64>) -> WantedRange {
        WantedRange {
            offset,
            length,
            read_up_to: 64 * 1024,
            map_above: Some(64 * 1024),
        }
    }

    fn read(path: &TestFile, offset: u64, length: Option<u64>) -> Option<Bytes> {
        match file_range(path.open().as_fd(), &wanted(offset, length))? {
            ReadyRange::Read(bytes) => Some(bytes),
            ReadyRange::Mapped(_) => panic!("it is mapped"),
        }
    }

    fn mapped_length(path: &TestFile, wanted: &WantedRange) -> Option<usize> {
        match file_range(path.open().as_fd(), wanted)? {
            ReadyRange::Read(_) => panic!("it is read"),
            ReadyRange::Mapped(bytes) => Some(bytes.len()),
        }
    }

    fn content(length: usize) -> Vec<u8> {
        (0_u8..251).cycle().take(length).collect()
    }

    #[test]
    fn a_short_range_is_read() {
        for length in [2, 4096, READ_UP_TO - 1, READ_UP_TO] {
            let content = content(length);
            let path = TestFile::with(&content);
            assert_eq!(read(&path, 0, None).unwrap(), content);
            assert_eq!(read(&path, 1, None).unwrap(), content[1..]);
            let length = u64::try_from(length).unwrap();
            assert_eq!(read(&path, 0, Some(length)).unwrap(), content);
        }
    }

    #[test]
    fn a_part_of_a_long_file_is_read() {
        let content = content(100_000);
        let path = TestFile::with(&content);
        assert_eq!(read(&path, 90_000, None).unwrap(), content[90_000..]);
        assert_eq!(read(&path, 50, Some(3)).unwrap(), content[50..53]);
    }

    #[test]
    fn a_long_range_is_mapped_where_that_may_be() {
        let path = TestFile::with(&content(100_000));
        assert_eq!(mapped_length(&path, &wanted(0, None)), Some(100_000));
        assert_eq!(mapped_length(&path, &wanted(7, Some(90_000))), Some(90_000));
        let unmapped = WantedRange {
            map_above: None,
            ..wanted(0, None)
        };
        assert_eq!(mapped_length(&path, &unmapped), None);
    }

    #[test]
    fn what_may_be_neither_read_nor_mapped_is_left_alone() {
        let path = TestFile::with(&content(1000));
        let unread = WantedRange {
            read_up_to: 0,
            ..wanted(0, None)
        };
        assert!(file_range(path.open().as_fd(), &unread).is_none());
    }

    #[test]
    fn what_the_file_does_not_have_and_nothing_of_it_are_left_alone() {
        let path = TestFile::with(b"0123456789");
        for (offset, length) in [
            (10, None),
            (3, Some(0)),
            (11, None),
            (8, Some(3)),
            (0, Some(100_000)),
            (u64::MAX, None),
            (u64::MAX, Some(3)),
        ] {
            assert!(read(&path, offset, length).is_none(), "{offset} {length:?}");
        }
    }

    #[test]
    fn a_file_that_is_cut_meanwhile_has_no_zeros() {
        let zeros = zeros_while_cut(READ_UP_TO, |file| {
            match file_range(file.as_fd(), &wanted(0, None)) {
                Some(ReadyRange::Read(bytes)) => bytes.contains(&0),
                Some(ReadyRange::Mapped(_)) | None => false,
            }
        });
        assert_eq!(zeros, 0);
    }

    #[test]
    fn what_is_no_readable_file_is_not_had() {
        let directory = File::open(std::env::temp_dir()).unwrap();
        let zeros = File::open("/dev/zero").unwrap();
        let path = TestFile::with(&content(100_000));
        for file in [path.append(), directory, zeros] {
            for length in [None, Some(1), Some(100_000)] {
                assert!(file_range(file.as_fd(), &wanted(0, length)).is_none());
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_regular_file_is_not_read() {
        /// More than the text that tells it has.
        const FAR_MORE: u64 = 8 * 1024;
        let zeros = File::open("/dev/zero").unwrap();
        let before = bytes_read_by_this_thread();
        for length in [None, Some(1), Some(FAR_MORE)] {
            assert!(file_range(zeros.as_fd(), &wanted(0, length)).is_none());
        }
        let read = bytes_read_by_this_thread() - before;
        assert!(read < FAR_MORE, "{read} bytes");
    }

    #[cfg(target_os = "linux")]
    fn bytes_read_by_this_thread() -> u64 {
        let text = std::fs::read_to_string("/proc/thread-self/io").unwrap();
        let read = text.lines().find_map(|line| line.strip_prefix("rchar: "));
        read.unwrap().parse().unwrap()
    }
}
