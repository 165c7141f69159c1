//! The runtime DataFusion runs on: as many threads as the pool has, large stacks, apart from the threads that
//! serve sockets; those plan none but brief statements.

use std::future::Future;
use std::task::Poll;

use pantile_core::Code;
use pantile_core::pool::{Cancel, caught};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use crate::Error;

/// Planning recurses as deep as a statement nests; the largest that is let through needs a part of this.
const STACK_BYTES: usize = 64 << 20;
/// Plans being made at one moment; more wait.
const PLANNERS: usize = 64;

/// The runtime. Dropped, it lets its threads end on their own.
#[derive(Debug)]
pub(crate) struct Engines {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Engines {
    /// A runtime of that many threads.
    pub(crate) fn new(threads: usize) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .max_blocking_threads(PLANNERS)
            .thread_stack_size(STACK_BYTES)
            .thread_name("pantile-sql")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::new(Code::Unavailable, format!("the threads for SQL could not be started: {error}"))
            })?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// The runtime's handle.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs `work`, which plans, on a thread of its own with a large stack. A panic in it is an error; so is a
    /// trip of `cancel`, though the thread then still runs to its end: planning cannot be interrupted.
    pub(crate) async fn plan<T, F>(&self, cancel: &Cancel, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let handle = self.handle.clone();
        let planned = self.handle.spawn_blocking(move || caught(|| handle.block_on(work)));
        tokio::select! {
            planned = planned => flatten(planned.map(|done| done.unwrap_or_else(|panic| Err(Error::defect(&panic))))),
            reason = cancel.cancelled() => Err(Error::stopped(reason)),
        }
    }

    /// Runs `work` to its end on the runtime, whatever becomes of the caller.
    pub(crate) async fn finish<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        flatten(self.handle.spawn(work).await)
    }
}

/// Runs `work`, which plans a brief statement, where it is: to wake another thread and be woken again takes longer
/// than such planning does.
pub(crate) async fn plan_here<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut work = Box::pin(work);
    let planned = std::future::poll_fn(|cx| match caught(|| work.as_mut().poll(cx)) {
        Ok(polled) => polled,
        Err(panic) => Poll::Ready(Err(Error::defect(&panic))),
    });
    planned.await
}

impl Drop for Engines {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // An engine may be dropped from async code, where waiting for threads is a panic.
            runtime.shutdown_background();
        }
    }
}

fn flatten<T>(joined: Result<Result<T, Error>, tokio::task::JoinError>) -> Result<T, Error> {
    joined.unwrap_or_else(|error| Err(Error::defect(&error)))
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Aborting<T>(pub(crate) JoinHandle<T>);

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
