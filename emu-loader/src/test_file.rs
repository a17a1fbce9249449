//! A file for one test.

use std::fs::{self, File};
use std::hint;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

/// A file under the system's temporary directory; removed when dropped.
pub(crate) struct TestFile {
    path: PathBuf,
}

impl TestFile {
    pub(crate) fn with(content: &[u8]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("isapi-emu-loader-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).unwrap();
        Self { path }
    }

    pub(crate) fn open(&self) -> File {
        File::open(&self.path).unwrap()
    }

    pub(crate) fn append(&self) -> File {
        File::options().append(true).open(&self.path).unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        // Nothing depends on its going; the system clears the directory.
        let _ = fs::remove_file(&self.path);
    }
}

/// How often `has_zeros` answers true, which reads a file of `length` bytes, none of them zero, while
/// someone cuts it to half.
///
/// For a reader that does not look at the length behind its read that is some rounds, many where nothing
/// else runs.
///
/// # Panics
///
/// Where `has_zeros` does, or the file cannot be cut.
pub(crate) fn zeros_while_cut(length: usize, mut has_zeros: impl FnMut(&File) -> bool) -> usize {
    const ROUNDS: usize = 2000;
    let content = vec![b'x'; length];
    let half = u64::try_from(length / 2).unwrap();
    let path = TestFile::with(&[]);
    let (file, writer) = (path.open(), path.append());
    let turn = Turn::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _gives_up = GivesUp(&turn);
            for _ in 0..ROUNDS {
                turn.wait_for(true);
                writer.set_len(half).unwrap();
                turn.give(false);
            }
        });
        let _gives_up = GivesUp(&turn);
        let mut zeros = 0;
        for round in 0..ROUNDS {
            writer.set_len(0).unwrap();
            writer.write_all_at(&content, 0).unwrap();
            turn.give(true);
            // The other thread needs a moment, more or less of it.
            for _ in 0..round % 16 {
                hint::spin_loop();
            }
            zeros += usize::from(has_zeros(&file));
            turn.wait_for(false);
        }
        zeros
    })
}

/// Which of two threads goes on. A thread that sleeps would come too late, so they spin.
#[derive(Default)]
struct Turn {
    is_cutters: AtomicBool,
    given_up: AtomicBool,
}

impl Turn {
    fn give(&self, to_cutter: bool) {
        self.is_cutters.store(to_cutter, Ordering::Release);
    }

    fn wait_for(&self, cutter: bool) {
        while self.is_cutters.load(Ordering::Acquire) != cutter {
            assert!(!self.given_up.load(Ordering::Relaxed), "the other panicked");
            hint::spin_loop();
        }
    }
}

/// Keeps the other thread from waiting for one that panics.
struct GivesUp<'a>(&'a Turn);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.given_up.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
#[should_panic(expected = "a reader that fails")]
fn a_reader_that_panics_ends_the_cutting() {
    zeros_while_cut(10, |_| panic!("a reader that fails"));
}
