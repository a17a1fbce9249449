//! `ConnID`: a generational key that looks like a handle.

use std::fmt;
use std::ptr;

use isapi_abi::HCONN;

/// Names one request towards its extension.
///
/// The index says where the request is kept; the generation, which changes with every use of
/// that place, tells a live key from a stale one. Both are packed into one pointer-sized number
/// that is never null and never dereferenced. The number is scrambled, so that one that is a
/// little off names no other request. After the generations of a place are used up (2³²
/// on 64 bit, 2¹² on 32 bit) they begin anew.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnId {
    index: u32,
    generation: u32,
}

const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };
const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;
const GENERATION_MASK: usize = usize::MAX >> INDEX_BITS;

/// Odd, so that multiplying by it can be undone, and with its bits well spread: 2^64 (or 2^32)
/// divided by the golden ratio.
#[cfg(target_pointer_width = "64")]
const SCRAMBLE: usize = 0x9E37_79B9_7F4A_7C15;
#[cfg(not(target_pointer_width = "64"))]
const SCRAMBLE: usize = 0x9E37_79B1;
const UNSCRAMBLE: usize = inverse(SCRAMBLE);

/// The number that undoes a multiplication by an odd one. Each of Newton's steps doubles the bits
/// that are right; three are to begin with.
const fn inverse(odd: usize) -> usize {
    let mut inverse = odd;
    let mut right = 3;
    while right < usize::BITS {
        inverse = inverse.wrapping_mul(2_usize.wrapping_sub(odd.wrapping_mul(inverse)));
        right *= 2;
    }
    inverse
}

impl ConnId {
    /// `None` where the index is beyond what fits: that many requests cannot be told apart.
    pub(crate) fn new(index: usize, generation: u32) -> Option<Self> {
        if index > INDEX_MASK || generation == 0 {
            return None;
        }
        Some(Self {
            index: u32::try_from(index).ok()?,
            generation,
        })
    }

    /// Reads what an extension passed; `None` for what can never have been a key.
    pub(crate) fn from_raw(raw: HCONN) -> Option<Self> {
        let bits = raw.addr().wrapping_mul(UNSCRAMBLE);
        let generation = u32::try_from((bits >> INDEX_BITS) & GENERATION_MASK).ok()?;
        Self::new(bits & INDEX_MASK, generation)
    }

    /// The form an extension sees.
    pub(crate) fn to_raw(self) -> HCONN {
        let generation = usize::try_from(self.generation).unwrap_or(0) & GENERATION_MASK;
        let bits = (generation << INDEX_BITS) | self.index();
        ptr::without_provenance_mut(bits.wrapping_mul(SCRAMBLE))
    }

    pub(crate) fn index(self) -> usize {
        usize::try_from(self.index).unwrap_or(usize::MAX)
    }

    pub(crate) fn generation(self) -> u32 {
        self.generation
    }
}

/// The generation after `generation`: never 0, which would make a null key.
pub(crate) fn next_generation(generation: u32) -> u32 {
    let next = generation.wrapping_add(1);
    let fits = usize::try_from(next).is_ok_and(|next| next <= GENERATION_MASK);
    if next == 0 || !fits { 1 } else { next }
}

impl fmt::Debug for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.to_raw().addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_way_through_an_extension() {
        for (index, generation) in [(0, 1), (1, 1), (77, 4000), (INDEX_MASK, 1)] {
            let id = ConnId::new(index, generation).expect("fits");
            assert!(!id.to_raw().is_null());
            assert_eq!(ConnId::from_raw(id.to_raw()), Some(id));
        }
    }

    #[test]
    fn null_and_keys_without_a_generation_are_none() {
        assert_eq!(ConnId::from_raw(ptr::null_mut()), None);
        let no_generation = INDEX_MASK.wrapping_mul(SCRAMBLE);
        assert_eq!(
            ConnId::from_raw(ptr::without_provenance_mut(no_generation)),
            None
        );
    }

    #[test]
    fn a_key_that_is_a_little_off_names_no_other_request() {
        for index in 0..100 {
            for generation in 1..20 {
                let raw = ConnId::new(index, generation).expect("fits").to_raw();
                for off in 1..64 {
                    for near in [raw.wrapping_byte_add(off), raw.wrapping_byte_sub(off)] {
                        let found = ConnId::from_raw(near);
                        let is_live = |id: ConnId| id.index() < 20_000 && id.generation() < 1000;
                        assert!(!found.is_some_and(is_live), "{raw:?} and {found:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn generations_wrap_past_zero() {
        let last = u32::try_from(GENERATION_MASK).unwrap_or(u32::MAX);
        assert_eq!(next_generation(last), 1);
        assert_eq!(next_generation(0), 1);
        assert_eq!(next_generation(5), 6);
    }
}
