//! Extensions in shared objects.

use std::error::Error;
use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use isapi_abi::{Entry, PFN_GETEXTENSIONVERSION, PFN_HTTPEXTENSIONPROC, PFN_TERMINATEEXTENSION};
use isapi_bridge::{EntryProvider, LoadError};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::image::{self, Unfit};
use crate::segments;

/// An extension in a `.so` or `.dylib` file.
///
/// # Trust
///
/// A module is code that runs in this process with all its rights, from the moment it is opened: its
/// constructors run before any of its exports is looked up. Load what you would link in.
///
/// # It stays mapped
///
/// The image that [`open`](Self::open) yields is never closed again. `dlclose` would run under the
/// feet of everything the module may have left behind in the process: thread-local destructors of
/// threads that called it, threads of its own, `atexit` handlers, callbacks it registered elsewhere.
/// Unloading an extension therefore means `TerminateExtension`; opening the same path again then
/// yields the same image.
///
/// [`open_to_unload`](Self::open_to_unload) is for modules that leave nothing of the kind behind. Where
/// the system knows of a thread-local destructor (glibc does of those of C++ and Rust), it keeps the
/// image by itself.
#[derive(Debug)]
pub struct SharedObject {
    path: PathBuf,
    entry: Entry,
    /// Last: the entry's functions are in it.
    _image: Image,
}

/// An open module.
#[derive(Debug)]
enum Image {
    /// Closed when it is dropped.
    Closed(Library),
    /// Never closed: see the documentation of [`SharedObject`].
    Kept(ManuallyDrop<Library>),
}

impl Image {
    fn library(&self) -> &Library {
        match self {
            Self::Closed(library) => library,
            Self::Kept(library) => library,
        }
    }
}

impl SharedObject {
    /// Opens the module at `path`, for good.
    ///
    /// It is opened under its canonical path, so that what it looks for beside itself (`$ORIGIN`,
    /// its configuration) is looked for beside the file itself and not beside a link to it. All its
    /// symbols are resolved now (`RTLD_NOW`) and offered to nobody else (`RTLD_LOCAL`).
    ///
    /// # Errors
    ///
    /// Each says what is wrong with the file and how to mend it: [`LoadError`].
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        Self::open_as(path, |library| Image::Kept(ManuallyDrop::new(library)))
    }

    /// Opens the module at `path` like [`open`](Self::open), and closes it when this value is dropped.
    ///
    /// A module that is open elsewhere in the process too stays mapped until it is closed there.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open). What was opened on the way there is closed again.
    pub fn open_to_unload(path: &Path) -> Result<Self, LoadError> {
        Self::open_as(path, Image::Closed)
    }

    fn open_as(path: &Path, image: fn(Library) -> Image) -> Result<Self, LoadError> {
        let path = fs::canonicalize(path).map_err(|source| LoadError::Open {
            path: path.to_owned(),
            source,
            advice: None,
        })?;
        check_image(&path)?;

        // SAFETY: opening runs the module's constructors. That it may is what the trust in the
        // documentation of this type and of `Backend::open` is about.
        let library = unsafe { Library::open(Some(path.as_os_str()), RTLD_NOW | RTLD_LOCAL) };
        let library = library.map_err(|error| unresolved(&path, &error))?;
        // From here on, on the failing ways too: constructors have run.
        let image = image(library);
        let library = image.library();

        // SAFETY: the types are those the interface gives these names, and they are used while the
        // image is mapped: the value made of them owns it.
        let (version, proc, terminate) = unsafe {
            (
                symbol::<PFN_GETEXTENSIONVERSION>(library, c"GetExtensionVersion"),
                symbol::<PFN_HTTPEXTENSIONPROC>(library, c"HttpExtensionProc"),
                symbol::<PFN_TERMINATEEXTENSION>(library, c"TerminateExtension"),
            )
        };
        let version = version.ok_or_else(|| missing_export(&path, "GetExtensionVersion"))?;
        let proc = proc.ok_or_else(|| missing_export(&path, "HttpExtensionProc"))?;

        // SAFETY: the three come from one module, which is mapped for as long as its provider lives
        // (`EntryProvider`). That they keep the contract is the trust in the documentation of this
        // type.
        let entry = unsafe { Entry::new(version, proc, terminate) };
        Ok(Self {
            path,
            entry,
            _image: image,
        })
    }
}

