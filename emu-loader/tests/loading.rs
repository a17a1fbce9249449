//! Modules that load, and modules that say why they do not. Needs a C compiler, as the host does.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use isapi_bridge::{Backend, LoadError};
use isapi_emu_loader::{Portable, SharedObject};

/// A directory of one test; removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        // Left over from a run that was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Builds a shared object with the C compiler.
    fn compile(&self, name: &str, source: &str, flags: &[&str]) -> PathBuf {
        let (c, so) = (self.file(&format!("{name}.c")), self.file(name));
        fs::write(&c, source).unwrap();
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"])
            .arg(&so)
            .arg(&c)
            .args(flags);
        let status = cc
            .status()
            .expect("a C compiler is needed: install gcc or clang as `cc`");
        assert!(status.success(), "{cc:?}");
        so
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const WHOLE: &str = "
    int GetExtensionVersion(void *v) { return 1; }
    unsigned HttpExtensionProc(void *ecb) { return 1; }
    int TerminateExtension(unsigned flags) { return 1; }
";

fn refused(path: &Path) -> LoadError {
    SharedObject::open(path).expect_err("it must not load")
}

#[test]
fn a_whole_module_loads_and_gives_its_entry_points() {
    let scratch = Scratch::new("whole");
    let so = scratch.compile("whole.so", WHOLE, &[]);
    let provider = Portable::new().open(&so).unwrap();
    assert!(provider.entry().terminate_extension().is_some());
    assert_eq!(
        provider.name(),
        fs::canonicalize(&so).unwrap().display().to_string()
    );
}

#[test]
fn terminate_extension_is_optional() {
    let scratch = Scratch::new("no_terminate");
    let source = WHOLE.replace(
        "int TerminateExtension",
        "static __attribute__((unused)) int f",
    );
    let so = scratch.compile("lean.so", &source, &[]);
    assert!(
        Portable::new()
            .open(&so)
            .unwrap()
            .entry()
            .terminate_extension()
            .is_none()
    );
}

#[test]
fn a_link_to_a_module_loads_the_module_itself() {
    let scratch = Scratch::new("link");
    let so = scratch.compile("real.so", WHOLE, &[]);
    let link = scratch.file("link.so");
    std::os::unix::fs::symlink(&so, &link).unwrap();
    let provider = Portable::new().open(&link).unwrap();
    assert!(provider.name().ends_with("/real.so"), "{}", provider.name());
}

#[test]
fn each_missing_mandatory_export_is_named() {
    let scratch = Scratch::new("missing");
    for (file, export, other) in [
        ("v.so", "GetExtensionVersion", "GetFilterVersion"),
        ("p.so", "HttpExtensionProc", "_HttpExtensionProc_4"),
    ] {
        let so = scratch.compile(file, &WHOLE.replace(export, other), &[]);
        let error = refused(&so);
        assert!(
            matches!(&error, LoadError::MissingExport { name, .. } if *name == export),
            "{error}"
        );
        assert!(error.to_string().contains(export), "{error}");
    }
}

#[test]
fn a_hidden_export_and_a_cpp_one_are_told_apart_from_a_missing_one() {
    let scratch = Scratch::new("why_missing");
    let hidden = scratch.compile("hidden.so", WHOLE, &["-fvisibility=hidden"]);
    let hidden = refused(&hidden).to_string();
    assert!(hidden.contains("hidden;"), "{hidden}");

    let decorated = WHOLE.replace("GetExtensionVersion", "_Z19GetExtensionVersionPv");
    let decorated = refused(&scratch.compile("decorated.so", &decorated, &[])).to_string();
    assert!(decorated.contains("extern \"C\""), "{decorated}");

    let missing = WHOLE.replace("GetExtensionVersion", "GetFilterVersion");
    let missing = refused(&scratch.compile("missing.so", &missing, &[])).to_string();
    assert!(missing.contains("has to define it"), "{missing}");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_program_is_no_module() {
    let scratch = Scratch::new("program");
    let program = scratch.file("program.so");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let error = refused(&program).to_string();
    assert!(error.contains("without -shared"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = refused(Path::new("/nonexistent/hello.so"));
    assert!(
        matches!(&error, LoadError::Open { source, .. }
        if source.kind() == std::io::ErrorKind::NotFound),
        "{error}"
    );
    assert!(
        error.to_string().contains("/nonexistent/hello.so"),
        "{error}"
    );
}

#[test]
fn a_directory_and_a_text_file_are_no_modules() {
    let scratch = Scratch::new("no_module");
    assert!(matches!(refused(&scratch.0), LoadError::Open { .. }));
    let text = scratch.file("hello.so");
    fs::write(&text, "int GetExtensionVersion(void);").unwrap();
    assert!(matches!(refused(&text), LoadError::NotAModule { .. }));
    fs::write(&text, "").unwrap();
    assert!(matches!(refused(&text), LoadError::NotAModule { .. }));
}

#[test]
fn a_windows_dll_and_another_processors_object_are_of_the_wrong_architecture() {
    let scratch = Scratch::new("architecture");
    let file = scratch.file("hello.dll");
    fs::write(&file, b"MZ\x90\0\x03\0\0\0").unwrap();
    let error = refused(&file);
    assert!(
        matches!(&error, LoadError::WrongArchitecture { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("Windows"), "{error}");

    let mut object = fs::read(scratch.compile("own.so", WHOLE, &[])).unwrap();
    // e_machine: IBM S/390.
    object[18..20].copy_from_slice(&[22, 0]);
    fs::write(&file, object).unwrap();
    let error = refused(&file);
    assert!(error.to_string().contains("s390x"), "{error}");
}

#[test]
fn an_unresolved_symbol_is_named_at_load_and_not_at_the_first_call() {
    let scratch = Scratch::new("unresolved");
    let source = WHOLE.replace(
        "void *ecb) {",
        "void *ecb) { extern int nowhere_at_all(void); nowhere_at_all();",
    );
    let so = scratch.compile("hello.so", &source, &[]);
    let error = refused(&so).to_string();
    assert!(error.contains("nowhere_at_all"), "{error}");
    assert_eq!(error.matches("hello.so").count(), 1, "{error}");
}

#[test]
fn a_missing_library_is_named() {
    let scratch = Scratch::new("dependency");
    let library = scratch.compile("libgone.so", "int gone(void) { return 1; }", &[]);
    let source = WHOLE.replace(
        "void *ecb) {",
        "void *ecb) { extern int gone(void); gone();",
    );
    let directory = format!("-L{}", scratch.0.display());
    let so = scratch.compile("hello.so", &source, &[&directory, "-lgone"]);
    fs::remove_file(library).unwrap();
    let error = refused(&so).to_string();
    assert!(error.contains("libgone.so"), "{error}");
}

#[test]
fn a_module_finds_the_library_beside_itself_through_a_link() {
    let scratch = Scratch::new("origin");
    scratch.compile("libbeside.so", "int beside(void) { return 1; }", &[]);
    let source = WHOLE.replace(
        "void *ecb) {",
        "void *ecb) { extern int beside(void); beside();",
    );
    let directory = format!("-L{}", scratch.0.display());
    let so = scratch.compile(
        "hello.so",
        &source,
        &[&directory, "-lbeside", "-Wl,-rpath,$ORIGIN"],
    );
    let elsewhere = Scratch::new("origin_elsewhere");
    let link = elsewhere.file("hello.so");
    std::os::unix::fs::symlink(&so, &link).unwrap();
    SharedObject::open(&link).unwrap();
}

#[test]
fn the_image_stays_mapped_after_its_provider_is_gone() {
    let scratch = Scratch::new("mapped");
    let so = scratch.compile("stays.so", WHOLE, &[]);
    drop(SharedObject::open(&so).unwrap());
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(maps.contains("stays.so"));
}

/// Whether a file is mapped into this process.
fn is_mapped(path: &Path) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    maps.contains(&path.canonicalize().unwrap().display().to_string())
}

#[test]
fn a_module_that_is_opened_to_unload_goes_when_the_last_of_them_is_dropped() {
    let scratch = Scratch::new("goes");
    let path = scratch.compile("goes.so", WHOLE, &[]);
    let first = Portable::new().with_unload(true).open(&path).unwrap();
    let second = SharedObject::open_to_unload(&path).unwrap();
    drop(first);
    assert!(is_mapped(&path));
    drop(second);
    assert!(!is_mapped(&path));
}

#[test]
fn a_module_that_is_opened_to_unload_goes_when_it_is_refused() {
    let scratch = Scratch::new("refused_goes");
    let path = scratch.compile("refused.so", "int nothing;", &[]);
    assert!(SharedObject::open_to_unload(&path).is_err());
    assert!(!is_mapped(&path));
}
