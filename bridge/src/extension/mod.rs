//! An extension's life: loaded once, used by many requests, told to stop when none is left.

mod acquire;
mod foreign_call;
mod gate;
mod guard;
mod image_life;
mod loaded;
mod policy;
mod provider;
mod ready;
mod slot;
mod termination;

pub use acquire::Acquire;
pub use foreign_call::{Escaped, ForeignCall, ForeignFunction};
pub(crate) use gate::UnloadGate;
pub use guard::{ExtensionGuard, StillBusy};
pub use loaded::ExtensionInfo;
pub(crate) use loaded::LoadedExtension;
pub use policy::ModulePolicy;
pub use provider::{EntryProvider, StaticEntry};
pub use slot::{ExtensionSlot, ModuleSource};
