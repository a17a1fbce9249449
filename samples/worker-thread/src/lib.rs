//! Hands the request to a thread of its own and ends it from there.
//!
//! `HttpExtensionProc` only queues the request and returns pending, so the host has its thread
//! back. The worker takes it from the queue and starts an asynchronous write; the write's callback
//! queues the request once more, and the worker ends it.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use isapi_sdk::{AsyncRequest, Completion, Extension, Finish, LoadFailure, Request, Status};

const ANSWER: &[u8] = b"Answered by a worker thread\n";

/// Answers every request from its worker thread, which lives from load to unload.
#[derive(Debug)]
pub struct WorkerThread {
    queue: Sender<Job>,
    /// Joined when the extension is dropped.
    worker: Option<JoinHandle<()>>,
}

/// What the worker is asked to do.
#[derive(Debug)]
enum Job {
    /// A request has come.
    Answer(AsyncRequest),
    /// Its answer has been written, or has failed to be.
    Finish(AsyncRequest, Completion),
    /// The extension is unloaded; no request is outstanding.
    Stop,
}

impl Extension for WorkerThread {
    const DESCRIPTION: &'static str = "WorkerThread: answers from a thread of its own";

    fn load() -> Result<WorkerThread, LoadFailure> {
        let (queue, jobs) = mpsc::channel();
        let callbacks = queue.clone();
        let worker = thread::Builder::new()
            .name("worker-thread".to_owned())
            .spawn(move || work(&jobs, &callbacks))?;
        Ok(WorkerThread {
            queue,
            worker: Some(worker),
        })
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let (pending, request) = request.into_async();
        queue(&self.queue, Job::Answer(request));
        Status::Pending(pending)
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        queue(&self.queue, Job::Stop);
        if let Some(worker) = self.worker.take() {
            // A worker that panicked has been reported by the panic hook.
            let _ = worker.join();
        }
    }
}

/// The worker's life.
fn work(jobs: &Receiver<Job>, callbacks: &Sender<Job>) {
    for job in jobs {
        match job {
            Job::Answer(request) => answer(request, callbacks.clone()),
            Job::Finish(request, completion) => finish(request, completion),
            Job::Stop => return,
        }
    }
}

fn answer(request: AsyncRequest, callbacks: Sender<Job>) {
    let length = ANSWER.len().to_string();
    let headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", &length),
    ];
    if request.send_header("200 OK", &headers).is_err() {
        return request.finish(Finish::Error);
    }
    // A refused start hands the request back; dropping it ends the request with an error.
    let _ = request.write(ANSWER.to_vec(), move |request, completion, _answer| {
        queue(&callbacks, Job::Finish(request, completion));
    });
}

fn finish(request: AsyncRequest, completion: Completion) {
    match completion.result() {
        Ok(_) => request.finish(Finish::Success),
        Err(_) => request.finish(Finish::Error),
    }
}

/// A request that finds the worker gone (it panicked) is dropped, which ends it with an error.
fn queue(queue: &Sender<Job>, job: Job) {
    let _ = queue.send(job);
}

#[cfg(test)]
mod tests {
    use isapi_sdk::abi::{HSE_STATUS_ERROR, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
    use isapi_sdk::testing::TestHost;

    use super::*;

    #[test]
    fn the_worker_answers_and_ends_every_request() {
        let host = TestHost::load(isapi_sdk::entry!(WorkerThread)).unwrap();
        let exchanges = [
            host.get("/").start(),
            host.get("/").start(),
            host.get("/").start(),
        ];
        for exchange in exchanges {
            assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
            let exchange = exchange.finish();
            assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
            assert_eq!(exchange.body_text(), "Answered by a worker thread\n");
            assert_eq!(exchange.header("Content-Length").as_deref(), Some("28"));
            assert!(exchange.refused().is_empty());
        }
    }

    #[test]
    fn a_start_that_is_refused_ends_the_request_with_an_error() {
        let host = TestHost::load(isapi_sdk::entry!(WorkerThread)).unwrap();
        let exchange = host.get("/").refuse_operations().start().finish();
        assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
    }

    #[test]
    fn the_worker_is_gone_after_unload_and_back_after_the_next_load() {
        let entry = isapi_sdk::entry!(WorkerThread);
        for _ in 0..2 {
            let host = TestHost::load(entry).unwrap();
            let exchange = host.get("/").start().finish();
            assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
            // Dropping the host unloads the extension, which joins the worker or hangs.
        }
    }
}
