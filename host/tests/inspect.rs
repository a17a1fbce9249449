//! `isapi inspect FILE`: exit codes, and what goes to standard output.

mod support;

use support::{Directory, output_of, refusal};

/// Runs `isapi inspect` on a file: the exit code and standard output.
#[track_caller]
fn inspect(arguments: &[&str]) -> (Option<i32>, String) {
    let all: Vec<&str> = ["inspect"].iter().chain(arguments).copied().collect();
    let output = output_of(&all);
    assert_eq!(output.stderr, b"", "standard error");
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text)
}

#[cfg(unix)]
#[test]
fn a_module_that_can_be_hosted_ends_with_0_and_is_not_loaded() {
    use support::extensions::{ENDING, from_text, never_done};

    let directory = Directory::new();
    // Loading it would end the process.
    let source = format!(
        "#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) {{ exit(7); }}\n{}",
        never_done()
    );
    let module = from_text(&directory, &source, &format!("module.{ENDING}"));
    let (code, text) = inspect(&[module.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("runs here"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_library_that_is_no_extension_ends_with_1_and_says_what_to_do() {
    use support::extensions::{ENDING, NO_EXTENSION, from_text};

    let directory = Directory::new();
    let module = from_text(&directory, NO_EXTENSION, &format!("library.{ENDING}"));
    // macOS libraries are not looked into.
    if cfg!(target_vendor = "apple") {
        return;
    }
    let (code, text) = inspect(&[module.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{text}");
    for part in [
        "does not run",
        "GetExtensionVersion is not exported",
        "every extension has to define it",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn json_is_one_object_for_programs() {
    let directory = Directory::new();
    let file = directory.write("text.so", "just text");
    let (code, text) = inspect(&[file.to_str().unwrap(), "--json"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with('{') && text.ends_with("}\n"), "{text}");
    for part in [
        r#""verdict": "does_not_run""#,
        r#""code": "not_a_module""#,
        r#""format": "unknown""#,
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_one_line_and_2() {
    let directory = Directory::new();
    let line = refusal(&["inspect", directory.str()]);
    assert!(line.contains("it is a directory"), "{line}");
    let missing = format!("{}/nothing.so", directory.str());
    let line = refusal(&["inspect", &missing]);
    assert_eq!(
        line,
        format!("isapi: cannot inspect {missing}: no such file\n")
    );
}

#[test]
fn json_of_a_file_that_cannot_be_read_is_an_object_with_the_error() {
    let directory = Directory::new();
    let missing = format!("{}/nothing.so", directory.str());
    let output = output_of(&["inspect", "--json", &missing]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with('{') && text.ends_with("}\n"), "{text}");
    assert!(text.contains(r#""error": "no such file""#), "{text}");
    assert!(text.contains("nothing.so"), "{text}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot inspect"), "{told}");
}
