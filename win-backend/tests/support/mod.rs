//! The DLLs that were built for tests.

use std::env;
use std::path::{Path, PathBuf};

/// The file of a DLL, in the folder that `ISAPI_TEST_EXTENSIONS` names or in the one that
/// `cargo xtask extensions` fills on Windows.
#[track_caller]
pub(crate) fn extension(name: &str) -> PathBuf {
    let folder = env::var_os("ISAPI_TEST_EXTENSIONS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/extensions"),
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask extensions`, or name the folder with the test DLLs in \
         ISAPI_TEST_EXTENSIONS",
        path.display()
    );
    path
}
