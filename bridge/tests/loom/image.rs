//! Models of who lets go of a module's image last.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use isapi_abi::{Entry, HANDLE};
use isapi_bridge::{
    Backend, EntryProvider, ExtensionSlot, LoadError, ModuleSource, Runtime, SendableFile,
};
use isapi_core::win32::Win32Error;
use loom::sync::Notify;
use loom::thread::{self, ThreadId};

use crate::{Jobs, extension, model, never};

/// A platform with one module, which knows when its image is there.
#[derive(Clone, Debug)]
struct OneModule(Arc<Image>);

#[derive(Debug)]
struct Image {
    state: Mutex<State>,
    unmapped: Notify,
}

#[derive(Debug, Default)]
struct State {
    mapped: bool,
    unmapped_by: Option<ThreadId>,
}

/// A mapped image.
struct Mapping(Arc<Image>);

impl OneModule {
    fn new() -> Self {
        Self(Arc::new(Image {
            state: Mutex::default(),
            unmapped: Notify::new(),
        }))
    }

    fn slot(&self) -> Arc<ExtensionSlot> {
        let runtime = Runtime::builder(self.clone())
            .dispatch_calls(Jobs::new())
            .dispatch_completions(Jobs::new())
            .dispatch_file_reads(Jobs::new())
            .build();
        ExtensionSlot::new(ModuleSource::File("module.so".into()), runtime)
    }

    fn unmapped_by(&self) -> Option<ThreadId> {
        self.0.lock().unmapped_by
    }

    fn wait_until_unmapped(&self) {
        while self.unmapped_by().is_none() {
            self.0.unmapped.wait();
        }
    }
}

impl Image {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("unpoisoned")
    }
}

impl Backend for OneModule {
    fn open(&self, _: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        let mut image = self.0.lock();
        assert!(!image.mapped, "loaded anew before the old image was gone");
        image.mapped = true;
        Ok(Box::new(Mapping(Arc::clone(&self.0))))
    }

    fn module_file_names(&self, url_name: &str) -> Vec<String> {
        vec![url_name.to_owned()]
    }

    unsafe fn duplicate_file(&self, _: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        Err(Win32Error::INVALID_HANDLE)
    }
}

// SAFETY: functions of this program are callable for as long as it runs.
unsafe impl EntryProvider for Mapping {
    fn entry(&self) -> Entry {
        extension::entry()
    }

    fn name(&self) -> String {
        "module.so".into()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        let mut image = self.0.lock();
        image.mapped = false;
        image.unmapped_by = Some(thread::current().id());
        drop(image);
        self.0.unmapped.notify();
    }
}

#[test]
fn an_image_goes_with_its_slot_and_not_on_the_thread_of_its_last_request() {
    model(|| {
        let module = OneModule::new();
        let slot = module.slot();
        let guard = slot.load_blocking().expect("loads");
        let request = thread::spawn(move || drop(guard));
        assert_eq!(slot.shutdown(never()), Ok(()));
        drop(slot);
        assert_eq!(module.unmapped_by(), Some(thread::current().id()));
        request.join().expect("well");
    });
}

#[test]
fn a_request_that_outlives_its_slot_leaves_the_image_to_another_thread() {
    model(|| {
        let module = OneModule::new();
        let slot = module.slot();
        let guard = slot.load_blocking().expect("loads");
        let request = thread::spawn(move || drop(guard));
        drop(slot);
        module.wait_until_unmapped();
        assert_ne!(module.unmapped_by(), Some(request.thread().id()));
        request.join().expect("well");
    });
}

#[test]
fn an_image_is_gone_before_it_is_loaded_anew() {
    model(|| {
        let slot = OneModule::new().slot();
        let guard = slot.load_blocking().expect("loads");
        let request = thread::spawn(move || drop(guard));
        slot.unload_idle();
        drop(slot.load_blocking().expect("loads, or is still there"));
        request.join().expect("well");
    });
}
