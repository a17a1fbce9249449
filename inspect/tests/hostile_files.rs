//! No file, however damaged, makes the inspection panic or run for long.

mod support;

use std::time::{Duration, Instant};

use isapi_inspect::inspect;
use support::Scratch;
use support::elf::Elf;
use support::pe::Pe;

/// Far more than the slowest machine needs for the small files of these tests.
const LONG: Duration = Duration::from_secs(10);

/// Inspects every cut of the image, and every image with one byte changed.
fn mistreat(name: &str, image: &[u8]) {
    let scratch = Scratch::new();
    let look_at = |what: &dyn Fn() -> String, image: &[u8]| {
        let path = scratch.write(name, image);
        let start = Instant::now();
        let report = inspect(&path).unwrap();
        assert!(!report.to_json().is_null() && !report.to_string().is_empty());
        assert!(start.elapsed() < LONG, "{name}: {}", what());
    };
    for length in 0..image.len() {
        look_at(&|| format!("cut at {length}"), &image[..length]);
    }
    for at in 0..image.len() {
        for change in [0x01, 0x80, 0xff, image[at]] {
            let mut changed = image.to_vec();
            changed[at] ^= change;
            look_at(&|| format!("byte {at} ^ {change:#x}"), &changed);
        }
    }
}

#[test]
fn no_cut_and_no_changed_byte_of_an_elf_file_is_fatal() {
    mistreat("small.so", &Elf::extension().build());
    let other = Elf {
        bits: 32,
        is_big_endian: true,
        machine: 8,
        needed: vec!["libc.so.6"],
        ..Elf::extension()
    };
    mistreat("other.so", &other.build());
}

#[test]
fn no_cut_and_no_changed_byte_of_a_pe_file_is_fatal() {
    let pe = Pe {
        version: Some(("A description", "1.0")),
        ..Pe::extension()
    };
    mistreat("small.dll", &pe.build());
    let pe = Pe {
        bits: 32,
        machine: 0x014c,
        is_dotnet: true,
        ..pe
    };
    mistreat("small32.dll", &pe.build());
}

#[test]
fn a_file_with_endless_holes_is_not_read() {
    let scratch = Scratch::new();
    let path = scratch.write("holes.so", Elf::extension().build());
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len((1 << 30) + 1).unwrap();
    let error = inspect(&path).unwrap_err().to_string();
    assert!(error.contains("longer than 1 GiB"), "{error}");
}

#[test]
fn a_million_symbols_with_one_endless_name_are_gone_through_soon() {
    const SIZE: usize = 64 << 20;
    const COUNT: u32 = 1 << 20;
    const HASH: usize = 1 << 20;
    const SYMBOLS: usize = 8 << 20;
    const STRINGS: usize = 40 << 20;
    let mut image = Elf::extension().build();
    image.resize(SYMBOLS, 0);
    // Each a global function whose name is the first string.
    for _ in 0..COUNT {
        let symbol = [&[0, 0, 0, 0, 0x12, 0, 1, 0][..], &[0; 16]].concat();
        image.extend(symbol);
    }
    image.resize(STRINGS, 0);
    image.resize(SIZE, b'a');
    image[HASH..HASH + 8].copy_from_slice(&[1_u32.to_le_bytes(), COUNT.to_le_bytes()].concat());
    let mut put = |at: usize, value: usize| {
        image[at..at + 8].copy_from_slice(&(value as u64).to_le_bytes());
    };
    // The loaded segment's sizes, then the values of the four dynamic entries.
    for (at, value) in [(64 + 32, SIZE), (64 + 40, SIZE)] {
        put(at, value);
    }
    let entries = [STRINGS, SIZE - STRINGS, SYMBOLS, HASH];
    for (index, value) in entries.into_iter().enumerate() {
        put(64 + 2 * 56 + 16 * index + 8, value);
    }
    let scratch = Scratch::new();
    let start = Instant::now();
    let report = inspect(&scratch.write("large.so", &image)).unwrap();
    assert!(report.to_string().contains("gigabytes"), "{report}");
    assert!(start.elapsed() < LONG);
}
