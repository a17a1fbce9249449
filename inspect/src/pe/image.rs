//! What a PE file says of itself.

use object::LittleEndian as LE;
use object::pe::{self, ImageNtHeaders32, ImageNtHeaders64};
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, ImportTable, PeFile};

use super::functions::{Exports, Function};
use super::version_info;
use crate::entry_points::Symbols;

/// Longest name that is read, most names, and most libraries: a small file can claim to have
/// gigabytes of overlapping ones.
const LONGEST_NAME: usize = 1024;
const MOST_NAMES: usize = 1 << 16;
const MOST_LIBRARIES: usize = 1000;

/// Why a file cannot be read on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A table points where nothing is.
    Damaged(&'static str),
    /// The file ends within its headers.
    NoHeader,
    /// It begins like a PE file, but is an older format.
    NotPe,
    /// The file is shorter than its headers say.
    Truncated,
}

/// A PE file, read.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) machine: pe::Machine,
    pub(crate) bits: u8,
    pub(crate) is_library: bool,
    pub(crate) is_dotnet: bool,
    pub(crate) symbols: Symbols,
    pub(crate) exports: Exports,
    /// The table of exports or imports, where it points outside the file.
    pub(crate) damaged_table: Option<&'static str>,
    pub(crate) needed: Vec<Needed>,
    /// Whether it asks for DLLs out of side-by-side assemblies, which lie in folders of their own.
    pub(crate) names_assemblies: bool,
    pub(crate) description: Option<String>,
    pub(crate) product_version: Option<String>,
}

/// A DLL that is needed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Needed {
    pub(crate) name: String,
    /// It is loaded at the first call into it.
    pub(crate) is_delayed: bool,
    /// What is needed of it; nothing where it is loaded later.
    pub(crate) functions: Vec<Function>,
}

impl Image {
    /// Reads `data`, which begins as PE files do.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, Fault> {
        match magic(data)? {
            pe::IMAGE_NT_OPTIONAL_HDR32_MAGIC => Reader::<ImageNtHeaders32>::open(data, 32)?.read(),
            pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC => Reader::<ImageNtHeaders64>::open(data, 64)?.read(),
            _ => Err(Fault::Damaged("its optional header")),
        }
    }
}

/// The number that tells the width.
fn magic(data: &[u8]) -> Result<u16, Fault> {
    let start: usize = pe::ImageDosHeader::parse(data)
        .map_err(|_| Fault::NoHeader)?
        .nt_headers_offset()
        .try_into()
        .map_err(|_| Fault::NotPe)?;
    let Some(signature) = start.checked_add(4).and_then(|end| data.get(start..end)) else {
        return Err(Fault::NoHeader);
    };
    if signature != b"PE\0\0" {
        return Err(Fault::NotPe);
    }
    object::read::pe::optional_header_magic(data).map_err(|_| Fault::NoHeader)
}

/// A file that is being read, of one width.
struct Reader<'data, Pe: ImageNtHeaders> {
    data: &'data [u8],
    file: PeFile<'data, Pe>,
    bits: u8,
}

impl<'data, Pe: ImageNtHeaders> Reader<'data, Pe> {
    fn open(data: &'data [u8], bits: u8) -> Result<Self, Fault> {
        let file = PeFile::parse(data).map_err(|_| Fault::NoHeader)?;
        Ok(Self { data, file, bits })
    }

    fn read(&self) -> Result<Image, Fault> {
        if !self.is_whole() {
            return Err(Fault::Truncated);
        }
        let header = self.file.nt_headers().file_header();
        let strings = self.version_strings().unwrap_or_default();
        let mut image = Image {
            machine: header.machine.get(LE),
            bits: self.bits,
            is_library: header.characteristics.get(LE).contains(pe::IMAGE_FILE_DLL),
            is_dotnet: self
                .file
                .data_directory(pe::IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR)
                .is_some(),
            symbols: Symbols::default(),
            exports: Exports::default(),
            damaged_table: None,
            needed: Vec::new(),
            names_assemblies: self.names_assemblies(),
            description: strings.file_description,
            product_version: strings.product_version,
        };
        if self.read_exports(&mut image).is_none() {
            image.damaged_table = Some("its table of exports");
        } else if self.read_imports(&mut image.needed).is_none() {
            image.damaged_table = Some("its table of imports");
        }
        Ok(image)
    }

