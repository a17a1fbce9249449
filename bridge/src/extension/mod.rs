//! An extension's life: loaded once, used by many requests, told to stop when none is left.

mod acquire;
mod gate;
mod image_life;
mod loaded;
mod provider;
mod slot;

pub use acquire::Acquire;
pub(crate) use gate::UnloadGate;
pub use loaded::ExtensionInfo;
pub(crate) use loaded::LoadedExtension;
pub use provider::{EntryProvider, StaticEntry};
pub use slot::{ExtensionGuard, ExtensionSlot, ModuleSource, StillBusy};
