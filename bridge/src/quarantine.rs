//! Ended control blocks that are kept for a while.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::conn_id::ConnId;
use crate::ecb::{Block, Memory, USUAL_SIZE};
use crate::shards::Apart;

/// The quarantine of this process.
pub(crate) static QUARANTINE: Quarantine = Quarantine::new(Limits {
    blocks: 1024,
    bytes: 1024 * 1024,
});

/// How many parts it has. The `ConnID` of a block says which is its own, both when it begins and when
/// it ends, and the connections' table gives threads different ones.
const SHARDS: usize = 8;

/// A larger block is not kept: one long URL must not cost what many blocks do.
const LARGEST_BLOCK: usize = 10 * 1024;

/// Keeps the last poisoned blocks, so that an extension that goes on reading its block after the
/// session's end reads empty strings instead of other memory. The one that has been there longest
/// becomes the memory of a new block, if it is of about its size.
#[derive(Debug)]
pub(crate) struct Quarantine {
    limits: Limits,
    /// `std`'s locks also in the loom models: they are leaves, under which memory is moved or freed and
    /// nothing else is done.
    shards: [Apart<Mutex<Blocks>>; SHARDS],
}

/// How much each part keeps.
#[derive(Clone, Copy, Debug)]
struct Limits {
    blocks: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Blocks {
    queue: VecDeque<Block>,
    bytes: usize,
}

impl Quarantine {
    const fn new(limits: Limits) -> Self {
        Self {
            limits,
            shards: [const { Apart(Mutex::new(Blocks::new())) }; SHARDS],
        }
    }

    /// Takes a poisoned block in. Those that have been here longest go where there are too many.
    pub(crate) fn admit(&self, conn: ConnId, block: Block) {
        if block.size() > LARGEST_BLOCK {
            return;
        }
        let mut blocks = self.blocks(conn);
        blocks.bytes += block.size();
        blocks.queue.push_back(block);
        while blocks.queue.len() > self.limits.blocks || blocks.bytes > self.limits.bytes {
            drop(blocks.release());
        }
    }

    /// The memory of a block that has been here for long enough, if it has room for `size` bytes and
    /// not much more: in the hands of short requests, that of long ones would take the room of many
    /// blocks for good.
    pub(crate) fn take(&self, conn: ConnId, size: usize) -> Option<Memory> {
        let mut blocks = self.blocks(conn);
        let is_full = blocks.queue.len() == self.limits.blocks
            || blocks.bytes + LARGEST_BLOCK > self.limits.bytes;
        let released = if is_full { blocks.release() } else { None };
        drop(blocks);
        let most = 2 * size.max(USUAL_SIZE);
        released
            .map(Block::into_memory)
            .filter(|memory| (size..=most).contains(&memory.size()))
    }

    fn blocks(&self, conn: ConnId) -> MutexGuard<'_, Blocks> {
        let Apart(blocks) = &self.shards[conn.index() % SHARDS];
        blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blocks {
    const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Lets the one go that has been here longest.
    fn release(&mut self) -> Option<Block> {
        let block = self.queue.pop_front()?;
        self.bytes -= block.size();
        Some(block)
    }
}

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    fn conn() -> ConnId {
        ConnId::new(0, 1).expect("fits")
    }

    #[test]
    fn a_block_becomes_memory_of_another_when_others_have_taken_its_place() {
        let quarantine = Quarantine::new(Limits {
            blocks: 2,
            bytes: 64 * KIB,
        });
        let first = Block::of_size(600);
        let address = first.ecb();
        quarantine.admit(conn(), first);
        assert!(quarantine.take(conn(), 300).is_none(), "one more may stay");
        quarantine.admit(conn(), Block::of_size(600));
        let memory = quarantine.take(conn(), 300).expect("two are enough");
        assert_eq!(memory.start().cast(), address, "the oldest");
        assert!(quarantine.take(conn(), 300).is_none(), "one more may stay");
    }

    #[test]
    fn memory_that_is_too_small_is_not_used_again() {
        let quarantine = Quarantine::new(Limits {
            blocks: 1,
            bytes: 64 * KIB,
        });
        quarantine.admit(conn(), Block::of_size(600));
        assert!(quarantine.take(conn(), 601).is_none());
        quarantine.admit(conn(), Block::of_size(600));
        assert!(quarantine.take(conn(), 600).is_some());
    }

    #[test]
    fn memory_of_long_requests_is_given_up_when_short_ones_come() {
        let quarantine = Quarantine::new(Limits {
            blocks: 50,
            bytes: 64 * KIB,
        });
        for _ in 0..8 {
            quarantine.admit(conn(), Block::of_size(8 * KIB));
        }
        for _ in 0..200 {
            let again = quarantine.take(conn(), 300);
            let size = again.map_or(USUAL_SIZE, |memory| memory.size());
            assert!(size <= 2 * USUAL_SIZE);
            quarantine.admit(conn(), Block::of_size(size));
        }
        assert_eq!(quarantine.blocks(conn()).queue.len(), 50);
    }

    #[test]
    fn neither_many_blocks_nor_large_ones_are_kept() {
        let kept = |quarantine: &Quarantine| {
            let blocks = quarantine.blocks(conn());
            (blocks.queue.len(), blocks.bytes)
        };
        let quarantine = Quarantine::new(Limits {
            blocks: 100,
            bytes: 64 * KIB,
        });
        for _ in 0..200 {
            quarantine.admit(conn(), Block::of_size(200));
        }
        assert_eq!(kept(&quarantine), (100, 20_000));
        for _ in 0..100 {
            quarantine.admit(conn(), Block::of_size(8 * KIB));
        }
        assert_eq!(kept(&quarantine), (8, 64 * KIB));
        quarantine.admit(conn(), Block::of_size(LARGEST_BLOCK + 1));
        assert_eq!(kept(&quarantine), (8, 64 * KIB));
    }
}