    /// Whether the content of every section is in the file.
    fn is_whole(&self) -> bool {
        let length = self.data.len() as u64;
        let optional = self.file.nt_headers().optional_header();
        u64::from(optional.size_of_headers()) <= length
            && self.file.section_table().iter().all(|section| {
                let size = u64::from(section.size_of_raw_data.get(LE));
                let start = u64::from(section.pointer_to_raw_data.get(LE));
                size == 0 || start + size <= length
            })
    }

    /// `None` where the table is damaged.
    fn read_exports(&self, image: &mut Image) -> Option<()> {
        let Some(table) = self.file.export_table().ok()? else {
            return Some(());
        };
        image.exports = Exports::new(&table);
        for (pointer, index) in table.name_iter().take(MOST_NAMES) {
            let name = self.text(pointer)?;
            // The address is a function in the module, or the name of one in another.
            let address = table.address_by_index(index).ok()?;
            self.file.section_table().section_containing(address)?;
            image.symbols.add_exported(name);
            image.exports.add(name);
        }
        Some(())
    }

    /// `None` where a table is damaged.
    fn read_imports(&self, needed: &mut Vec<Needed>) -> Option<()> {
        if let Some(table) = self.file.import_table().ok()? {
            let mut left = MOST_NAMES;
            for entry in table.descriptors().ok()?.take(MOST_LIBRARIES) {
                let entry = entry.ok()?;
                // The first table is overwritten when the file is loaded; some linkers write only that.
                let thunks = match entry.original_first_thunk.get(LE) {
                    0 => entry.first_thunk.get(LE),
                    address => address,
                };
                let functions = functions::<Pe>(&table, thunks, left);
                left -= functions.len();
                needed.push(Needed {
                    name: self.library(entry.name.get(LE))?,
                    is_delayed: false,
                    functions,
                });
            }
        }
        if let Some(table) = self.file.delay_load_import_table().ok()? {
            for entry in table.descriptors().ok()?.take(MOST_LIBRARIES) {
                needed.push(Needed {
                    name: self.library(entry.ok()?.dll_name_rva.get(LE))?,
                    is_delayed: true,
                    functions: Vec::new(),
                });
            }
        }
        Some(())
    }

    fn library(&self, address: u32) -> Option<String> {
        let name = self.text(address).filter(|name| !name.is_empty())?;
        Some(String::from_utf8_lossy(name).into_owned())
    }

    /// The string at an address.
    fn text(&self, address: u32) -> Option<&'data [u8]> {
        let bytes = self.file.section_table().pe_data_at(self.data, address)?;
        let bytes = &bytes[..bytes.len().min(LONGEST_NAME)];
        let end = bytes.iter().position(|byte| *byte == 0)?;
        Some(&bytes[..end])
    }

    /// What the version resource says.
    fn version_strings(&self) -> Option<version_info::Strings> {
        version_info::strings(self.resource(pe::RT_VERSION)?)
    }

    /// Whether the manifest names other assemblies than the file's own:
    /// <https://learn.microsoft.com/windows/win32/sbscs/assembly-manifests>.
    fn names_assemblies(&self) -> bool {
        const ELEMENT: &[u8] = b"dependentAssembly";
        self.resource(pe::RT_MANIFEST).is_some_and(|manifest| {
            manifest
                .windows(ELEMENT.len())
                .any(|bytes| bytes == ELEMENT)
        })
    }

    /// The first resource of a type, in its first language.
    fn resource(&self, kind: u16) -> Option<&'data [u8]> {
        let sections = self.file.section_table();
        let resources = self
            .file
            .data_directories()
            .resource_directory(self.data, &sections)
            .ok()??;
        let types = resources.root().ok()?;
        let named = types
            .entries
            .iter()
            .find(|entry| entry.name_or_id().id() == Some(kind))?;
        let names = named.data(resources).ok()?.table()?;
        let languages = names.entries.first()?.data(resources).ok()?.table()?;
        let entry = languages.entries.first()?.data(resources).ok()?.data()?;
        let bytes = sections.pe_data_at(self.data, entry.offset_to_data.get(LE))?;
        bytes.get(..usize::try_from(entry.size.get(LE)).ok()?)
    }
}

/// The functions in the table at an address, `most` at most; those before the first that cannot be
/// read.
fn functions<Pe: ImageNtHeaders>(
    table: &ImportTable<'_>,
    address: u32,
    most: usize,
) -> Vec<Function> {
    let Ok(mut thunks) = table.thunks(address) else {
        return Vec::new();
    };
    std::iter::from_fn(|| {
        let import = table.import::<Pe>(thunks.next::<Pe>().ok()??).ok()?;
        Function::of(&import)
    })
    .take(most)
    .collect()
}
