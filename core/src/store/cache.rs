//! The hot cache: decoded columns of partitions, kept as Arrow, and decoded chunks of arrays, while the ledger has room
//! for them.
//!
//! A column of a partition is the unit, so that a question over three of forty columns holds three; all columns of a
//! partition are cut into the same batches of [`HotCache::BATCH_ROWS`] rows. Of an array it is what is unpacked at a time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::array::Data;
use crate::catalog::{ColumnId, PROVISIONAL, PartitionId};
use crate::pool::{Account, Buffers, Charge};

/// Sightings that are remembered of what is not held. Beyond it the memory starts anew.
const SIGHTINGS_MAX: usize = 1 << 20;

/// Which part of the cache may be taken by what is kept in memory and nowhere else.
const PERSISTED_SHARE: u64 = 2;

/// What is held, or may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CacheKey {
    /// A column of a partition.
    Column(PartitionId, ColumnId),
    /// A chunk of that number of an array's version, whose folder has that name.
    Chunk(Uuid, u64),
}

/// What is pinned, forgotten and loaded as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheOwner {
    /// A partition.
    Partition(PartitionId),
    /// A version of an array.
    Array(Uuid),
}

impl CacheKey {
    fn owner(self) -> CacheOwner {
        match self {
            Self::Column(partition, _) => CacheOwner::Partition(partition),
            Self::Chunk(array, _) => CacheOwner::Array(array),
        }
    }
}

/// Decoded columns and chunks, charged to one account, evicted least recently used first.
#[derive(Debug)]
pub struct HotCache {
    account: Arc<Account>,
    /// The part of it for arrays that are kept in memory, which are not the cache's to give up.
    persisted: Arc<Account>,
    held: Mutex<Held>,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    entries: HashMap<CacheKey, Hot>,
    sightings: HashMap<CacheKey, u32>,
    pinned: HashSet<CacheOwner>,
    clock: u64,
}

/// What has been decoded.
#[derive(Clone, Debug)]
enum Decoded {
    Column(FieldRef, Vec<ArrayRef>),
    /// With the mark of the file that it was made of.
    Chunk(Arc<Data>, u64),
}

#[derive(Debug)]
struct Hot {
    decoded: Decoded,
    charge: Charge,
    uses: u64,
    used_at: u64,
}

/// The cache's figures at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheFigures {
    /// Scans of a partition that found all they needed, and reads of a chunk that found it.
    pub hits: u64,
    /// Those that did not.
    pub misses: u64,
    /// Columns and chunks given up for others.
    pub evictions: u64,
    /// Bytes held.
    pub bytes: u64,
    /// Bytes it may hold.
    pub limit: u64,
    /// Columns and chunks held.
    pub entries: u64,
    /// Bytes held for pinned tables and arrays.
    pub pinned_bytes: u64,
}

