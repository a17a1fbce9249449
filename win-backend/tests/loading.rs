//! DLLs that load, and DLLs that say why they do not. They are built from `tests/extensions/c`.
#![cfg(windows)]

mod support;

use std::env;
use std::ffi::CStr;
use std::fs::{self, OpenOptions};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use isapi_abi::{HSE_VERSION_INFO, TRUE};
use isapi_bridge::{Backend, EntryProvider, LoadError};
use isapi_win_backend::Native;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

use support::extension;

/// A folder of one test; removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("loading-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Copies one of the DLLs that were built for tests.
    fn copy(&self, dll: &str) -> PathBuf {
        self.copy_as(dll, dll)
    }

    fn copy_as(&self, dll: &str, name: &str) -> PathBuf {
        self.write(name, fs::read(extension(dll)).unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A DLL that stays loaded stays on the disk.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Held by each test that needs `c-help.dll`, and with it a backend that unloads: a DLL that is needed
/// by name is not looked for where one of that name is loaded already.
struct Alone {
    backend: Native,
    _turn: MutexGuard<'static, ()>,
}

impl Alone {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        Self {
            backend: native().with_unload(true),
            // What a failed test left behind is dropped with it.
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn help(&self, dll: &Path) -> String {
        description(&*self.backend.open(dll).unwrap())
    }
}

fn native() -> Native {
    Native::new().unwrap()
}

fn open(path: &Path) -> Box<dyn EntryProvider> {
    native().open(path).unwrap()
}

#[track_caller]
fn refused(path: &Path) -> LoadError {
    native().open(path).expect_err("it must not load")
}

/// Asserts that loading the file fails with an error that has all these parts.
#[track_caller]
fn refused_with(path: &Path, parts: &[&str]) -> LoadError {
    let error = refused(path);
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    error
}

/// What the extension says of itself.
fn description(provider: &dyn EntryProvider) -> String {
    let mut info = HSE_VERSION_INFO {
        dwExtensionVersion: 0,
        lpszExtensionDesc: [0; 256],
    };
    // SAFETY: the structure is writable, and the DLL is loaded while its provider lives.
    let answer = unsafe { provider.entry().get_extension_version()(&raw mut info) };
    assert_eq!(answer, TRUE);
    // SAFETY: the test DLLs terminate their description.
    let text = unsafe { CStr::from_ptr(info.lpszExtensionDesc.as_ptr()) };
    text.to_str().unwrap().to_owned()
}

/// Whether the process has loaded a DLL of this path.
fn is_loaded(path: &Path) -> bool {
    let name: Vec<u16> = ordinary(path).encode_utf16().chain([0]).collect();
    // SAFETY: the name is terminated; the reference count is not touched.
    !unsafe { GetModuleHandleW(name.as_ptr()) }.is_null()
}

/// The canonical path without `\\?\`.
fn ordinary(path: &Path) -> String {
    let canonical = fs::canonicalize(path).unwrap().display().to_string();
    canonical.trim_start_matches(r"\\?\").to_owned()
}

/// Whether this Windows is Wine.
fn is_wine() -> bool {
    let ntdll: Vec<u16> = Path::new("ntdll.dll")
        .as_os_str()
        .encode_wide()
        .chain([0])
        .collect();
    // SAFETY: both names are terminated, and ntdll.dll is part of every process.
    unsafe {
        let ntdll = GetModuleHandleW(ntdll.as_ptr());
        GetProcAddress(ntdll, c"wine_get_version".as_ptr().cast()).is_some()
    }
}

#[test]
fn a_whole_dll_gives_its_entry_points_and_sees_an_ordinary_path_of_its_own() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-own_path.dll");
    let provider = open(&dll);
    assert!(provider.entry().terminate_extension().is_some());
    let path = ordinary(&dll);
    assert!(!path.starts_with(r"\\"), "{path}");
    assert_eq!(provider.name(), path);
    assert_eq!(description(&*provider), path);
}

#[test]
fn a_relative_path_with_slashes_and_dots_loads_the_same_file() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-own_path.dll");
    let folder = scratch.0.file_name().unwrap();
    let winding = scratch.0.join("..").join(folder).join("./c-own_path.dll");
    assert_eq!(open(&winding).name(), ordinary(&dll));
}

#[test]
fn terminate_extension_is_optional() {
    let scratch = Scratch::new();
    let provider = open(&scratch.copy("c-no_terminate.dll"));
    assert!(provider.entry().terminate_extension().is_none());
}

#[test]
fn each_missing_mandatory_export_is_named() {
    let scratch = Scratch::new();
    for (dll, export) in [
        ("c-no_exports.dll", "GetExtensionVersion"),
        ("c-no_proc.dll", "HttpExtensionProc"),
    ] {
        let error = refused_with(&scratch.copy(dll), &[export, "has to define it"]);
        assert!(
            matches!(&error, LoadError::MissingExport { name, .. } if *name == export),
            "{error}"
        );
    }
}

#[test]
fn a_decorated_export_is_named_with_its_cure() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-decorated.dll");
    let parts = [
        "HttpExtensionProc is not exported",
        "it is there as _HttpExtensionProc@4",
        ".def file",
    ];
    refused_with(&dll, &parts);
}

#[test]
fn a_dllmain_that_answers_false_is_told_as_such() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-dllmain_false.dll");
    refused_with(&dll, &["its DllMain", "answered FALSE", "error 1114"]);
}

