//! Modules with something wrong: each is named with its cause and its cure.

mod support;

use std::path::Path;

use isapi_inspect::{ProblemCode, Verdict, inspect};
use support::elf::Elf;
use support::pe::{self, Pe};
use support::{Scratch, WHOLE};

/// A broken module, and what has to be said of it.
struct Broken {
    name: &'static str,
    image: Vec<u8>,
    code: ProblemCode,
    cause: &'static str,
    cure: &'static str,
    /// Where it runs nevertheless, if it is only here that it does not.
    platform: Option<&'static str>,
}

impl Broken {
    fn new(
        name: &'static str,
        image: impl Into<Vec<u8>>,
        code: ProblemCode,
        cause: &'static str,
        cure: &'static str,
    ) -> Self {
        Self {
            name,
            image: image.into(),
            code,
            cause,
            cure,
            platform: None,
        }
    }

    fn runs_on(self, platform: &'static str) -> Self {
        Self {
            platform: Some(platform),
            ..self
        }
    }
}

/// Asserts that the report of the file names the problem.
#[track_caller]
fn expect(path: &Path, code: ProblemCode, cause: &str, cure: &str) -> Verdict {
    let report = inspect(path).unwrap();
    let shown = report.to_string();
    let problem = report.problems.iter().find(|problem| problem.code == code);
    let problem = problem.unwrap_or_else(|| panic!("no {code:?} in {shown}"));
    assert!(problem.cause.contains(cause), "no {cause:?} in {shown}");
    assert!(problem.cure.contains(cure), "no {cure:?} in {shown}");
    assert!(shown.contains(cause) && shown.contains(cure), "{shown}");
    assert!(!report.runs_here(), "{shown}");
    report.verdict
}

#[test]
fn each_broken_module_is_named_with_cause_and_cure() {
    let scratch = Scratch::new();
    // Where ELF files are of another platform, that is all that is said of some.
    let elf_files = if cfg!(windows) {
        Vec::new()
    } else {
        elf_files()
    };
    for broken in files().into_iter().chain(elf_files).chain(pe_files()) {
        let path = scratch.write(broken.name, &broken.image);
        let verdict = expect(&path, broken.code, broken.cause, broken.cure);
        let expected = match broken.platform {
            Some(platform) => Verdict::RunsElsewhere {
                platform: platform.to_owned(),
            },
            None => Verdict::DoesNotRun,
        };
        assert_eq!(verdict, expected, "{}", broken.name);
    }
}

/// Files of no platform.
fn files() -> Vec<Broken> {
    use ProblemCode::*;
    vec![
        Broken::new("empty.so", "", Empty, "is empty", "build it again"),
        Broken::new("text.dll", "int main;\n", NotAModule, "no ELF", "build it"),
        Broken::new(
            "static.a",
            "!<arch>\nhello.o/ ",
            NotShared,
            "static library",
            "shared library",
        ),
        Broken::new(
            "mac.dylib",
            [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1],
            if cfg!(target_vendor = "apple") {
                NotExamined
            } else {
                OtherPlatform
            },
            "macOS library",
            "",
        )
        .runs_on("macOS"),
    ]
}

