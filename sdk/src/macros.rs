//! `entry!` and `export_extension!`.

/// The entry points of an [`Extension`](crate::Extension), to link it into a host: evaluates to an
/// [`Entry`](crate::abi::Entry).
///
/// A constant expression that exports no symbol, so any number of extensions fit into one program.
/// The loaded instance lives in a static of the macro's own block: two uses are two extensions.
///
/// ```
/// # use isapi_sdk::{Extension, LoadFailure, Request, Status};
/// struct Empty;
///
/// impl Extension for Empty {
///     const DESCRIPTION: &'static str = "Answers with nothing";
///
///     fn load() -> Result<Empty, LoadFailure> {
///         Ok(Empty)
///     }
///
///     fn handle(&self, _request: Request<'_>) -> Status {
///         Status::Success
///     }
/// }
///
/// static EMPTY: isapi_sdk::abi::Entry = isapi_sdk::entry!(Empty);
/// ```
#[macro_export]
macro_rules! entry {
    ($extension:ty) => {{
        struct Here;

        impl $crate::__private::Home for Here {
            type Extension = $extension;

            fn instance() -> &'static $crate::__private::Instance<$extension> {
                static INSTANCE: $crate::__private::Instance<$extension> =
                    $crate::__private::Instance::new();
                &INSTANCE
            }
        }

        $crate::__private::entry::<Here>()
    }};
}

/// Exports an [`Extension`](crate::Extension) from a module: `GetExtensionVersion`,
/// `HttpExtensionProc` and `TerminateExtension`.
///
/// It stands in a crate of its own whose sole `crate-type` is `cdylib`. The symbols have no
/// namespace, so a crate that exports them can never be linked with another one; keep the
/// extension in a library, which can:
///
/// ```ignore
/// isapi_sdk::export_extension!(hello::Hello);
/// ```
#[macro_export]
macro_rules! export_extension {
    ($extension:ty) => {
        const _: () = {
            static ENTRY: $crate::abi::Entry = $crate::entry!($extension);

            /// # Safety
            ///
            /// As `PFN_GETEXTENSIONVERSION` says; called by the host that loaded the module.
            #[unsafe(no_mangle)]
            pub unsafe extern "system" fn GetExtensionVersion(
                info: *mut $crate::abi::HSE_VERSION_INFO,
            ) -> $crate::abi::BOOL {
                // SAFETY: the host keeps the same promise to either function.
                unsafe { ENTRY.get_extension_version()(info) }
            }

            /// # Safety
            ///
            /// As `PFN_HTTPEXTENSIONPROC` says; called by the host that loaded the module.
            #[unsafe(no_mangle)]
            pub unsafe extern "system" fn HttpExtensionProc(
                ecb: *mut $crate::abi::EXTENSION_CONTROL_BLOCK,
            ) -> $crate::abi::DWORD {
                // SAFETY: the host keeps the same promise to either function.
                unsafe { ENTRY.http_extension_proc()(ecb) }
            }

            /// # Safety
            ///
            /// As `PFN_TERMINATEEXTENSION` says; called by the host that loaded the module.
            #[unsafe(no_mangle)]
            pub unsafe extern "system" fn TerminateExtension(
                flags: $crate::abi::DWORD,
            ) -> $crate::abi::BOOL {
                match ENTRY.terminate_extension() {
                    // SAFETY: the host keeps the same promise to either function.
                    Some(terminate_extension) => unsafe { terminate_extension(flags) },
                    None => $crate::abi::TRUE,
                }
            }
        };
    };
}
