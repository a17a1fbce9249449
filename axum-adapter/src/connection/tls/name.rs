//! X.500 names as IIS shows them.

use std::borrow::Cow;
use std::fmt::Write as _;

use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::{Encode, Tag, Tagged};
use x509_cert::name::Name;

/// The attributes that Windows has a short name for.
const SHORT_NAMES: [(&str, &str); 17] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "S"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "T"),
    ("2.5.4.13", "Description"),
    ("2.5.4.17", "PostalCode"),
    ("2.5.4.18", "POBox"),
    ("2.5.4.20", "Phone"),
    ("2.5.4.42", "G"),
    ("2.5.4.43", "I"),
    ("1.2.840.113549.1.9.1", "E"),
];

/// Not in the table, for its name is as old as LDAP and its number as long as this line.
const DOMAIN_COMPONENT: &str = "0.9.2342.19200300.100.1.25";

/// A name as `CN=www.example.com, O="Example, Inc.", C=US`, its parts in the certificate's order.
///
/// This is the form of
/// [`CertNameToStr`](https://learn.microsoft.com/en-us/windows/win32/api/wincrypt/nf-wincrypt-certnametostrw)
/// with `CERT_X500_NAME_STR`, which is what IIS puts into `CERT_SUBJECT` and its like.
pub(super) fn x500_string(name: &Name) -> String {
    let parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let attributes: Vec<String> = part.iter().map(attribute).collect();
            attributes.join(" + ")
        })
        .collect();
    parts.join(", ")
}

fn attribute(attribute: &AttributeTypeAndValue) -> String {
    let number = attribute.oid.to_string();
    let short = SHORT_NAMES
        .iter()
        .chain(&[(DOMAIN_COMPONENT, "DC")])
        .find(|(known, _)| *known == number);
    let value = value(attribute);
    match short {
        Some((_, short)) => format!("{short}={value}"),
        None => format!("OID.{number}={value}"),
    }
}

/// The value as text, in quotes where it needs them; what is no text in hex.
fn value(attribute: &AttributeTypeAndValue) -> String {
    let bytes = attribute.value.value();
    let text = match attribute.value.tag() {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        // Latin 1, as everybody who writes it means it.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => utf16(bytes).map(Cow::Owned),
        _ => None,
    };
    // A variable ends at its first NUL: `admin\0.example.com` must not read as `admin`.
    match text.filter(|text| !text.contains('\0')) {
        Some(text) if needs_quotes(&text) => format!("\"{}\"", text.replace('"', "\"\"")),
        Some(text) => text.into_owned(),
        None => hex_of_der(attribute),
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
        .collect();
    String::from_utf16(&units).ok()
}

fn needs_quotes(text: &str) -> bool {
    text.is_empty()
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace)
        || text.contains([',', '+', '=', '"', '\n', '\r', '<', '>', '#', ';'])
}

fn hex_of_der(attribute: &AttributeTypeAndValue) -> String {
    let mut hex = String::from("#");
    // A value that was decoded can be encoded; if not, nothing is the safe thing to show.
    for byte in attribute.value.to_der().unwrap_or_default() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use x509_cert::attr::AttributeValue;
    use x509_cert::der::asn1::SetOfVec;
    use x509_cert::der::{Decode, oid::ObjectIdentifier};
    use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

    use super::*;

    /// A name of one part for each list of attributes.
    fn name(parts: &[&[(&str, Tag, &[u8])]]) -> Name {
        let parts = parts.iter().map(|attributes| {
            let mut set = SetOfVec::new();
            for (oid, tag, value) in *attributes {
                set.insert(AttributeTypeAndValue {
                    oid: ObjectIdentifier::new(oid).unwrap(),
                    value: AttributeValue::new(*tag, *value).unwrap(),
                })
                .unwrap();
            }
            RelativeDistinguishedName::from(set)
        });
        let sequence = RdnSequence::from(parts.collect::<Vec<_>>());
        Name::from_der(&sequence.to_der().unwrap()).unwrap()
    }

    #[test]
    fn parts_stand_in_the_order_of_the_certificate() {
        let name = name(&[
            &[("2.5.4.6", Tag::PrintableString, b"US")],
            &[("2.5.4.8", Tag::Utf8String, b"Washington")],
            &[("2.5.4.10", Tag::Utf8String, b"Example")],
            &[("2.5.4.3", Tag::Utf8String, "b\u{fc}cher".as_bytes())],
            &[("1.2.840.113549.1.9.1", Tag::Ia5String, b"a@example.com")],
            &[(DOMAIN_COMPONENT, Tag::Ia5String, b"com")],
        ]);
        assert_eq!(
            x500_string(&name),
            "C=US, S=Washington, O=Example, CN=b\u{fc}cher, E=a@example.com, DC=com"
        );
    }

    #[test]
    fn no_value_can_pass_for_two_parts() {
        for (value, shown) in [
            ("Example, Inc.", "CN=\"Example, Inc.\""),
            ("a, O=b", "CN=\"a, O=b\""),
            ("a \"b\"", "CN=\"a \"\"b\"\"\""),
            (" a", "CN=\" a\""),
            ("", "CN=\"\""),
            ("a\nb", "CN=\"a\nb\""),
        ] {
            let name = name(&[&[("2.5.4.3", Tag::Utf8String, value.as_bytes())]]);
            assert_eq!(x500_string(&name), shown, "{value:?}");
        }
    }

    #[test]
    fn a_value_with_a_nul_is_shown_in_hex() {
        let name = name(&[&[("2.5.4.3", Tag::Utf8String, b"a\0b")]]);
        assert_eq!(x500_string(&name), "CN=#0c03610062");
    }

    #[test]
    fn every_kind_of_string_is_text() {
        for (tag, value, shown) in [
            (Tag::TeletexString, &b"M\xfcller"[..], "CN=M\u{fc}ller"),
            (Tag::BmpString, &b"\0M\0\xfc"[..], "CN=M\u{fc}"),
            (Tag::BmpString, &b"\0"[..], "CN=#1e0100"),
            (Tag::OctetString, &b"a"[..], "CN=#040161"),
        ] {
            let name = name(&[&[("2.5.4.3", tag, value)]]);
            assert_eq!(x500_string(&name), shown, "{tag} {value:?}");
        }
    }

    #[test]
    fn parts_of_several_attributes_and_unknown_ones_are_shown() {
        let name = name(&[&[
            ("2.5.4.3", Tag::Utf8String, b"a"),
            ("2.5.4.11", Tag::Utf8String, b"b"),
        ]]);
        assert_eq!(x500_string(&name), "CN=a + OU=b");
        let name = self::name(&[&[("1.2.3.4", Tag::Utf8String, b"a")]]);
        assert_eq!(x500_string(&name), "OID.1.2.3.4=a");
    }
}
