//! Log lines. What an extension or a client wrote is escaped before it gets here.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use isapi_abi::HCONN;
use isapi_core::session::{Callback, HostFault, Misuse};
use isapi_core::win32::Win32Error;

use crate::Backend;
use crate::extension::{Escaped, ForeignFunction};
use crate::registry::Epitaph;
use crate::shared::Shared;

/// A broken rule, by name.
pub(crate) fn misuse(extension: &str, request: u64, url: &str, misuse: &Misuse) {
    tracing::warn!(
        misuse = misuse.name(),
        extension,
        request,
        url,
        see = help(misuse),
        "{misuse}"
    );
}

/// The section about a rule, such as `docs/misuse.md#afterdone`.
fn help(misuse: &Misuse) -> String {
    format!("docs/misuse.md#{}", misuse.name().to_ascii_lowercase())
}

/// A callback for a request that is over.
pub(crate) fn stale_connection(callback: Callback, gone: &Epitaph) -> Win32Error {
    let misuse = Misuse::StaleConnection;
    if gone.is_first_caller() {
        tracing::warn!(
            misuse = misuse.name(),
            extension = &*gone.extension,
            request = gone.request,
            see = help(&misuse),
            "{misuse} ({callback})"
        );
    }
    misuse.win32()
}

/// A callback with a `ConnID` that is nobody's. Logged the 1st, 2nd, 4th, 8th ... time: a broken
/// extension may do this in a loop.
pub(crate) fn unknown_connection(callback: Callback, conn: HCONN) -> Win32Error {
    static TIMES: AtomicU64 = AtomicU64::new(0);
    let misuse = Misuse::StaleConnection;
    let times = TIMES.fetch_add(1, Ordering::Relaxed) + 1;
    if times.is_power_of_two() {
        tracing::warn!(
            misuse = misuse.name(),
            ?conn,
            times,
            see = help(&misuse),
            "{misuse} ({callback})"
        );
    }
    misuse.win32()
}

/// What left a function of the extension by another way than its return. The extension is listed as
/// unhealthy, and goes on being called: it is for the one who runs the server to judge.
pub(crate) fn escaped_call(shared: &Shared, function: ForeignFunction, escaped: &Escaped) {
    let extension = &**shared.extension_name();
    let reason = format!("{escaped} escaped {}", function.name());
    tracing::error!(
        extension,
        request = shared.request(),
        url = shared.head().target(),
        "{reason}; the request fails if it was not done, and the extension goes on being called: it \
         has to catch its exceptions"
    );
    shared.site().report_escape(extension, &reason);
}

/// Why a response is cut. A file that cannot be read has been reported where that was found.
pub(crate) fn file_failed(shared: &Shared, fault: HostFault) {
    if fault == HostFault::FileTruncated {
        let head = shared.head();
        tracing::warn!(
            remote = head.connection().remote.map(tracing::field::display),
            request = shared.request(),
            extension = &**shared.extension_name(),
            url = head.target(),
            "a file became shorter while it was sent; the response is cut"
        );
    }
}

/// Lent memory that the kernel has taken and that does not come back.
pub(crate) fn memory_kept(shared: &Shared) {
    tracing::warn!(
        request = shared.request(),
        extension = &**shared.extension_name(),
        url = shared.head().target(),
        "something between an extension and its connection keeps what was sent: lent_memory has to be \
         off for it"
    );
}

/// A panic of ours inside a callback.
#[cfg(not(isapi_loom))]
pub(crate) fn panicked(callback: Callback) {
    tracing::error!("the host panicked in {callback}; this is a bug of the host");
}

/// 8-bit text of an extension as one printable line, as [`escaped`] makes it. Where it is no text in
/// the platform's encoding its bytes are taken as they are.
pub(crate) fn escaped_text(text: &[u8], backend: &dyn Backend) -> String {
    match backend.decode_text(text) {
        Some(text) => escaped(text.as_bytes()),
        None => escaped(text),
    }
}

/// Text from outside as one printable line: control characters (CR, LF, ESC among them) and bytes
/// that are not UTF-8 become escapes.
pub(crate) fn escaped(text: &[u8]) -> String {
    let mut line = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\\' => line.push_str("\\\\"),
                char if char.is_control() || is_invisible(char) => {
                    line.extend(char.escape_default());
                }
                char => line.push(char),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(line, "\\x{byte:02x}");
        }
    }
    line
}

/// Line and paragraph separators, and the marks that turn a line's direction around.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_backend::TestBackend;

    #[test]
    fn nothing_that_ends_a_line_or_drives_a_terminal_gets_through() {
        assert_eq!(escaped(b"a\r\nb\x1b[2J\0"), r"a\r\nb\u{1b}[2J\u{0}");
        assert_eq!(escaped(b"\xffok"), r"\xffok");
        assert_eq!(
            escaped("gr\u{fc}n \u{202e}x".as_bytes()),
            "gr\u{fc}n \\u{202e}x"
        );
        assert_eq!(escaped(br"a\b"), r"a\\b");
    }

    #[test]
    fn what_an_extension_logs_is_read_in_the_encoding_of_the_platform() {
        let escaped_text = |text: &[u8]| escaped_text(text, &TestBackend::Latin1);
        assert_eq!(escaped_text(b"gr\xfcn\n"), "gr\u{fc}n\\n");
        assert_eq!(escaped_text(b"\x80ok"), r"\x80ok");
    }
}
