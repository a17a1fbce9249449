/// Where a chunked body ends
/// ([RFC 9112, section 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1)).
///
/// It reads just enough to find the end: what is wrong with a body is for hyper to say. A line ends
/// in CR LF and in nothing less, as it does for hyper: where the two disagreed, a body could pass
/// for the head of the next request.
#[derive(Debug, Default)]
pub(super) struct Chunks(Place);

#[derive(Debug)]
enum Place {
    /// In the digits of a chunk's size.
    Size {
        size: u64,
        digits: u8,
    },
    /// Behind the digits, before the end of their line.
    Extension {
        size: u64,
    },
    /// Between CR and LF of the line with the size.
    SizeEnd {
        size: u64,
    },
    /// In a chunk, so many bytes before the end of the line behind it.
    Data(u64),
    /// In the line break behind a chunk.
    DataEnd {
        has_carriage_return: bool,
    },
    /// In a line of the trailer.
    Trailer {
        is_empty: bool,
    },
    /// Between CR and LF of such a line.
    TrailerEnd {
        is_empty: bool,
    },
    Finished,
}

impl Default for Place {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Chunks {
    pub(super) fn is_finished(&self) -> bool {
        matches!(self.0, Place::Finished)
    }

    /// Goes over bytes up to the end of the body; answers how many. `None` if they are no chunks.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut passed = 0;
        while passed < bytes.len() && !self.is_finished() {
            if let Place::Data(left) = self.0 {
                let rest = bytes.len() - passed;
                let skipped = usize::try_from(left).map_or(rest, |left| left.min(rest));
                passed += skipped;
                self.0 = match left - skipped as u64 {
                    0 => Place::DataEnd {
                        has_carriage_return: false,
                    },
                    left => Place::Data(left),
                };
                continue;
            }
            self.0 = self.0.step(bytes[passed])?;
            passed += 1;
        }
        Some(passed)
    }
}

impl Place {
    /// Behind one byte that is not data.
    fn step(&self, byte: u8) -> Option<Self> {
        match *self {
            Self::Size { size, digits } => match (char::from(byte).to_digit(16), byte) {
                (Some(digit), _) if digits < 16 => Some(Self::Size {
                    size: size << 4 | u64::from(digit),
                    digits: digits + 1,
                }),
                (None, b'\r') if digits > 0 => Some(Self::SizeEnd { size }),
                (None, b';' | b' ' | b'\t') if digits > 0 => Some(Self::Extension { size }),
                _ => None,
            },
            Self::Extension { size } => match byte {
                b'\r' => Some(Self::SizeEnd { size }),
                b'\n' => None,
                _ => Some(Self::Extension { size }),
            },
            Self::SizeEnd { size } => (byte == b'\n').then(|| Self::behind_size(size)),
            Self::DataEnd {
                has_carriage_return,
            } => match (has_carriage_return, byte) {
                (false, b'\r') => Some(Self::DataEnd {
                    has_carriage_return: true,
                }),
                (true, b'\n') => Some(Self::default()),
                _ => None,
            },
            Self::Trailer { is_empty } => match byte {
                b'\r' => Some(Self::TrailerEnd { is_empty }),
                b'\n' => None,
                _ => Some(Self::Trailer { is_empty: false }),
            },
            Self::TrailerEnd { is_empty } => match (is_empty, byte) {
                (true, b'\n') => Some(Self::Finished),
                (false, b'\n') => Some(Self::Trailer { is_empty: true }),
                _ => None,
            },
            Self::Data(_) | Self::Finished => None,
        }
    }

    fn behind_size(size: u64) -> Self {
        match size {
            0 => Self::Trailer { is_empty: true },
            size => Self::Data(size),
        }
    }
}
