//! The hidden directory the images come from.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::{env, io, process};

/// Shown where the operator has named no directory.
const DEFAULT_IMAGE: &[u8] = include_bytes!("../images/isapi.png");

/// The directory, and whether it is ours to remove.
#[derive(Debug)]
pub(crate) struct Images {
    directory: PathBuf,
    is_private: bool,
}

impl Images {
    /// The directory that `IMAGE_SERVER_DIR` names, else a new private one with the default image.
    pub(crate) fn open() -> io::Result<Images> {
        match env::var_os("IMAGE_SERVER_DIR") {
            Some(directory) => Images::at(directory),
            None => Images::private(),
        }
    }

    fn at(directory: OsString) -> io::Result<Images> {
        let directory = PathBuf::from(directory);
        if !directory.is_dir() {
            let reason = format!(
                "IMAGE_SERVER_DIR: {} is not a directory",
                directory.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotADirectory, reason));
        }
        Ok(Images {
            directory,
            is_private: false,
        })
    }

    fn private() -> io::Result<Images> {
        let number = RandomState::new().hash_one(process::id());
        let directory = env::temp_dir().join(format!("isapi-images-{number:016x}"));
        create_private(&directory)?;
        // From here on a failure removes the directory again.
        let images = Images {
            directory,
            is_private: true,
        };
        fs::write(images.directory.join("isapi.png"), DEFAULT_IMAGE)?;
        Ok(images)
    }

    /// The image of that name; none for a name that is more than a name.
    pub(crate) fn find(&self, name: &str) -> Option<Image> {
        if !is_plain(name) {
            return None;
        }
        let path = self.directory.join(name);
        // Before it is opened: opening a pipe would wait for its other end.
        if !path.is_file() {
            return None;
        }
        let file = open_for_sending(&path).ok()?;
        let length = u32::try_from(file.metadata().ok()?.len()).ok()?;
        Some(Image {
            file,
            length,
            content_type: content_type(name),
        })
    }
}

/// One image, ready to be sent.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) file: File,
    pub(crate) length: u32,
    pub(crate) content_type: &'static str,
}

impl Drop for Images {
    fn drop(&mut self) {
        if self.is_private {
            // There is nobody left who could be told that it failed.
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// Makes a directory that must not exist yet, for this user alone.
#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new().mode(0o700).create(directory)
}

/// Makes a directory that must not exist yet; the folder for temporary files is the user's own.
#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir(directory)
}

/// No separator of any platform, no device or stream, not hidden.
fn is_plain(name: &str) -> bool {
    let is_special = |c: char| matches!(c, '/' | '\\' | ':') || c.is_control();
    !name.is_empty() && !name.starts_with('.') && !name.contains(is_special)
}

fn open_for_sending(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    {
        // FILE_FLAG_OVERLAPPED and FILE_FLAG_SEQUENTIAL_SCAN, as TransmitFile wants its files.
        const FLAGS: u32 = 0x4000_0000 | 0x0800_0000;
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, FLAGS);
    }
    options.open(path)
}

fn content_type(name: &str) -> &'static str {
    let extension = Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("gif") => "image/gif",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_directory_is_gone_after_unload() {
        let images = Images::private().unwrap();
        let directory = images.directory.clone();
        assert!(images.find("isapi.png").is_some());
        drop(images);
        assert!(!directory.exists());
    }

    #[test]
    fn two_private_directories_differ() {
        let (one, other) = (Images::private().unwrap(), Images::private().unwrap());
        assert_ne!(one.directory, other.directory);
    }

    #[test]
    fn only_plain_names_of_files_are_found() {
        let images = Images::private().unwrap();
        fs::write(images.directory.join(".hidden"), "").unwrap();
        fs::create_dir(images.directory.join("directory.png")).unwrap();
        let outside = images.directory.with_extension("png");
        fs::write(&outside, "").unwrap();
        let climbing = format!("../{}", outside.file_name().unwrap().to_str().unwrap());
        for name in [
            "",
            ".",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "c:x",
            "x\0",
            "gone.png",
            "directory.png",
            &climbing,
        ] {
            assert!(images.find(name).is_none(), "{name:?}");
        }
        fs::remove_file(outside).unwrap();
    }

    #[test]
    fn the_directory_of_the_operator_must_exist_and_stays() {
        let images = Images::private().unwrap();
        let theirs = images.directory.clone();
        drop(Images::at(theirs.clone().into()).unwrap());
        assert!(theirs.exists());
        assert!(Images::at(theirs.join("missing").into()).is_err());
    }
}
