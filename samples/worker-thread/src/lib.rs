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
    let headers = [("Content-Type", "text/plain"), ("Content-Length", &length)];
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
