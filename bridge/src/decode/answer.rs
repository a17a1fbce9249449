use isapi_core::session::Misuse;

use super::memory::write;

/// Where an answer goes: memory of the extension, which need not be aligned.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    place: *mut T,
    name: &'static str,
}

impl<T: Copy> Answer<T> {
    /// The place must not be null; `name` is what Microsoft's page calls it.
    pub(super) fn at<P>(place: *mut P, name: &'static str) -> Result<Self, Misuse> {
        if place.is_null() {
            return Err(Misuse::NullPointer(name));
        }
        let place = place.cast();
        Ok(Self { place, name })
    }

    /// For answers that are not written as a whole.
    pub(crate) fn place(&self) -> *mut T {
        self.place
    }

    /// # Safety
    ///
    /// The place has room for a `T`.
    pub(crate) unsafe fn write(&self, value: T) -> Result<(), Misuse> {
        // SAFETY: the caller's promise.
        unsafe { write(self.place, value, self.name) }
    }
}