#[test]
fn a_32_bit_dll_says_so_and_what_to_do() {
    let scratch = Scratch::new();
    let parts = [
        "32-bit DLL, 64-bit host",
        "run it with the 32-bit build of isapi, or build it",
    ];
    // Wine has none of its own where the tests run, and a Windows compiler may make none.
    let dll = if is_wine() {
        scratch.copy("c-whole_x86.dll")
    } else {
        let windows = PathBuf::from(env::var_os("SystemRoot").unwrap());
        windows.join(r"SysWOW64\version.dll")
    };
    let error = refused_with(&dll, &parts);
    assert!(
        matches!(error, LoadError::WrongArchitecture { .. }),
        "{error}"
    );
}

#[test]
fn a_dll_for_another_processor_says_so() {
    const ARM64: u16 = 0xaa64;
    let scratch = Scratch::new();
    let mut image = fs::read(extension("c-own_path.dll")).unwrap();
    let headers = u32::from_le_bytes(image[0x3c..0x40].try_into().unwrap());
    let machine = usize::try_from(headers).unwrap() + 4;
    image[machine..machine + 2].copy_from_slice(&ARM64.to_le_bytes());
    let dll = scratch.write("arm.dll", image);
    let error = refused_with(&dll, &["a Windows DLL for aarch64", "build it"]);
    assert!(
        matches!(error, LoadError::WrongArchitecture { .. }),
        "{error}"
    );
}

#[test]
fn a_library_of_linux_is_of_the_wrong_platform() {
    let scratch = Scratch::new();
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(4096, 0);
    let error = refused_with(&scratch.write("hello.so", elf), &["an ELF file"]);
    assert!(
        matches!(error, LoadError::WrongArchitecture { .. }),
        "{error}"
    );
}

#[test]
fn files_that_are_no_dll_say_what_they_are() {
    let scratch = Scratch::new();
    let whole = fs::read(extension("c-own_path.dll")).unwrap();
    let program = fs::read(env::current_exe().unwrap()).unwrap();
    for (name, content, reason) in [
        ("empty.dll", &b""[..], "it is empty"),
        ("text.dll", b"int GetExtensionVersion(void);", "no ELF, PE"),
        ("cut.dll", &whole[..whole.len() / 2], "its end is missing"),
        ("head.dll", &whole[..0x50], "within its PE header"),
        ("program.dll", &program, "it is a program, not a DLL"),
    ] {
        let error = refused_with(&scratch.write(name, content), &["not a module", reason]);
        assert!(matches!(error, LoadError::NotAModule { .. }), "{error}");
    }
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let scratch = Scratch::new();
    let missing = scratch.file("nowhere.dll");
    let error = refused_with(&missing, &["nowhere.dll"]);
    assert!(
        matches!(&error, LoadError::Open { source, .. }
            if source.kind() == std::io::ErrorKind::NotFound),
        "{error}"
    );
    assert!(matches!(refused(&scratch.0), LoadError::Open { .. }));
}

#[test]
fn a_file_that_is_in_use_says_so() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-own_path.dll");
    let mut alone = OpenOptions::new();
    let held = alone.read(true).write(true).share_mode(0).open(&dll);
    let held = held.unwrap();
    refused_with(&dll, &["another program has it open", "then try again"]);
    drop(held);
    open(&dll);
}

#[test]
fn a_dll_finds_what_it_needs_beside_itself() {
    let (alone, scratch) = (Alone::new(), Scratch::new());
    let dll = scratch.copy("c-needs_help.dll");
    scratch.copy("c-help.dll");
    assert_eq!(alone.help(&dll), "helped");
}

#[test]
fn a_missing_dll_is_named() {
    let (_alone, scratch) = (Alone::new(), Scratch::new());
    let dll = scratch.copy("c-needs_help.dll");
    let parts = [
        "it needs c-help.dll",
        "error 126",
        "put c-help.dll beside it",
    ];
    refused_with(&dll, &parts);
}

#[test]
fn a_missing_dll_of_a_dll_is_named_with_who_needs_it() {
    let (_alone, scratch) = (Alone::new(), Scratch::new());
    let dll = scratch.copy("c-needs_needs_help.dll");
    scratch.copy("c-needs_help.dll");
    let parts = [
        "it needs c-needs_help.dll, which needs c-help.dll",
        "put c-help.dll beside it",
    ];
    refused_with(&dll, &parts);
}

