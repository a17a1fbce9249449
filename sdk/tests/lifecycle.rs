//! Loading and unloading.

use std::sync::atomic::{AtomicUsize, Ordering};

use isapi_sdk::abi::HSE_STATUS_ERROR;
use isapi_sdk::testing::{Refused, TestHost};
use isapi_sdk::{Extension, LoadFailure, Request, Status, Unload, Win32Error};

/// Defines an extension that answers with nothing.
macro_rules! extension {
    ($name:ident, $load:expr, $unload:expr) => {
        struct $name;

        impl Extension for $name {
            const DESCRIPTION: &'static str = stringify!($name);

            fn load() -> Result<$name, LoadFailure> {
                let load: fn() -> Result<(), LoadFailure> = $load;
                load().map(|()| $name)
            }

            fn handle(&self, _request: Request<'_>) -> Status {
                Status::Success
            }

            fn unload(&self, reason: Unload) -> bool {
                $unload(reason)
            }
        }
    };
}

#[test]
fn a_loaded_extension_says_who_it_is() {
    extension!(Named, || Ok(()), |_| true);

    assert_eq!(
        TestHost::load(isapi_sdk::entry!(Named))
            .unwrap()
            .description(),
        "Named"
    );
}

#[test]
fn a_failed_load_gives_code_and_reason() {
    extension!(
        Failing,
        || Err(LoadFailure::new("no database").with_code(Win32Error::FILE_NOT_FOUND)),
        |_| true
    );

    let refused = TestHost::load(isapi_sdk::entry!(Failing)).unwrap_err();
    let expected = Refused {
        error: Win32Error::FILE_NOT_FOUND,
        description: "no database".to_owned(),
    };
    assert_eq!(refused, expected);
}

#[test]
fn a_panic_in_load_is_a_failed_load() {
    extension!(Panicking, || panic!("in load"), |_| true);

    let refused = TestHost::load(isapi_sdk::entry!(Panicking)).unwrap_err();
    assert_eq!(refused.error, Win32Error::GEN_FAILURE);
}

#[test]
fn an_extension_may_stay_when_unloading_is_merely_suggested() {
    extension!(Staying, || Ok(()), |reason| reason == Unload::Must);

    let host = TestHost::load(isapi_sdk::entry!(Staying)).unwrap();
    assert!(!host.suggest_unload());
    assert_ne!(host.get("/").start().returned(), HSE_STATUS_ERROR);
}

#[test]
fn an_unloaded_extension_answers_nothing_until_it_is_loaded_again() {
    extension!(Leaving, || Ok(()), |_| true);

    let entry = isapi_sdk::entry!(Leaving);
    let host = TestHost::load(entry).unwrap();
    assert!(host.suggest_unload());
    assert_eq!(host.get("/").start().returned(), HSE_STATUS_ERROR);

    let host = TestHost::load(entry).unwrap();
    assert_ne!(host.get("/").start().returned(), HSE_STATUS_ERROR);
}

#[test]
fn each_load_has_its_own_instance_which_unloading_drops() {
    static LOADED: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    extension!(
        Counted,
        || {
            LOADED.fetch_add(1, Ordering::Relaxed);
            Ok(())
        },
        |_| panic!("in unload, which counts as consent")
    );

    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }

    let entry = isapi_sdk::entry!(Counted);
    for round in 1..=3 {
        drop(TestHost::load(entry).unwrap());
        assert_eq!(LOADED.load(Ordering::Relaxed), round);
        assert_eq!(DROPPED.load(Ordering::Relaxed), round);
    }
}

#[test]
fn two_uses_of_the_entry_macro_are_two_extensions() {
    extension!(Twice, || Ok(()), |_| true);

    let one = TestHost::load(isapi_sdk::entry!(Twice)).unwrap();
    let other = TestHost::load(isapi_sdk::entry!(Twice)).unwrap();
    drop(one);
    assert_ne!(other.get("/").start().returned(), HSE_STATUS_ERROR);
}

#[test]
fn a_long_description_is_cut_to_its_field() {
    struct Wordy;

    impl Extension for Wordy {
        const DESCRIPTION: &'static str = concat!(
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
        );

        fn load() -> Result<Wordy, LoadFailure> {
            Ok(Wordy)
        }

        fn handle(&self, _request: Request<'_>) -> Status {
            Status::Success
        }
    }

    let host = TestHost::load(isapi_sdk::entry!(Wordy)).unwrap();
    assert_eq!(host.description(), &Wordy::DESCRIPTION[..255]);
}
