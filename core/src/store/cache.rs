//! The hot cache: decoded columns of partitions, kept as Arrow while the ledger has room for them.
//!
//! A column of a partition is the unit, so that a question over three of forty columns holds three. All
//! columns of a partition are cut into the same batches of [`HotCache::BATCH_ROWS`] rows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema};
use parking_lot::Mutex;

use crate::catalog::{ColumnId, PROVISIONAL, PartitionId};
use crate::pool::{Account, Buffers, Charge};

/// Sightings that are remembered of columns not held. Beyond it the memory starts anew.
const SIGHTINGS_MAX: usize = 1 << 20;

type Key = (PartitionId, ColumnId);

/// Decoded columns, charged to one account, evicted least recently used first.
#[derive(Debug)]
pub struct HotCache {
    account: Arc<Account>,
    held: Mutex<Held>,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    columns: HashMap<Key, HotColumn>,
    sightings: HashMap<Key, u32>,
    pinned: HashSet<PartitionId>,
    clock: u64,
}

#[derive(Debug)]
struct HotColumn {
    field: FieldRef,
    pieces: Vec<ArrayRef>,
    charge: Charge,
    uses: u64,
    used_at: u64,
}

/// The cache's figures at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheFigures {
    /// Scans of a partition that found all they needed.
    pub hits: u64,
    /// Scans of a partition that did not.
    pub misses: u64,
    /// Columns given up for others.
    pub evictions: u64,
    /// Bytes held.
    pub bytes: u64,
    /// Bytes it may hold.
    pub limit: u64,
    /// Columns held.
    pub entries: u64,
    /// Bytes held for pinned tables.
    pub pinned_bytes: u64,
}

/// One held column of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// The partition.
    pub partition: PartitionId,
    /// The column.
    pub column: ColumnId,
    /// Bytes it takes.
    pub bytes: u64,
    /// Scans that read it.
    pub uses: u64,
    /// Whether it stays whatever else is asked.
    pub pinned: bool,
}

impl HotCache {
    /// Rows of every batch but a partition's last: what DataFusion's operators like best.
    pub const BATCH_ROWS: usize = 8192;

    /// An empty cache.
    pub fn new(account: Arc<Account>) -> Arc<Self> {
        Arc::new(Self {
            account,
            held: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
        })
    }

    /// The columns of the partition, in the order asked, as batches under their file names; or nothing
    /// where one of them is not held. No columns asked is never a hit: there is no row count to give.
    ///
    /// Cost: one reference count a column and batch; nothing is copied.
    pub fn get(&self, partition: PartitionId, columns: &[ColumnId]) -> Option<Vec<RecordBatch>> {
        let found = self.held.lock().read(partition, columns);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        let columns = found?;
        let schema =
            Arc::new(Schema::new(columns.iter().map(|(field, _)| Arc::clone(field)).collect::<Vec<_>>()));
        let batches = columns.first()?.1.len();
        (0..batches)
            .map(|index| {
                let pieces = columns.iter().filter_map(|(_, pieces)| pieces.get(index).cloned()).collect();
                RecordBatch::try_new(Arc::clone(&schema), pieces).ok()
            })
            .collect()
    }

    /// Whether these columns of the partition are worth decoding now: they are pinned, or were seen before
    /// and there is hope of room. Asking counts as seeing; of several askers one is told yes.
    pub fn wants(&self, partition: PartitionId, columns: &[ColumnId]) -> bool {
        if partition >= PROVISIONAL {
            // Its number may be another's tomorrow.
            return false;
        }
        let mut held = self.held.lock();
        if held.sightings.len() > SIGHTINGS_MAX {
            held.sightings.clear();
        }
        let pinned = held.pinned.contains(&partition);
        let mut wanted = false;
        for column in columns {
            let key = (partition, *column);
            if held.columns.contains_key(&key) {
                continue;
            }
            let seen = held.sightings.entry(key).or_default();
            *seen = seen.saturating_add(1);
            // The second sighting asks for it; where that came to nothing, the 16th, 32nd… ask again.
            wanted |= seen.is_multiple_of(16) || *seen == if pinned { 1 } else { 2 };
        }
        wanted
    }

    /// Keeps columns of a partition, giving up others where need be. Says whether all were kept.
    ///
    /// `batches` hold `columns` in that order, [`HotCache::BATCH_ROWS`] rows each but the last.
    pub fn put(&self, partition: PartitionId, columns: &[ColumnId], batches: &[RecordBatch]) -> bool {
        let Some(first) = batches.first() else { return false };
        let schema = first.schema();
        columns.iter().enumerate().all(|(index, column)| {
            let pieces: Vec<ArrayRef> =
                batches.iter().filter_map(|batch| batch.columns().get(index).cloned()).collect();
            match schema.fields().get(index) {
                Some(field) if pieces.len() == batches.len() => {
                    self.keep((partition, *column), Arc::clone(field), pieces)
                }
                _ => false,
            }
        })
    }

    /// Says which partitions are pinned from now on; what others hold may be given up again.
    pub fn pin(&self, partitions: HashSet<PartitionId>) {
        self.held.lock().pinned = partitions;
    }

    /// Gives up every column of partitions that are no longer of use.
    pub fn retain(&self, live: impl Fn(PartitionId) -> bool) {
        let mut held = self.held.lock();
        held.columns.retain(|(partition, _), _| live(*partition));
        held.sightings.retain(|(partition, _), _| live(*partition));
    }

