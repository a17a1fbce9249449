//! Ended control blocks that are kept for a while.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::ecb::Block;

/// How many ended blocks are kept.
const BLOCKS: usize = 1024;

/// A block whose strings are longer is not kept: one long URL must not cost what many blocks do.
const LONGEST_TEXT: usize = 8 * 1024;

/// The quarantine of this process.
pub(crate) static QUARANTINE: Quarantine = Quarantine::new(BLOCKS);

/// Keeps the last poisoned blocks, so that an extension that goes on reading its block after the
/// session's end reads empty strings instead of freed memory.
#[derive(Debug)]
pub(crate) struct Quarantine {
    capacity: usize,
    /// `std`'s lock also in the loom models: it is a leaf that is held for two moves.
    blocks: Mutex<VecDeque<Block>>,
}

impl Quarantine {
    const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            blocks: Mutex::new(VecDeque::new()),
        }
    }

    /// Takes a poisoned block in and frees the one that has been here longest.
    pub(crate) fn admit(&self, block: Block) {
        if block.text_len() > LONGEST_TEXT {
            return;
        }
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.push_back(block);
        let oldest = if blocks.len() > self.capacity {
            blocks.pop_front()
        } else {
            None
        };
        drop(blocks);
        drop(oldest);
    }
}
