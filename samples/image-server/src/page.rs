//! The HTML page.

use std::fmt::Write;

/// The page, whose image is at `/image/isapi.png` below `script_name`.
pub(crate) fn render(script_name: &[u8]) -> String {
    let script_name = percent_encode(script_name);
    format!(
        "<!doctype html>\n\
         <title>ImageServer</title>\n\
         <h1>ImageServer</h1>\n\
         <p><img src=\"{script_name}/image/isapi.png\" alt=\"The image, sent by the extension\"></p>\n"
    )
}

/// A path as it stands in a URL, which is also safe in an HTML attribute.
fn percent_encode(path: &[u8]) -> String {
    let mut encoded = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_name_cannot_leave_its_attribute() {
        let page = render(b"/a b\"><script>/x.dll");
        assert!(
            page.contains("src=\"/a%20b%22%3E%3Cscript%3E/x.dll/image/isapi.png\""),
            "{page}"
        );
    }
}
