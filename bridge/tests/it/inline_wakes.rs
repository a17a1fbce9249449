//! Whom a call on the threads that serve the connections wakes, before and behind the extension's code as
//! well as from within it.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use isapi_abi::{HSE_STATUS_ERROR, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_bridge::{DispatchMode, InlineCall, InlineDispatch};

use crate::clock::TestClock;
use crate::exchange::Host;
use crate::inline::host_on;

/// Keeps all that it is given, until the test does it.
#[derive(Clone, Debug, Default)]
struct Keeper(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    call: Mutex<Option<InlineCall>>,
    woken: Mutex<Vec<Waker>>,
}

impl Keeper {
    /// Makes the call that is due, on the thread of the test.
    fn call(&self) {
        let call = self.0.call.lock().unwrap().take();
        call.expect("a call is due").run();
    }

    fn wake_all(&self) {
        let woken = mem::take(&mut *self.0.woken.lock().unwrap());
        woken.into_iter().for_each(Waker::wake);
    }
}

impl InlineDispatch for Keeper {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        let before = self.0.call.lock().unwrap().replace(call);
        assert!(before.is_none(), "one after the other");
        Ok(())
    }

    fn block(&self, _: &mut dyn FnMut()) {
        panic!("no call waits here");
    }

    fn wake(&self, waker: Waker) {
        self.0.woken.lock().unwrap().push(waker);
    }
}

#[derive(Debug, Default)]
struct Flag(AtomicBool);

impl Flag {
    fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn host() -> (Host, Keeper) {
    let keeper = Keeper::default();
    let mut host = host_on(keeper.clone(), &TestClock::new());
    host.dispatch = DispatchMode::Inline;
    (host, keeper)
}

#[test]
fn whom_the_return_of_a_call_wakes_is_left_to_its_thread() {
    let (host, keeper) = host();
    let session = host.get(|_| HSE_STATUS_ERROR);
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    let mut cx = Context::from_waker(&waker);
    assert!(session.poll_head(&mut cx).is_pending());
    keeper.call();
    assert!(!flag.is_set(), "woken on the thread of the call");
    keeper.wake_all();
    assert!(flag.is_set());
    assert!(session.poll_head(&mut cx).is_ready());
}

#[test]
fn whom_the_beginning_of_a_callback_wakes_is_left_to_its_thread() {
    let (host, keeper) = host();
    let session = host.get(|ecb| {
        ecb.on_completion(|_, _, _| ()).expect("registers");
        ecb.write_async(b"x").expect("nothing is pending");
        // The response ends with the operation.
        ecb.done(HSE_STATUS_SUCCESS).expect("once");
        HSE_STATUS_PENDING
    });
    keeper.call();
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    let mut cx = Context::from_waker(&waker);
    assert!(session.poll_head(&mut cx).is_ready());
    assert!(matches!(
        session.poll_frame(&mut cx),
        Poll::Ready(Some(Ok(_)))
    ));
    assert!(session.poll_frame(&mut cx).is_pending());
    keeper.call();
    assert!(!flag.is_set(), "woken on the thread of the callback");
    keeper.wake_all();
    assert!(flag.is_set());
    assert!(matches!(session.poll_frame(&mut cx), Poll::Ready(None)));
}
