//! Counting a body.

use isapi_sdk::ControlBlock;

/// The bytes of a body so far.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    read: u32,
    sum: u32,
}

impl Summary {
    /// Begins with what was there at the call.
    pub(crate) fn new(request: &ControlBlock) -> Summary {
        let mut summary = Summary::default();
        summary.count(request.preread());
        summary
    }

    pub(crate) fn count(&mut self, data: &[u8]) {
        for &byte in data {
            self.read = self.read.wrapping_add(1);
            self.sum = self.sum.wrapping_add(byte.into());
        }
    }

    /// Whether a body of known length is complete.
    pub(crate) fn is_complete(&self, request: &ControlBlock) -> bool {
        request
            .total_bytes()
            .is_some_and(|total| self.read >= total)
    }

    pub(crate) fn text(&self, request: &ControlBlock) -> String {
        let total = request.total_bytes().unwrap_or(u32::MAX);
        let available = request.preread().len();
        format!(
            "total={total} available={available} read={} sum={}\n",
            self.read, self.sum
        )
    }
}
