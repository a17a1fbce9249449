//! Memory mappings of files that are being sent, kept for the next request.
//!
//! Mapping and unmapping a file for each request costs more than sending it, so mappings are kept by
//! device and inode, in a bounded number. Those that nobody asked for in a while go with the next
//! request for any; a server that sends no files keeps the ones it has.
//!
//! # Never read in user space
//!
//! Whoever may write to a mapped file may also truncate it, and touching a page behind the new end
//! is a `SIGBUS` that ends the process. The kernel copies from such pages without harm: `writev`
//! answers `EFAULT`. On Linux not even that is done: the addresses stand for the file, which `sendfile`
//! sends. So the bytes handed out here go to a system call and nowhere else; where TLS, HTTP/2 or
//! anything else that looks at the bytes stands between, files are read by position.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
#[cfg(target_os = "linux")]
use isapi_bridge::FileAddresses;
use memmap2::Mmap;
use rustix::fs::{Dev, Stat, fstat};

#[cfg(target_os = "linux")]
use crate::sendfile::SentFile;

/// Files kept mapped; the one least recently used makes room.
const MAX_MAPPINGS: usize = 64;
/// When a mapping counts as one that nobody asks for. It goes with the next request for any: no timer
/// runs for it, and what an idle server keeps is bounded by [`MAX_MAPPINGS`]. Until then a file that
/// was deleted keeps its space on the disk.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Identifies a file however it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    device: Dev,
    inode: u64,
}

/// What the system says of a file that is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    id: FileId,
    pub(crate) length: u64,
}

impl Measured {
    pub(crate) fn of(status: &Stat) -> Self {
        Self {
            id: FileId {
                device: status.st_dev,
                inode: status.st_ino,
            },
            // A file has no negative length.
            length: u64::try_from(status.st_size).unwrap_or(0),
        }
    }

    pub(crate) fn is_same_file(self, other: Self) -> bool {
        self.id == other.id
    }
}

/// One file, mapped from its first to its last byte.
struct Mapping {
    id: FileId,
    /// Before the mapping: once it is gone its addresses may be anybody's.
    #[cfg(target_os = "linux")]
    _registered: FileAddresses,
    map: Mmap,
    /// Keeps the inode's number from being given to another file while `id` stands for it.
    _pin: File,
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping")
            .field("id", &self.id)
            .field("length", &self.map.len())
            .finish()
    }
}

impl Mapping {
    /// # Errors
    ///
    /// What the system says, and [`io::ErrorKind::NotFound`] where `file` is not the file of that `id`.
    fn new(id: FileId, file: BorrowedFd<'_>) -> io::Result<Self> {
        let pin = File::from(file.try_clone_to_owned()?);
        // The number is an extension's: it may stand for another file by now, and all who ask for the
        // one of this `id` would get that.
        if Measured::of(&fstat(&pin)?).id != id {
            return Err(io::ErrorKind::NotFound.into());
        }
        // SAFETY: a mapping may change and shrink under the reader. It is only ever handed out as
        // bytes for a system call (see the module's documentation), which copes with both.
        let map = unsafe { Mmap::map(&pin)? };
        Ok(Self {
            id,
            #[cfg(target_os = "linux")]
            _registered: register(&map, &pin)?,
            map,
            _pin: pin,
        })
    }
}

/// Lets a connection of our own send the file instead of the mapping, which `writev` copies.
#[cfg(target_os = "linux")]
fn register(map: &Mmap, file: &File) -> io::Result<FileAddresses> {
    let addresses = map.as_ptr_range();
    let addresses = addresses.start.addr()..addresses.end.addr();
    let file = Arc::new(SentFile(file.try_clone()?));
    Ok(FileAddresses::register(addresses, file, 0))
}

/// A part of a mapping, the owner behind a [`Bytes`].
struct Slice {
    mapping: Arc<Mapping>,
    start: usize,
    end: usize,
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        &self.mapping.map[self.start..self.end]
    }
}

