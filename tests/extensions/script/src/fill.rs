//! Bytes that tests can recognise.

/// `length` bytes in which every cut, gap or repetition shows.
pub fn fill(length: usize) -> Vec<u8> {
    // The period, 251, is a prime: no block size divides it.
    let period: Vec<u8> = (0..=250).collect();
    let mut data = period.repeat(length.div_ceil(period.len()));
    data.truncate(length);
    data
}

/// Short text as it is, anything else as its length and a checksum.
pub fn describe(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) if text.len() <= 2000 => text.to_owned(),
        _ => format!("{} bytes, checksum {:016x}", data.len(), checksum(data)),
    }
}

/// FNV-1a.
fn checksum(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
