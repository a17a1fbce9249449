//! What is done to a file.

use std::fmt;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::files::RoundFile;

/// A change of a file that is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It loses what is behind this part of it.
    CutTo { percent: usize },
    /// Its name goes away.
    Delete,
    /// Nobody may open it any more.
    Forbid,
    /// Its name goes to another file.
    Replace,
}

impl Change {
    /// Makes it.
    pub(crate) fn apply(self, file: &RoundFile) {
        match self {
            Change::CutTo { .. } => {
                let opened = File::options().write(true).open(file.path());
                let length = self.length_left(file.size());
                let cut = opened.and_then(|opened| opened.set_len(length as u64));
                cut.expect("the file can be cut");
            }
            Change::Delete => fs::remove_file(file.path()).expect("the file can be deleted"),
            Change::Forbid => {
                let nobody = Permissions::from_mode(0o000);
                fs::set_permissions(file.path(), nobody).expect("the file is ours");
            }
            Change::Replace => {
                fs::rename(file.other(), file.path()).expect("the file can be replaced");
            }
        }
    }

    /// How long a file of this size is afterwards.
    pub(crate) fn length_left(self, size: usize) -> usize {
        match self {
            Change::CutTo { percent } => size * percent / 100,
            Change::Delete | Change::Forbid | Change::Replace => size,
        }
    }

    /// Does the file lose bytes?
    pub(crate) fn is_cut(self) -> bool {
        matches!(self, Change::CutTo { .. })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::CutTo { percent } => write!(f, "cut to {percent} %"),
            Change::Delete => f.write_str("deleted"),
            Change::Forbid => f.write_str("mode 000"),
            Change::Replace => f.write_str("replaced"),
        }
    }
}
