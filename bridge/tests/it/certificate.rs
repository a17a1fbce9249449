//! `HSE_REQ_GET_CERT_INFO_EX`.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use bytes::Bytes;
use isapi_abi::{
    CERT_CONTEXT, CERT_CONTEXT_EX, DWORD, HSE_REQ_GET_CERT_INFO_EX, HSE_STATUS_SUCCESS,
};
use isapi_core::request_head::{ClientCertificate, TlsInfo};

use crate::exchange::{Host, exchange, request};
use crate::extension::{Ecb, on_call};

const DER: &[u8] = b"certificate";

fn info(buffer: *mut u8, allocated: DWORD) -> CERT_CONTEXT_EX {
    CERT_CONTEXT_EX {
        CertContext: CERT_CONTEXT {
            dwCertEncodingType: 77,
            pbCertEncoded: buffer,
            cbCertEncoded: 77,
            pCertInfo: ptr::without_provenance_mut(77),
            hCertStore: ptr::without_provenance_mut(77),
        },
        cbAllocated: allocated,
        dwCertificateFlags: 77,
    }
}

/// Runs the closure in a request over TLS, with or without a client certificate.
fn run(has_certificate: bool, test: impl Fn(Ecb) + Send + Sync + 'static) {
    let host = Host::new();
    let mut parts = request(&on_call(move |ecb| {
        test(ecb);
        HSE_STATUS_SUCCESS
    }));
    let certificate = ClientCertificate {
        der: Bytes::from_static(DER),
        ..ClientCertificate::default()
    };
    parts.connection.secure = true;
    parts.connection.tls = Some(Arc::new(TlsInfo {
        client_certificate: has_certificate.then_some(certificate),
        ..TlsInfo::default()
    }));
    exchange(&host.start(parts), &[]);
}

#[test]
fn a_buffer_gets_the_certificate_or_the_size_it_needs() {
    run(true, |ecb| {
        for allocated in 0..=DER.len() + 1 {
            let mut buffer = [0xa5; 32];
            let size = DWORD::try_from(allocated).expect("small");
            let mut info = info(buffer.as_mut_ptr(), size);
            let asked = ecb.ask(HSE_REQ_GET_CERT_INFO_EX, &mut info);
            assert_eq!(info.CertContext.cbCertEncoded, 11);
            assert_eq!(info.CertContext.pCertInfo.addr(), 77, "is left alone");
            assert_eq!(info.cbAllocated, size);
            if allocated < DER.len() {
                assert_eq!((asked, buffer), (Err(122), [0xa5; 32]), "{allocated}");
                assert_eq!(info.CertContext.dwCertEncodingType, 77);
                assert_eq!(info.dwCertificateFlags, 77);
            } else {
                assert_eq!(asked, Ok(()), "{allocated}");
                assert_eq!(&buffer[..12], b"certificate\xa5");
                assert_eq!(info.CertContext.dwCertEncodingType, 1);
                assert_eq!(info.dwCertificateFlags, 1);
            }
        }
    });
}

#[test]
fn no_buffer_asks_for_the_size() {
    run(true, |ecb| {
        let mut probe = info(ptr::null_mut(), 0);
        assert_eq!(ecb.ask(HSE_REQ_GET_CERT_INFO_EX, &mut probe), Err(122));
        assert_eq!(probe.CertContext.cbCertEncoded, 11);
        let mut claim = info(ptr::null_mut(), 100);
        assert_eq!(ecb.ask(HSE_REQ_GET_CERT_INFO_EX, &mut claim), Err(87));
        assert_eq!(claim.CertContext.cbCertEncoded, 77);
    });
}

#[test]
fn a_structure_may_be_anywhere() {
    run(true, |ecb| {
        let mut buffer = [0; 32];
        let mut memory = [0_u8; size_of::<CERT_CONTEXT_EX>() + 1];
        let place: *mut c_void = memory[1..].as_mut_ptr().cast();
        let info = info(buffer.as_mut_ptr(), 32);
        // SAFETY: there is room for the structure.
        unsafe { place.cast::<CERT_CONTEXT_EX>().write_unaligned(info) };
        let none = ptr::null_mut();
        let asked = ecb.support(HSE_REQ_GET_CERT_INFO_EX, place, none, none);
        assert_eq!(asked, Ok(()));
        assert!(buffer.starts_with(DER));
    });
}

#[test]
fn a_client_without_a_certificate_is_no_data() {
    run(false, |ecb| {
        let mut buffer = [0xa5; 32];
        let mut info = info(buffer.as_mut_ptr(), 32);
        assert_eq!(ecb.ask(HSE_REQ_GET_CERT_INFO_EX, &mut info), Err(232));
        assert_eq!((buffer, info.CertContext.cbCertEncoded), ([0xa5; 32], 77));
    });
}
