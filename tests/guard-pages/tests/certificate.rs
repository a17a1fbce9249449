//! `HSE_REQ_GET_CERT_INFO_EX` with buffers of every size.
#![cfg(unix)]

use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr;
use std::sync::Arc;

use bytes::Bytes;
use isapi_abi::{CERT_CONTEXT, CERT_CONTEXT_EX, HSE_REQ_GET_CERT_INFO_EX, HSE_STATUS_SUCCESS};
use isapi_core::request_head::{ClientCertificate, ConnectionInfo, TlsInfo};
use isapi_guard_pages::{CANARY, Ecb, Edge, Host, Memory, get};

const INVALID_PARAMETER: u32 = 87;
const INSUFFICIENT_BUFFER: u32 = 122;
const NO_DATA: u32 = 232;

const CERTIFICATE: &[u8] = b"0\x82\x01\x0a a certificate, as far as anybody looks";

/// Runs the closure in a request whose client has shown a certificate.
#[track_caller]
fn with_certificate(test: impl FnOnce(Ecb) + Send + 'static) {
    let mut request = get();
    let certificate = ClientCertificate {
        der: Bytes::from_static(CERTIFICATE),
        ..ClientCertificate::default()
    };
    request.extensions_mut().insert(ConnectionInfo {
        secure: true,
        tls: Some(Arc::new(TlsInfo {
            client_certificate: Some(certificate),
            ..TlsInfo::default()
        })),
        ..ConnectionInfo::default()
    });
    Host::new().send(request, |ecb| {
        test(ecb);
        HSE_STATUS_SUCCESS
    });
}

/// A structure of canaries with a buffer of so many bytes.
fn put(memory: &mut Memory, edge: Edge, buffer: *mut c_void, capacity: usize) -> *mut c_void {
    let canary = u32::from_ne_bytes([CANARY; 4]);
    let canaries = ptr::without_provenance_mut(usize::from_ne_bytes([CANARY; 8]));
    let info = CERT_CONTEXT_EX {
        CertContext: CERT_CONTEXT {
            dwCertEncodingType: canary,
            pbCertEncoded: buffer.cast(),
            cbCertEncoded: canary,
            pCertInfo: canaries,
            hCertStore: canaries,
        },
        cbAllocated: u32::try_from(capacity).expect("small"),
        dwCertificateFlags: canary,
    };
    memory.put_value(edge, info).cast()
}

fn ask(ecb: Ecb, info: *mut c_void, unused: *mut u32) -> Result<(), u32> {
    // SAFETY: the structure is what the page says; the other pointers are not used.
    unsafe { ecb.support(HSE_REQ_GET_CERT_INFO_EX, info, unused, unused) }
}

/// The `DWORD` at an offset.
fn dword(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

const TYPE: usize = offset_of!(CERT_CONTEXT_EX, CertContext.dwCertEncodingType);
const LENGTH: usize = offset_of!(CERT_CONTEXT_EX, CertContext.cbCertEncoded);
const FLAGS: usize = offset_of!(CERT_CONTEXT_EX, dwCertificateFlags);

#[test]
fn a_certificate_fits_to_the_byte_and_only_answers_are_written() {
    with_certificate(|ecb| {
        let (mut info, mut buffer) = (Memory::new(), Memory::new());
        for capacity in 0..=CERTIFICATE.len() + 1 {
            for edge in Edge::ALL {
                let place = buffer.put_empty(edge, capacity);
                let structure = put(&mut info, edge, place, capacity);
                let before = info.content().to_vec();
                let answer = ask(ecb, structure, buffer.forbidden());
                info.assert_intact();
                buffer.assert_intact();
                let after = info.content();
                let needed = u32::try_from(CERTIFICATE.len()).expect("short");
                assert_eq!(dword(after, LENGTH), needed);

                let mut expected = before;
                expected[LENGTH..LENGTH + 4].copy_from_slice(&needed.to_ne_bytes());
                if capacity < CERTIFICATE.len() {
                    assert_eq!(answer, Err(INSUFFICIENT_BUFFER), "{capacity}");
                    buffer.assert_untouched();
                } else {
                    assert_eq!(answer, Ok(()), "{capacity}");
                    let (written, rest) = buffer.content().split_at(CERTIFICATE.len());
                    assert_eq!(written, CERTIFICATE);
                    assert!(rest.iter().all(|byte| *byte == CANARY));
                    for at in [TYPE, FLAGS] {
                        expected[at..at + 4].copy_from_slice(&1_u32.to_ne_bytes());
                    }
                }
                assert_eq!(after, expected, "{capacity}, {edge:?}");
            }
        }
    });
}

#[test]
fn a_certificate_to_nowhere_asks_for_its_size_or_is_refused() {
    with_certificate(|ecb| {
        let mut info = Memory::new();
        for edge in Edge::ALL {
            let structure = put(&mut info, edge, ptr::null_mut(), 0);
            assert_eq!(
                ask(ecb, structure, ptr::null_mut()),
                Err(INSUFFICIENT_BUFFER)
            );
            assert_eq!(
                usize::try_from(dword(info.content(), LENGTH)),
                Ok(CERTIFICATE.len())
            );
            info.assert_intact();

            let structure = put(&mut info, edge, ptr::null_mut(), 100);
            let before = info.content().to_vec();
            assert_eq!(ask(ecb, structure, ptr::null_mut()), Err(INVALID_PARAMETER));
            assert_eq!(info.content(), before);
            info.assert_intact();
        }
        assert_eq!(
            ask(ecb, ptr::null_mut(), info.forbidden()),
            Err(INVALID_PARAMETER)
        );
    });
}

#[test]
fn without_a_certificate_nothing_is_written() {
    Host::new().run(|ecb| {
        let (mut info, mut buffer) = (Memory::new(), Memory::new());
        for capacity in [0, 1, 4000] {
            for edge in Edge::ALL {
                let place = buffer.put_empty(edge, capacity);
                let structure = put(&mut info, edge, place, capacity);
                let before = info.content().to_vec();
                assert_eq!(ask(ecb, structure, info.forbidden()), Err(NO_DATA));
                assert_eq!(info.content(), before);
                info.assert_intact();
                buffer.assert_untouched();
            }
        }
    });
}
