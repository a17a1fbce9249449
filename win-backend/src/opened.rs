//! What an open file is, whatever name it was opened by.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_BACKUP_SEMANTICS, FILE_NAME_NORMALIZED,
    GetFileInformationByHandle, GetFinalPathNameByHandleW, VOLUME_NAME_DOS,
};

/// What all names of a file have in common: hard links, links, short names and names in another
/// letter case.
///
/// ```no_run
/// use std::fs::File;
///
/// use isapi_win_backend::FileIdentity;
///
/// let one = FileIdentity::of(&File::open(r"C:\site\report.txt")?)?;
/// let other = FileIdentity::of(&File::open(r"C:\SITE\REPORT~1.TXT")?)?;
/// println!("one file: {}", one == other);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// It holds while one of the names is open: a file that is deleted may leave its number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    volume: u32,
    index: u64,
}

impl FileIdentity {
    /// The identity of an open file or directory, by
    /// [`GetFileInformationByHandle`](https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-getfileinformationbyhandle).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(file: &File) -> io::Result<Self> {
        // SAFETY: numbers alone: all zero is a value of it.
        let mut information: BY_HANDLE_FILE_INFORMATION = unsafe { std::mem::zeroed() };
        // SAFETY: the file is open, and the answer goes to a variable of ours.
        let told =
            unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut information) };
        if told == 0 {
            return Err(io::Error::last_os_error());
        }
        let index = u64::from(information.nFileIndexHigh) << 32;
        Ok(Self {
            volume: information.dwVolumeSerialNumber,
            index: index | u64::from(information.nFileIndexLow),
        })
    }
}

/// Opens a file or a directory to ask what it is. It cannot be read.
///
/// Links are followed. Nobody is kept from writing, renaming or deleting meanwhile.
///
/// # Errors
///
/// What the system says.
pub fn open_to_ask(path: &Path) -> io::Result<File> {
    // Without these semantics no directory is opened.
    let flags = FILE_FLAG_BACKUP_SEMANTICS;
    let mut options = OpenOptions::new();
    options.access_mode(0).custom_flags(flags).open(path)
}

/// Where an open file or directory lies, in the form of
/// [`canonicalize`](std::fs::canonicalize): with `\\?\` in front, without links and short names.
///
/// Unlike a path that is looked up before it is opened, or again afterwards, this is the path of what
/// was opened ([`GetFinalPathNameByHandleW`]).
///
/// ```no_run
/// use std::fs::File;
///
/// let file = File::open(r"C:\SITE\REPORT~1.TXT")?;
/// println!("{}", isapi_win_backend::final_path(&file)?.display());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// [`GetFinalPathNameByHandleW`]: https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-getfinalpathnamebyhandlew
///
/// # Errors
///
/// What the system says.
pub fn final_path(file: &File) -> io::Result<PathBuf> {
    final_path_in(file, vec![0; 512])
}

/// Grows the buffer where the path does not fit.
fn final_path_in(file: &File, mut path: Vec<u16>) -> io::Result<PathBuf> {
    loop {
        let capacity = u32::try_from(path.len()).map_err(io::Error::other)?;
        // SAFETY: the file is open, and there is room for so many units.
        let length = unsafe {
            GetFinalPathNameByHandleW(
                file.as_raw_handle(),
                path.as_mut_ptr(),
                capacity,
                FILE_NAME_NORMALIZED | VOLUME_NAME_DOS,
            )
        };
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if length == 0 {
            return Err(io::Error::last_os_error());
        }
        if length < path.len() {
            return Ok(OsString::from_wide(&path[..length]).into());
        }
        // The length that is needed, the NUL counted.
        path.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_name_of_a_file_is_one_identity_and_no_other_file_has_it() {
        let directory = std::env::temp_dir().join(format!("isapi-opened-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let [one, hard, other] =
            ["one.txt", "hard.txt", "other.txt"].map(|name| directory.join(name));
        fs::write(&one, "one").unwrap();
        fs::write(&other, "other").unwrap();
        fs::hard_link(&one, &hard).unwrap();
        let identity = |path| FileIdentity::of(&File::open(path).unwrap()).unwrap();
        let identities = (
            identity(one.clone()),
            identity(hard),
            identity(directory.join("ONE.TXT")),
            identity(other),
        );
        let path = final_path(&File::open(directory.join("ONE.TXT")).unwrap()).unwrap();
        let canonical = one.canonicalize().unwrap();
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(identities.0, identities.1);
        assert_eq!(identities.0, identities.2);
        assert_ne!(identities.0, identities.3);
        assert!(path.as_os_str().eq_ignore_ascii_case(canonical.as_os_str()));
    }

    #[test]
    fn a_directory_can_be_asked_and_a_file_that_is_asked_can_be_deleted() {
        let directory = std::env::temp_dir().join(format!("isapi-asked-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let asked = open_to_ask(&directory).unwrap();
        assert!(asked.metadata().unwrap().is_dir());
        assert!(FileIdentity::of(&asked).is_ok());
        drop(asked);
        let path = directory.join("a.txt");
        fs::write(&path, "a").unwrap();
        let asked = open_to_ask(&path).unwrap();
        let deleted = fs::remove_file(&path);
        drop(asked);
        fs::remove_dir_all(&directory).unwrap();
        deleted.unwrap();
    }

    #[test]
    fn a_path_that_does_not_fit_at_first_is_told_whole() {
        let program = std::env::current_exe().unwrap();
        let file = File::open(&program).unwrap();
        let canonical = program.canonicalize().unwrap();
        for size in [1, 2, canonical.as_os_str().len(), 512] {
            assert_eq!(
                final_path_in(&file, vec![0; size]).unwrap(),
                canonical,
                "{size}"
            );
        }
    }
}
