//! Reads a file and hands it to whoever knows its format.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::format::{Container, Kind};
use crate::host::Host;
use crate::problem::{self, Problem, ProblemCode};
use crate::report::{self, Report};
use crate::unreadable::Unreadable;
use crate::{elf, pe};

/// Bytes that tell a file's format.
const HEADER_LENGTH: u64 = 64;

/// No module is longer. A file with holes can have any length, and all of it would be read into
/// memory.
const LONGEST_FILE: u64 = 1024 * 1024 * 1024;

/// Looks into the file at `path`.
///
/// A file that is no module is no error: the report says so.
///
/// # Errors
///
/// When the file cannot be read, is a directory or another thing that has no content, or is longer
/// than 1 GiB.
pub fn inspect(path: &Path) -> Result<Report, Unreadable> {
    let image = read(path).map_err(|error| Unreadable::new(path, error))?;
    Ok(examine(path, &image, &Host::CURRENT))
}

/// As much of the file's content as is of use.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a directory; name a module in it",
        ));
    }
    // Opening a pipe would wait for its other end.
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut file = File::open(path)?;
    let mut image = Vec::new();
    (&mut file).take(HEADER_LENGTH).read_to_end(&mut image)?;
    // What is of no use but large, a disk image say, need not be read.
    if matches!(Container::of(&image), Container::Elf | Container::Pe) {
        if metadata.len() > LONGEST_FILE {
            return Err(io::Error::other(
                "it is longer than 1 GiB, and no module is; was it built or copied rightly?",
            ));
        }
        file.take(LONGEST_FILE).read_to_end(&mut image)?;
    }
    Ok(image)
}

/// Looks into `image`, the content of the file at `path`.
pub(crate) fn examine(path: &Path, image: &[u8], host: &Host) -> Report {
    let container = Container::of(image);
    let mut report = Report::new(path, container);
    let platform = match container {
        Container::Elf => elf::examine(&mut report, image, host),
        Container::Pe => pe::examine(&mut report, image, host),
        Container::MachO => examine_mach_o(&mut report, host),
        Container::Archive => {
            report.kind = Some(Kind::StaticLibrary);
            report.problems.push(not_shared("it is a static library"));
            None
        }
        Container::Empty => {
            report.problems.push(Problem::not_a_module(
                ProblemCode::Empty,
                "it is empty",
                "was the build interrupted? build it again",
            ));
            None
        }
        Container::Unknown => {
            report.problems.push(Problem::not_a_module(
                ProblemCode::NotAModule,
                "it is no ELF, PE or Mach-O file",
                problem::build_as_shared_library(),
            ));
            None
        }
    };
    report.conclude(platform);
    report
}

/// The problem of code that is no shared library.
pub(crate) fn not_shared(reason: &str) -> Problem {
    Problem::not_a_module(
        ProblemCode::NotShared,
        reason,
        problem::build_as_shared_library(),
    )
}

fn examine_mach_o(report: &mut Report, host: &Host) -> Option<String> {
    if host.container == Container::MachO {
        report.problems.push(
            Problem::new(
                ProblemCode::NotExamined,
                "a macOS library, whose content is not looked into",
                "`isapi run FILE` says whether it loads",
            )
            .perhaps(),
        );
    } else {
        report
            .problems
            .push(report::other_platform("a macOS library", host));
    }
    Some("macOS".to_owned())
}
