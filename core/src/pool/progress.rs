//! What a question has done so far, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters; all but `computing` only grow. Read with `Relaxed`: they are figures for people, nothing hangs on them.
#[derive(Debug, Default)]
pub struct Progress {
    /// Rows given to the caller.
    pub rows: AtomicU64,
    /// Bytes of those rows in memory.
    pub bytes: AtomicU64,
    /// Partitions that will be read, after pruning.
    pub partitions: AtomicU64,
    /// Partitions of the tables asked, before pruning.
    pub partitions_total: AtomicU64,
    /// Computations on arrays that run now.
    pub computing: AtomicU64,
    /// Boxes of arrays that have been computed.
    pub boxes: AtomicU64,
    /// Boxes of arrays that will be, as far as is known.
    pub boxes_total: AtomicU64,
    /// Bytes of files that are read, or have been.
    pub read_bytes: AtomicU64,
    /// Bytes of files that will be read. What is in memory already is not among them.
    pub read_bytes_total: AtomicU64,
}

impl Progress {
    /// A computation on arrays begins, and ends when this is dropped.
    pub fn computing(&self) -> Computing<'_> {
        self.computing.fetch_add(1, Ordering::Relaxed);
        Computing(self)
    }
}

/// A computation on arrays that runs.
#[derive(Debug)]
pub struct Computing<'a>(&'a Progress);

impl Drop for Computing<'_> {
    fn drop(&mut self) {
        self.0.computing.fetch_sub(1, Ordering::Relaxed);
    }
}
