//! Extensions in DLLs.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use isapi_abi::{
    DWORD, Entry, PFN_GETEXTENSIONVERSION, PFN_HTTPEXTENSIONPROC, PFN_TERMINATEEXTENSION,
};
use isapi_bridge::{EntryProvider, Escaped, ForeignCall, LoadError};

use crate::contain::Containment;
use crate::library::Library;
use crate::load_failure;
use crate::ordinary_path;

/// An extension in a DLL.
///
/// It is code that runs in this process with all its rights, from the moment it is loaded: its `DllMain`
/// runs before any of its exports is looked up. [`Native::with_unload`](crate::Native::with_unload) says
/// why it stays loaded by default.
#[derive(Debug)]
pub(crate) struct Dll {
    path: PathBuf,
    entry: Entry,
    containment: Containment,
    /// Last: the entry's functions are in it.
    _image: Image,
}

/// A loaded DLL.
#[derive(Debug)]
enum Image {
    /// Freed when it is dropped.
    Freed(Library),
    /// Never freed: see `Native::with_unload`.
    Kept(ManuallyDrop<Library>),
}

impl Image {
    fn library(&self) -> &Library {
        match self {
            Self::Freed(library) => library,
            Self::Kept(library) => library,
        }
    }
}

impl Dll {
    /// Loads the DLL at `path`, for good.
    ///
    /// It is loaded by its canonical path, so that what it looks for beside itself is looked for
    /// beside the file itself and not beside a link to it.
    ///
    /// # Errors
    ///
    /// Each says what is wrong with the file and how to mend it: [`LoadError`].
    pub(crate) fn open(path: &Path) -> Result<Self, LoadError> {
        Self::open_as(path, |library| Image::Kept(ManuallyDrop::new(library)))
    }

    /// Loads the DLL at `path` like [`open`](Self::open), and frees it when this value is dropped.
    ///
    /// A DLL that is loaded elsewhere in the process too stays until it is freed there.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open). What was loaded on the way there is freed again.
    pub(crate) fn open_to_unload(path: &Path) -> Result<Self, LoadError> {
        Self::open_as(path, Image::Freed)
    }

    fn open_as(path: &Path, image: fn(Library) -> Image) -> Result<Self, LoadError> {
        let path = ordinary_path::canonical(path).map_err(|source| LoadError::Open {
            path: path.to_owned(),
            source,
            advice: None,
        })?;
        // SAFETY: loading runs the DLL's `DllMain`. That it may is what the trust in the documentation
        // of this type and of `Backend::open` is about.
        let library = unsafe { Library::load(&path) };
        let library = library.map_err(|error| load_failure::not_loaded(&path, error))?;
        // From here on, on the failing ways too: `DllMain` has run.
        let image = image(library);
        let library = image.library();
        if library.is_program() {
            return Err(load_failure::program(&path));
        }

        // SAFETY: the types are those the interface gives these names, and they are used while the
        // DLL is loaded: the value made of them owns it.
        let (version, proc, terminate) = unsafe {
            (
                library.function::<PFN_GETEXTENSIONVERSION>(c"GetExtensionVersion"),
                library.function::<PFN_HTTPEXTENSIONPROC>(c"HttpExtensionProc"),
                library.function::<PFN_TERMINATEEXTENSION>(c"TerminateExtension"),
            )
        };
        let version =
            version.ok_or_else(|| load_failure::missing_export(&path, "GetExtensionVersion"))?;
        let proc = proc.ok_or_else(|| load_failure::missing_export(&path, "HttpExtensionProc"))?;

        // SAFETY: the three come from one DLL, which is loaded for as long as its provider lives
        // (`EntryProvider`). That they keep the contract is the trust in the documentation of this
        // type.
        let entry = unsafe { Entry::new(version, proc, terminate) };
        Ok(Self {
            path,
            entry,
            containment: Containment::default(),
            _image: image,
        })
    }
}

// SAFETY: the functions belong to one DLL, which is freed when this value is dropped or never. They
// are called once, on the calling thread, and what is contained was unwound up to the call.
unsafe impl EntryProvider for Dll {
    fn entry(&self) -> Entry {
        self.entry
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    unsafe fn call(&self, call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { self.containment.call(call) }
    }
}
