//! What an ELF file says of itself, as the dynamic linker sees it: by its segments. Sections may be
//! stripped; they are asked for what the dynamic linker does not need.

use std::collections::HashSet;
use std::ops::Range;

use object::elf::{
    self, DF_1_PIE, DT_FLAGS_1, DT_GNU_HASH, DT_HASH, DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_STRSZ,
    DT_STRTAB, DT_SYMTAB, FileHeader32, FileHeader64,
};
use object::read::elf::{
    Dyn, FileHeader, GnuHashTable, HashTable, ProgramHeader, SectionHeader, SectionTable, Sym,
};
use object::{Endianness, ReadRef};

use super::versions::{self, NeededVersion};
use crate::entry_points::Symbols;

/// Longest name that is read, and all names together: a small file can claim to have gigabytes of
/// overlapping ones.
const LONGEST_NAME: usize = 4 << 10;
const ALL_NAMES: usize = 64 << 20;

/// Why a file cannot be read on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A table points where nothing is.
    Damaged(&'static str),
    /// The file ends within its header.
    NoHeader,
    /// The file is shorter than its header says.
    Truncated,
}

/// The fields of the ELF header that tell the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) number: u16,
    pub(crate) bits: u8,
    pub(crate) is_little_endian: bool,
}

/// An ELF file, read.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) machine: Machine,
    pub(crate) file_type: elf::FileType,
    /// A program that can be loaded at any address, which looks like a library otherwise.
    pub(crate) is_program: bool,
    /// Its table of sections cannot be read; stripped files have none, which is no fault.
    pub(crate) has_no_sections: bool,
    pub(crate) needed: Vec<String>,
    pub(crate) rpath: Option<String>,
    pub(crate) runpath: Option<String>,
    pub(crate) symbols: Symbols,
    /// What it offers to others.
    pub(crate) defined: HashSet<Box<[u8]>>,
    /// What others have to offer; weak references, which may stay open, left out.
    pub(crate) undefined: Vec<Box<[u8]>>,
    pub(crate) needed_versions: Vec<NeededVersion>,
    pub(crate) defined_versions: Vec<String>,
}

impl Image {
    /// Reads `data`, which begins as ELF files do.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, Fault> {
        // The fifth byte is the class.
        match data.get(4).copied().ok_or(Fault::NoHeader)? {
            1 => Reader::<FileHeader32<Endianness>>::open(data)?.read(),
            2 => Reader::<FileHeader64<Endianness>>::open(data)?.read(),
            _ => Err(Fault::Damaged("its class is neither 32 nor 64 bit")),
        }
    }
}

/// A file that is being read, of one class.
struct Reader<'data, Elf: FileHeader<Endian = Endianness>> {
    data: &'data [u8],
    header: &'data Elf,
    endian: Endianness,
    segments: &'data [Elf::ProgramHeader],
}

impl<'data, Elf: FileHeader<Endian = Endianness>> Reader<'data, Elf> {
    fn open(data: &'data [u8]) -> Result<Self, Fault> {
        if data.len() < size_of::<Elf>() {
            return Err(Fault::NoHeader);
        }
        let header = Elf::parse(data).map_err(|_| Fault::Damaged("its ELF header"))?;
        let endian = header
            .endian()
            .map_err(|_| Fault::Damaged("its byte order"))?;
        let segments = header
            .program_headers(endian, data)
            .map_err(|_| segments_fault(header, endian, data))?;
        Ok(Self {
            data,
            header,
            endian,
            segments,
        })
    }

    fn read(&self) -> Result<Image, Fault> {
        let mut image = Image {
            machine: Machine {
                number: self.header.e_machine(self.endian).0,
                bits: if self.header.is_class_64() { 64 } else { 32 },
                is_little_endian: self.header.is_little_endian(),
            },
            file_type: self.header.e_type(self.endian),
            is_program: false,
            has_no_sections: false,
            needed: Vec::new(),
            rpath: None,
            runpath: None,
            symbols: Symbols::default(),
            defined: HashSet::new(),
            undefined: Vec::new(),
            needed_versions: Vec::new(),
            defined_versions: Vec::new(),
        };
        if image.file_type != elf::ET_DYN {
            return Ok(image);
        }
        if !self.is_whole() {
            return Err(Fault::Truncated);
        }
        self.read_dynamic(&mut image)?;
        self.read_sections(&mut image);
        Ok(image)
    }