fn elf_files() -> Vec<Broken> {
    use ProblemCode::*;
    let whole = Elf::extension();
    let with = |exports: &[&'static str]| {
        Elf {
            exports: exports.to_vec(),
            ..Elf::extension()
        }
        .build()
    };
    let of_type = |file_type| {
        Elf {
            file_type,
            ..Elf::extension()
        }
        .build()
    };
    let of_machine = |bits, is_big_endian, machine| {
        Elf {
            bits,
            is_big_endian,
            machine,
            ..Elf::extension()
        }
        .build()
    };
    let image = whole.build();
    let foreign = if cfg!(target_arch = "aarch64") {
        of_machine(64, false, 62)
    } else {
        of_machine(64, false, 183)
    };
    let mut lost_strings = image.clone();
    // The address of the first dynamic entry, the string table, is beyond the file.
    let entry = 64 + 2 * 56;
    lost_strings[entry + 8..entry + 16].copy_from_slice(&0xffff_0000_u64.to_le_bytes());
    vec![
        Broken::new(
            "header.so",
            &image[..20],
            Truncated,
            "ends within its ELF header",
            "build it again",
        ),
        Broken::new(
            "segments.so",
            &image[..100],
            Truncated,
            "its end is missing",
            "copied completely?",
        ),
        Broken::new(
            "half.so",
            &image[..image.len() - 1],
            Truncated,
            "its end is missing",
            "copied completely?",
        ),
        Broken::new(
            "strings.so",
            lost_strings,
            Damaged,
            "its string table",
            "copy it again",
        ),
        Broken::new(
            "object.o",
            of_type(1),
            NotShared,
            "an object file, not linked yet",
            "shared library",
        ),
        Broken::new(
            "program",
            of_type(2),
            NotShared,
            "a program, linked without -shared",
            "shared library",
        ),
        Broken::new(
            "core",
            of_type(4),
            NotShared,
            "a core dump",
            "shared library",
        ),
        Broken::new(
            "foreign.so",
            foreign,
            OtherPlatform,
            "but this server loads modules of",
            "build it from its source",
        )
        .runs_on(if cfg!(target_arch = "aarch64") {
            "x86_64 (64 bit) Linux"
        } else {
            "aarch64 (64 bit) Linux"
        }),
        Broken::new(
            "bits.so",
            of_machine(32, false, 3),
            OtherPlatform,
            "a library for x86 (32 bit)",
            "build it from its source",
        )
        .runs_on("x86 (32 bit) Linux"),
        Broken::new(
            "big.so",
            of_machine(64, true, 22),
            OtherPlatform,
            "a library for s390x (64 bit)",
            "build it from its source",
        )
        .runs_on("s390x (64 bit) Linux"),
        Broken::new(
            "version.so",
            with(&WHOLE[1..]),
            MissingExport,
            "GetExtensionVersion is not exported",
            "every extension has to define it",
        ),
        Broken::new(
            "proc.so",
            with(&[WHOLE[0], WHOLE[2]]),
            MissingExport,
            "HttpExtensionProc is not exported",
            "every extension has to define it",
        ),
        Broken::new(
            "mangled.so",
            with(&[WHOLE[0], "_Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK"]),
            DecoratedExport,
            "it is there as _Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK (a C++ name)",
            "declare it extern \"C\"",
        ),
        Broken::new(
            "letters.so",
            with(&["GetExtensionversion", WHOLE[1]]),
            DecoratedExport,
            "it is there as GetExtensionversion (in other letter case)",
            "same letter case",
        ),
        Broken::new(
            "library.so",
            Elf {
                needed: vec!["libnowhere.so.7"],
                ..whole
            }
            .build(),
            MissingLibrary,
            "library.so needs libnowhere.so.7, which is not found",
            "install libnowhere.so.7",
        ),
    ]
}