/// One thing that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// What it is.
    pub key: CacheKey,
    /// Bytes it takes.
    pub bytes: u64,
    /// Scans, or reads, of it.
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
            persisted: account.part("persisted", account.limit() / PERSISTED_SHARE),
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
        let keys: Vec<CacheKey> = columns.iter().map(|column| CacheKey::Column(partition, *column)).collect();
        let found = self.held.lock().read(&keys);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        let columns = found?.into_iter().filter_map(|decoded| match decoded {
            Decoded::Column(field, pieces) => Some((field, pieces)),
            Decoded::Chunk(..) => None,
        });
        let (fields, columns): (Vec<FieldRef>, Vec<Vec<ArrayRef>>) = columns.unzip();
        let schema = Arc::new(Schema::new(fields));
        let batches = columns.first()?.len();
        (0..batches)
            .map(|index| {
                let pieces = columns.iter().filter_map(|pieces| pieces.get(index).cloned()).collect();
                RecordBatch::try_new(Arc::clone(&schema), pieces).ok()
            })
            .collect()
    }

    /// The elements of a chunk, the last axis the densest; or nothing where it is not held. Nothing is copied.
    ///
    /// `mark` is that of its file: what was made of the file as it was before is given up. Files of ours have mark 0.
    pub fn chunk(&self, array: Uuid, number: u64, mark: u64) -> Option<Arc<Data>> {
        let found = self.held.lock().read_marked(CacheKey::Chunk(array, number), mark);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Whether a chunk is held, of whatever mark.
    pub fn holds_chunk(&self, array: Uuid, number: u64) -> bool {
        self.held.lock().entries.contains_key(&CacheKey::Chunk(array, number))
    }

    /// Whether these columns of the partition are worth decoding now: they are pinned, or were seen before
    /// and there is hope of room. Asking counts as seeing; of several askers one is told yes.
    pub fn wants(&self, partition: PartitionId, columns: &[ColumnId]) -> bool {
        // The number of a provisional one may be another's tomorrow.
        partition < PROVISIONAL
            && self.held.lock().see(columns.iter().map(|column| CacheKey::Column(partition, *column)))
    }

    /// The same of a chunk.
    pub fn wants_chunk(&self, array: Uuid, number: u64) -> bool {
        self.held.lock().see([CacheKey::Chunk(array, number)])
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
                    // Batches of one partition share dictionary pages.
                    let mut buffers = Buffers::default();
                    let bytes = pieces.iter().map(|piece| buffers.add(piece)).fold(0, u64::saturating_add);
                    let key = CacheKey::Column(partition, *column);
                    self.keep(key, Decoded::Column(Arc::clone(field), pieces), bytes)
                }
                _ => false,
            }
        })
    }

    /// Room for a chunk of so many bytes that is about to be decoded. Others are given up for it where need be, but none of
    /// its own array: where that is larger than the cache, a part of it stays.
    pub fn room_for_chunk(self: &Arc<Self>, array: Uuid, number: u64, bytes: u64) -> Option<Room> {
        let key = CacheKey::Chunk(array, number);
        let charge = self.charged(&self.account, &mut self.held.lock(), Some(key.owner()), bytes)?;
        Some(Room { cache: Arc::clone(self), key, charge: Mutex::new(Some(charge)) })
    }

    /// Room for an array of so many bytes that is in memory and nowhere else, as long as somebody has the charge. What can be
    /// decoded again is given up for it where need be; nothing where the part for such arrays has not so much left.
    pub fn room_for_array(&self, bytes: u64) -> Option<Charge> {
        let mut held = self.held.lock();
        let left = |account: &Account| account.limit().saturating_sub(account.used());
        // Nothing is given up where that would not do.
        let can_be = left(&self.account).saturating_add(held.evictable());
        let is_within = bytes <= left(&self.persisted).min(can_be);
        is_within.then(|| self.charged(&self.persisted, &mut held, None, bytes))?
    }

    /// Says what is pinned from now on; what others hold may be given up again.
    pub fn pin(&self, owners: HashSet<CacheOwner>) {
        self.held.lock().pinned = owners;
    }

    /// Gives up all of what is no longer of use.
    pub fn retain(&self, live: impl Fn(CacheOwner) -> bool) {
        let mut held = self.held.lock();
        held.entries.retain(|key, _| live(key.owner()));
        held.sightings.retain(|key, _| live(key.owner()));
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

    /// What it holds.
    pub fn entries(&self) -> Vec<CacheEntry> {
        let held = self.held.lock();
        let entry = |(key, hot): (&CacheKey, &Hot)| CacheEntry {
            key: *key,
            bytes: hot.charge.bytes(),
            uses: hot.uses,
            pinned: held.pinned.contains(&key.owner()),
        };
        held.entries.iter().map(entry).collect()
    }

    fn keep(&self, key: CacheKey, decoded: Decoded, bytes: u64) -> bool {
        let mut held = self.held.lock();
        if held.entries.contains_key(&key) {
            return true;
        }
        let Some(charge) = self.charged(&self.account, &mut held, Some(key.owner()), bytes) else {
            return false;
        };
        held.put(key, decoded, charge);
        true
    }

    /// The charge for so many bytes of an owner's, for which others are given up where need be.
    fn charged(
        &self,
        account: &Arc<Account>,
        held: &mut Held,
        owner: Option<CacheOwner>,
        bytes: u64,
    ) -> Option<Charge> {
        loop {
            match account.try_charge("hot cache", bytes) {
                Ok(charge) => return Some(charge),
                Err(_) if bytes <= account.limit() && held.evict_for(owner) => {
                    self.evictions.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => return None,
            }
        }
    }
}

/// Room that is charged, for what is about to be decoded.
#[derive(Debug)]
pub struct Room {
    cache: Arc<HotCache>,
    key: CacheKey,
    charge: Mutex<Option<Charge>>,
}

impl Room {
    /// Keeps the chunk that the room is for, made of a file of that mark.
    pub fn fill(&self, elements: Arc<Data>, mark: u64) {
        if let Some(charge) = self.charge.lock().take() {
            self.cache.held.lock().put(self.key, Decoded::Chunk(elements, mark), charge);
        }
    }
}

impl Held {
    fn read(&mut self, keys: &[CacheKey]) -> Option<Vec<Decoded>> {
        if keys.is_empty() || !keys.iter().all(|key| self.entries.contains_key(key)) {
            return None;
        }
        self.clock = self.clock.saturating_add(1);
        let one = |key: &CacheKey| {
            let hot = self.entries.get_mut(key)?;
            hot.uses = hot.uses.saturating_add(1);
            hot.used_at = self.clock;
            Some(hot.decoded.clone())
        };
        keys.iter().map(one).collect()
    }

    fn read_marked(&mut self, key: CacheKey, mark: u64) -> Option<Arc<Data>> {
        match self.read(&[key])?.pop()? {
            Decoded::Chunk(data, of) if of == mark => Some(data),
            _ => {
                self.entries.remove(&key);
                None
            }
        }
    }

    fn put(&mut self, key: CacheKey, decoded: Decoded, charge: Charge) {
        self.clock = self.clock.saturating_add(1);
        let used_at = self.clock;
        self.sightings.remove(&key);
        self.entries.insert(key, Hot { decoded, charge, uses: 0, used_at });
    }

    /// Counts a sighting of each, and says whether one of them is to be decoded now.
    fn see(&mut self, keys: impl IntoIterator<Item = CacheKey>) -> bool {
        if self.sightings.len() > SIGHTINGS_MAX {
            self.sightings.clear();
        }
        let mut wanted = false;
        for key in keys {
            if self.entries.contains_key(&key) {
                continue;
            }
            let first = if self.pinned.contains(&key.owner()) { 1 } else { 2 };
            let seen = self.sightings.entry(key).or_default();
            *seen = seen.saturating_add(1);
            // The second sighting asks for it; where that came to nothing, the 16th, 32nd… ask again.
            wanted |= seen.is_multiple_of(16) || *seen == first;
        }
        wanted
    }

    /// Bytes that could be given up.
    fn evictable(&self) -> u64 {
        let given = self.entries.iter().filter(|(key, _)| !self.pinned.contains(&key.owner()));
        given.map(|(_, hot)| hot.charge.bytes()).sum()
    }

    /// Gives up what was used longest ago, and says whether there was any. What is pinned stays, and so does what
    /// belongs to what is being loaded: a partition half held is of no use.
    fn evict_for(&mut self, loading: Option<CacheOwner>) -> bool {
        let given = |key: &CacheKey| Some(key.owner()) != loading && !self.pinned.contains(&key.owner());
        let oldest = self.entries.iter().filter(|(key, _)| given(key));
        let oldest = oldest.min_by_key(|(_, hot)| hot.used_at).map(|(key, _)| *key);
        oldest.is_some_and(|key| self.entries.remove(&key).is_some())
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
        cache.pin([CacheOwner::Partition(1)].into());
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
        cache.pin([CacheOwner::Partition(2)].into());
        assert!(cache.wants(2, &[1]));
    }

    #[test]
    fn an_array_larger_than_the_cache_is_kept_in_part() {
        let (cache, array) = (cache(2048), Uuid::now_v7());
        let chunk = || Arc::new(Data::Float64(vec![1.0; 100]));
        let put = |array, number| {
            cache.room_for_chunk(array, number, 800).map(|room| room.fill(chunk(), 0)).is_some()
        };
        assert_eq!([0, 1, 2].map(|number| put(array, number)), [true, true, false]);
        assert_eq!(cache.chunk(array, 1, 0), Some(chunk()));
        assert_eq!(cache.chunk(array, 2, 0), None);
        // Another one comes in its place.
        assert!(put(Uuid::now_v7(), 0));
        assert_eq!((cache.chunk(array, 0, 0), cache.figures().evictions), (None, 1));
        cache.retain(|owner| owner == CacheOwner::Array(array));
        assert_eq!(cache.figures().entries, 1);
        assert!(!cache.wants_chunk(array, 2) && cache.wants_chunk(array, 2));
    }

    #[test]
    fn arrays_that_are_nowhere_else_have_half_and_what_can_be_decoded_again_makes_room() {
        let (cache, array) = (cache(2000), Uuid::now_v7());
        let chunk = || Arc::new(Data::Float64(vec![1.0; 100]));
        for number in [0, 1] {
            cache.room_for_chunk(array, number, 800).unwrap().fill(chunk(), 0);
        }
        let room = cache.room_for_array(900).unwrap();
        assert_eq!((room.bytes(), cache.figures().entries, cache.figures().evictions), (900, 1, 1));
        // More than is left of the half: nothing is given up for it.
        assert!(cache.room_for_array(200).is_none());
        assert_eq!(cache.figures().evictions, 1);
        drop(room);
        assert!(cache.room_for_array(1000).is_some() && cache.room_for_array(1001).is_none());
        cache.pin([CacheOwner::Array(array)].into());
        cache.room_for_chunk(array, 0, 1000).unwrap().fill(chunk(), 0);
        assert!(cache.room_for_array(300).is_none());
        assert_eq!((cache.figures().entries, cache.figures().bytes), (2, 1800));
    }

    #[test]
    fn a_chunk_of_a_file_that_has_changed_is_given_up() {
        let (cache, array) = (cache(2048), Uuid::now_v7());
        let chunk = || Arc::new(Data::Float64(vec![1.0; 100]));
        cache.room_for_chunk(array, 0, 800).unwrap().fill(chunk(), 7);
        assert_eq!((cache.holds_chunk(array, 0), cache.chunk(array, 0, 7)), (true, Some(chunk())));
        assert_eq!(cache.chunk(array, 0, 8), None);
        assert_eq!((cache.holds_chunk(array, 0), cache.figures().bytes), (false, 0));
    }
}