// SAFETY: the functions belong to one image, which is closed when this value is dropped or never.
unsafe impl EntryProvider for SharedObject {
    fn entry(&self) -> Entry {
        self.entry
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// The function exported as `name`; `None` where there is none, or one whose address is null.
///
/// # Safety
///
/// `F` is the type of a pointer to the function of that name, and is used while the image is mapped.
unsafe fn symbol<F: Copy>(library: &Library, name: &CStr) -> Option<F> {
    // SAFETY: of the caller; `Option` makes a null address `None` instead of an invalid pointer.
    let symbol = unsafe { library.get::<Option<F>>(name) };
    symbol.ok().and_then(|symbol| *symbol)
}

/// Looks into the file and turns away what the dynamic linker could not use.
fn check_image(path: &Path) -> Result<(), LoadError> {
    let mut header = Vec::with_capacity(image::HEADER_LENGTH);
    let unreadable = |source| LoadError::Open {
        path: path.to_owned(),
        source,
        advice: None,
    };
    let read = File::open(path).and_then(|file| {
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        (&file)
            .take(image::HEADER_LENGTH as u64)
            .read_to_end(&mut header)?;
        Ok(file)
    });
    let file = read.map_err(unreadable)?;
    let mut fit = image::check(&header);
    if fit.is_ok() && image::is_elf(&header) && !segments::are_whole(&file).map_err(unreadable)? {
        fit = Err(Unfit::not_a_module(
            "its end is missing; was it copied completely?",
        ));
    }
    fit.map_err(|unfit| match unfit {
        Unfit::NotAModule(reason) => LoadError::NotAModule {
            path: path.to_owned(),
            reason,
        },
        Unfit::WrongArchitecture(found) => LoadError::WrongArchitecture {
            path: path.to_owned(),
            found,
            expected: image::host(),
            advice: None,
        },
    })
}

/// An export is missing. What the file has in its place says what to do.
fn missing_export(path: &Path, name: &'static str) -> LoadError {
    // A file that cannot be read any more has nothing to tell.
    let image = fs::read(path).unwrap_or_default();
    LoadError::MissingExport {
        path: path.to_owned(),
        name,
        advice: advice(&image, name),
    }
}

/// What mends that `image` does not export `name`.
fn advice(image: &[u8], name: &str) -> String {
    if let Some(decorated) = decorated(image, name) {
        return if decorated.contains('@') {
            format!("it is there as {decorated}; export it by its plain name, with a .def file")
        } else {
            format!("it is there as {decorated}; declare it extern \"C\"")
        };
    }
    if has_symbol(image, name) {
        return "it is there, but hidden; it must not be static, nor hidden by \
                -fvisibility=hidden or a version script"
            .to_owned();
    }
    "every extension has to define it".to_owned()
}

/// Whether one of the strings in `image` is `name`: the symbol table has local and hidden symbols
/// too, unless they were stripped.
fn has_symbol(image: &[u8], name: &str) -> bool {
    let symbol = format!("\0{name}\0");
    image
        .windows(symbol.len())
        .any(|window| window == symbol.as_bytes())
}

/// A symbol in `image` that a compiler made of `name`: the one of C++ (`_Z17HttpExtensionProcP...`)
/// or of 32-bit Windows (`_HttpExtensionProc@4`).
fn decorated(image: &[u8], name: &str) -> Option<String> {
    let prefixes = [format!("_Z{}{name}", name.len()), format!("_{name}@")];
    prefixes.iter().find_map(|prefix| {
        let start = image
            .windows(prefix.len())
            .position(|window| window == prefix.as_bytes())?;
        let symbol = image[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_graphic());
        Some(symbol.map(|&byte| char::from(byte)).collect())
    })
}

/// The dynamic linker refused: mostly a library or a symbol it could not find.
fn unresolved(path: &Path, error: &libloading::Error) -> LoadError {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    // glibc's words; every other linker's come below.
    if reason.contains("position-independent executable") {
        return LoadError::NotAModule {
            path: path.to_owned(),
            reason: image::A_PROGRAM.to_owned(),
        };
    }
    // The error names the path itself.
    let reason = reason.replace(&format!("{}: ", path.display()), "");
    LoadError::Open {
        path: path.to_owned(),
        source: io::Error::other(reason),
        advice: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decorated_export_is_found() {
        let image =
            b"\0strlen\0_Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK\0_TerminateExtension@4\0";
        let found = |name| decorated(image, name);
        assert_eq!(
            found("HttpExtensionProc").as_deref(),
            Some("_Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK")
        );
        assert_eq!(
            found("TerminateExtension").as_deref(),
            Some("_TerminateExtension@4")
        );
        assert_eq!(found("GetExtensionVersion"), None);
    }

    #[test]
    fn what_is_there_in_place_of_an_export_decides_the_advice() {
        let advice = |image: &[u8]| advice(image, "HttpExtensionProc");
        assert!(advice(b"\0_Z17HttpExtensionProcPv\0").contains("extern \"C\""));
        assert!(advice(b"\0_HttpExtensionProc@4\0").contains(".def"));
        assert!(advice(b"\0HttpExtensionProc\0").contains("hidden"));
        assert!(advice(b"\0HttpExtensionProcs\0").contains("has to define it"));
    }
}
