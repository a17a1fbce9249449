//! Why a DLL does not load, and what mends it.
//!
//! The system's own words are an error code and little more: it says that some module was not found,
//! and not which. So the file is looked into afterwards.

use std::io;
use std::path::Path;

use isapi_bridge::LoadError;
use isapi_inspect::{Container, DependencyState, Presence, Problem, ProblemCode, Report};
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ACCESS_DISABLED_BY_POLICY, ERROR_BAD_EXE_FORMAT,
    ERROR_DLL_INIT_FAILED, ERROR_INVALID_PARAMETER, ERROR_LOCK_VIOLATION, ERROR_MOD_NOT_FOUND,
    ERROR_PROC_NOT_FOUND, ERROR_SHARING_VIOLATION, ERROR_SXS_ASSEMBLY_NOT_FOUND,
    ERROR_SXS_CANT_GEN_ACTCTX, ERROR_VIRUS_INFECTED, WIN32_ERROR,
};

/// The system did not load the DLL at `path`, for this reason.
pub(crate) fn not_loaded(path: &Path, error: io::Error) -> LoadError {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    let (cause, advice) = match code.unwrap_or_default() {
        ERROR_ACCESS_DENIED => of_its_own(ACCESS_DENIED),
        ERROR_ACCESS_DISABLED_BY_POLICY => of_its_own(DISABLED_BY_POLICY),
        ERROR_DLL_INIT_FAILED => of_its_own(INIT_FAILED),
        ERROR_INVALID_PARAMETER => of_its_own(NO_SAFE_SEARCH),
        ERROR_SHARING_VIOLATION | ERROR_LOCK_VIOLATION => of_its_own(IN_USE),
        ERROR_SXS_CANT_GEN_ACTCTX | ERROR_SXS_ASSEMBLY_NOT_FOUND => of_its_own(NO_ASSEMBLY),
        ERROR_VIRUS_INFECTED => of_its_own(INFECTED),
        code => match isapi_inspect::inspect(path) {
            Ok(report) => match in_the_file(path, &report, code) {
                Found::Unfit(error) => return error,
                Found::Cause(cause, advice) => (cause, advice),
                Found::Nothing => return unexplained(path, error),
            },
            Err(_) => return unexplained(path, error),
        },
    };
    let code = error.raw_os_error().unwrap_or_default();
    LoadError::Open {
        path: path.to_owned(),
        source: io::Error::new(error.kind(), format!("{cause}, error {code}")),
        advice: Some(advice),
    }
}

/// A program, not a DLL. It can be mapped, but nothing in it was made ready to run.
pub(crate) fn program(path: &Path) -> LoadError {
    LoadError::NotAModule {
        path: path.to_owned(),
        reason: "it is a program, not a DLL".to_owned(),
    }
}

/// The DLL at `path` is loaded, but does not export `name`.
pub(crate) fn missing_export(path: &Path, name: &'static str) -> LoadError {
    // A file that cannot be read has nothing to tell.
    let report = isapi_inspect::inspect(path).ok();
    LoadError::MissingExport {
        path: path.to_owned(),
        name,
        advice: report.map_or_else(|| DEFINE_IT.to_owned(), |report| advice(&report, name)),
    }
}

/// The cause and the cure of an error that says all by itself.
type Words = (&'static str, &'static str);

const ACCESS_DENIED: Words = (
    "access is denied",
    "let the account that isapi runs as read and execute the file and the DLLs it needs",
);
const DISABLED_BY_POLICY: Words = (
    "a policy of this machine does not let it run",
    "allow it in AppLocker or the software restriction policies",
);
const IN_USE: Words = (
    "another program has it open and does not share it",
    "wait for what builds, copies or scans it, then try again",
);
const INFECTED: Words = (
    "the virus scanner does not let it be opened",
    "see the scanner's log",
);
const INIT_FAILED: Words = (
    "its DllMain, or that of a DLL it needs, answered FALSE",
    "the module does not want to run here: see its own log, and what it needs of its surroundings",
);
/// An old Windows does not know the flags of `Library::load`
/// (<https://support.microsoft.com/kb/2533623>).
const NO_SAFE_SEARCH: Words = (
    "this Windows cannot be told which folders to search for the DLLs it needs",
    "install the update KB2533623, or a later one in its place",
);
const NO_ASSEMBLY: Words = (
    "a side-by-side assembly that its manifest names is not installed",
    "install the Visual C++ Redistributable of the version it was built with; sxstrace.exe names it",
);
const DEFINE_IT: &str = "every extension has to define it";