    /// Whether all that is to be mapped is in the file. The dynamic linker does not ask, and a page
    /// behind the file's end is SIGBUS.
    fn is_whole(&self) -> bool {
        let length = self.data.len() as u64;
        self.loaded().all(|segment| {
            let (offset, size) = segment.file_range(self.endian);
            offset.checked_add(size).is_some_and(|end| end <= length)
        })
    }

    fn loaded(&self) -> impl Iterator<Item = &'data Elf::ProgramHeader> {
        let endian = self.endian;
        self.segments
            .iter()
            .filter(move |segment| segment.p_type(endian) == elf::PT_LOAD)
    }

    /// Where in the file the bytes from an address on to the end of its segment are.
    fn range_at(&self, address: u64) -> Option<Range<u64>> {
        self.loaded().find_map(|segment| {
            let (offset, size) = segment.file_range(self.endian);
            let distance = address.checked_sub(segment.p_vaddr(self.endian).into())?;
            (distance < size).then(|| offset + distance..offset + size)
        })
    }

    fn read_dynamic(&self, image: &mut Image) -> Result<(), Fault> {
        let entries = self
            .segments
            .iter()
            .find_map(|segment| segment.dynamic(self.endian, self.data).transpose())
            .ok_or(Fault::Damaged("it has no dynamic section"))?
            .map_err(|_| Fault::Damaged("its dynamic section"))?;
        let entries: Vec<(elf::DynamicTag, u64)> = entries
            .iter()
            .map(|entry| (entry.tag(self.endian), entry.val(self.endian)))
            .take_while(|&(tag, _)| tag != elf::DT_NULL)
            .collect();
        let value = |wanted| {
            let found = entries.iter().find(|&&(tag, _)| tag == wanted);
            found.map(|&(_, value)| value)
        };

        let strings = self.strings(value(DT_STRTAB), value(DT_STRSZ))?;
        for &(tag, offset) in &entries {
            let text = || self.text(&strings, offset);
            match tag {
                DT_NEEDED => image.needed.push(text()?),
                DT_RPATH => image.rpath = Some(text()?),
                DT_RUNPATH => image.runpath = Some(text()?),
                _ => {}
            }
        }
        let flags = value(DT_FLAGS_1).unwrap_or(0);
        image.is_program = flags & DF_1_PIE.0 != 0;

        let Some(symbols) = value(DT_SYMTAB) else {
            return Ok(());
        };
        let at = self
            .range_at(symbols)
            .ok_or(Fault::Damaged("its symbol table"))?;
        let count = self.symbol_count(value(DT_GNU_HASH), value(DT_HASH), &at, &strings);
        self.read_symbols(image, &at, count, &strings)
    }

    /// The string table of the dynamic section, as a part of the file.
    fn strings(&self, address: Option<u64>, size: Option<u64>) -> Result<Range<u64>, Fault> {
        let damaged = Fault::Damaged("its string table");
        let Some((address, size)) = address.zip(size) else {
            return Err(damaged);
        };
        let Some(all) = self.range_at(address) else {
            return Err(damaged);
        };
        let end = all.start.checked_add(size).filter(|end| *end <= all.end);
        end.map(|end| all.start..end).ok_or(damaged)
    }

    fn text(&self, strings: &Range<u64>, offset: u64) -> Result<String, Fault> {
        let text = u32::try_from(offset)
            .ok()
            .and_then(|offset| self.name(strings, offset));
        text.map(|text| String::from_utf8_lossy(text).into_owned())
            .ok_or(Fault::Damaged("a name in its dynamic section"))
    }

    /// The string at an offset in a string table.
    fn name(&self, strings: &Range<u64>, offset: u32) -> Option<&'data [u8]> {
        let start = strings.start.checked_add(offset.into())?;
        let end = strings.end.min(start.saturating_add(LONGEST_NAME as u64));
        if start >= end {
            return None;
        }
        self.data.read_bytes_at_until(start..end, 0).ok()
    }

    /// How many symbols there are: only the hash tables know.
    fn symbol_count(
        &self,
        gnu_hash: Option<u64>,
        hash: Option<u64>,
        symbols: &Range<u64>,
        strings: &Range<u64>,
    ) -> usize {
        let bytes = |address: u64| {
            let range = self.range_at(address)?;
            self.data
                .read_bytes_at(range.start, range.end - range.start)
                .ok()
        };
        let by_hash = || {
            let table = HashTable::<Elf>::parse(self.endian, bytes(hash?)?).ok()?;
            usize::try_from(table.symbol_table_length()).ok()
        };
        let by_gnu_hash = || {
            let table = GnuHashTable::<Elf>::parse(self.endian, bytes(gnu_hash?)?).ok()?;
            let exported = table.symbol_table_length(self.endian);
            usize::try_from(exported.unwrap_or(table.symbol_base())).ok()
        };
        // Without a hash table nothing can be looked up; linkers put the strings behind the symbols.
        let by_distance = || {
            let bytes = strings.start.checked_sub(symbols.start)?;
            usize::try_from(bytes)
                .ok()
                .map(|b| b / size_of::<Elf::Sym>())
        };
        by_hash()
            .or_else(by_gnu_hash)
            .or_else(by_distance)
            .unwrap_or(0)
    }

    fn read_symbols(
        &self,
        image: &mut Image,
        at: &Range<u64>,
        count: usize,
        strings: &Range<u64>,
    ) -> Result<(), Fault> {
        let symbols: &[Elf::Sym] = self
            .data
            .read_slice_at(at.start, count)
            .map_err(|()| Fault::Damaged("its symbol table"))?;
        let mut budget = ALL_NAMES;
        for symbol in symbols {
            let name = self.name(strings, symbol.st_name(self.endian));
            // One without an end was gone through as far as the longest may be.
            let length = name.map_or(LONGEST_NAME, <[u8]>::len);
            budget = budget
                .checked_sub(length)
                .ok_or(Fault::Damaged("its symbols have gigabytes of names"))?;
            let Some(name) = name.filter(|name| !name.is_empty()) else {
                continue;
            };
            if symbol.is_local() {
                continue;
            }
            if symbol.is_undefined(self.endian) {
                if symbol.st_bind() == elf::STB_GLOBAL {
                    image.undefined.push(name.into());
                }
            } else if is_visible(symbol) {
                image.symbols.add_exported(name);
                image.defined.insert(name.into());
            }
        }
        Ok(())
    }

    /// What the sections add; a file may be without, and an error in them keeps no module from
    /// being loaded.
    fn read_sections(&self, image: &mut Image) {
        let Ok(sections) = self.header.sections(self.endian, self.data) else {
            image.has_no_sections = true;
            return;
        };
        self.read_hidden_symbols(image, &sections);
        image.needed_versions = versions::needed(self.endian, self.data, &sections);
        image.defined_versions = versions::defined(self.endian, self.data, &sections);
    }

    fn read_hidden_symbols(&self, image: &mut Image, sections: &SectionTable<'data, Elf>) {
        let Ok(symbols) = sections.symbols(self.endian, self.data, elf::SHT_SYMTAB) else {
            return;
        };
        let Some(strings) = sections
            .section(symbols.string_section())
            .ok()
            .and_then(|section| section.file_range(self.endian))
            .and_then(|(offset, size)| Some(offset..offset.checked_add(size)?))
        else {
            return;
        };
        for symbol in symbols.iter() {
            let is_hidden = symbol.is_local() || !is_visible(symbol);
            if !is_hidden || symbol.is_undefined(self.endian) {
                continue;
            }
            if let Some(name) = self.name(&strings, symbol.st_name(self.endian)) {
                image.symbols.add_hidden(name);
            }
        }
    }
}

/// Why the table of segments cannot be read.
fn segments_fault<Elf: FileHeader<Endian = Endianness>>(
    header: &Elf,
    endian: Endianness,
    data: &[u8],
) -> Fault {
    let size = u64::from(header.e_phnum(endian)) * u64::from(header.e_phentsize(endian));
    let start: u64 = header.e_phoff(endian).into();
    if start.saturating_add(size) > data.len() as u64 {
        Fault::Truncated
    } else {
        Fault::Damaged("its table of segments")
    }
}

/// Whether others can find the symbol.
fn is_visible<S: Sym>(symbol: &S) -> bool {
    matches!(
        symbol.st_visibility(),
        elf::STV_DEFAULT | elf::STV_PROTECTED
    )
}
