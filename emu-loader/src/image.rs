//! What kind of file is about to be loaded, told from its first bytes.
//!
//! The dynamic linker's own words for a file it cannot use range from terse to wrong ("invalid ELF
//! header" for a Windows DLL), so the usual mistakes are found and named before it is asked.

/// Bytes of the file to hand to [`check`].
pub(crate) const HEADER_LENGTH: usize = 64;

/// Whether a file that begins with `header` is an ELF file.
pub(crate) fn is_elf(header: &[u8]) -> bool {
    matches!(Kind::of(header), Kind::Elf)
}

/// What a file is that was linked without `-shared`.
pub(crate) const A_PROGRAM: &str = "it is a program, linked without -shared";

/// Why a file cannot be a module of this process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No module of any kind.
    NotAModule(String),
    /// A module, but of the platform or processor this names.
    WrongArchitecture(String),
}

/// What this process can load, in words.
pub(crate) fn host() -> String {
    format!("{} {}", Target::HOST.processor, std::env::consts::OS)
}

/// Tells whether a file that begins with `header` may be given to the dynamic linker.
///
/// `header` is the file's first [`HEADER_LENGTH`] bytes, or fewer if it has not so many.
pub(crate) fn check(header: &[u8]) -> Result<(), Unfit> {
    match Kind::of(header) {
        Kind::Elf if Target::HOST.format == Format::Elf => check_elf(header),
        Kind::Elf => Err(Unfit::WrongArchitecture(
            "an ELF file of Linux or another Unix".into(),
        )),
        Kind::MachO if Target::HOST.format == Format::MachO => check_mach_o(header),
        // The linker picks the slice; which ones there are is its own business.
        Kind::FatMachO if Target::HOST.format == Format::MachO => Ok(()),
        Kind::MachO | Kind::FatMachO => Err(Unfit::WrongArchitecture("a macOS library".into())),
        Kind::Pe => Err(Unfit::WrongArchitecture("a Windows DLL".into())),
        Kind::Archive => Err(Unfit::not_a_module("it is a static library")),
        Kind::Empty => Err(Unfit::not_a_module(
            "it is empty; was the build interrupted?",
        )),
        Kind::Unknown => Err(Unfit::not_a_module(if Target::HOST.format == Format::Elf {
            "it is not an ELF file"
        } else {
            "it is not a Mach-O file"
        })),
    }
}

impl Unfit {
    pub(crate) fn not_a_module(reason: &str) -> Self {
        Self::NotAModule(reason.to_owned())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Elf,
    MachO,
}

/// What this process can load.
struct Target {
    format: Format,
    processor: &'static str,
    is_64_bit: bool,
    is_little_endian: bool,
}

impl Target {
    const HOST: Self = Self {
        format: if cfg!(target_vendor = "apple") {
            Format::MachO
        } else {
            Format::Elf
        },
        processor: std::env::consts::ARCH,
        is_64_bit: cfg!(target_pointer_width = "64"),
        is_little_endian: cfg!(target_endian = "little"),
    };
}

enum Kind {
    Archive,
    Elf,
    Empty,
    FatMachO,
    MachO,
    Pe,
    Unknown,
}

impl Kind {
    fn of(header: &[u8]) -> Self {
        match header {
            [] => Self::Empty,
            [0x7f, b'E', b'L', b'F', ..] => Self::Elf,
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => {
                Self::MachO
            }
            // Java classes share the number; their "count of slices" is a version above 40.
            [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, slices, ..] if *slices < 40 => Self::FatMachO,
            [b'M', b'Z', ..] => Self::Pe,
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => Self::Archive,
            _ => Self::Unknown,
        }
    }
}

/// The identification and the first two fields of an ELF header (System V ABI, chapter 4).
fn check_elf(header: &[u8]) -> Result<(), Unfit> {
    let &[
        _,
        _,
        _,
        _,
        class,
        data,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        type_0,
        type_1,
        machine_0,
        machine_1,
        ..,
    ] = header
    else {
        return Err(Unfit::not_a_module(
            "it ends within its ELF header; was the build interrupted?",
        ));
    };
    let is_64_bit = class == 2;
    let is_little_endian = data == 1;
    let half = |a, b| {
        if is_little_endian {
            u16::from_le_bytes([a, b])
        } else {
            u16::from_be_bytes([a, b])
        }
    };
    let machine = half(machine_0, machine_1);

    let host = Target::HOST;
    let fits = elf_processor(machine).is_none_or(|processor| processor == host.processor)
        && is_64_bit == host.is_64_bit
        && is_little_endian == host.is_little_endian;
    if !fits {
        let bits = if is_64_bit { 64 } else { 32 };
        let processor =
            elf_processor(machine).map_or_else(|| format!("processor {machine}"), str::to_owned);
        return Err(Unfit::WrongArchitecture(format!(
            "a library for {processor} ({bits} bit)"
        )));
    }

    match half(type_0, type_1) {
        ET_REL => Err(Unfit::not_a_module("it is an object file, not linked yet")),
        ET_EXEC => Err(Unfit::not_a_module(A_PROGRAM)),
        ET_CORE => Err(Unfit::not_a_module("it is a core dump")),
        _ => Ok(()),
    }
}

const ET_REL: u16 = 1;
const ET_EXEC: u16 = 2;
const ET_CORE: u16 = 4;

/// The name `std::env::consts::ARCH` has for an ELF machine number, where we know it.
fn elf_processor(machine: u16) -> Option<&'static str> {
    Some(match machine {
        3 => "x86",
        8 => {
            if cfg!(target_pointer_width = "64") {
                "mips64"
            } else {
                "mips"
            }
        }
        20 => "powerpc",
        21 => "powerpc64",
        22 => "s390x",
        40 => "arm",
        62 => "x86_64",
        183 => "aarch64",
        243 => {
            if cfg!(target_pointer_width = "64") {
                "riscv64"
            } else {
                "riscv32"
            }
        }
        258 => "loongarch64",
        _ => return None,
    })
}