fn of_its_own((cause, advice): Words) -> (String, String) {
    (cause.to_owned(), advice.to_owned())
}

fn unexplained(path: &Path, source: io::Error) -> LoadError {
    LoadError::Open {
        path: path.to_owned(),
        source,
        advice: None,
    }
}

/// What the file says of why it does not load.
enum Found {
    /// A cause and its cure.
    Cause(String, String),
    Nothing,
    /// It is nothing that this process can load.
    Unfit(LoadError),
}

fn in_the_file(path: &Path, report: &Report, code: WIN32_ERROR) -> Found {
    // The system found the file fit, and lacked something else.
    let is_fit = matches!(code, ERROR_MOD_NOT_FOUND | ERROR_PROC_NOT_FOUND);
    if !is_fit && let Some(error) = unfit(path, report) {
        return Found::Unfit(error);
    }
    if !is_fit && code != ERROR_BAD_EXE_FORMAT {
        return Found::Nothing;
    }
    let needs: Vec<&Problem> = report
        .problems
        .iter()
        .filter(|problem| {
            matches!(
                problem.code,
                ProblemCode::MissingLibrary | ProblemCode::UndefinedSymbol
            )
        })
        .collect();
    if !needs.is_empty() {
        return Found::Cause(
            each_once(needs.iter().map(|problem| problem.cause.as_str())),
            each_once(needs.iter().map(|problem| problem.cure.as_str())),
        );
    }
    match code {
        ERROR_MOD_NOT_FOUND => Found::Cause(
            "a DLL that it needs, or that one of these needs, is missing".to_owned(),
            advice_on_missing(report).to_owned(),
        ),
        ERROR_PROC_NOT_FOUND => Found::Cause(
            "a DLL that it needs lacks a function".to_owned(),
            "put the DLLs it was built with beside it, or run it on the Windows it was built for"
                .to_owned(),
        ),
        _ => Found::Nothing,
    }
}

/// The texts in their order, each of them once: one cure may be that of several missing DLLs.
fn each_once<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once.join("; ")
}

fn advice_on_missing(report: &Report) -> &'static str {
    let needs_the_c_runtime = report.dependencies.iter().any(|dependency| {
        dependency.state == DependencyState::System
            && dependency
                .name
                .to_ascii_lowercase()
                .starts_with("api-ms-win-crt-")
    });
    if needs_the_c_runtime {
        "before Windows 10 install the Universal C Runtime (KB2999226); `isapi inspect` lists what \
         it needs"
    } else {
        "`isapi inspect` lists what it needs; put what is missing beside it"
    }
}

/// The error for a file that no process like this one can load.
fn unfit(path: &Path, report: &Report) -> Option<LoadError> {
    let path = path.to_owned();
    let foreign = |found: &str| LoadError::WrongArchitecture {
        path: path.clone(),
        found: found.to_owned(),
        expected: expected(),
        advice: None,
    };
    match report.container {
        Container::Elf => return Some(foreign("an ELF file of Linux or another Unix")),
        Container::MachO => return Some(foreign("a macOS library")),
        _ => {}
    }
    let certain = |wanted: fn(ProblemCode) -> bool| {
        let mut problems = report.problems.iter();
        problems.find(|problem| problem.is_certain && wanted(problem.code))
    };
    let is_no_module = |code| {
        matches!(
            code,
            ProblemCode::Damaged
                | ProblemCode::Empty
                | ProblemCode::NotAModule
                | ProblemCode::NotShared
                | ProblemCode::Truncated
        )
    };
    if let Some(problem) = certain(|code| code == ProblemCode::OtherPlatform) {
        return Some(LoadError::WrongArchitecture {
            path,
            found: found(report),
            expected: expected(),
            advice: Some(problem.cure.clone()),
        });
    }
    certain(is_no_module).map(|problem| LoadError::NotAModule {
        path,
        reason: match problem.code {
            // The error itself says how a module is built.
            ProblemCode::NotAModule | ProblemCode::NotShared => problem.reason().to_owned(),
            _ => format!("{}; {}", problem.reason(), problem.cure),
        },
    })
}

