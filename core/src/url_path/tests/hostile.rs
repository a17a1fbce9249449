use http::StatusCode;

use crate::url_path::UrlError::{self, *};
use crate::url_path::UrlPath;

/// Paths from the advisories of thirty years, each with the offence it is refused for.
const PATHS: &[(&str, UrlError)] = &[
    // No path at all.
    ("", NotAbsolute),
    ("hello.dll", NotAbsolute),
    ("../etc/passwd", NotAbsolute),
    ("*", NotAbsolute),
    ("http://host/x", NotAbsolute),
    ("\\x", NotAbsolute),
    ("%2fx", NotAbsolute),
    // Out of the root.
    ("/..", LeavesRoot),
    ("/../", LeavesRoot),
    ("/../etc/passwd", LeavesRoot),
    ("/../../../../etc/passwd", LeavesRoot),
    ("/a/../..", LeavesRoot),
    ("/a/../../b", LeavesRoot),
    ("/a/b/../../../c", LeavesRoot),
    ("/./../a", LeavesRoot),
    ("/a/./../../b", LeavesRoot),
    ("//../a", LeavesRoot),
    ("/a//../../b", LeavesRoot),
    ("/hello.dll/../../x", LeavesRoot),
    ("/%2e%2e", LeavesRoot),
    ("/%2e%2e/x", LeavesRoot),
    ("/%2E%2E/x", LeavesRoot),
    ("/.%2e/x", LeavesRoot),
    ("/%2e./x", LeavesRoot),
    ("/%2e%2e%2fx", LeavesRoot),
    ("/..%2fx", LeavesRoot),
    ("/..%2F..%2Fetc%2Fpasswd", LeavesRoot),
    ("/a%2f..%2f..%2fb", LeavesRoot),
    ("/a/%2e%2e/%2e%2e/b", LeavesRoot),
    ("/%2f../x", LeavesRoot),
    ("/%2f..%2f..", LeavesRoot),
    ("/../a/b/c", LeavesRoot),
    ("/a/../../a", LeavesRoot),
    // Escaped twice (MS01-026), in whole and in part.
    ("/%252e%252e/x", DoubleEscape),
    ("/%252e%252e%252fx", DoubleEscape),
    ("/..%252fx", DoubleEscape),
    ("/a/..%252f..%252fx", DoubleEscape),
    ("/scripts/..%255c../winnt", DoubleEscape),
    ("/%25%32%65", DoubleEscape),
    ("/%25%32e", DoubleEscape),
    ("/%252%65", DoubleEscape),
    ("/%%32%65", BadEscape),
    ("/%%35c", BadEscape),
    ("/%%35%63", BadEscape),
    ("/%25%35%63", DoubleEscape),
    ("/a%2500", DoubleEscape),
    ("/a%2500.txt", DoubleEscape),
    ("/%25252e", DoubleEscape),
    ("/%2525%32%65", DoubleEscape),
    ("/%253a%253a$DATA", DoubleEscape),
    ("/hello.dll/%2541", DoubleEscape),
    ("/x%25aa", DoubleEscape),
    ("/x%25AA/y", DoubleEscape),
    ("/%25u002e%25u002e/x", DoubleEscape),
    ("/%25U002E", DoubleEscape),
    ("/%25uff0e", DoubleEscape),
    // Escapes that are none (MS99-061, %u of IIS).
    ("/%", BadEscape),
    ("/a%", BadEscape),
    ("/%2", BadEscape),
    ("/a%2", BadEscape),
    ("/%zz", BadEscape),
    ("/%2g", BadEscape),
    ("/%g2", BadEscape),
    ("/%3p", BadEscape),
    ("/% 20", BadEscape),
    ("/%+2", BadEscape),
    ("/%-1", BadEscape),
    ("/%0x", BadEscape),
    ("/%u0041", BadEscape),
    ("/%U0041", BadEscape),
    ("/%u002e%u002e/x", BadEscape),
    ("/%u2216..", BadEscape),
    ("/%u005c", BadEscape),
    ("/%uff0e%uff0e", BadEscape),
    ("/%%", BadEscape),
    ("/%%%", BadEscape),
    ("/%/2e", BadEscape),
    ("/%2/e", BadEscape),
    ("/%é2", BadEscape),
    ("/a%\u{ff12}e", BadEscape),
    // NUL and other controls.
    ("/%00", NulByte),
    ("/a%00", NulByte),
    ("/a%00.txt", NulByte),
    ("/hello.dll%00.html", NulByte),
    ("/%00/../x", NulByte),
    ("/a\0b", NulByte),
    ("/..%00/x", NulByte),
    ("/%01", ControlCharacter),
    ("/a%09b", ControlCharacter),
    ("/a%0a", ControlCharacter),
    ("/a%0d%0aSet-Cookie: x", ControlCharacter),
    ("/%0d", ControlCharacter),
    ("/%1b[31m", ControlCharacter),
    ("/%1f", ControlCharacter),
    ("/%7f", ControlCharacter),
    ("/a\tb", ControlCharacter),
    ("/a\nb", ControlCharacter),
    ("/%c2%80", ControlCharacter),
    ("/%c2%85", ControlCharacter),
    ("/%c2%9f", ControlCharacter),
    // Overlong and otherwise broken UTF-8 (MS00-078).
    ("/%c0%af", InvalidUtf8),
    ("/..%c0%af..", InvalidUtf8),
    ("/%c0%ae%c0%ae/x", InvalidUtf8),
    ("/%c0%ae%c0%ae%c0%afx", InvalidUtf8),
    ("/%c1%9c", InvalidUtf8),
    ("/..%c1%9c..", InvalidUtf8),
    ("/%c1%1c", InvalidUtf8),
    ("/%c0%2f", InvalidUtf8),
    ("/%c0%80", InvalidUtf8),
    ("/%e0%80%af", InvalidUtf8),
    ("/%e0%80%ae%e0%80%ae/x", InvalidUtf8),
    ("/%f0%80%80%af", InvalidUtf8),
    ("/%f8%80%80%80%af", InvalidUtf8),
    ("/%fc%80%80%80%80%af", InvalidUtf8),
    ("/%fe%80", InvalidUtf8),
    ("/%ff", InvalidUtf8),
    ("/%80", InvalidUtf8),
    ("/%bf", InvalidUtf8),
    ("/%c3", InvalidUtf8),
    ("/%c3/x", InvalidUtf8),
    ("/%e2%82", InvalidUtf8),
    ("/%ed%a0%80", InvalidUtf8),
    ("/%ed%bf%bf", InvalidUtf8),
    ("/%f4%90%80%80", InvalidUtf8),
    ("/%e9", InvalidUtf8),
    // Backslashes.
    ("/\\", Backslash),
    ("/a\\b", Backslash),
    ("/..\\x", Backslash),
    ("/..\\..\\winnt", Backslash),
    ("/%5c", Backslash),
    ("/%5C", Backslash),
    ("/..%5c..%5cx", Backslash),
    ("/a/..%5c..%5cwinnt", Backslash),
    ("/\\\\server\\share", Backslash),
    ("/%5c%5cserver%5cshare", Backslash),
    ("/%5c../x", Backslash),
    ("/.\\x", Backslash),
    ("/hello.dll\\", Backslash),
    // Colons: drives, streams.
    ("/c:", Colon),
    ("/c:/", Colon),
    ("/c:/windows/win.ini", Colon),
    ("/C%3A/windows", Colon),
    ("/a/c:b", Colon),
    ("/hello.dll::$DATA", Colon),
    ("/hello.dll::$data", Colon),
    ("/hello.asp%3A%3A$DATA", Colon),
    ("/hello.dll:stream", Colon),
    ("/hello.dll:stream:$DATA", Colon),
    ("/dir::$INDEX_ALLOCATION/hello.dll", Colon),
    ("/dir:$i30:$INDEX_ALLOCATION/x", Colon),
    ("/:", Colon),
    ("/file:", Colon),
    ("/file:.", Colon),
    ("/hello.dll/http://other/", Colon),
    // Wildcards and other characters no Windows name has.
    ("/*", ReservedCharacter),
    ("/hello.d*", ReservedCharacter),
    ("/hello%3f", ReservedCharacter),
    ("/hello.dll%3Fquery", ReservedCharacter),
    ("/a%22b", ReservedCharacter),
    ("/hel<<", ReservedCharacter),
    ("/hel%3c%3c", ReservedCharacter),
    ("/a>b", ReservedCharacter),
    ("/a%7cb", ReservedCharacter),
    ("/a|b", ReservedCharacter),
    // Dot segments in disguise.
    ("/..;/x", DotSegmentParameter),
    ("/..;a=b/x", DotSegmentParameter),
    ("/a/..;/..;/b", DotSegmentParameter),
    ("/%2e%2e;/x", DotSegmentParameter),
    ("/..%3b/x", DotSegmentParameter),
    ("/.;/x", DotSegmentParameter),
    ("/...", TrailingDotOrSpace),
    ("/.../x", TrailingDotOrSpace),
    ("/..../x", TrailingDotOrSpace),
    ("/..%20/x", TrailingDotOrSpace),
    ("/.. /x", TrailingDotOrSpace),
    ("/.%20", TrailingDotOrSpace),
    ("/. ./x", TrailingDotOrSpace),
    ("/.%20./x", TrailingDotOrSpace),
    // Dots and spaces Windows ignores.
    ("/hello.dll.", TrailingDotOrSpace),
    ("/hello.dll..", TrailingDotOrSpace),
    ("/hello.dll%2e", TrailingDotOrSpace),
    ("/hello.dll%20", TrailingDotOrSpace),
    ("/hello.dll ", TrailingDotOrSpace),
    ("/hello.dll. .", TrailingDotOrSpace),
    ("/hello.dll.%20/x", TrailingDotOrSpace),
    ("/dir./hello.dll", TrailingDotOrSpace),
    ("/a;..", TrailingDotOrSpace),
    ("/dir%20/hello.dll", TrailingDotOrSpace),
    ("/%20", TrailingDotOrSpace),
    // DOS devices.
    ("/con", DeviceName),
    ("/CON", DeviceName),
    ("/Con.txt", DeviceName),
    ("/con.tar.gz", DeviceName),
    ("/con%20.txt", DeviceName),
    ("/prn", DeviceName),
    ("/aux", DeviceName),
    ("/AUX.dll", DeviceName),
    ("/nul", DeviceName),
    ("/nul.html", DeviceName),
    ("/dir/nul/x", DeviceName),
    ("/%6eul", DeviceName),
    ("/com0", DeviceName),
    ("/com1", DeviceName),
    ("/COM9.log", DeviceName),
    ("/com%C2%B9", DeviceName),
    ("/com%C2%B2.txt", DeviceName),
    ("/lpt1", DeviceName),
    ("/LPT9", DeviceName),
    ("/lpt%C2%B3", DeviceName),
    ("/conin$", DeviceName),
    ("/CONOUT$", DeviceName),
    ("/clock$", DeviceName),
    ("/aux/../x", DeviceName),
    // 8.3 names.
    ("/HELLO~1.DLL", ShortName),
    ("/hello~1", ShortName),
    ("/progra~1/x", ShortName),
    ("/progra%7e1", ShortName),
    ("/progra~%31", ShortName),
    ("/A1B2C3~9.TXT", ShortName),
    ("/longna~10.dll", ShortName),
    ("/~1", ShortName),
];