    /// Its figures now.
    pub fn figures(&self) -> CacheFigures {
        let entries = self.entries();
        CacheFigures {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            evictions: self.evictions.load(Ordering::Relaxed),
            bytes: entries.iter().map(|entry| entry.bytes).sum(),
            limit: self.account.limit(),
            entries: entries.len() as u64,
            pinned_bytes: entries.iter().filter(|entry| entry.pinned).map(|entry| entry.bytes).sum(),
        }
    }

    /// What it holds, a row a column of a partition.
    pub fn entries(&self) -> Vec<CacheEntry> {
        let held = self.held.lock();
        let entry = |(key, column): (&Key, &HotColumn)| CacheEntry {
            partition: key.0,
            column: key.1,
            bytes: column.charge.bytes(),
            uses: column.uses,
            pinned: held.pinned.contains(&key.0),
        };
        held.columns.iter().map(entry).collect()
    }

    fn keep(&self, key: Key, field: FieldRef, pieces: Vec<ArrayRef>) -> bool {
        // Batches of one partition share dictionary pages.
        let mut buffers = Buffers::default();
        let bytes = pieces.iter().map(|piece| buffers.add(piece)).fold(0, u64::saturating_add);
        let mut held = self.held.lock();
        if held.columns.contains_key(&key) {
            return true;
        }
        let charge = loop {
            match self.account.try_charge("hot column", bytes) {
                Ok(charge) => break charge,
                Err(_) if bytes <= self.account.limit() && held.evict_for(key.0) => {
                    self.evictions.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => return false,
            }
        };
        held.clock = held.clock.saturating_add(1);
        let used_at = held.clock;
        held.sightings.remove(&key);
        held.columns.insert(key, HotColumn { field, pieces, charge, uses: 0, used_at });
        true
    }
}

impl Held {
    fn read(
        &mut self,
        partition: PartitionId,
        columns: &[ColumnId],
    ) -> Option<Vec<(FieldRef, Vec<ArrayRef>)>> {
        if columns.is_empty()
            || !columns.iter().all(|column| self.columns.contains_key(&(partition, *column)))
        {
            return None;
        }
        self.clock = self.clock.saturating_add(1);
        columns
            .iter()
            .map(|column| {
                let hot = self.columns.get_mut(&(partition, *column))?;
                hot.uses = hot.uses.saturating_add(1);
                hot.used_at = self.clock;
                Some((Arc::clone(&hot.field), hot.pieces.clone()))
            })
            .collect()
    }

    /// Gives up the column that was used longest ago, and says whether there was one. Pinned ones stay, and
    /// so do those of the partition that is being loaded: a partition half held is of no use.
    fn evict_for(&mut self, loading: PartitionId) -> bool {
        let oldest = self
            .columns
            .iter()
            .filter(|((partition, _), _)| *partition != loading && !self.pinned.contains(partition))
            .min_by_key(|(_, column)| column.used_at)
            .map(|(key, _)| *key);
        oldest.is_some_and(|key| self.columns.remove(&key).is_some())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{Int64Array, StringViewArray};

    use super::*;
    use crate::pool::Ledger;

    fn batch(rows: i64) -> RecordBatch {
        let a: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
        let b: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..rows).map(|row| row.to_string())));
        RecordBatch::try_from_iter([("a", a), ("b", b)]).unwrap()
    }

    fn cache(bytes: u64) -> Arc<HotCache> {
        HotCache::new(Ledger::new(1 << 30).account("cache", bytes))
    }

    #[test]
    fn columns_come_back_in_the_order_asked() {
        let cache = cache(1 << 20);
        assert!(cache.put(7, &[1, 2], &[batch(100), batch(20)]));
        let got = cache.get(7, &[2, 1]).unwrap();
        assert_eq!((got.len(), got[0].schema().field(0).name().as_str()), (2, "b"));
        assert_eq!(cache.get(7, &[1, 3]), None);
        assert_eq!(cache.get(7, &[]), None);
        let figures = cache.figures();
        assert_eq!((figures.hits, figures.misses, figures.entries), (1, 2, 2));
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_pinned_stays() {
        let one = Buffers::default().add(batch(1000).column(0));
        let cache = cache(one * 2);
        cache.pin([1].into());
        for partition in [1, 2] {
            assert!(cache.put(partition, &[1], &[batch(1000).project(&[0]).unwrap()]));
        }
        assert!(cache.put(3, &[1], &[batch(1000).project(&[0]).unwrap()]));
        assert!(cache.get(1, &[1]).is_some() && cache.get(2, &[1]).is_none() && cache.get(3, &[1]).is_some());
        assert_eq!((cache.figures().evictions, cache.figures().pinned_bytes), (1, one));
        assert!(!cache.put(4, &[1], &[batch(100_000).project(&[0]).unwrap()]));
    }

    #[test]
    fn the_second_sighting_asks_for_it() {
        let cache = cache(1 << 20);
        assert!(!cache.wants(1, &[1]));
        assert!(cache.wants(1, &[1]));
        assert!(!cache.wants(1, &[1]));
        cache.pin([2].into());
        assert!(cache.wants(2, &[1]));
    }
}