/// What a DLL for another processor is.
fn found(report: &Report) -> String {
    let processor = report.processor.as_deref().unwrap_or("another processor");
    match report.bits.map(u32::from) {
        Some(bits) if bits != usize::BITS => format!(
            "{bits}-bit DLL, {}-bit host: it is a Windows DLL for {processor}",
            usize::BITS
        ),
        _ => format!("a Windows DLL for {processor}"),
    }
}

/// What this process loads.
fn expected() -> String {
    format!("{} {}", std::env::consts::ARCH, std::env::consts::OS)
}

/// What mends that the module does not export `name`: what it has in its place says that.
fn advice(report: &Report, name: &str) -> String {
    let mut points = report.entry_points.iter();
    let point = points.find(|(point, _)| point.name() == name);
    if let Some((_, Presence::Decorated { symbol, decoration })) = point {
        return format!(
            "it is there as {symbol} ({}); {}",
            decoration.explanation(),
            decoration.cure()
        );
    }
    let mut problems = report.problems.iter();
    let other =
        problems.find(|problem| matches!(problem.code, ProblemCode::DotNet | ProblemCode::Filter));
    other.map_or_else(
        || DEFINE_IT.to_owned(),
        |problem| format!("{}; {}", problem.cause, problem.cure),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error for this program's own file, which has nothing wrong that would explain it.
    fn text(code: WIN32_ERROR) -> String {
        let program = std::env::current_exe().unwrap();
        not_loaded(&program, io::Error::from_raw_os_error(code.cast_signed())).to_string()
    }

    #[test]
    fn errors_that_the_file_does_not_explain_have_cause_and_cure() {
        for (code, cause, cure) in [
            (ERROR_ACCESS_DENIED, "access is denied", "read and execute"),
            (ERROR_ACCESS_DISABLED_BY_POLICY, "a policy", "AppLocker"),
            (ERROR_DLL_INIT_FAILED, "answered FALSE", "its own log"),
            (ERROR_INVALID_PARAMETER, "which folders", "KB2533623"),
            (ERROR_SHARING_VIOLATION, "has it open", "try again"),
            (ERROR_SXS_CANT_GEN_ACTCTX, "side-by-side", "Redistributable"),
            (ERROR_MOD_NOT_FOUND, "is missing", "`isapi inspect` lists"),
            (ERROR_PROC_NOT_FOUND, "lacks a function", "it was built for"),
        ] {
            let text = text(code);
            assert!(text.contains(cause) && text.contains(cure), "{text}");
            assert!(text.contains(&format!("error {code})")), "{text}");
        }
    }

    #[test]
    fn a_cure_that_several_missing_dlls_share_is_told_once() {
        let cures = [
            "link it with -static",
            "put a.dll beside it",
            "link it with -static",
        ];
        assert_eq!(
            each_once(cures.into_iter()),
            "link it with -static; put a.dll beside it"
        );
    }

    #[test]
    fn any_other_error_is_told_in_the_words_of_the_system() {
        const ERROR_CRC: WIN32_ERROR = 23;
        let empty = std::env::temp_dir().join("isapi-load-failure-nowhere.dll");
        let error = not_loaded(
            &empty,
            io::Error::from_raw_os_error(ERROR_CRC.cast_signed()),
        );
        let text = error.to_string();
        assert!(text.contains("os error 23"), "{text}");
        assert!(text.contains("check the file, its rights"), "{text}");
    }
}
