//! Who reads which snapshot, so that nothing is swept from under a reader.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::model::{Snapshot, SnapshotId};

/// The readers of each snapshot.
#[derive(Debug, Default)]
pub(super) struct Pins {
    readers: Mutex<BTreeMap<SnapshotId, Readers>>,
}

/// Those of one snapshot.
#[derive(Debug)]
struct Readers {
    count: usize,
    /// What the first of them reads: who has more to see begins with a pin of it.
    snapshot: Weak<Snapshot>,
}

impl Pins {
    /// Pins what `take` gives, with no moment between taking and pinning in which a sweep could look.
    pub(super) fn hold(self: &Arc<Self>, take: impl FnOnce() -> Arc<Snapshot>) -> Pin {
        let mut readers = self.readers.lock();
        let snapshot = take();
        let fresh = || Readers { count: 0, snapshot: Arc::downgrade(&snapshot) };
        let own = readers.entry(snapshot.id).or_insert_with(fresh);
        own.count = own.count.saturating_add(1);
        drop(readers);
        Pin { snapshot, pins: Arc::clone(self) }
    }

    /// A snapshot that somebody reads, as it was when it was the newest: with what was in memory then.
    pub(super) fn held(self: &Arc<Self>, id: SnapshotId) -> Option<Pin> {
        let snapshot = self.readers.lock().get(&id)?.snapshot.upgrade()?;
        Some(self.hold(|| snapshot))
    }

    /// The oldest snapshot that somebody reads.
    pub(super) fn oldest(&self) -> Option<SnapshotId> {
        self.readers.lock().keys().next().copied()
    }

    fn release(&self, id: SnapshotId) {
        let mut readers = self.readers.lock();
        if let Some(own) = readers.get_mut(&id) {
            own.count = own.count.saturating_sub(1);
            if own.count == 0 {
                readers.remove(&id);
            }
        }
    }
}

/// A snapshot that stays readable while this lives.
#[derive(Debug)]
pub struct Pin {
    snapshot: Arc<Snapshot>,
    pins: Arc<Pins>,
}

impl Pin {
    /// The same hold with more to be seen: `snapshot` has this one's number.
    pub fn with(&self, snapshot: Arc<Snapshot>) -> Self {
        self.pins.hold(|| snapshot)
    }

    /// The snapshot itself, which nothing holds back from the sweep.
    pub fn shared(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }
}

impl Deref for Pin {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Clone for Pin {
    fn clone(&self) -> Self {
        self.pins.hold(|| Arc::clone(&self.snapshot))
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.pins.release(self.snapshot.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_pinned_until_its_last_reader_leaves() {
        let pins = Arc::<Pins>::default();
        let snapshot = |id| {
            Arc::new(Snapshot {
                id,
                changed: id,
                schema_version: 0,
                time: chrono::DateTime::UNIX_EPOCH,
                tables: BTreeMap::new(),
                views: BTreeMap::new(),
                arrays: BTreeMap::new(),
            })
        };
        let first = pins.hold(|| snapshot(1));
        let second = first.clone();
        let _newer = pins.hold(|| snapshot(2));
        assert!(pins.held(1).is_some_and(|held| std::ptr::eq(&raw const *held, &raw const *first)));
        drop(first);
        assert_eq!(pins.oldest(), Some(1));
        drop(second);
        assert_eq!(pins.oldest(), Some(2));
        assert!(pins.held(1).is_none());
    }
}
