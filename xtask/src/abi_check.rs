//! `cargo xtask abi-check`: crate `isapi-abi` against C headers, by means of C compilers.
//!
//! The oracle is mingw-w64's own `httpext.h`, with its 64-bit and its 32-bit compiler. The headers
//! of `sdk/include` are held against the same tables with the compiler of this machine. What is
//! missing on either side is an error like what is different.

mod compare;
mod compiler;
mod header;
mod usable;

use std::path::Path;

use compiler::Compiler;

use crate::tools::{self, COMPILERS, MINGW_32, MINGW_64};

/// Compares everything and prints a line for each compiler; an error lists all differences.
pub(crate) fn run() -> Result<(), String> {
    tools::ensure("abi-check", &[COMPILERS, MINGW_32, MINGW_64])?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = root
        .parent()
        .ok_or("xtask has no parent")?
        .join("sdk/include");

    let compilers = [
        Compiler::new("mingw-w64, 64 bit", "x86_64-w64-mingw32-gcc"),
        Compiler::new("mingw-w64, 32 bit", "i686-w64-mingw32-gcc"),
        Compiler::new("sdk/include, this machine", "cc").include(&ours),
        Compiler::new("sdk/include, mingw-w64 64 bit", "x86_64-w64-mingw32-gcc").include(&ours),
        Compiler::new("sdk/include, mingw-w64 32 bit", "i686-w64-mingw32-gcc").include(&ours),
    ];
    let mut faults = Vec::new();
    for compiler in &compilers {
        let report = compare::all(compiler)?;
        println!("{}: {}", compiler.title(), report.summary());
        faults.extend(
            report
                .faults()
                .map(|fault| format!("{}: {fault}", compiler.title())),
        );
    }
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    usable::check(&ours)
}