#[test]
fn hostile_paths_are_refused_by_name() {
    assert!(PATHS.len() >= 150, "the table shrank to {}", PATHS.len());
    for (raw, error) in PATHS {
        assert_eq!(UrlPath::parse(*raw), Err(*error), "{raw:?}");
    }
}

#[test]
fn hostile_paths_stay_hostile_below_a_directory() {
    for (raw, error) in PATHS
        .iter()
        .filter(|(raw, error)| raw.starts_with('/') && *error != LeavesRoot)
    {
        let nested = format!("/scripts/sub{raw}");
        assert_eq!(UrlPath::parse(&nested), Err(*error), "{nested:?}");
    }
}

#[test]
fn every_refusal_is_a_400_or_a_404() {
    let not_found = [
        DoubleEscape,
        Colon,
        ReservedCharacter,
        DotSegmentParameter,
        TrailingDotOrSpace,
        DeviceName,
        ShortName,
    ];
    for (raw, error) in PATHS {
        let expected = match not_found.contains(error) {
            true => StatusCode::NOT_FOUND,
            false => StatusCode::BAD_REQUEST,
        };
        assert_eq!(error.status(), expected, "{raw:?}");
    }
}

#[test]
fn the_table_is_complete() {
    let all = [
        NotAbsolute,
        BadEscape,
        InvalidUtf8,
        NulByte,
        ControlCharacter,
        Backslash,
        LeavesRoot,
        DoubleEscape,
        Colon,
        ReservedCharacter,
        DotSegmentParameter,
        TrailingDotOrSpace,
        DeviceName,
        ShortName,
    ];
    for error in all {
        assert!(
            PATHS.iter().any(|(_, refused)| *refused == error),
            "no row for {error:?}"
        );
    }
}