/// The mappings of a process.
#[derive(Debug, Default)]
pub(crate) struct MappingCache {
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    mapping: Arc<Mapping>,
    last_used: Instant,
}

impl MappingCache {
    /// The cache that all files of this process share.
    pub(crate) fn global() -> &'static Self {
        static CACHE: OnceLock<MappingCache> = OnceLock::new();
        CACHE.get_or_init(Self::default)
    }

    /// `length` bytes of `file` from `offset` on, **not to be read in user space**.
    ///
    /// `None` where the file was shorter than that when it was measured, cannot be mapped, or the range
    /// is empty.
    pub(crate) fn slice(
        &self,
        file: BorrowedFd<'_>,
        measured: Measured,
        offset: u64,
        length: u64,
        now: Instant,
    ) -> Option<Bytes> {
        let end = offset.checked_add(length)?;
        if length == 0 || end > measured.length {
            return None;
        }
        let (start, end) = (usize::try_from(offset).ok()?, usize::try_from(end).ok()?);
        let mapping = self.mapping(measured.id, file, end, now)?;
        Some(Bytes::from_owner(Slice {
            mapping,
            start,
            end,
        }))
    }

    /// A mapping of the file that reaches at least to `end`.
    fn mapping(
        &self,
        id: FileId,
        file: BorrowedFd<'_>,
        end: usize,
        now: Instant,
    ) -> Option<Arc<Mapping>> {
        let mut dropped = Vec::new();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.extend(kept.extract_if(.., |kept| {
            now.saturating_duration_since(kept.last_used) > MAX_AGE
        }));

        if let Some(index) = kept.iter().position(|kept| kept.mapping.id == id) {
            if kept[index].mapping.map.len() >= end {
                kept[index].last_used = now;
                return Some(Arc::clone(&kept[index].mapping));
            }
            // The file has grown since.
            dropped.push(kept.swap_remove(index));
        }

        let mapping = Arc::new(Mapping::new(id, file).ok()?);
        // It may have shrunk between the two looks at it.
        if mapping.map.len() < end {
            return None;
        }
        if kept.len() >= MAX_MAPPINGS {
            let oldest = (0..kept.len()).min_by_key(|&index| kept[index].last_used)?;
            dropped.push(kept.swap_remove(oldest));
        }
        kept.push(Kept {
            mapping: Arc::clone(&mapping),
            last_used: now,
        });
        // Unmapping is a system call of its own length: not under the lock.
        drop(kept);
        drop(dropped);
        Some(mapping)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;

    use super::*;
    use crate::test_file::TestFile;

    impl MappingCache {
        fn count(&self) -> usize {
            self.kept.lock().unwrap().len()
        }

        fn slice_of(
            &self,
            file: &TestFile,
            offset: u64,
            length: u64,
            now: Instant,
        ) -> Option<Bytes> {
            let file = file.open();
            let measured = Measured::of(&fstat(&file).unwrap());
            self.slice(file.as_fd(), measured, offset, length, now)
        }
    }

    #[test]
    fn a_slice_is_the_range_of_the_file() {
        let file = TestFile::with(b"0123456789");
        let cache = MappingCache::default();
        let slice = cache.slice_of(&file, 2, 3, Instant::now()).unwrap();
        assert_eq!(slice, &b"234"[..]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_slice_stands_for_its_range_while_it_is_mapped() {
        use isapi_bridge::FileSlice;
        let file = TestFile::with(b"0123456789");
        let cache = MappingCache::default();
        let slice = cache.slice_of(&file, 2, 3, Instant::now()).unwrap();
        let found = FileSlice::find(&slice).unwrap();
        let mut bytes = [0; 3];
        found.file().read_at(found.offset(), &mut bytes).unwrap();
        assert_eq!(&bytes, b"234");
    }

    #[test]
    fn a_range_that_is_not_wholly_in_the_file_is_refused() {
        let file = TestFile::with(b"0123456789");
        let cache = MappingCache::default();
        let now = Instant::now();
        for (offset, length) in [(0, 11), (10, 1), (0, 0), (u64::MAX, 2), (11, 0)] {
            assert!(
                cache.slice_of(&file, offset, length, now).is_none(),
                "{offset}+{length}"
            );
        }
        assert_eq!(cache.count(), 0);
    }

    #[test]
    fn a_file_is_mapped_once_however_often_it_is_opened() {
        let file = TestFile::with(b"0123456789");
        let cache = MappingCache::default();
        let now = Instant::now();
        let first = cache.slice_of(&file, 0, 10, now).unwrap();
        let second = cache.slice_of(&file, 0, 10, now).unwrap();
        assert_eq!(first.as_ptr(), second.as_ptr());
        assert_eq!(cache.count(), 1);
    }

    #[test]
    fn another_file_than_the_one_that_was_measured_is_not_kept_for_it() {
        let (measured, other) = (TestFile::with(b"0123456789"), TestFile::with(b"abcdefghij"));
        let cache = MappingCache::default();
        let now = Instant::now();
        let status = fstat(measured.open()).unwrap();
        let slice = cache.slice(other.open().as_fd(), Measured::of(&status), 0, 10, now);
        assert!(slice.is_none());
        assert_eq!(cache.count(), 0);
        let slice = cache.slice_of(&measured, 0, 10, now).unwrap();
        assert_eq!(slice, &b"0123456789"[..]);
    }

    #[test]
    fn a_file_that_grew_is_mapped_anew() {
        let file = TestFile::with(b"01234");
        let cache = MappingCache::default();
        let now = Instant::now();
        let before = cache.slice_of(&file, 0, 5, now).unwrap();
        file.append().write_all(b"56789").unwrap();
        let after = cache.slice_of(&file, 0, 10, now).unwrap();
        assert_eq!(
            (before, after),
            (Bytes::from("01234"), Bytes::from("0123456789"))
        );
        assert_eq!(cache.count(), 1);
    }

    #[test]
    fn a_file_that_shrank_is_refused_beyond_its_new_end() {
        let file = TestFile::with(b"0123456789");
        let cache = MappingCache::default();
        let now = Instant::now();
        assert!(cache.slice_of(&file, 0, 10, now).is_some());
        file.append().set_len(5).unwrap();
        assert!(cache.slice_of(&file, 0, 10, now).is_none());
        assert_eq!(cache.slice_of(&file, 0, 5, now).unwrap(), &b"01234"[..]);
    }

    #[test]
    fn mappings_are_bounded_in_number_and_the_oldest_goes_first() {
        let cache = MappingCache::default();
        let start = Instant::now();
        let files: Vec<_> = (0..=MAX_MAPPINGS).map(|_| TestFile::with(b"x")).collect();
        let mut now = start;
        let mut first = None;
        for file in &files {
            let slice = cache.slice_of(file, 0, 1, now).unwrap();
            first.get_or_insert(slice);
            now += Duration::from_millis(1);
        }
        assert_eq!(cache.count(), MAX_MAPPINGS);
        // Still good: the slice owns its part of it.
        assert_eq!(first.unwrap(), &b"x"[..]);
        let id = |file: &TestFile| Measured::of(&fstat(file.open()).unwrap()).id;
        let kept = cache.kept.lock().unwrap();
        assert!(!kept.iter().any(|kept| kept.mapping.id == id(&files[0])));
        assert!(kept.iter().any(|kept| kept.mapping.id == id(&files[1])));
    }

    #[test]
    fn a_mapping_that_nobody_asks_for_is_given_up_with_the_next_request() {
        let (old, new) = (TestFile::with(b"old"), TestFile::with(b"new"));
        let cache = MappingCache::default();
        let start = Instant::now();
        assert!(cache.slice_of(&old, 0, 3, start).is_some());
        let later = start + MAX_AGE + Duration::from_secs(1);
        assert!(cache.slice_of(&new, 0, 3, later).is_some());
        assert_eq!(cache.count(), 1);
    }
}
