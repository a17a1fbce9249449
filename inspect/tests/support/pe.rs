//! Small PE files, byte by byte, so that the tests need no compiler for Windows.

/// What goes into the file.
#[derive(Clone)]
pub(crate) struct Pe {
    pub(crate) bits: u8,
    pub(crate) machine: u16,
    pub(crate) is_library: bool,
    pub(crate) is_dotnet: bool,
    pub(crate) exports: Vec<&'static str>,
    pub(crate) imports: Vec<&'static str>,
    /// What it needs of each of them, by name.
    pub(crate) functions: Vec<&'static str>,
    /// The file's description and the product's version.
    pub(crate) version: Option<(&'static str, &'static str)>,
}

/// Where the only section is, in memory and in the file.
const SECTION: u32 = 0x1000;
const SECTION_IN_FILE: u32 = 0x200;

/// Where the header points to the table of exports, in a 64-bit file.
pub(crate) const EXPORT_DIRECTORY_64: usize = 0x40 + 24 + 112;

impl Pe {
    /// An extension for 64-bit Windows.
    pub(crate) fn extension() -> Self {
        Self {
            bits: 64,
            machine: 0x8664,
            is_library: true,
            is_dotnet: false,
            exports: super::WHOLE.to_vec(),
            imports: vec!["KERNEL32.dll"],
            functions: Vec::new(),
            version: None,
        }
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let mut section = Section(vec![0xc3; 16]);
        let mut directories = [(0_u32, 0_u32); 16];
        if !self.exports.is_empty() {
            directories[0] = self.write_exports(&mut section);
        }
        if !self.imports.is_empty() {
            directories[1] = self.write_imports(&mut section);
        }
        if let Some((description, version)) = self.version {
            directories[2] = section.resources(&version_info(description, version));
        }
        if self.is_dotnet {
            directories[14] = (section.put(&[0; 72]), 72);
        }
        let mut file = self.headers(&directories, section.length());
        file.resize(SECTION_IN_FILE as usize, 0);
        file.extend(section.0);
        file
    }

    fn headers(&self, directories: &[(u32, u32)], section_length: u32) -> Vec<u8> {
        let is_64 = self.bits == 64;
        let mut file = b"MZ".to_vec();
        file.resize(0x3c, 0);
        file.extend(0x40_u32.to_le_bytes());
        file.extend(b"PE\0\0");
        let halves = |values: &[u16]| -> Vec<u8> {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        };
        file.extend(halves(&[self.machine, 1]));
        file.extend([0; 12]);
        let optional_size = if is_64 { 240 } else { 224 };
        let characteristics = if self.is_library { 0x2022 } else { 0x0022 };
        file.extend(halves(&[optional_size, characteristics]));

        let start = file.len();
        file.extend(halves(&[if is_64 { 0x20b } else { 0x10b }]));
        file.resize(start + 32, 0);
        // Alignment in memory and in the file; sizes of the image and of the headers.
        file.extend(doubles(&[0x1000, 0x200]));
        file.resize(start + 56, 0);
        file.extend(doubles(&[0x10000, SECTION_IN_FILE]));
        file.resize(start + if is_64 { 108 } else { 92 }, 0);
        file.extend(doubles(&[16]));
        for (address, size) in directories {
            file.extend(doubles(&[*address, *size]));
        }

        file.extend(b".rdata\0\0");
        let length = section_length;
        file.extend(doubles(&[length, SECTION, length, SECTION_IN_FILE]));
        file.extend(doubles(&[0, 0, 0, 0x4000_0040]));
        file
    }