#[test]
fn a_dll_that_was_missing_can_be_put_there_later() {
    let (alone, scratch) = (Alone::new(), Scratch::new());
    let dll = scratch.copy("c-needs_help.dll");
    refused(&dll);
    scratch.copy("c-help.dll");
    assert_eq!(alone.help(&dll), "helped");
}

#[test]
fn a_function_that_this_windows_lacks_is_named() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-needs_newer_windows.dll");
    if is_wine() {
        // It loads there, and the process ends at the call.
        open(&dll);
        return;
    }
    let parts = ["it needs OpenTimeMachine of KERNEL32.dll", "error 127"];
    refused_with(&dll, &parts);
}

/// Names the DLL that the child of the tests below is to load.
const CHILD: &str = "ISAPI_TEST_LOADING_CHILD";

/// Does something only where one of the tests below runs it, in a process of its own.
#[test]
fn tells_how_a_dll_loads_where_asked_to() {
    let Some(dll) = env::var_os(CHILD) else {
        return;
    };
    match native().open(Path::new(&dll)) {
        Ok(provider) => println!("<loaded: {}>", description(&*provider)),
        Err(error) => println!("<refused: {error}>"),
    }
}

/// How the DLL loads in a process whose program, working directory and `PATH` all are the folder
/// `trap`.
fn loaded_within(trap: &Scratch, dll: &Path) -> String {
    let program = trap.write(
        "trapped.exe",
        fs::read(env::current_exe().unwrap()).unwrap(),
    );
    let mut child = Command::new(program);
    child
        .args(["tells_how_a_dll_loads_where_asked_to", "--exact"])
        .arg("--nocapture")
        .env(CHILD, ordinary(dll))
        .env("PATH", ordinary(&trap.0))
        .current_dir(&trap.0);
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let answer = text
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let (answer, _) = answer.unwrap_or_else(|| panic!("no answer in {text}"));
    answer.to_owned()
}

#[test]
fn a_planted_version_dll_is_not_loaded() {
    let (scratch, trap) = (Scratch::new(), Scratch::new());
    let dll = scratch.copy("c-needs_version.dll");
    trap.copy_as("c-planted_version.dll", "version.dll");
    let answer = loaded_within(&trap, &dll).to_lowercase();
    assert!(answer.starts_with("loaded: "), "{answer}");
    assert!(answer.ends_with(r"\system32\version.dll"), "{answer}");
}

#[test]
fn a_dll_is_missing_though_the_working_directory_and_path_have_one() {
    let (scratch, trap) = (Scratch::new(), Scratch::new());
    let dll = scratch.copy("c-needs_help.dll");
    trap.copy("c-help.dll");
    let answer = loaded_within(&trap, &dll);
    assert!(answer.starts_with("refused: "), "{answer}");
    assert!(answer.contains("it needs c-help.dll"), "{answer}");
}

#[test]
fn a_dll_stays_loaded_after_its_provider_is_gone() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-own_path.dll");
    drop(open(&dll));
    assert!(is_loaded(&dll));
}

#[test]
fn a_dll_that_is_opened_to_unload_goes_when_the_last_provider_is_dropped() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-own_path.dll");
    let backend = native().with_unload(true);
    let (first, second) = (backend.open(&dll).unwrap(), backend.open(&dll).unwrap());
    drop(first);
    assert!(is_loaded(&dll));
    drop(second);
    assert!(!is_loaded(&dll));
    fs::remove_file(&dll).unwrap();
}

#[test]
fn a_dll_that_is_opened_to_unload_goes_when_it_is_refused() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-no_exports.dll");
    assert!(native().with_unload(true).open(&dll).is_err());
    assert!(!is_loaded(&dll));
}

#[test]
fn a_dll_that_is_renamed_and_replaced_while_it_is_loaded_goes_on_running() {
    let (alone, scratch) = (Alone::new(), Scratch::new());
    let dll = scratch.copy("c-needs_help.dll");
    scratch.copy("c-help.dll");
    let provider = alone.backend.open(&dll).unwrap();
    fs::rename(&dll, scratch.file("old.dll")).unwrap();
    scratch.copy_as("c-no_exports.dll", "c-needs_help.dll");
    assert_eq!(description(&*provider), "helped");
}

#[test]
fn a_dll_cannot_be_overwritten_while_it_is_loaded() {
    let scratch = Scratch::new();
    let dll = scratch.copy("c-own_path.dll");
    let provider = open(&dll);
    assert!(OpenOptions::new().write(true).open(&dll).is_err());
    assert_eq!(description(&*provider), ordinary(&dll));
}

#[test]
fn no_name_is_looked_for_in_the_working_directory() {
    // A bare name is a path like any other, relative to the working directory; where no file is,
    // nothing of Windows is loaded in its place.
    assert!(matches!(
        refused(Path::new("version.dll")),
        LoadError::Open { .. }
    ));
}
