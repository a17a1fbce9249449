//! Size and offsets of every structure, for 64 and 32 bits, and every signature.
//!
//! The numbers are written down once, in [`TABLE`]. The compiler holds this crate's types against
//! the column of the target's pointer width; `cargo xtask abi-check` holds the same table against
//! the C header with a 64-bit and a 32-bit compiler. A field that is missing in a line of the
//! table does not compile, and one that is missing in a type is found by the check.

use core::mem::{offset_of, size_of};

#[cfg(not(any(target_pointer_width = "64", target_pointer_width = "32")))]
compile_error!("ISAPI is defined for pointers of 64 and 32 bits");

/// One number for each pointer width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// On a target with 64-bit pointers.
    pub wide: usize,
    /// On a target with 32-bit pointers.
    pub narrow: usize,
}

impl Bytes {
    /// The number for the target that this crate was compiled for.
    pub const fn here(self) -> usize {
        if cfg!(target_pointer_width = "64") {
            self.wide
        } else {
            self.narrow
        }
    }
}

/// The layout of one structure.
#[derive(Clone, Copy, Debug)]
pub struct Struct {
    /// Its name in C and in Rust.
    pub name: &'static str,
    /// Its size.
    pub size: Bytes,
    /// Its fields, all of them, in order.
    pub fields: &'static [Field],
}

/// The place of one field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in C and in Rust.
    pub name: &'static str,
    /// Where it begins in its structure.
    pub offset: Bytes,
    /// Its size on the target that this crate was compiled for.
    pub size_here: usize,
}

/// The signature of one function type, in the names of C.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name. The callbacks of the control block have no type name in C: theirs is `PFN_` and
    /// the field in capitals.
    pub name: &'static str,
    /// The types of its parameters; a pointer that has no name of its own is `*mut` and what it
    /// points to.
    pub parameters: &'static [&'static str],
    /// The type of its result; empty where there is none.
    pub result: &'static str,
}

/// The size of what a projection leads to.
const fn projected_size<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

/// Writes the table down and asserts it: `name: 64-bit | 32-bit`.
macro_rules! layout {
    ($(
        $name:ident: $wide:literal | $narrow:literal {
            $($field:ident: $field_wide:literal | $field_narrow:literal,)*
        }
    )*) => {
        /// Every structure of the header.
        pub const TABLE: &[Struct] = &[$(
            Struct {
                name: stringify!($name),
                size: Bytes { wide: $wide, narrow: $narrow },
                fields: &[$(
                    Field {
                        name: stringify!($field),
                        offset: Bytes { wide: $field_wide, narrow: $field_narrow },
                        size_here: projected_size(|all: &crate::$name| &all.$field),
                    },
                )*],
            },
        )*];

        $(const _: () = {
            // Does not compile where a field is not in the table.
            let _ = |all: crate::$name| {
                let crate::$name { $($field: _),* } = all;
            };
            assert!(
                size_of::<crate::$name>() == Bytes { wide: $wide, narrow: $narrow }.here(),
                concat!("size of ", stringify!($name)),
            );
            $(assert!(
                offset_of!(crate::$name, $field)
                    == Bytes { wide: $field_wide, narrow: $field_narrow }.here(),
                concat!("offset of ", stringify!($name), "::", stringify!($field)),
            );)*
        };)*
    };
}

