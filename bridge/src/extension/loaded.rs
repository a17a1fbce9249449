use std::fmt;
use std::sync::Arc;

use isapi_abi::{
    DWORD, Entry, HSE_MAX_EXT_DLL_NAME_LEN, HSE_TERM_ADVISORY_UNLOAD, HSE_TERM_MUST_UNLOAD,
    HSE_VERSION_INFO,
};
use isapi_core::win32::Win32Error;

use super::image_life::{ImageKey, ImageLives};
use super::{Escaped, ForeignCall, ForeignFunction};
use crate::report::escaped;
use crate::{EntryProvider, LoadError, last_error};

#[cfg(not(isapi_loom))]
static IMAGES: std::sync::LazyLock<ImageLives<Version>> = std::sync::LazyLock::new(ImageLives::new);

#[cfg(isapi_loom)]
loom::lazy_static! {
    static ref IMAGES: ImageLives<Version> = ImageLives::new();
}

/// What an extension says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtensionInfo {
    /// `lpszExtensionDesc`, with everything that is not printable escaped.
    pub description: String,
    /// Major and minor half of `dwExtensionVersion`: the version of the interface the extension
    /// was built for.
    pub version: (u16, u16),
    /// The provider's name: a path, or "hello (linked in)".
    pub name: String,
}

impl fmt::Display for ExtensionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version;
        write!(f, "{}: {} ({major}.{minor})", self.name, self.description)
    }
}

/// What `GetExtensionVersion` filled in: description and version.
type Version = (String, (u16, u16));

/// An extension whose `GetExtensionVersion` has answered TRUE. There is no other way to one, so
/// `HttpExtensionProc` cannot be called without.
pub(crate) struct LoadedExtension {
    entry: Entry,
    image: ImageKey,
    info: ExtensionInfo,
    /// That of `info`, for those who keep it.
    name: Arc<str>,
    /// Last: the entry's functions live as long as their provider.
    provider: Arc<dyn EntryProvider>,
}

impl LoadedExtension {
    /// Calls `GetExtensionVersion`, unless the same image is in use elsewhere in this process
    /// ([ms525283](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525283(v=vs.90))).
    pub(crate) fn load(provider: Arc<dyn EntryProvider>) -> Result<Self, LoadError> {
        let entry = provider.entry();
        let name = provider.name();
        let image = ImageKey::of(&entry);
        let (description, version) =
            IMAGES.enter(image, || call_version(&*provider, &entry, &name))?;
        let info = ExtensionInfo {
            description,
            version,
            name,
        };
        Ok(Self {
            entry,
            image,
            name: Arc::from(info.name.as_str()),
            info,
            provider,
        })
    }

    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    pub(crate) fn info(&self) -> &ExtensionInfo {
        &self.info
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// `TerminateExtension(HSE_TERM_MUST_UNLOAD)`, unless the image is still in use elsewhere. The
    /// caller has waited until no request is outstanding, and calls this once: it is whom
    /// [`UnloadGate::begin_termination`](super::UnloadGate::begin_termination) said so.
    pub(crate) fn terminate(&self) {
        IMAGES.leave(self.image, || {
            // The answer is meaningless here: the extension must go.
            self.call_terminate(HSE_TERM_MUST_UNLOAD);
            true
        });
    }

    /// `TerminateExtension(HSE_TERM_ADVISORY_UNLOAD)`: whether the extension agrees to go. One
    /// without that export does; one that is in use elsewhere is not asked, and stays there. The
    /// caller has seen to it that no request is outstanding, and drops one that goes.
    pub(crate) fn offer_unload(&self) -> bool {
        IMAGES.leave(self.image, || self.call_terminate(HSE_TERM_ADVISORY_UNLOAD))
    }

    fn call_terminate(&self, flags: DWORD) -> bool {
        let Some(terminate) = self.entry.terminate_extension() else {
            return true;
        };
        let function = ForeignFunction::TerminateExtension(terminate, flags);
        // SAFETY: the extension was accepted and has no request outstanding: both callers see to it
        // for this use of the image, and it was the last one.
        match unsafe { self.call(None, function) } {
            Ok(agreed) => agreed != 0,
            Err(escaped) => {
                tracing::error!(
                    extension = self.info.name,
                    "{escaped} escaped TerminateExtension"
                );
                // It has not agreed. What it has left behind may still run, so its code stays.
                false
            }
        }
    }

    /// Calls a function of the extension, for a request if there is one.
    ///
    /// # Safety
    ///
    /// As of [`EntryProvider::call`].
    pub(crate) unsafe fn call(
        &self,
        request: Option<u64>,
        function: ForeignFunction,
    ) -> Result<DWORD, Escaped> {
        let call = ForeignCall {
            extension: &self.info.name,
            request,
            function,
        };
        // SAFETY: the promise is the caller's; the provider lives as long as `self`.
        unsafe { self.provider.call(&call) }
    }
}

impl fmt::Debug for LoadedExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedExtension")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

fn call_version(
    provider: &dyn EntryProvider,
    entry: &Entry,
    name: &str,
) -> Result<Version, LoadError> {
    let mut version = HSE_VERSION_INFO {
        dwExtensionVersion: 0,
        lpszExtensionDesc: [0; HSE_MAX_EXT_DLL_NAME_LEN],
    };
    let call = ForeignCall {
        extension: name,
        request: None,
        function: ForeignFunction::GetExtensionVersion(
            entry.get_extension_version(),
            &raw mut version,
        ),
    };
    last_error::set(0);
    // SAFETY: the provider promises that the function is callable, `Entry::new` that it follows the
    // contract; `version` is writable and zeroed as it asks.
    let accepted = unsafe { provider.call(&call) };
    let last_error = last_error::get();
    let accepted = accepted.map_err(|escaped| LoadError::Escaped {
        name: name.to_owned(),
        escaped,
    })?;
    if accepted == 0 {
        return Err(LoadError::VersionRefused {
            name: name.to_owned(),
            last_error: Win32Error::new(last_error),
        });
    }
    Ok((description(&version), halves(version.dwExtensionVersion)))
}

/// The description up to its NUL, or all of it where the extension left none.
fn description(version: &HSE_VERSION_INFO) -> String {
    let bytes = version
        .lpszExtensionDesc
        .iter()
        .map(|char| char.to_ne_bytes()[0]);
    escaped(&bytes.take_while(|byte| *byte != 0).collect::<Vec<_>>())
}

fn halves(version: DWORD) -> (u16, u16) {
    let [a, b, c, d] = version.to_be_bytes();
    (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
}
