//! Says of a module file what it is, whether this host can run it, and what to do if not.
//!
//! The file is read and never loaded, so no code of it runs, and files of every platform are
//! understood on every platform: ELF and PE in full; Mach-O files are named as such.
//!
//! ```
//! let program = std::env::current_exe()?;
//! let report = isapi_inspect::inspect(&program)?;
//! assert!(!report.runs_here());
//! assert!(!report.problems.is_empty());
//! println!("{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the dynamic linker of this machine would look for is looked for in the same places. Where
//! it knows more than can be known here, the report says "perhaps" rather than "no".
#![forbid(unsafe_code)]

mod elf;
mod entry_points;
mod format;
mod host;
mod json;
mod pe;
mod problem;
mod read;
mod report;
mod text;
mod unreadable;

pub use entry_points::{Decoration, EntryPoint, Presence};
pub use format::{Container, Kind};
pub use problem::{Problem, ProblemCode};
pub use read::inspect;
pub use report::{Dependency, DependencyState, Report, Verdict};
pub use unreadable::Unreadable;