    /// The directory with all its tables behind it, as linkers lay them out.
    fn write_exports(&self, section: &mut Section) -> (u32, u32) {
        const FIXED_PART: usize = 40;
        let count = u32::try_from(self.exports.len()).unwrap();
        let start = section.put(&[0; FIXED_PART]);
        let functions = section.put(&doubles(&vec![SECTION; self.exports.len()]));
        let names: Vec<u32> = self.exports.iter().map(|name| section.text(name)).collect();
        let names = section.put(&doubles(&names));
        let ordinals: Vec<u8> = (0..count)
            .flat_map(|index| u16::try_from(index).unwrap().to_le_bytes())
            .collect();
        let ordinals = section.put(&ordinals);
        let module = section.text("module.dll");
        let fixed = doubles(&[0, 0, 0, module, 1, count, count, functions, names, ordinals]);
        section.at(start, FIXED_PART).copy_from_slice(&fixed);
        (start, section.length() - (start - SECTION))
    }

    fn write_imports(&self, section: &mut Section) -> (u32, u32) {
        let hints: Vec<u32> = self
            .functions
            .iter()
            .map(|name| section.text(&format!("\0\0{name}")))
            .chain([0])
            .collect();
        let table: Vec<u8> = hints
            .iter()
            .flat_map(|hint| match self.bits {
                64 => u64::from(*hint).to_le_bytes().to_vec(),
                _ => hint.to_le_bytes().to_vec(),
            })
            .collect();
        let table = section.put(&table);
        let entries: Vec<u8> = self
            .imports
            .iter()
            .flat_map(|name| {
                let name = section.text(name);
                doubles(&[table, 0, 0, name, table])
            })
            .collect();
        let size = u32::try_from(entries.len()).unwrap() + 20;
        let address = section.put(&[entries, vec![0; 20]].concat());
        (address, size)
    }
}

fn doubles(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

struct Section(Vec<u8>);

impl Section {
    fn length(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap()
    }

    /// Appends bytes, aligned to four; their address.
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let address = SECTION + self.length();
        self.0.extend(bytes);
        address
    }

    fn at(&mut self, address: u32, length: usize) -> &mut [u8] {
        let start = usize::try_from(address - SECTION).unwrap();
        &mut self.0[start..start + length]
    }

    fn text(&mut self, text: &str) -> u32 {
        self.put(&[text.as_bytes(), b"\0"].concat())
    }

    /// Type 16 (version), name 1, language 1033, with `data`.
    fn resources(&mut self, data: &[u8]) -> (u32, u32) {
        let data_address = self.put(data);
        let table = |id: u32, offset: u32| {
            let count = doubles(&[0x0001_0000]);
            [doubles(&[0, 0, 0]), count, doubles(&[id, offset])].concat()
        };
        let size = u32::try_from(data.len()).unwrap();
        const SUBTABLE: u32 = 0x8000_0000;
        let tree = [
            table(16, SUBTABLE | 24),
            table(1, SUBTABLE | 48),
            table(1033, 72),
            doubles(&[data_address, size, 0, 0]),
        ]
        .concat();
        let tree_size = u32::try_from(tree.len()).unwrap();
        (self.put(&tree), tree_size)
    }
}

/// The version resource with two texts.
fn version_info(description: &str, version: &str) -> Vec<u8> {
    let texts = [
        block("FileDescription", description, &[]),
        block("ProductVersion", version, &[]),
    ];
    let table = block("040904b0", "", &texts);
    let info = block("StringFileInfo", "", &[table]);
    block("VS_VERSION_INFO", "", &[info])
}

fn block(name: &str, value: &str, children: &[Vec<u8>]) -> Vec<u8> {
    let units = |text: &str| -> Vec<u8> {
        let terminated = text.encode_utf16().chain([0]);
        terminated.flat_map(u16::to_le_bytes).collect()
    };
    let mut bytes = vec![0; 6];
    bytes.extend(units(name));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    if !value.is_empty() {
        bytes.extend(units(value));
        let length = u16::try_from(value.encode_utf16().count() + 1).unwrap();
        bytes[2..4].copy_from_slice(&length.to_le_bytes());
        bytes[4] = 1;
    }
    for child in children {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(child);
    }
    let length = u16::try_from(bytes.len()).unwrap();
    bytes[..2].copy_from_slice(&length.to_le_bytes());
    bytes
}
