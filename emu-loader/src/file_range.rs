//! Parts of files, had within the call that asks for them.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use isapi_bridge::{ReadyRange, WantedRange};
use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, Stat, fstat};
use rustix::io::pread;

use crate::mapping::{MappingCache, Measured};

/// What is read of a file of which nobody says how long it is: most small files, whole.
const FIRST_READ: u64 = 16 * 1024;

/// A range of a regular file, in as few system calls as can be.
///
/// `None` where the range is not to be had so: it is neither to be read nor mapped, the file does not
/// have it, cannot be read, or changes meanwhile.
pub(crate) fn file_range(file: BorrowedFd<'_>, wanted: &WantedRange) -> Option<ReadyRange> {
    let mut bytes = Vec::new();
    let mut goal = match wanted.length.or(wanted.expected) {
        None => FIRST_READ.min(wanted.read_up_to),
        Some(likely) if likely <= wanted.read_up_to => likely,
        // Nothing of it, but the system says whether the file can be read.
        Some(_) => 0,
    };
    loop {
        read_up_to(goal, &mut bytes, file, wanted.offset)?;
        // Behind the read: what the file still has counts then, as `positional_read` says.
        let status = fstat(file).ok()?;
        if !FileType::from_raw_mode(status.st_mode).is_file() {
            return None;
        }
        let left = Measured::of(&status).length.checked_sub(wanted.offset)?;
        let length = wanted.length.unwrap_or(left);
        let read = u64::try_from(bytes.len()).ok()?;
        if length > left || read > length {
            return None;
        }
        if read == length {
            bytes.shrink_to_fit();
            return Some(ReadyRange::Read(bytes.into()));
        }
        if length > wanted.read_up_to {
            return map(file, &status, wanted, length);
        }
        if read < goal {
            return None;
        }
        goal = length;
    }
}

/// Reads until `bytes` has `goal` of the bytes from `offset` on, or the file ends.
fn read_up_to(goal: u64, bytes: &mut Vec<u8>, file: BorrowedFd<'_>, offset: u64) -> Option<()> {
    let begun = u64::try_from(bytes.len()).ok()?;
    let offset = offset.checked_add(begun)?;
    let missing = usize::try_from(goal.checked_sub(begun)?).ok()?;
    if missing == 0 {
        let nothing: &mut [u8] = &mut [];
        pread(file, nothing, offset).ok()?;
    } else {
        bytes.reserve_exact(missing);
        pread(file, spare_capacity(bytes), offset).ok()?;
    }
    Some(())
}

fn map(
    file: BorrowedFd<'_>,
    status: &Stat,
    wanted: &WantedRange,
    length: u64,
) -> Option<ReadyRange> {
    if length <= wanted.map_above? {
        return None;
    }
    let measured = Measured::of(status);
    let cache = MappingCache::global();
    let slice = cache.slice(file, measured, wanted.offset, length, Instant::now())?;
    Some(ReadyRange::Mapped(slice))
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
            expected: None,
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
    fn a_short_range_is_read_whatever_was_guessed_of_its_length() {
        for length in [1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, READ_UP_TO] {
            let content = content(length);
            let path = TestFile::with(&content);
            assert_eq!(read(&path, 0, None).unwrap(), content);
            assert_eq!(read(&path, 1, None).unwrap(), content[1..]);
            let length = u64::try_from(length).unwrap();
            assert_eq!(read(&path, 0, Some(length)).unwrap(), content);
        }
    }

    #[test]
    fn what_is_expected_is_no_more_than_a_hint() {
        let content = content(1000);
        let path = TestFile::with(&content);
        for expected in [0, 1, 999, 1000, 1001, 100_000, u64::MAX] {
            let hinted = WantedRange {
                expected: Some(expected),
                ..wanted(0, None)
            };
            match file_range(path.open().as_fd(), &hinted) {
                Some(ReadyRange::Read(bytes)) => assert_eq!(bytes, content, "{expected}"),
                other => panic!("{expected}: {other:?}"),
            }
        }
        let long = TestFile::with(&[b'x'; 100_000]);
        for expected in [0, 1000, 100_000] {
            let hinted = WantedRange {
                expected: Some(expected),
                ..wanted(0, None)
            };
            assert_eq!(mapped_length(&long, &hinted), Some(100_000), "{expected}");
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
    fn the_end_of_a_file_is_an_empty_range_and_behind_it_is_none() {
        let path = TestFile::with(b"0123456789");
        assert_eq!(read(&path, 10, None).unwrap(), "");
        for (offset, length) in [
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
}
