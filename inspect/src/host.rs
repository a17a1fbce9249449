//! What the `isapi` of this build can load.

use crate::format::Container;

/// What modules have to be to run here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) container: Container,
    /// As in `std::env::consts::ARCH`.
    pub(crate) processor: &'static str,
    pub(crate) bits: u8,
    pub(crate) is_little_endian: bool,
}

impl Host {
    /// The machine and build this code runs on.
    pub(crate) const CURRENT: Self = Self {
        container: if cfg!(windows) {
            Container::Pe
        } else if cfg!(target_vendor = "apple") {
            Container::MachO
        } else {
            Container::Elf
        },
        processor: std::env::consts::ARCH,
        bits: if cfg!(target_pointer_width = "64") {
            64
        } else {
            32
        },
        is_little_endian: cfg!(target_endian = "little"),
    };

    /// What this host loads, in the words of the loader's errors.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.processor, std::env::consts::OS)
    }
}
