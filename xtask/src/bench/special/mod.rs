//! Cases that are not one server against another.

pub(super) mod allocations;
pub(super) mod blocking;
pub(super) mod growth;
pub(super) mod memory;
pub(super) mod pending;
pub(super) mod start;
