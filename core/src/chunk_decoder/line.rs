//! The lines between the data of a chunked body, byte by byte.

use super::ChunkError;

/// The longest size line with its extensions, and the longest trailer, in bytes.
const MAX_LENGTH: u16 = 16 * 1024;

/// A size line: `1a;name=value` and its line end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Size {
    size: u64,
    length: u16,
    part: SizePart,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum SizePart {
    #[default]
    FirstDigit,
    Digits,
    /// White space behind the digits, which RFC 9112 allows before an extension and which some
    /// servers pad the line with.
    Space,
    Extension,
    LineEnd,
}

impl Size {
    /// Takes the next byte; answers the size when the line is complete.
    pub(super) fn step(&mut self, byte: u8) -> Result<Option<u64>, ChunkError> {
        self.length += 1;
        if self.length > MAX_LENGTH {
            return Err(ChunkError::LineTooLong);
        }
        self.part = match (self.part, byte) {
            (SizePart::FirstDigit | SizePart::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                self.push_digit(byte)?;
                SizePart::Digits
            }
            (SizePart::FirstDigit, _) => return Err(ChunkError::InvalidSize),
            (_, b'\n') => return Ok(Some(self.size)),
            (SizePart::LineEnd, _) => return Err(ChunkError::BareCarriageReturn),
            (_, b'\r') => SizePart::LineEnd,
            (SizePart::Digits | SizePart::Space, b' ' | b'\t') => SizePart::Space,
            (SizePart::Digits | SizePart::Space, b';') => SizePart::Extension,
            (SizePart::Extension, _) => SizePart::Extension,
            (SizePart::Digits | SizePart::Space, _) => return Err(ChunkError::InvalidSize),
        };
        Ok(None)
    }

    fn push_digit(&mut self, byte: u8) -> Result<(), ChunkError> {
        let digit = char::from(byte)
            .to_digit(16)
            .ok_or(ChunkError::InvalidSize)?;
        let size = self.size.checked_mul(16).ok_or(ChunkError::SizeTooLarge)?;
        self.size = size | u64::from(digit);
        Ok(())
    }
}

/// The lines behind the last chunk, up to and including the blank one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Trailer {
    length: u16,
    /// Whether the current line has anything in it but a CR.
    in_line: bool,
    carriage_return: bool,
}

impl Trailer {
    /// Takes the next byte; answers whether the trailer is complete.
    pub(super) fn step(&mut self, byte: u8) -> Result<bool, ChunkError> {
        self.length += 1;
        if self.length > MAX_LENGTH {
            return Err(ChunkError::LineTooLong);
        }
        match byte {
            b'\n' if !self.in_line => return Ok(true),
            b'\n' => {
                self.in_line = false;
                self.carriage_return = false;
            }
            _ if self.carriage_return => return Err(ChunkError::BareCarriageReturn),
            b'\r' => self.carriage_return = true,
            _ => self.in_line = true,
        }
        Ok(false)
    }
}
