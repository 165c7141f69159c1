//! What a question has done so far, for whoever watches it.

use std::sync::atomic::AtomicU64;

/// Counters that only grow. Read with `Relaxed`: they are figures for people, nothing hangs on them.
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
    /// Bytes of files that are read, or have been.
    pub read_bytes: AtomicU64,
    /// Bytes of files that will be read. What is in memory already is not among them.
    pub read_bytes_total: AtomicU64,
}
