//! Name and password of the Basic scheme ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).

/// What a client says who it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

/// Reads `base64(user ":" password)`; `None` where it is anything else.
///
/// A control character is refused (RFC 7617, section 2): a NUL would end the C text early, and the
/// extension would check another name than the client sent.
pub(super) fn credentials(encoded: &[u8]) -> Option<Credentials> {
    let decoded = decode_base64(encoded)?;
    if decoded.iter().any(u8::is_ascii_control) {
        return None;
    }
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    Some(Credentials {
        user: decoded[..colon].to_vec(),
        password: decoded[colon + 1..].to_vec(),
    })
}

/// Base64 with its padding ([RFC 4648, section 4](https://www.rfc-editor.org/rfc/rfc4648#section-4)).
/// Each text has exactly one spelling: unused bits that are set are refused as well.
fn decode_base64(encoded: &[u8]) -> Option<Vec<u8>> {
    if !encoded.len().is_multiple_of(4) {
        return None;
    }
    let padding = encoded
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'=')
        .count();
    if padding > 2 {
        return None;
    }
    let mut decoded = Vec::with_capacity(encoded.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut count = 0;
    for &byte in &encoded[..encoded.len() - padding] {
        bits = (bits << 6) | sextet(byte)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then_some(decoded)
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_as_rfc_4648_shows() {
        let rows: [(&str, &str); 7] = [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ];
        for (encoded, plain) in rows {
            let decoded = decode_base64(encoded.as_bytes());
            assert_eq!(decoded.as_deref(), Some(plain.as_bytes()), "{encoded}");
        }
        assert_eq!(decode_base64(b"+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        let rows = [
            "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9\n",
            "Zm-_", "=Zg=", "Zm9vé",
        ];
        for encoded in rows {
            assert_eq!(decode_base64(encoded.as_bytes()), None, "{encoded:?}");
        }
    }

    #[test]
    fn the_first_colon_ends_the_name() {
        let both = |user: &[u8], password: &[u8]| {
            Some(Credentials {
                user: user.to_vec(),
                password: password.to_vec(),
            })
        };
        let aladdin = credentials(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(aladdin, both(b"Aladdin", b"open sesame"));
        assert_eq!(credentials(b"YTpiOmM="), both(b"a", b"b:c"));
        assert_eq!(credentials(b"Og=="), both(b"", b""));
        // "test:123" and a pound sign: bytes that are no ASCII stay what they are.
        assert_eq!(
            credentials(b"dGVzdDoxMjPCow=="),
            both(b"test", b"123\xc2\xa3")
        );
    }

    #[test]
    fn neither_a_missing_colon_nor_a_control_character_is_a_name() {
        // "Aladdin", "root\0:x", "a:b\n"
        for encoded in ["QWxhZGRpbg==", "cm9vdAA6eA==", "YTpiCg==", ""] {
            assert_eq!(credentials(encoded.as_bytes()), None, "{encoded}");
        }
    }
}
