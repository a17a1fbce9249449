//! The one call of `HttpExtensionProc` that a request gets.

use isapi_core::session::{InvokeFailure, Preread, ProcReturn, ProcStatus};

use crate::connections::Registration;
use crate::ecb::EcbCell;
use crate::extension::ForeignFunction;
use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;

/// Has the call made on a worker thread.
pub(crate) fn dispatch(shared: &Arc<Shared>, preread: Preread) {
    let call = Call {
        shared: Arc::clone(shared),
        preread,
        begun: false,
    };
    if let Err(refused) = shared
        .runtime()
        .calls()
        .dispatch(Box::new(move || call.run()))
    {
        tracing::warn!(
            extension = &**shared.extension_name(),
            request = shared.request(),
            "not called: {refused}"
        );
        // The call inside tells the session when it is dropped.
        drop(refused);
    }
}

/// A call to be made. Dropped before it has begun, it tells the session that it never will.
struct Call {
    shared: Arc<Shared>,
    preread: Preread,
    begun: bool,
}

impl Call {
    fn run(mut self) {
        let extension = Shared::update(&self.shared, |inner, _| inner.extension.take());
        let (Some(extension), Some(registration)) = (extension, Registration::new(&self.shared))
        else {
            return;
        };
        let http_extension_proc = extension.entry().http_extension_proc();
        let head = self.shared.head();
        let ecb = Arc::new(EcbCell::new(
            registration,
            head,
            &self.preread,
            extension,
            self.shared.runtime().backend(),
        ));
        Shared::update(&self.shared, |inner, _| inner.ecb = Some(Arc::clone(&ecb)));
        self.begun = true;

        let function = ForeignFunction::HttpExtensionProc(http_extension_proc, ecb.as_ptr());
        // SAFETY: the extension was loaded, so its entry follows the contract and stays callable
        // for as long as `ecb` keeps its guard; the block stays valid for the call and, through
        // the session's own share of `ecb`, until the session has ended. No lock is held.
        //
        // An unwinding `HttpExtensionProc` does not get here: a Rust one aborts at its own
        // `extern "system"` border unless it catches its panics, which the SDK does, and what else
        // there is that unwinds is stopped by the provider.
        let returned = unsafe { ecb.extension().call(self.shared.request(), function) };
        let status = match returned {
            Ok(status) => ProcStatus::from_raw(status),
            Err(escaped) => {
                report::escaped_call(&self.shared, function, &escaped);
                ProcStatus::Panicked
            }
        };

        let returned = ProcReturn {
            status,
            http_status: ecb.http_status(),
        };
        Shared::update(&self.shared, |inner, now| {
            inner.session.handle_proc_return(now, returned);
        });
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.begun {
            let failure = if std::thread::panicking() {
                InvokeFailure::Failed
            } else {
                InvokeFailure::Overloaded
            };
            Shared::update(&self.shared, |inner, now| {
                inner.session.handle_invoke_failed(now, failure);
            });
        }
    }
}
