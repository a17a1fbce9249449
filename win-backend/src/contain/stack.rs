//! The way from an exception to its handler.

use std::ptr;

use windows_sys::Win32::System::Diagnostics::Debug::{
    CONTEXT, RtlLookupFunctionEntry, RtlVirtualUnwind, UNW_FLAG_NHANDLER,
};

/// A context as the processor wants it: its vector registers are loaded as aligned ones.
#[repr(C, align(16))]
struct Aligned(CONTEXT);

/// Is there a frame of this program between an exception and the frame at `until`?
///
/// The frames are those that the system's dispatcher has just gone through, found in the same way.
///
/// # Safety
///
/// `context` is that of an exception of this thread, and the dispatcher has found the frame at `until`
/// from it.
pub(super) unsafe fn has_own_frames(context: *const CONTEXT, until: usize) -> bool {
    let own = own_image();
    // SAFETY: valid for reads, as promised.
    let mut walk = Aligned(unsafe { *context });
    loop {
        let before = walk.0.Rsp;
        let (image, frame) = step(&mut walk);
        if frame == until as u64 {
            return false;
        }
        // A stack that does not lead to the frame is not one to unwind.
        if image == own || walk.0.Rsp <= before {
            return true;
        }
    }
}

/// Goes on to the caller; the image of the frame that is left, and its establisher frame.
fn step(walk: &mut Aligned) -> (u64, u64) {
    let context = &mut walk.0;
    let mut image = 0;
    // SAFETY: it takes any address.
    let function = unsafe { RtlLookupFunctionEntry(context.Rip, &raw mut image, ptr::null_mut()) };
    if function.is_null() {
        // A function without unwind information uses no stack: the return address is on top.
        let top = context.Rsp as *const u64;
        // SAFETY: the dispatcher has read the same place.
        context.Rip = unsafe { top.read() };
        context.Rsp += 8;
        return (image, 0);
    }
    let mut handler_data = ptr::null_mut();
    let mut frame = 0;
    // SAFETY: function and image belong together, and the dispatcher has unwound the same frame.
    unsafe {
        RtlVirtualUnwind(
            UNW_FLAG_NHANDLER,
            image,
            context.Rip,
            function,
            context,
            &raw mut handler_data,
            &raw mut frame,
            ptr::null_mut(),
        );
    }
    (image, frame)
}

/// The image that this code is in.
fn own_image() -> u64 {
    let mut image = 0;
    let here = own_image as *const () as u64;
    // SAFETY: it takes any address.
    unsafe { RtlLookupFunctionEntry(here, &raw mut image, ptr::null_mut()) };
    image
}
