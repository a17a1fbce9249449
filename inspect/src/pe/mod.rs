//! PE files: modules of Windows.

mod dependencies;
mod functions;
mod image;
mod search;
mod version_info;

use object::pe;

use crate::format::{Container, Kind};
use crate::host::Host;
use crate::problem::{Problem, ProblemCode};
use crate::read::not_shared;
use crate::report::{self, Report};
use image::{Fault, Image};

/// Looks into a PE file; answers the platform it belongs to.
pub(crate) fn examine(report: &mut Report, data: &[u8], host: &Host) -> Option<String> {
    let image = match Image::parse(data) {
        Ok(image) => image,
        Err(fault) => {
            report.problems.push(unreadable(&fault));
            return None;
        }
    };
    let bits = image.bits;
    let processor = image.processor();
    report.bits = Some(bits);
    report.is_little_endian = Some(true);
    report.is_dotnet = image.is_dotnet;
    report.description.clone_from(&image.description);
    report.product_version.clone_from(&image.product_version);

    let fits = image.fits(host);
    if image.is_library {
        report.kind = Some(Kind::SharedLibrary);
        if let Some(what) = image.damaged_table {
            report.problems.push(unreadable(&Fault::Damaged(what)));
        } else {
            report.judge_entry_points(&image.symbols);
        }
    } else {
        report.kind = Some(Kind::Program);
        report
            .problems
            .push(not_shared("it is a program, not a DLL"));
    }
    if !fits {
        report.problems.push(other_platform(&image, host));
    }
    if image.is_library {
        dependencies::examine(report, &image, fits && cfg!(windows));
    }
    let platform = match processor.as_str() {
        "x86" | "x86_64" => format!("{bits}-bit Windows"),
        processor => format!("{bits}-bit Windows on {processor}"),
    };
    report.processor = Some(processor);
    Some(platform)
}

fn unreadable(fault: &Fault) -> Problem {
    match fault {
        Fault::NoHeader => Problem::not_a_module(
            ProblemCode::Truncated,
            "it ends within its PE header",
            "was the build interrupted? build it again",
        ),
        Fault::Truncated => Problem::not_a_module(
            ProblemCode::Truncated,
            "its end is missing",
            "was it copied completely? copy it again",
        ),
        Fault::NotPe => Problem::not_a_module(
            ProblemCode::NotAModule,
            "it is a program of MS-DOS or 16-bit Windows",
            "build it as a DLL",
        ),
        Fault::Damaged(what) => Problem::not_a_module(
            ProblemCode::Damaged,
            format!("it is damaged: {what}"),
            "copy it again, or build it again",
        ),
    }
}

/// The problem of a file for another processor, width or system. The words for a wrong width are
/// those that people search for.
fn other_platform(image: &Image, host: &Host) -> Problem {
    let what = if image.is_library { "DLL" } else { "program" };
    let found = format!("a Windows {what} for {}", image.processor_and_bits());
    if host.container != Container::Pe || image.bits == host.bits {
        return report::other_platform(&found, host);
    }
    let (bits, host_bits) = (image.bits, host.bits);
    Problem::new(
        ProblemCode::OtherPlatform,
        format!(
            "{bits}-bit {what}, {host_bits}-bit host: it is {found}, but this server loads modules \
             of {}",
            host.name()
        ),
        format!(
            "run it with the {bits}-bit build of isapi, or build it from its source for {}",
            host.processor
        ),
    )
}

impl Image {
    /// Whether the host runs code of this image. An unknown processor must at least have the same
    /// width.
    fn fits(&self, host: &Host) -> bool {
        host.container == Container::Pe
            && processor_name(self.machine).is_none_or(|name| name == host.processor)
            && self.bits == host.bits
    }

    fn processor_and_bits(&self) -> String {
        format!("{} ({} bit)", self.processor(), self.bits)
    }

    fn processor(&self) -> String {
        processor_name(self.machine)
            .map_or_else(|| format!("processor {:#x}", self.machine.0), str::to_owned)
    }
}

/// The name `std::env::consts::ARCH` has for the processor, where we know it.
fn processor_name(machine: pe::Machine) -> Option<&'static str> {
    Some(match machine {
        pe::IMAGE_FILE_MACHINE_I386 => "x86",
        pe::IMAGE_FILE_MACHINE_AMD64 => "x86_64",
        pe::IMAGE_FILE_MACHINE_ARM64 => "aarch64",
        pe::IMAGE_FILE_MACHINE_ARMNT => "arm",
        _ => return None,
    })
}
