//! The C examples of the guide for authors compile without a warning, as C and as C++.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const GUIDE: &str = include_str!("../../docs/writing-extensions.md");

fn compile(language: &str, source: &str) {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let mut compiler = Command::new("cc")
        .args(["-fsyntax-only", "-Wall", "-Wextra", "-Werror"])
        .arg("-I")
        .arg(include)
        .args(["-x", language, "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a C compiler");
    let mut input = compiler.stdin.take().unwrap();
    input.write_all(source.as_bytes()).unwrap();
    drop(input);
    let output = compiler.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "as {language}:\n{told}\n{source}");
}

#[test]
fn the_examples_in_c_compile_as_c_and_as_cpp() {
    let sources = GUIDE.split("```c\n").skip(1);
    let sources: Vec<&str> = sources
        .filter_map(|source| source.split("```").next())
        .collect();
    assert!(!sources.is_empty());
    for source in sources {
        compile("c", source);
        compile("c++", source);
    }
}