fn pe_files() -> Vec<Broken> {
    use ProblemCode::*;
    let whole = Pe::extension();
    let with = |exports: &[&'static str]| Pe {
        exports: exports.to_vec(),
        ..Pe::extension()
    };
    let image = whole.build();
    let mut lost_exports = image.clone();
    lost_exports[pe::EXPORT_DIRECTORY_64..][..4].copy_from_slice(&0x7fff_0000_u32.to_le_bytes());
    let mut dos = image.clone();
    dos[0x40..0x44].copy_from_slice(b"NE\0\0");
    let windows = "64-bit Windows";
    let mut files = vec![
        Broken::new(
            "header.dll",
            &image[..0x50],
            Truncated,
            "ends within its PE header",
            "build it again",
        ),
        Broken::new(
            "sections.dll",
            &image[..0x160],
            Truncated,
            "ends within its PE header",
            "build it again",
        ),
        Broken::new(
            "half.dll",
            &image[..image.len() - 1],
            Truncated,
            "its end is missing",
            "copied completely?",
        ),
        Broken::new(
            "exports.dll",
            lost_exports,
            Damaged,
            "its table of exports",
            "copy it again",
        ),
        Broken::new("dos.dll", dos, NotAModule, "16-bit Windows", "as a DLL"),
        Broken::new(
            "program.exe",
            Pe {
                is_library: false,
                ..whole.clone()
            }
            .build(),
            NotShared,
            "a program, not a DLL",
            "shared library",
        ),
        Broken::new(
            "arm.dll",
            Pe {
                machine: 0xaa64,
                ..whole.clone()
            }
            .build(),
            OtherPlatform,
            "a Windows DLL for aarch64 (64 bit)",
            "build it from its source",
        )
        .runs_on("64-bit Windows on aarch64"),
        Broken::new(
            "bits.dll",
            Pe {
                bits: 32,
                machine: 0x014c,
                ..whole.clone()
            }
            .build(),
            OtherPlatform,
            if cfg!(windows) {
                "32-bit DLL, 64-bit host"
            } else {
                "a Windows DLL for x86 (32 bit)"
            },
            "build it from its source",
        )
        .runs_on("32-bit Windows"),
        Broken::new(
            "decorated.dll",
            with(&["_GetExtensionVersion@4", "_HttpExtensionProc@4"]).build(),
            DecoratedExport,
            "it is there as _GetExtensionVersion@4 (a 32-bit stdcall name",
            "with a .def file",
        ),
        Broken::new(
            "mangled.dll",
            with(&[
                WHOLE[0],
                "?HttpExtensionProc@@YAKPEAU_EXTENSION_CONTROL_BLOCK@@@Z",
            ])
            .build(),
            DecoratedExport,
            "it is there as ?HttpExtensionProc@@YAKPEAU_EXTENSION_CONTROL_BLOCK@@@Z (a C++ name)",
            "declare it extern \"C\"",
        ),
        Broken::new(
            "nothing.dll",
            with(&[]).build(),
            MissingExport,
            "GetExtensionVersion is not exported",
            "every extension has to define it",
        ),
        Broken::new(
            "filter.dll",
            with(&["GetFilterVersion", "HttpFilterProc"]).build(),
            Filter,
            "it is an ISAPI filter",
            "ask its maker for an extension",
        ),
        Broken::new(
            "net.dll",
            Pe {
                is_dotnet: true,
                ..with(&[])
            }
            .build(),
            DotNet,
            "it is a .NET assembly without native exports",
            "run it with ASP.NET",
        ),
    ];
    let runtime = Broken::new(
        "runtime.dll",
        Pe {
            imports: vec!["NOWHERE140.dll"],
            ..whole.clone()
        }
        .build(),
        MissingLibrary,
        "it needs NOWHERE140.dll, which is neither beside it nor a part of Windows",
        "put NOWHERE140.dll beside it",
    );
    if cfg!(windows) {
        files.push(runtime);
        return files;
    }
    let windows_dll = Broken::new(
        "windows.dll",
        whole.build(),
        OtherPlatform,
        "a Windows DLL for x86_64 (64 bit)",
        "build it from its source",
    );
    files.extend([runtime.runs_on(windows), windows_dll.runs_on(windows)]);
    files
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_for_another_platform_is_nowhere_called_a_library() {
    let scratch = Scratch::new();
    let pe = Pe {
        is_library: false,
        ..Pe::extension()
    };
    let elf = Elf {
        is_big_endian: true,
        file_type: 2,
        // There is no such processor.
        machine: 0xfedc,
        ..Elf::extension()
    };
    for (name, image, found) in [
        ("p.exe", pe.build(), "a Windows program for x86_64"),
        ("p", elf.build(), "a program for processor 65244"),
    ] {
        let report = inspect(&scratch.write(name, image)).unwrap();
        let causes: Vec<&str> = report.problems.iter().map(|it| it.cause.as_str()).collect();
        assert_eq!(causes.len(), 2, "{causes:?}");
        assert!(causes[0].contains("it is a program"), "{causes:?}");
        assert!(causes[1].starts_with(found), "{causes:?}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let scratch = Scratch::new();
    let error = inspect(scratch.path()).unwrap_err();
    assert!(error.to_string().contains("directory"), "{error}");
    let missing = scratch.path().join("nothing.so");
    let error = inspect(&missing).unwrap_err();
    assert_eq!(error.io_error().kind(), std::io::ErrorKind::NotFound);
    assert_eq!(error.to_string(), "no such file");
    let json = error.to_json();
    assert_eq!(json["file"], missing.to_str().unwrap());
    assert_eq!(json["error"], "no such file");
}

/// DLLs that a module needs, and DLLs that these need.
mod dlls_beside {
    use super::*;

    fn needs(library: &'static str, functions: &[&'static str]) -> Pe {
        Pe {
            imports: vec![library],
            functions: functions.to_vec(),
            ..Pe::extension()
        }
    }

    #[track_caller]
    fn problem(path: &Path, code: ProblemCode) -> (String, String) {
        let report = inspect(path).unwrap();
        let found = report.problems.iter().find(|problem| problem.code == code);
        let found = found.unwrap_or_else(|| panic!("no {code:?} in {report}"));
        (found.cause.clone(), found.cure.clone())
    }

    #[test]
    fn a_dll_that_a_dll_needs_is_named_with_both() {
        let scratch = Scratch::new();
        scratch.write("help.dll", needs("deep.dll", &[]).build());
        let path = scratch.write("module.dll", needs("HELP.dll", &[]).build());
        let (cause, cure) = problem(&path, ProblemCode::MissingLibrary);
        let chain = "it needs HELP.dll, which needs deep.dll, which is neither";
        assert!(cause.contains(chain), "{cause}");
        assert!(cure.contains("put deep.dll beside it"), "{cure}");
    }

    #[test]
    fn dlls_that_need_each_other_are_gone_through_once() {
        let scratch = Scratch::new();
        scratch.write("help.dll", needs("module.dll", &[]).build());
        let path = scratch.write("module.dll", needs("help.dll", &[]).build());
        let report = inspect(&path).unwrap();
        let names = report.dependencies.iter().map(|one| one.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["help.dll", "module.dll"]);
    }

    #[test]
    fn a_dll_for_another_processor_is_named_with_both_processors() {
        let scratch = Scratch::new();
        let old = Pe {
            bits: 32,
            machine: 0x014c,
            ..Pe::extension()
        };
        scratch.write("help.dll", old.build());
        let path = scratch.write("module.dll", needs("help.dll", &[]).build());
        let (cause, cure) = problem(&path, ProblemCode::MissingLibrary);
        assert!(cause.contains("is for x86 (32 bit)"), "{cause}");
        assert!(cure.contains("for x86_64 (64 bit)"), "{cure}");
    }

    #[test]
    fn a_function_that_a_dll_does_not_have_is_named() {
        let scratch = Scratch::new();
        scratch.write("help.dll", Pe::extension().build());
        let needed = needs("help.dll", &["HttpExtensionProc", "help"]);
        let path = scratch.write("module.dll", needed.build());
        let (cause, cure) = problem(&path, ProblemCode::UndefinedSymbol);
        assert!(cause.starts_with("it needs help of help.dll"), "{cause}");
        let with = "put the help.dll it was built with";
        assert!(cure.contains(with), "{cure}");
    }
}

/// What compilers and linkers make of common mistakes.
#[cfg(target_os = "linux")]
mod compiled {
    use std::path::PathBuf;

    use super::*;

    const SOURCE: &str = "
        int GetExtensionVersion(void *v) { return 1; }
        unsigned HttpExtensionProc(void *ecb) { return 1; }
    ";

    const WITH_HELP: &str = "
        int help(void);
        int GetExtensionVersion(void *v) { return help(); }
        unsigned HttpExtensionProc(void *ecb) { return 1; }
    ";

    fn library(scratch: &Scratch, flags: &[&str]) -> PathBuf {
        let all = [&["-shared"], flags].concat();
        scratch.compile("libhelp.so", "int help(void) { return 1; }", &all)
    }

    #[test]
    fn hidden_exports() {
        let scratch = Scratch::new();
        let path = scratch.compile("hidden.so", SOURCE, &["-shared", "-fvisibility=hidden"]);
        expect(
            &path,
            ProblemCode::HiddenExport,
            "it is there, but hidden",
            "-fvisibility=hidden",
        );
    }

    #[test]
    fn a_program_that_is_loaded_anywhere() {
        let scratch = Scratch::new();
        let source = format!("{SOURCE} int main(void) {{ return 0; }}");
        let path = scratch.compile("program.so", &source, &["-pie", "-rdynamic"]);
        expect(
            &path,
            ProblemCode::NotShared,
            "a program, linked without -shared",
            "shared library",
        );
    }

    #[test]
    fn an_object_file_and_a_program_at_a_fixed_address() {
        let scratch = Scratch::new();
        let object = scratch.compile("module.o", SOURCE, &["-c"]);
        expect(&object, ProblemCode::NotShared, "not linked yet", "");
        let source = format!("{SOURCE} int main(void) {{ return 0; }}");
        let path = scratch.compile("program", &source, &["-no-pie"]);
        expect(&path, ProblemCode::NotShared, "without -shared", "");
    }

    #[test]
    fn a_library_of_a_library_that_is_gone() {
        let scratch = Scratch::new();
        let deep = scratch.compile("libdeep.so", "int deep(void) { return 1; }", &["-shared"]);
        library(&scratch, &["-L.", "-Wl,--no-as-needed", "-ldeep"]);
        let flags = ["-shared", "-L.", "-lhelp", "-Wl,-rpath,$ORIGIN"];
        let path = scratch.compile("module.so", WITH_HELP, &flags);
        std::fs::remove_file(deep).unwrap();
        expect(
            &path,
            ProblemCode::MissingLibrary,
            "libhelp.so needs libdeep.so, which is not found",
            "LD_LIBRARY_PATH",
        );
    }

    #[test]
    fn a_symbol_that_no_library_has() {
        let scratch = Scratch::new();
        let path = scratch.compile("module.so", WITH_HELP, &["-shared"]);
        expect(
            &path,
            ProblemCode::UndefinedSymbol,
            "no library it needs defines help",
            "link it with the library that does",
        );
    }

    #[test]
    fn a_version_that_the_library_here_does_not_have() {
        let scratch = Scratch::new();
        for (version, text) in [("new.map", "HELP_2 { *; };"), ("old.map", "HELP_1 { *; };")] {
            scratch.write(version, text);
        }
        library(&scratch, &["-Wl,--version-script=new.map"]);
        let flags = ["-shared", "-L.", "-lhelp", "-Wl,-rpath,$ORIGIN"];
        let path = scratch.compile("module.so", WITH_HELP, &flags);
        library(&scratch, &["-Wl,--version-script=old.map"]);
        expect(
            &path,
            ProblemCode::MissingVersion,
            "module.so needs version HELP_2 of libhelp.so",
            "on a system no newer than this one",
        );
    }

    #[test]
    fn a_lost_table_of_sections_is_only_a_doubt() {
        let scratch = Scratch::new();
        let path = scratch.compile("module.so", SOURCE, &["-shared"]);
        let image = std::fs::read(&path).unwrap();
        let path = scratch.write("cut.so", &image[..image.len() - 1]);
        let report = inspect(&path).unwrap();
        // Loading it does not need them.
        assert!(report.runs_here(), "{report}");
        assert_eq!(report.problems.len(), 1, "{report}");
        assert!(!report.problems[0].is_certain);
        assert!(report.to_string().contains("may run here"), "{report}");
    }
}
