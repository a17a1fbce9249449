//! Memory between two pages that nobody may touch.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// What every byte holds that is not a buffer's.
pub const CANARY: u8 = 0xa5;

/// Where in the memory a buffer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its last byte is the last before the page behind.
    End,
    /// One byte is between its end and the page behind, so that its address is odd where its length
    /// is even.
    NearEnd,
    /// One byte is between the page in front and its start: its address is odd.
    NearStart,
    /// Its first byte is the first behind the page in front.
    Start,
}

impl Edge {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::End, Self::NearEnd, Self::NearStart, Self::Start];
}

/// A mapping whose first and last page cannot be accessed. It holds one buffer at a time.
#[derive(Debug)]
pub struct Memory {
    map: NonNull<u8>,
    page: usize,
    /// Bytes that can be accessed.
    capacity: usize,
    /// Where the buffer is, from the first byte that can be accessed on.
    buffer: Range<usize>,
}

impl Memory {
    /// Memory for buffers of up to 4094 bytes at least.
    pub fn new() -> Self {
        Self::with_capacity(1)
    }

    /// Memory for buffers of that many bytes.
    ///
    /// # Panics
    ///
    /// When the system has no memory.
    pub fn with_capacity(bytes: usize) -> Self {
        let page = rustix::param::page_size();
        let capacity = (bytes + 2).next_multiple_of(page);
        let length = capacity + 2 * page;
        // SAFETY: a mapping at an address of the system's choice touches nothing that exists.
        let map = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                length,
                ProtFlags::empty(),
                MapFlags::PRIVATE,
            )
        };
        let map = NonNull::new(map.expect("memory").cast::<u8>()).expect("not at null");
        let mut memory = Self {
            map,
            page,
            capacity,
            buffer: 0..0,
        };
        // SAFETY: a range of whole pages within the mapping that was just made.
        unsafe {
            mprotect(
                memory.start().cast(),
                capacity,
                MprotectFlags::READ | MprotectFlags::WRITE,
            )
        }
        .expect("memory");
        memory.put(Edge::End, &[]);
        memory
    }

    /// The first byte that can be accessed.
    fn start(&self) -> *mut u8 {
        self.map.as_ptr().wrapping_add(self.page)
    }

    /// Makes a buffer with this content at that edge, and canaries of everything else.
    ///
    /// # Panics
    ///
    /// When the content is too long.
    pub fn put(&mut self, edge: Edge, content: &[u8]) -> *mut c_void {
        let length = content.len();
        assert!(length + 2 <= self.capacity, "{length} bytes are too many");
        let at = match edge {
            Edge::End => self.capacity - length,
            Edge::NearEnd => self.capacity - length - 1,
            Edge::NearStart => 1,
            Edge::Start => 0,
        };
        self.buffer = at..at + length;
        let all = self.all_mut();
        all.fill(CANARY);
        all[at..at + length].copy_from_slice(content);
        self.start().wrapping_add(at).cast()
    }

    /// Makes a buffer of canaries.
    pub fn put_empty(&mut self, edge: Edge, length: usize) -> *mut c_void {
        self.put(edge, &vec![CANARY; length])
    }

    /// Makes a buffer that holds a value, wherever it is aligned.
    pub fn put_value<T: Copy>(&mut self, edge: Edge, value: T) -> *mut T {
        let place = self.put_empty(edge, size_of::<T>()).cast::<T>();
        // SAFETY: the buffer was just made, and is as long as the value.
        unsafe { place.write_unaligned(value) };
        place
    }

    /// What the buffer holds now.
    pub fn content(&self) -> &[u8] {
        &self.all()[self.buffer.clone()]
    }

    /// The value in the buffer.
    ///
    /// # Panics
    ///
    /// When the buffer has another length.
    pub fn value<T: Number>(&self) -> T {
        T::from_bytes(self.content())
    }

    /// Asserts that no byte outside the buffer has changed.
    #[track_caller]
    pub fn assert_intact(&self) {
        let (before, rest) = self.all().split_at(self.buffer.start);
        let behind = &rest[self.buffer.len()..];
        for (side, bytes) in [("before", before), ("behind", behind)] {
            let changed = bytes.iter().filter(|byte| **byte != CANARY).count();
            assert_eq!(changed, 0, "bytes changed {side} the buffer");
        }
    }

    /// Asserts that no byte of the buffer, which was made of canaries, or outside has changed.
    #[track_caller]
    pub fn assert_untouched(&self) {
        self.assert_intact();
        assert!(
            self.content().iter().all(|byte| *byte == CANARY),
            "the buffer was written to: {:02x?}",
            self.content()
        );
    }

    /// An address that must not be followed.
    pub fn forbidden<T>(&self) -> *mut T {
        self.map.as_ptr().wrapping_add(self.page / 2 + 1).cast()
    }

    fn all(&self) -> &[u8] {
        // SAFETY: the pages can be read as long as the mapping lives; whoever writes to them through
        // a buffer's pointer does so in a call that is over when this is asked.
        unsafe { slice::from_raw_parts(self.start(), self.capacity) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `all`, and the pages can be written.
        unsafe { slice::from_raw_parts_mut(self.start(), self.capacity) }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping that `with_capacity` made, with its length; nothing refers to it any
        // more. An error would leave it mapped, which is no harm.
        let _ = unsafe { munmap(self.map.as_ptr().cast(), self.capacity + 2 * self.page) };
    }
}

/// A number that calls answer with.
pub trait Number: Copy {
    /// The number in the bytes of this machine.
    ///
    /// # Panics
    ///
    /// When there are more or fewer bytes than the number has.
    fn from_bytes(bytes: &[u8]) -> Self;
}

impl Number for u32 {
    fn from_bytes(bytes: &[u8]) -> Self {
        Self::from_ne_bytes(bytes.try_into().expect("four bytes"))
    }
}

impl Number for usize {
    fn from_bytes(bytes: &[u8]) -> Self {
        Self::from_ne_bytes(bytes.try_into().expect("as many bytes as a pointer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_lies_at_its_edge() {
        let mut memory = Memory::new();
        let page = memory.page;
        for length in [0, 1, 4, 100, page - 2] {
            for edge in Edge::ALL {
                let place = memory.put(edge, &vec![7; length]).addr();
                let start = memory.start().addr();
                let expected = match edge {
                    Edge::End => start + page - length,
                    Edge::NearEnd => start + page - length - 1,
                    Edge::NearStart => start + 1,
                    Edge::Start => start,
                };
                assert_eq!(place, expected, "{edge:?}, {length}");
                memory.assert_intact();
            }
        }
    }

    #[test]
    #[should_panic(expected = "behind the buffer")]
    fn a_byte_behind_the_buffer_is_noticed() {
        let mut memory = Memory::new();
        let place = memory.put_empty(Edge::Start, 4).cast::<u8>();
        // SAFETY: within the pages that can be written.
        unsafe { place.add(4).write(0) };
        memory.assert_intact();
    }

    #[test]
    #[should_panic(expected = "before the buffer")]
    fn a_byte_before_the_buffer_is_noticed() {
        let mut memory = Memory::new();
        let place = memory.put_empty(Edge::End, 4).cast::<u8>();
        // SAFETY: within the pages that can be written.
        unsafe { place.sub(1).write(0) };
        memory.assert_intact();
    }
}
