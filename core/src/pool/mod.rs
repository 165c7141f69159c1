//! What work runs on and what it may take: the compute threads, the ledger of bytes, the token that
//! cancels, the counters that show progress.
//!
//! One pool serves every engine, so two questions share the cores instead of fighting over them. Async
//! code moves bytes and waits; whatever loops over elements goes through [`Pool::run`].

mod buffers;
mod cancel;
mod ledger;
mod progress;

pub use buffers::Buffers;
pub use cancel::{Cancel, CancelOnDrop, Reason};
pub use ledger::{Account, AccountFigures, Charge, Ledger, OverBudget};
pub use progress::Progress;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use polars_core::runtime::THREAD_POOL;
use tokio::sync::oneshot;

use crate::Code;

/// Why work on the pool gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The work panicked: a defect, of ours or of a library. The pool goes on.
    #[error("work on the pool panicked: {text}")]
    Panicked {
        /// What the panic said.
        text: String,
    },
}

impl Error {
    /// The code a client sees.
    pub fn code(&self) -> Code {
        Code::Internal
    }
}

/// Says how many threads the pool has; otherwise it has one a core. Polars takes that from the environment, once.
///
/// # Safety
/// Nobody may read or write the environment at the same moment: to be called before the process starts a thread.
pub unsafe fn widen(threads: usize) {
    // SAFETY: the caller says so.
    unsafe {
        std::env::set_var("POLARS_MAX_THREADS", threads.to_string());
        std::env::set_var("POLARS_THREAD_NAME", "pantile-pool");
    }
}

/// How many threads the pool has, which it starts with where nobody asked for it before.
pub fn width() -> usize {
    THREAD_POOL.current_num_threads()
}

/// The one set of compute threads: Polars' own, so that frames share it with everything else.
#[derive(Debug)]
pub struct Pool {
    threads: &'static rayon::ThreadPool,
}

impl Pool {
    /// The pool, whose threads start when it is first asked for.
    ///
    /// # Errors
    /// [`Error::Panicked`] where the system gives no threads.
    pub fn shared() -> Result<Arc<Self>, Error> {
        caught(|| Arc::new(Self { threads: &THREAD_POOL }))
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.threads.current_num_threads()
    }

    /// Has each thread do the work when it has nothing else to do, and does not wait for it.
    pub fn each(&self, work: impl Fn() + Send + Sync + 'static) {
        self.threads.spawn_broadcast(move |_| work());
    }

    /// What `work` returns, computed on the pool while the caller waits without holding a thread.
    ///
    /// Cost: a queue and a wake-up, some microseconds. Work once started runs to its end even when the
    /// caller stops waiting; long loops ask their [`Cancel`] now and then.
    ///
    /// # Errors
    /// [`Error::Panicked`] where `work` panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (send, receive) = oneshot::channel();
        self.threads.spawn(move || {
            // Nobody may be waiting any more; then the result is dropped.
            let _ = send.send(caught(work));
        });
        receive.await.unwrap_or_else(|_| Err(Error::Panicked { text: "the pool went away".to_owned() }))
    }

    /// Runs `work` with the pool's threads as rayon's, on the calling thread's behalf. Blocks.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }
}

/// `work`'s result, or the text of its panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Error::Panicked { text: panic_text(&*payload) })
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned())
}
