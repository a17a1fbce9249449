//! Modules with nothing wrong, on this platform and on others.

mod support;

use isapi_inspect::{Container, DependencyState, Kind, Verdict, inspect};
#[cfg(target_os = "linux")]
use isapi_inspect::{EntryPoint, Presence};
use support::Scratch;
#[cfg(target_os = "linux")]
use support::WHOLE;
#[cfg(target_os = "linux")]
use support::elf::Elf;
use support::pe::Pe;

#[test]
fn an_extension_for_64_bit_windows_runs_there_and_nowhere_else() {
    let scratch = Scratch::new();
    let pe = Pe {
        imports: vec!["KERNEL32.dll", "helper.dll"],
        version: Some(("Shows the time", "4.2")),
        ..Pe::extension()
    };
    let path = scratch.write("clock.dll", pe.build());
    scratch.write("HELPER.DLL", "");
    let report = inspect(&path).unwrap();

    assert_eq!(report.container, Container::Pe);
    assert_eq!(report.kind, Some(Kind::SharedLibrary));
    assert_eq!(report.processor.as_deref(), Some("x86_64"));
    assert_eq!(report.bits, Some(64));
    assert!(report.is_extension() && !report.is_filter() && !report.is_dotnet);
    assert_eq!(report.description.as_deref(), Some("Shows the time"));
    assert_eq!(report.product_version.as_deref(), Some("4.2"));
    assert_eq!(report.dependencies[0].state, DependencyState::System);
    let beside = scratch.path().join("HELPER.DLL");
    assert_eq!(report.dependencies[1].state, DependencyState::Found(beside));
    if cfg!(windows) {
        assert_eq!(report.verdict, Verdict::RunsHere);
        assert_eq!(report.problems, []);
        return;
    }
    assert_eq!(
        report.verdict,
        Verdict::RunsElsewhere {
            platform: "64-bit Windows".to_owned()
        }
    );
    assert_eq!(report.problems.len(), 1, "{report}");
}

#[test]
fn extensions_of_32_bit_windows_and_of_arm_say_where_they_run() {
    let scratch = Scratch::new();
    for (bits, machine, platform) in [
        (32, 0x014c, "32-bit Windows"),
        (64, 0xaa64, "64-bit Windows on aarch64"),
    ] {
        let pe = Pe {
            bits,
            machine,
            ..Pe::extension()
        };
        let report = inspect(&scratch.write("module.dll", pe.build())).unwrap();
        let platform = platform.to_owned();
        assert_eq!(report.verdict, Verdict::RunsElsewhere { platform });
    }
}

#[test]
fn a_module_that_is_extension_and_filter_is_both() {
    let scratch = Scratch::new();
    let mut pe = Pe::extension();
    pe.exports.extend(["GetFilterVersion", "HttpFilterProc"]);
    let report = inspect(&scratch.write("both.dll", pe.build())).unwrap();
    assert!(report.is_extension() && report.is_filter());
    assert!(report.to_string().contains("extension and filter"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_extension_for_this_machine_runs_here() {
    let scratch = Scratch::new();
    let elf = Elf {
        needed: vec!["libc.so.6"],
        ..Elf::extension()
    };
    let report = inspect(&scratch.write("hello.so", elf.build())).unwrap();
    assert!(report.runs_here(), "{report}");
    assert_eq!(report.problems, []);
    assert_eq!(report.processor.as_deref(), Some(std::env::consts::ARCH));
    assert!(matches!(
        report.dependencies[0].state,
        DependencyState::Found(_)
    ));
    for name in WHOLE {
        let entry = report
            .entry_points
            .iter()
            .find(|(point, _)| point.name() == name);
        assert_eq!(entry.unwrap().1, Presence::Exported, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_compiler_makes_runs_here() {
    const SOURCE: &str = "
        #include <string.h>
        int GetExtensionVersion(char *v) { strcpy(v + 4, \"test\"); return 1; }
        unsigned HttpExtensionProc(void *ecb) { return 1; }
    ";
    let scratch = Scratch::new();
    for flags in [
        &["-shared"][..],
        &["-shared", "-s"],
        &["-shared", "-Wl,--hash-style=sysv"],
        &[
            "-shared",
            "-Wl,--hash-style=gnu",
            "-Wl,-z,pack-relative-relocs",
        ],
    ] {
        let report = inspect(&scratch.compile("made.so", SOURCE, flags)).unwrap();
        assert!(report.runs_here(), "{flags:?}: {report}");
        assert!(report.is_extension());
        let terminate = (EntryPoint::TerminateExtension, Presence::Missing);
        assert!(report.entry_points.contains(&terminate));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_beside_the_module_is_found_by_its_rpath() {
    let scratch = Scratch::new();
    scratch.compile("libhelp.so", "int help(void) { return 1; }", &["-shared"]);
    let source = "
        int help(void);
        int GetExtensionVersion(void *v) { return help(); }
        unsigned HttpExtensionProc(void *ecb) { return 1; }
    ";
    for kind in ["--enable-new-dtags", "--disable-new-dtags"] {
        let flags = [
            "-shared",
            "-L.",
            "-lhelp",
            "-Wl,-rpath,$ORIGIN",
            &format!("-Wl,{kind}"),
        ];
        let report = inspect(&scratch.compile("beside.so", source, &flags)).unwrap();
        assert!(report.runs_here(), "{kind}: {report}");
        let found = DependencyState::Found(scratch.path().join("libhelp.so"));
        assert_eq!(report.dependencies[0].state, found);
    }
}

#[test]
fn json_has_the_fields_that_are_documented() {
    let scratch = Scratch::new();
    let pe = Pe {
        exports: vec!["GetExtensionVersion", "_HttpExtensionProc@4"],
        ..Pe::extension()
    };
    let path = scratch.write("decorated.dll", pe.build());
    let json = inspect(&path).unwrap().to_json();
    assert_eq!(json["file"], path.to_str().unwrap());
    assert_eq!(json["format"], "pe");
    assert_eq!(json["kind"], "shared_library");
    assert_eq!(json["processor"], "x86_64");
    assert_eq!(json["bits"], 64);
    assert_eq!(json["byte_order"], "little");
    assert_eq!(json["is_extension"], false);
    assert_eq!(json["verdict"], "does_not_run");
    assert_eq!(json["entry_points"][0]["state"], "exported");
    assert_eq!(json["entry_points"][1]["name"], "HttpExtensionProc");
    assert_eq!(json["entry_points"][1]["state"], "decorated");
    assert_eq!(json["entry_points"][1]["symbol"], "_HttpExtensionProc@4");
    assert_eq!(json["dependencies"][0]["name"], "KERNEL32.dll");
    assert_eq!(json["dependencies"][0]["state"], "system");
    assert_eq!(json["problems"][0]["code"], "decorated_export");
    assert_eq!(json["problems"][0]["certain"], true);
    let documented = include_str!("../../docs/inspect.md");
    for field in json.as_object().unwrap().keys() {
        assert!(documented.contains(&format!("`{field}`")), "{field}");
    }
}
