//! Small ELF files, byte by byte, so that modules of machines without a compiler here can be made.

/// What goes into the file.
#[derive(Clone)]
pub(crate) struct Elf {
    pub(crate) bits: u8,
    pub(crate) is_big_endian: bool,
    pub(crate) machine: u16,
    pub(crate) file_type: u16,
    pub(crate) exports: Vec<&'static str>,
    pub(crate) needed: Vec<&'static str>,
}

const HASH: u64 = 4;
const STRTAB: u64 = 5;
const SYMTAB: u64 = 6;
const NEEDED: u64 = 1;
const STRSZ: u64 = 10;

impl Elf {
    /// An extension for the machine the tests run on.
    pub(crate) fn extension() -> Self {
        Self {
            bits: 64,
            is_big_endian: false,
            machine: if cfg!(target_arch = "aarch64") {
                183
            } else {
                62
            },
            file_type: 3,
            exports: super::WHOLE.to_vec(),
            needed: Vec::new(),
        }
    }

    /// The file: its header, two program headers, then the dynamic section, the symbols, their hash
    /// table and the strings, all in one segment mapped at address 0.
    pub(crate) fn build(&self) -> Vec<u8> {
        let is_64 = self.bits == 64;
        let (header_size, segment_size, symbol_size, word) = if is_64 {
            (64, 56, 24, 8)
        } else {
            (52, 32, 16, 4)
        };
        let mut strings = b"\0".to_vec();
        let mut text = |name: &str| {
            let offset = strings.len() as u64;
            strings.extend(name.bytes().chain([0]));
            offset
        };
        let needed: Vec<u64> = self.needed.iter().map(|name| text(name)).collect();
        let exports: Vec<u64> = self.exports.iter().map(|name| text(name)).collect();

        let dynamic = header_size + 2 * segment_size;
        let dynamic_size = (needed.len() as u64 + 5) * 2 * word;
        let symbols = dynamic + dynamic_size;
        let count = exports.len() as u64 + 1;
        let hash = symbols + count * symbol_size;
        let strings_at = hash + (2 + 1 + count) * 4;
        let end = strings_at + strings.len() as u64;

        let mut out = Out {
            bytes: Vec::new(),
            is_64,
            is_big_endian: self.is_big_endian,
        };
        let class = if is_64 { 2 } else { 1 };
        let order = if self.is_big_endian { 2 } else { 1 };
        out.bytes.extend([0x7f, b'E', b'L', b'F', class, order, 1]);
        out.bytes.resize(16, 0);
        out.half(self.file_type.into());
        out.half(self.machine.into());
        out.double(1);
        for value in [0, header_size, 0] {
            out.word(value);
        }
        out.double(0);
        for value in [header_size, segment_size, 2, 0, 0, 0] {
            out.half(value);
        }
        out.segment(1, 0, end);
        out.segment(2, dynamic, dynamic_size);
        for offset in needed {
            out.word(NEEDED);
            out.word(offset);
        }
        let entries = [
            (STRTAB, strings_at),
            (STRSZ, strings.len() as u64),
            (SYMTAB, symbols),
            (HASH, hash),
            (0, 0),
        ];
        for (tag, value) in entries {
            out.word(tag);
            out.word(value);
        }
        out.symbol(0, 0);
        for offset in exports {
            out.symbol(offset, 1);
        }
        for value in [1, count] {
            out.double(value);
        }
        // One bucket; nobody looks anything up.
        out.bytes.resize(usize::try_from(strings_at).unwrap(), 0);
        out.bytes.extend(strings);
        out.bytes
    }
}

struct Out {
    bytes: Vec<u8>,
    is_64: bool,
    is_big_endian: bool,
}

impl Out {
    fn number(&mut self, value: u64, size: usize) {
        if self.is_big_endian {
            self.bytes.extend(&value.to_be_bytes()[8 - size..]);
        } else {
            self.bytes.extend(&value.to_le_bytes()[..size]);
        }
    }

    fn half(&mut self, value: u64) {
        self.number(value, 2);
    }

    fn double(&mut self, value: u64) {
        self.number(value, 4);
    }

    fn word(&mut self, value: u64) {
        self.number(value, if self.is_64 { 8 } else { 4 });
    }

    fn segment(&mut self, kind: u64, start: u64, size: u64) {
        self.double(kind);
        if self.is_64 {
            self.double(4);
        }
        for value in [start, start, start, size, size] {
            self.word(value);
        }
        if !self.is_64 {
            self.double(4);
        }
        self.word(1);
    }

    /// A global function in section `section`, at an address in the file.
    fn symbol(&mut self, name: u64, section: u64) {
        const GLOBAL_FUNCTION: u64 = 0x12;
        self.double(name);
        if self.is_64 {
            self.number(GLOBAL_FUNCTION, 1);
            self.number(0, 1);
            self.half(section);
            self.word(64);
            self.word(0);
        } else {
            self.word(64);
            self.word(0);
            self.number(GLOBAL_FUNCTION, 1);
            self.number(0, 1);
            self.half(section);
        }
    }
}
