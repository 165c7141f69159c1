//! What Pantile holds, tried from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod arrays;
mod boxes;
mod catalog;
mod drafts;
mod drawn;
mod engine;
#[cfg(feature = "failpoints")]
mod failpoints;
mod format;
mod halves;
mod in_place;
mod lang;
mod pages;
mod stored_arrays;
mod tidy;
mod zarr;

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

static POOL: LazyLock<ThreadPool> =
    LazyLock::new(|| ThreadPoolBuilder::new().num_threads(3).build().unwrap());

/// Does the work where several threads share it: outside of a pool nothing runs side by side. A test that brought a
/// pool of its own stays on it.
fn on_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::current_thread_index() {
        Some(_) => work(),
        None => POOL.install(work),
    }
}
