//! `[tls]`: the files of an encrypted listener.

use super::section::Section;
use crate::options::TlsOptions;

pub(super) fn read(section: Option<Section<'_>>) -> TlsOptions {
    let Some(mut section) = section else {
        return TlsOptions::default();
    };
    let mut file = |key| section.require(key, "the path of a file in PEM")?.file();
    let certificate = file("certificate");
    let key = file("key");
    let client_ca = section.take("client_ca").and_then(|value| value.file());
    section.finish();
    TlsOptions {
        certificate,
        key,
        client_ca,
    }
}
