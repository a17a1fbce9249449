//! The life of a control block.

use std::sync::mpsc;
use std::time::Instant;

use isapi_abi::{HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_core::session::How;

use crate::exchange::{Host, PATIENCE, exchange};
use crate::extension::text;

#[test]
fn a_block_read_after_the_end_holds_nothing_and_its_callbacks_answer() {
    let host = Host::new();
    let (tell, told) = mpsc::channel();
    let session = host.post(4, move |ecb| {
        tell.send(ecb).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    exchange(&session, &[b"body"]);
    // Behind this nobody uses the extension, and so nobody its blocks.
    host.slot
        .shutdown(Instant::now() + PATIENCE)
        .expect("nothing is outstanding");

    let ecb = told.recv().expect("was called");
    let block = ecb.block();
    for string in [
        block.lpszMethod,
        block.lpszQueryString,
        block.lpszPathInfo,
        block.lpszPathTranslated,
        block.lpszContentType,
    ] {
        assert_eq!(text(string), "");
    }
    assert_eq!((block.cbTotalBytes, block.cbAvailable), (0, 0));
    // SAFETY: what the data pointer of a block under quarantine points to is one readable NUL.
    assert_eq!(unsafe { block.lpbData.read() }, 0);
    assert_eq!(ecb.write(b"x"), Err(87));
    assert_eq!(ecb.read(1), Err(87));
    assert_eq!(ecb.done(HSE_STATUS_SUCCESS), Err(87));
}

#[test]
fn strings_of_an_ended_block_read_as_empty_through_old_pointers() {
    let host = Host::new();
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        tell.send((ecb.block().lpszPathInfo.addr(), ecb))
            .expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    exchange(&session, &[]);
    host.slot
        .shutdown(Instant::now() + PATIENCE)
        .expect("nothing is outstanding");
    let (address, _) = told.recv().expect("was called");
    let string = std::ptr::with_exposed_provenance::<u8>(address);
    // SAFETY: the strings of a block are under quarantine with it.
    assert_eq!(unsafe { string.read() }, 0);
}

#[test]
fn a_block_lives_as_long_as_a_completion_runs_on_it() {
    let host = Host::new();
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        let tell = tell.clone();
        ecb.on_completion(move |ecb, _, _| {
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
            // Too late by the contract, and common.
            tell.send(text(ecb.block().lpszPathInfo))
                .expect("the test listens");
        })
        .expect("registers");
        ecb.write_async(b"x").expect("nothing is pending");
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
    assert_eq!(told.recv_timeout(PATIENCE).as_deref(), Ok("/extra"));
}

#[test]
fn what_an_extension_scribbles_is_its_own() {
    let host = Host::new();
    let scribbler = host.post(4, |ecb| {
        let block = ecb.block();
        // SAFETY: the strings and the data are this request's own copies.
        unsafe {
            block.lpszMethod.write(0x58);
            block.lpbData.write(0x58);
        }
        HSE_STATUS_SUCCESS
    });
    let bystander = host.post(4, |ecb| {
        assert_eq!(text(ecb.block().lpszMethod), "POST");
        // SAFETY: four bytes are available.
        assert_eq!(unsafe { ecb.block().lpbData.read() }, b'b');
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&scribbler, &[b"body"]).ending.how, How::Success);
    assert_eq!(exchange(&bystander, &[b"body"]).ending.how, How::Success);
}
