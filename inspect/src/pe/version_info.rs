//! The version resource (`VS_VERSIONINFO`): what a DLL says of itself.
//!
//! It is a tree of blocks, each with its length, the length of its value, a name in UTF-16, a value
//! and further blocks, all aligned to four bytes:
//! <https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo>.

/// Longest text that is kept, in UTF-16 units.
const LONGEST_TEXT: usize = 256;

/// The texts that are looked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Strings {
    pub(super) file_description: Option<String>,
    pub(super) product_version: Option<String>,
}

/// The texts in the first string table of the resource `bytes`; `None` if it has none.
pub(super) fn strings(bytes: &[u8]) -> Option<Strings> {
    let root = Block::read(bytes)?.0;
    let info = root
        .blocks()
        .find(|block| block.is_named("StringFileInfo"))?;
    let table = info.blocks().next()?;
    let text = |name| {
        let entry = table.blocks().find(|block| block.is_named(name))?;
        Some(entry.text()).filter(|text| !text.is_empty())
    };
    Some(Strings {
        file_description: text("FileDescription"),
        product_version: text("ProductVersion"),
    })
}

/// One block of the tree.
struct Block<'data> {
    name: Vec<u16>,
    value: &'data [u8],
    children: &'data [u8],
}

impl<'data> Block<'data> {
    /// The block that `bytes` begin with, and the bytes behind it.
    fn read(bytes: &'data [u8]) -> Option<(Self, &'data [u8])> {
        let length = usize::from(half(bytes, 0)?);
        let value_length = usize::from(half(bytes, 2)?);
        let is_text = half(bytes, 4)? == 1;
        let block = bytes.get(..length)?;
        let name = units(block.get(6..)?);
        // Behind the name and its NUL.
        let start = aligned(6 + 2 * (name.len() + 1));
        // Texts are counted in units, though some compilers count bytes; too many do no harm.
        let value_bytes = if is_text {
            2 * value_length
        } else {
            value_length
        };
        let end = start.saturating_add(value_bytes).min(block.len());
        let value = block.get(start..end).unwrap_or_default();
        let children = block.get(aligned(end)..).unwrap_or_default();
        let rest = bytes.get(aligned(length)..).unwrap_or_default();
        // An empty block would be read for ever.
        (length > 0).then_some((
            Self {
                name,
                value,
                children,
            },
            rest,
        ))
    }

    fn blocks(&self) -> impl Iterator<Item = Block<'data>> + use<'data> {
        let mut rest = self.children;
        std::iter::from_fn(move || {
            let (block, behind) = Block::read(rest)?;
            rest = behind;
            Some(block)
        })
    }

    fn is_named(&self, name: &str) -> bool {
        self.name.iter().copied().eq(name.encode_utf16())
    }

    fn text(&self) -> String {
        String::from_utf16_lossy(&units(self.value))
            .trim()
            .to_owned()
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*pair))
}

/// The UTF-16 text that `bytes` begin with, up to its NUL.
fn units(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .take_while(|unit| *unit != 0)
        .take(LONGEST_TEXT)
        .collect()
}

/// The next multiple of four.
fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, value: &str, children: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0; 6];
        let terminated = |text: &str| -> Vec<u8> {
            text.encode_utf16()
                .chain([0])
                .flat_map(u16::to_le_bytes)
                .collect()
        };
        bytes.extend(terminated(name));
        bytes.resize(aligned(bytes.len()), 0);
        if !value.is_empty() {
            bytes.extend(terminated(value));
            let units = u16::try_from(value.encode_utf16().count() + 1).unwrap();
            bytes[2..4].copy_from_slice(&units.to_le_bytes());
            bytes[4] = 1;
        }
        for child in children {
            bytes.resize(aligned(bytes.len()), 0);
            bytes.extend(child);
        }
        let length = u16::try_from(bytes.len()).unwrap();
        bytes[..2].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    fn resource() -> Vec<u8> {
        let table = block(
            "040904b0",
            "",
            &[
                block("CompanyName", "Example", &[]),
                block("FileDescription", "Shows größe", &[]),
                block("ProductVersion", "4.2.0.1", &[]),
            ],
        );
        let info = block("StringFileInfo", "", &[table]);
        block(
            "VS_VERSION_INFO",
            "",
            &[block("VarFileInfo", "", &[]), info],
        )
    }

    #[test]
    fn texts_are_found_in_the_first_table() {
        let strings = strings(&resource()).unwrap();
        assert_eq!(strings.file_description.as_deref(), Some("Shows größe"));
        assert_eq!(strings.product_version.as_deref(), Some("4.2.0.1"));
    }

    #[test]
    fn no_cut_and_no_flipped_byte_is_fatal() {
        let whole = resource();
        for length in 0..whole.len() {
            let _ = strings(&whole[..length]);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = strings(&changed);
            }
        }
    }
}
