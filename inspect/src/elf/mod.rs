//! ELF files: modules of Linux and other Unix systems.

mod dependencies;
mod image;
mod search;
mod versions;

use object::elf;

use crate::format::{Container, Kind};
use crate::host::Host;
use crate::problem::{Problem, ProblemCode};
use crate::read::not_shared;
use crate::report::{self, Report};
use image::{Fault, Image, Machine};

/// Looks into an ELF file; answers the platform it belongs to.
pub(crate) fn examine(report: &mut Report, data: &[u8], host: &Host) -> Option<String> {
    let image = match Image::parse(data) {
        Ok(image) => image,
        Err(fault) => {
            report.problems.push(unreadable(&fault));
            return None;
        }
    };
    let machine = image.machine;
    report.processor = Some(machine.processor());
    report.bits = Some(machine.bits);
    report.is_little_endian = Some(machine.is_little_endian);
    let (kind, reason) = kind(&image);
    report.kind = kind;
    if let Some(reason) = reason {
        report.problems.push(not_shared(reason));
    } else {
        report.judge_entry_points(&image.symbols);
    }

    if image.has_no_sections {
        report.problems.push(
            Problem::new(
                ProblemCode::Truncated,
                "its table of sections is missing, which loading does not need but copying loses",
                "was it copied completely? copy it again",
            )
            .perhaps(),
        );
    }
    if !machine.fits(host) {
        report
            .problems
            .push(report::other_platform(&machine.found(kind, host), host));
    }
    if reason.is_none() {
        dependencies::examine(report, &image, machine.fits(host));
    }
    Some(format!("{} Linux", machine.processor_and_bits()))
}

/// The problem of a file that cannot be read on, in the words of the loader's errors.
fn unreadable(fault: &Fault) -> Problem {
    match fault {
        Fault::NoHeader => Problem::not_a_module(
            ProblemCode::Truncated,
            "it ends within its ELF header",
            "was the build interrupted? build it again",
        ),
        Fault::Truncated => Problem::not_a_module(
            ProblemCode::Truncated,
            "its end is missing",
            "was it copied completely? copy it again",
        ),
        Fault::Damaged(what) => Problem::not_a_module(
            ProblemCode::Damaged,
            format!("it is damaged: {what}"),
            "copy it again, or build it again",
        ),
    }
}

/// What the file is for and, where that is not to be loaded, the words for it.
fn kind(image: &Image) -> (Option<Kind>, Option<&'static str>) {
    match image.file_type {
        elf::ET_REL => (
            Some(Kind::ObjectFile),
            Some("it is an object file, not linked yet"),
        ),
        elf::ET_EXEC => (Some(Kind::Program), Some(A_PROGRAM)),
        elf::ET_CORE => (Some(Kind::CoreDump), Some("it is a core dump")),
        elf::ET_DYN if image.is_program => (Some(Kind::Program), Some(A_PROGRAM)),
        elf::ET_DYN => (Some(Kind::SharedLibrary), None),
        _ => (None, Some("it is an ELF file of unknown type")),
    }
}

const A_PROGRAM: &str = "it is a program, linked without -shared";

impl Machine {
    /// Whether the host runs code of this machine. An unknown one must at least have the same
    /// width and byte order.
    fn fits(self, host: &Host) -> bool {
        host.container == Container::Elf
            && self.name().is_none_or(|name| name == host.processor)
            && self.bits == host.bits
            && self.is_little_endian == host.is_little_endian
    }

    /// What a file for this machine is, for a host that cannot run it.
    fn found(self, kind: Option<Kind>, host: &Host) -> String {
        if host.container != Container::Elf {
            return "an ELF file of Linux or another Unix".to_owned();
        }
        let what = match kind {
            Some(Kind::CoreDump) => "a core dump",
            Some(Kind::ObjectFile) => "an object file",
            Some(Kind::Program) => "a program",
            Some(Kind::SharedLibrary) => "a library",
            Some(Kind::StaticLibrary) | None => "a file",
        };
        format!("{what} for {}", self.processor_and_bits())
    }

    fn processor_and_bits(self) -> String {
        let order = if self.is_little_endian || self.name() == Some("s390x") {
            ""
        } else {
            ", big-endian"
        };
        format!("{} ({} bit{order})", self.processor(), self.bits)
    }

    fn processor(self) -> String {
        self.name()
            .map_or_else(|| format!("processor {}", self.number), str::to_owned)
    }

    /// The name `std::env::consts::ARCH` has for the processor, where we know it.
    fn name(self) -> Option<&'static str> {
        Some(match elf::Machine(self.number) {
            elf::EM_386 => "x86",
            elf::EM_MIPS if self.bits == 64 => "mips64",
            elf::EM_MIPS => "mips",
            elf::EM_PPC => "powerpc",
            elf::EM_PPC64 => "powerpc64",
            elf::EM_S390 => "s390x",
            elf::EM_ARM => "arm",
            elf::EM_X86_64 => "x86_64",
            elf::EM_AARCH64 => "aarch64",
            elf::EM_RISCV if self.bits == 64 => "riscv64",
            elf::EM_RISCV => "riscv32",
            elf::EM_LOONGARCH => "loongarch64",
            _ => return None,
        })
    }
}
