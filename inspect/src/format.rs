//! What kind of file it is, told from its first bytes.

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Container {
    /// A static library (`ar`).
    Archive,
    /// Linux and other Unix systems.
    Elf,
    /// No byte at all.
    Empty,
    /// macOS.
    MachO,
    /// Windows.
    Pe,
    /// None of these.
    Unknown,
}

impl Container {
    /// The format of a file that begins with `header`.
    pub(crate) fn of(header: &[u8]) -> Self {
        match header {
            [] => Self::Empty,
            [0x7f, b'E', b'L', b'F', ..] => Self::Elf,
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => {
                Self::MachO
            }
            // Java classes share the number; their "count of slices" is a version above 40.
            [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, slices, ..] if *slices < 40 => Self::MachO,
            [b'M', b'Z', ..] => Self::Pe,
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => Self::Archive,
            _ => Self::Unknown,
        }
    }

    /// The name in the JSON report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Elf => "elf",
            Self::Empty => "empty",
            Self::MachO => "mach-o",
            Self::Pe => "pe",
            Self::Unknown => "unknown",
        }
    }
}

/// What a file of code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The memory of a process that crashed.
    CoreDump,
    /// The output of a compiler, before the linker.
    ObjectFile,
    /// To be started, not to be loaded.
    Program,
    /// To be loaded by a program: what a module is.
    SharedLibrary,
    /// A collection of object files.
    StaticLibrary,
}

impl Kind {
    /// The name in the JSON report.
    pub fn name(self) -> &'static str {
        match self {
            Self::CoreDump => "core_dump",
            Self::ObjectFile => "object_file",
            Self::Program => "program",
            Self::SharedLibrary => "shared_library",
            Self::StaticLibrary => "static_library",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        for (header, container) in [
            (&b""[..], Container::Empty),
            (b"\x7fELF\x02", Container::Elf),
            (b"MZ\x90", Container::Pe),
            (b"!<arch>\n", Container::Archive),
            (&[0xcf, 0xfa, 0xed, 0xfe], Container::MachO),
            (&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2], Container::MachO),
            (&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61], Container::Unknown),
            (b"int main(void)", Container::Unknown),
        ] {
            assert_eq!(Container::of(header), container, "{header:?}");
        }
    }
}
