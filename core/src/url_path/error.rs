use std::fmt;

use http::StatusCode;

/// Why a URL path was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlError {
    /// The path does not begin with `/`.
    NotAbsolute,
    /// A `%` without two hexadecimal digits behind it, such as `%zz` or `%u0041`.
    BadEscape,
    /// What was decoded is no UTF-8; overlong forms are none either.
    InvalidUtf8,
    /// A NUL.
    NulByte,
    /// A control character.
    ControlCharacter,
    /// A backslash, escaped or not.
    Backslash,
    /// `..` that leads out of the root.
    LeavesRoot,
    /// An absolute URL that names no host, or something that is none.
    InvalidHost,
    /// An escape that is still there after decoding: `%252e`.
    DoubleEscape,
    /// A colon: a drive letter or an alternate data stream (`::$DATA`).
    Colon,
    /// One of `* ? " < > |`, which no Windows file name has and some searches read as wildcards.
    ReservedCharacter,
    /// `..;` or `.;`, a dot segment to a server that strips path parameters.
    DotSegmentParameter,
    /// A segment that ends with a dot or a space, which Windows ignores.
    TrailingDotOrSpace,
    /// The name of a DOS device, such as `aux` or `com1.txt`.
    DeviceName,
    /// The mark of an 8.3 name, a `~` and a digit.
    ShortName,
}

impl UrlError {
    /// The status to answer with: 400 where the path is broken or leads out of the root, 404 where
    /// it is a name that no file is served under.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotAbsolute
            | Self::BadEscape
            | Self::InvalidUtf8
            | Self::NulByte
            | Self::ControlCharacter
            | Self::Backslash
            | Self::LeavesRoot
            | Self::InvalidHost => StatusCode::BAD_REQUEST,
            Self::DoubleEscape
            | Self::Colon
            | Self::ReservedCharacter
            | Self::DotSegmentParameter
            | Self::TrailingDotOrSpace
            | Self::DeviceName
            | Self::ShortName => StatusCode::NOT_FOUND,
        }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "the path does not begin with a slash",
            Self::BadEscape => "a % in the path is not followed by two hexadecimal digits",
            Self::InvalidUtf8 => "the decoded path is not UTF-8",
            Self::NulByte => "the path has a NUL in it",
            Self::ControlCharacter => "the path has a control character in it",
            Self::Backslash => "the path has a backslash in it",
            Self::LeavesRoot => "the path leads out of the root",
            Self::InvalidHost => "the URL names no host, or something that is none",
            Self::DoubleEscape => "the path is escaped twice",
            Self::Colon => "a name in the path has a colon",
            Self::ReservedCharacter => "a name in the path has one of * ? \" < > |",
            Self::DotSegmentParameter => "a dot segment of the path has a parameter",
            Self::TrailingDotOrSpace => "a name in the path ends with a dot or a space",
            Self::DeviceName => "a name in the path is that of a DOS device",
            Self::ShortName => "a name in the path has the mark of an 8.3 name, ~ and a digit",
        })
    }
}

impl std::error::Error for UrlError {}