layout! {
    HSE_VERSION_INFO: 260 | 260 {
        dwExtensionVersion: 0 | 0,
        lpszExtensionDesc: 4 | 4,
    }
    EXTENSION_CONTROL_BLOCK: 192 | 144 {
        cbSize: 0 | 0,
        dwVersion: 4 | 4,
        ConnID: 8 | 8,
        dwHttpStatusCode: 16 | 12,
        lpszLogData: 20 | 16,
        lpszMethod: 104 | 96,
        lpszQueryString: 112 | 100,
        lpszPathInfo: 120 | 104,
        lpszPathTranslated: 128 | 108,
        cbTotalBytes: 136 | 112,
        cbAvailable: 140 | 116,
        lpbData: 144 | 120,
        lpszContentType: 152 | 124,
        GetServerVariable: 160 | 128,
        WriteClient: 168 | 132,
        ReadClient: 176 | 136,
        ServerSupportFunction: 184 | 140,
    }
    HSE_URL_MAPEX_INFO: 280 | 280 {
        lpszPath: 0 | 0,
        dwFlags: 260 | 260,
        cchMatchingPath: 264 | 264,
        cchMatchingURL: 268 | 268,
        dwReserved1: 272 | 272,
        dwReserved2: 276 | 276,
    }
    HSE_UNICODE_URL_MAPEX_INFO: 532 | 532 {
        lpszPath: 0 | 0,
        dwFlags: 520 | 520,
        cchMatchingPath: 524 | 524,
        cchMatchingURL: 528 | 528,
    }
    HSE_TF_INFO: 72 | 44 {
        pfnHseIO: 0 | 0,
        pContext: 8 | 4,
        hFile: 16 | 8,
        pszStatusCode: 24 | 12,
        BytesToWrite: 32 | 16,
        Offset: 36 | 20,
        pHead: 40 | 24,
        HeadLength: 48 | 28,
        pTail: 56 | 32,
        TailLength: 64 | 36,
        dwFlags: 68 | 40,
    }
    HSE_SEND_HEADER_EX_INFO: 32 | 20 {
        pszStatus: 0 | 0,
        pszHeader: 8 | 4,
        cchStatus: 16 | 8,
        cchHeader: 20 | 12,
        fKeepConn: 24 | 16,
    }
    HSE_EXEC_URL_USER_INFO: 24 | 12 {
        hImpersonationToken: 0 | 0,
        pszCustomUserName: 8 | 4,
        pszCustomAuthType: 16 | 8,
    }
    HSE_EXEC_URL_ENTITY_INFO: 16 | 8 {
        cbAvailable: 0 | 0,
        lpbData: 8 | 4,
    }
    HSE_EXEC_URL_STATUS: 8 | 8 {
        uHttpStatusCode: 0 | 0,
        uHttpSubStatus: 2 | 2,
        dwWin32Error: 4 | 4,
    }
    HSE_EXEC_URL_INFO: 48 | 24 {
        pszUrl: 0 | 0,
        pszMethod: 8 | 4,
        pszChildHeaders: 16 | 8,
        pUserInfo: 24 | 12,
        pEntity: 32 | 16,
        dwExecUrlFlags: 40 | 20,
    }
    HSE_EXEC_UNICODE_URL_USER_INFO: 24 | 12 {
        hImpersonationToken: 0 | 0,
        pszCustomUserName: 8 | 4,
        pszCustomAuthType: 16 | 8,
    }
    HSE_EXEC_UNICODE_URL_INFO: 48 | 24 {
        pszUrl: 0 | 0,
        pszMethod: 8 | 4,
        pszChildHeaders: 16 | 8,
        pUserInfo: 24 | 12,
        pEntity: 32 | 16,
        dwExecUrlFlags: 40 | 20,
    }
    HSE_CUSTOM_ERROR_INFO: 16 | 12 {
        pszStatus: 0 | 0,
        uHttpSubError: 8 | 4,
        fAsync: 12 | 8,
    }
    HSE_VECTOR_ELEMENT: 32 | 24 {
        ElementType: 0 | 0,
        pvContext: 8 | 4,
        cbOffset: 16 | 8,
        cbSize: 24 | 16,
    }
    HSE_RESPONSE_VECTOR: 40 | 20 {
        dwFlags: 0 | 0,
        pszStatus: 8 | 4,
        pszHeaders: 16 | 8,
        nElementCount: 24 | 12,
        lpElementArray: 32 | 16,
    }
    CERT_CONTEXT: 40 | 20 {
        dwCertEncodingType: 0 | 0,
        pbCertEncoded: 8 | 4,
        cbCertEncoded: 16 | 8,
        pCertInfo: 24 | 12,
        hCertStore: 32 | 16,
    }
    CERT_CONTEXT_EX: 48 | 28 {
        CertContext: 0 | 0,
        cbAllocated: 40 | 20,
        dwCertificateFlags: 44 | 24,
    }
    HSE_TRACE_INFO: 28 | 28 {
        fTraceRequest: 0 | 0,
        TraceContextId: 4 | 4,
        dwReserved1: 20 | 20,
        dwReserved2: 24 | 24,
    }
}
