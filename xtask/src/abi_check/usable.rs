//! The headers of `sdk/include` as an author uses them: in C99 and in C++, with every warning.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workspace::{describe, run};

/// A program that ends with 0 where the types, macros and functions do what they should.
const PROGRAM: &str = include_str!("usable.c");

/// Language, compiler, arguments.
const LANGUAGES: [(&str, &str, &[&str]); 4] = [
    ("C99", "cc", &["-std=c99", "-x", "c"]),
    ("C11", "cc", &["-std=c11", "-x", "c"]),
    ("C++11", "c++", &["-std=c++11", "-x", "c++"]),
    ("C++20", "c++", &["-std=c++20", "-x", "c++"]),
];

/// Compiles the program in each language and runs it.
pub(crate) fn check(include: &Path) -> Result<(), String> {
    let folder = env::temp_dir().join(format!("isapi-abi-check-{}", std::process::id()));
    fs::create_dir(&folder).map_err(|error| describe(&folder, &error))?;
    let result = in_folder(include, &folder);
    fs::remove_dir_all(&folder).map_err(|error| describe(&folder, &error))?;
    result
}

fn in_folder(include: &Path, folder: &Path) -> Result<(), String> {
    let source = folder.join("usable.c");
    fs::write(&source, PROGRAM).map_err(|error| describe(&source, &error))?;
    for (language, compiler, arguments) in LANGUAGES {
        let program = folder.join(language);
        run(Command::new(compiler)
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
            .arg(include)
            .args(arguments)
            .arg(&source)
            .arg("-o")
            .arg(&program))?;
        run(&mut Command::new(&program)).map_err(|error| format!("{language}: {error}"))?;
        println!("sdk/include, {language}: usable");
    }
    Ok(())
}