/// `cputype` of a Mach-O header (`mach/machine.h`); the file's byte order is its magic's.
fn check_mach_o(header: &[u8]) -> Result<(), Unfit> {
    let &[magic, _, _, _, c0, c1, c2, c3, ..] = header else {
        return Err(Unfit::not_a_module(
            "it ends within its header; was the build interrupted?",
        ));
    };
    let cpu = if magic == 0xfe {
        u32::from_be_bytes([c0, c1, c2, c3])
    } else {
        u32::from_le_bytes([c0, c1, c2, c3])
    };
    let processor = match cpu {
        7 => "x86",
        12 => "arm",
        0x0100_0007 => "x86_64",
        0x0100_000c => "aarch64",
        _ => return Ok(()),
    };
    if processor == Target::HOST.processor {
        return Ok(());
    }
    Err(Unfit::WrongArchitecture(format!(
        "a library for {processor}"
    )))
}

#[cfg(all(
    test,
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little"
))]
mod tests {
    use super::*;

    fn elf(class: u8, data: u8, kind: [u8; 2], machine: [u8; 2]) -> Vec<u8> {
        let mut header = vec![0; HEADER_LENGTH];
        header[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, data]);
        header[16..18].copy_from_slice(&kind);
        header[18..20].copy_from_slice(&machine);
        header
    }

    fn not_a_module(header: &[u8]) -> String {
        match check(header) {
            Err(Unfit::NotAModule(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    fn wrong_architecture(header: &[u8]) -> String {
        match check(header) {
            Err(Unfit::WrongArchitecture(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    const HOST_MACHINE: [u8; 2] = if cfg!(target_arch = "aarch64") {
        [183, 0]
    } else {
        [62, 0]
    };

    #[test]
    fn a_shared_object_of_this_machine_fits() {
        assert_eq!(check(&elf(2, 1, [3, 0], HOST_MACHINE)), Ok(()));
    }

    #[test]
    fn the_test_program_itself_fits_by_machine() {
        let me = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(check(&me[..HEADER_LENGTH]), Ok(()));
    }

    #[test]
    fn another_processor_is_named() {
        let reason = wrong_architecture(&elf(1, 1, [3, 0], [3, 0]));
        assert!(reason.contains("x86 (32 bit)"), "{reason}");
        let reason = wrong_architecture(&elf(2, 2, [0, 3], [0, 22]));
        assert!(reason.contains("s390x (64 bit)"), "{reason}");
    }

    #[test]
    fn a_32_bit_object_of_an_unknown_processor_does_not_fit() {
        assert!(wrong_architecture(&elf(1, 1, [3, 0], [0xff, 0x7f])).contains("processor 32767"));
    }

    #[test]
    fn files_of_other_platforms_are_named() {
        assert!(wrong_architecture(b"MZ\x90\0").contains("a Windows DLL"));
        let mac = [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1];
        assert!(wrong_architecture(&mac).contains("macOS"));
        let fat = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2];
        assert!(wrong_architecture(&fat).contains("macOS"));
    }

    #[test]
    fn things_that_are_no_module_are_named() {
        assert!(not_a_module(b"").contains("empty"));
        assert!(not_a_module(b"!<arch>\n").contains("static library"));
        assert!(not_a_module(b"int main(void)").contains("not an ELF file"));
        assert!(not_a_module(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]).contains("not an ELF"));
        assert!(not_a_module(b"\x7fELF\x02\x01").contains("ends within"));
        assert!(not_a_module(&elf(2, 1, [1, 0], HOST_MACHINE)).contains("object file"));
        assert!(not_a_module(&elf(2, 1, [2, 0], HOST_MACHINE)).contains("program"));
        assert!(not_a_module(&elf(2, 1, [4, 0], HOST_MACHINE)).contains("core dump"));
    }
}
