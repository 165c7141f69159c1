//! Arrays that the catalog names, read from their shards.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use uuid::Uuid;

use super::apart;
use super::element::Data;
use super::error::Error;
use super::graph::Meta;
use super::grid::{Grid, Overlap, Region};
use super::runs::{self, Place};
use super::shape;
use super::source::Source;
use super::stats::{Number, Stats};
use super::strided::Layout;
use super::zarr::{self, Description, ShardIndex};
use crate::Code;
use crate::catalog::{ARRAY_METADATA, StoredArray, StoredShard};
use crate::pool::{self, Cancel};
use crate::store::{HotCache, Room, TileStore};

/// Indexes of shards that one reader keeps: each has 16 bytes for each of the shard's chunks.
const INDEXES: usize = 64;
/// Bytes of a chunk below which to find it again costs as much as to unpack it.
const HOT_BYTES_LOW: usize = 64 << 10;

/// An array of a snapshot, ready to be read.
#[derive(Debug)]
pub struct StoredReader {
    array: Arc<StoredArray>,
    description: Description,
    grid: Grid,
    /// The shape of what is unpacked at a time.
    chunk: Vec<usize>,
    meta: Meta,
    store: Arc<TileStore>,
    hot: Option<Hot>,
    /// The indexes of shards that have been read, by their numbers.
    indexes: Mutex<HashMap<u64, Arc<ShardIndex>>>,
    /// What is known of the values of shards, in their order: nothing where there is no order.
    stats: OnceLock<Vec<Option<Stats>>>,
}

/// The chunks of an array as the hot cache holds them: those at the ends of axes cut off.
#[derive(Debug)]
struct Hot {
    cache: Arc<HotCache>,
    version: Uuid,
    grid: Grid,
    /// Bytes of an element.
    width: u64,
}

/// What is to be done for a chunk that has a part of a box.
enum Found {
    /// It is there.
    Held(Arc<Data>),
    /// It is to be unpacked whole, and kept.
    Wanted(Room),
    /// What is needed of it is to be unpacked.
    Cold,
}

impl StoredReader {
    /// Of that array, whose shards lie in that store, and whose chunks may lie in that cache.
    ///
    /// # Errors
    /// [`Error::Stored`] where its metadata are damaged.
    pub fn new(
        array: &Arc<StoredArray>,
        store: &Arc<TileStore>,
        cache: &Arc<HotCache>,
    ) -> Result<Self, Error> {
        let failed = |error: zarr::Error| of(&array.name, &error);
        let description = zarr::read_v3(array.metadata.as_bytes(), ARRAY_METADATA).map_err(failed)?;
        let grid = description.grid().map_err(failed)?;
        let chunk = description.decoded();
        let meta = Meta::new(description.dtype(), description.shape.clone());
        let hot = || {
            let grid = Grid::new(&meta.shape, &chunk).ok()?;
            let (cache, version, width) = (Arc::clone(cache), array.version()?, meta.dtype.bytes() as u64);
            Some(Hot { cache, version, grid, width })
        };
        let is_worth_it = shape::count(&chunk).saturating_mul(meta.dtype.bytes()) >= HOT_BYTES_LOW;
        let hot = is_worth_it.then(hot).flatten();
        let (array, store, indexes) = (Arc::clone(array), Arc::clone(store), Mutex::default());
        Ok(Self { array, description, grid, chunk, meta, store, hot, indexes, stats: OnceLock::new() })
    }

    /// How its elements are kept.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What is known of the values of a shard.
    fn stats_of(&self, number: u64) -> Option<Stats> {
        let fill = &self.description.fill;
        let dtype = self.meta.dtype;
        let one = |shard: &StoredShard| {
            let read = |text: &Option<String>| text.as_ref().and_then(|text| Number::read(dtype, text));
            let (min, max) = (read(&shard.min), read(&shard.max));
            let is_known = (min.is_some() && max.is_some()) || shard.nans == shard.count;
            is_known.then_some(Stats { count: shard.count, min, max, nans: shard.nans, fills: shard.fills })
        };
        match self.array.shards.binary_search_by_key(&number, |shard| shard.number) {
            Ok(at) => *self.stats.get_or_init(|| self.array.shards.iter().map(one).collect()).get(at)?,
            Err(_) => Some(Stats::of(fill.slice(), fill, self.description.stored.is_time()))
                .filter(|stats| stats.min.is_some() || stats.nans > 0),
        }
    }

    /// The elements of a box, unpacked for it.
    fn unpacked(&self, region: &Region, cancel: &Cancel) -> Result<Data, Error> {
        let mut out = Data::zeros(self.meta.dtype, region.count());
        self.unpack(region, &mut out, &Place::dense(&region.lengths, &[]), cancel)?;
        Ok(out)
    }

    /// Unpacks the elements of a box to their places.
    fn unpack(&self, region: &Region, out: &mut Data, to: &Place, cancel: &Cancel) -> Result<(), Error> {
        self.grid.overlapping(region).try_for_each(|overlap| match cancel.is_cancelled() {
            true => Err(Error::Stopped),
            false => self.shard(&overlap, out, &to.at(&overlap.target.start).layout()),
        })
    }

    /// The elements of a box, by chunks of which some are in memory or will be.
    fn by_chunks(
        &self,
        hot: &Hot,
        region: &Region,
        parts: &[(Overlap, Found)],
        cancel: &Cancel,
    ) -> Result<Arc<Data>, Error> {
        if let [(part, found)] = parts
            && let Some(all) = hot.grid.region(&part.chunk_index)
            && part.source.lengths == all.lengths
            && let Some(whole) = self.chunk_of(hot, part, found, cancel)?
        {
            return Ok(whole);
        }
        let mut out = Data::zeros(self.meta.dtype, region.count());
        for now in parts.chunks(apart::threads()) {
            let made = apart::made(now.len(), &|at| self.chunk_of(hot, &now[at].0, &now[at].1, cancel));
            for ((part, _), made) in now.iter().zip(made) {
                let to = Place::dense(&region.lengths, &part.target.start);
                match made? {
                    Some(whole) => {
                        let all = hot.grid.region(&part.chunk_index).ok_or(Error::Defect("a chunk"))?;
                        let from = Place::dense(&all.lengths, &part.source.start);
                        runs::copy(&part.target.lengths, whole.slice(), &from, &mut out, &to)?;
                    }
                    None => self.unpack(&part.target.of(region), &mut out, &to, cancel)?,
                }
            }
        }
        Ok(Arc::new(out))
    }

    /// All of a chunk, where it is in memory or will be.
    fn chunk_of(
        &self,
        hot: &Hot,
        part: &Overlap,
        found: &Found,
        cancel: &Cancel,
    ) -> Result<Option<Arc<Data>>, Error> {
        match found {
            Found::Held(data) => Ok(Some(Arc::clone(data))),
            Found::Wanted(room) => {
                let all = hot.grid.region(&part.chunk_index).ok_or(Error::Defect("a chunk"))?;
                let data = Arc::new(self.unpacked(&all, cancel)?);
                room.fill(Arc::clone(&data));
                Ok(Some(data))
            }
            Found::Cold => Ok(None),
        }
    }

    fn shard(&self, overlap: &Overlap, out: &mut Data, layout: &Layout) -> Result<(), Error> {
        let failed = |error: zarr::Error| of(&self.array.name, &error);
        let number = number(&self.grid, &overlap.chunk_index);
        let mut out = out.slice_mut();
        let Some(shard) = self.array.shard(number) else {
            return zarr::fill(&self.description, &overlap.source.lengths, &mut out, layout).map_err(failed);
        };
        let path = self.array.path_of(shard);
        let lost = |error: &dyn std::fmt::Display| Error::Stored {
            name: self.array.name.clone(),
            said: format!("chunk {:?} cannot be read: {error}", overlap.chunk_index),
            code: Code::StorageDamaged,
        };
        let tile = self.store.open(&path).map_err(|error| lost(&error))?;
        let read = |range: Range<u64>| -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
            tile.read(range).map_err(Into::into)
        };
        let source = zarr::Source { bytes: shard.bytes, read: &read, index: None };
        let index = self.index(number, &source).map_err(|error| lost(&shown(&error)))?;
        let source = zarr::Source { index: index.as_deref(), ..source };
        zarr::decode(&self.description, &source, &overlap.source, &mut out, layout)
            .map_err(|error| lost(&shown(&error)))
    }

    /// The index of a shard, which is read once for all of its boxes.
    fn index(&self, number: u64, source: &zarr::Source<'_>) -> Result<Option<Arc<ShardIndex>>, zarr::Error> {
        let known = self.indexes.lock().ok().and_then(|known| known.get(&number).cloned());
        if known.is_some() {
            return Ok(known);
        }
        let read = zarr::shard_index(&self.description, source)?.map(Arc::new);
        if let (Some(index), Ok(mut known)) = (&read, self.indexes.lock()) {
            if known.len() >= INDEXES {
                known.clear();
            }
            known.insert(number, Arc::clone(index));
        }
        Ok(read)
    }
}

impl Hot {
    /// The chunks that have a part of a box.
    fn parts(&self, region: &Region) -> impl Iterator<Item = (Overlap, Found)> {
        self.grid.overlapping(region).map(|part| {
            let number = number(&self.grid, &part.chunk_index);
            let found = match self.cache.chunk(self.version, number) {
                Some(data) => Found::Held(data),
                None => self.wanted(&part, number).map_or(Found::Cold, Found::Wanted),
            };
            (part, found)
        })
    }

    /// Room for a chunk, where it is worth it and there is any.
    fn wanted(&self, part: &Overlap, number: u64) -> Option<Room> {
        let all = self.grid.region(&part.chunk_index)?;
        let wanted = self.cache.wants_chunk(self.version, number);
        wanted.then(|| {
            self.cache.room_for_chunk(self.version, number, self.width.saturating_mul(all.count() as u64))
        })?
    }
}

impl Source for StoredReader {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&self) -> Option<&[usize]> {
        Some(&self.chunk)
    }

    fn read(&self, region: &Region, cancel: &Cancel) -> Result<Arc<Data>, Error> {
        if let Some(hot) = &self.hot {
            let parts: Vec<(Overlap, Found)> = hot.parts(region).collect();
            if parts.iter().any(|(_, found)| !matches!(found, Found::Cold)) {
                return self.by_chunks(hot, region, &parts, cancel);
            }
        }
        self.unpacked(region, cancel).map(Arc::new)
    }

    fn known(&self, region: &Region) -> Option<Stats> {
        let mut shards = self.grid.overlapping(region);
        let first = self.stats_of(number(&self.grid, &shards.next()?.chunk_index))?;
        shards.try_fold(first, |all, shard| {
            Some(all.and(self.stats_of(number(&self.grid, &shard.chunk_index))?))
        })
    }

    fn working_bytes(&self) -> u64 {
        // Each thread of the pool has a chunk unpacked, and packed; what stays in the cache is charged there.
        let chunk = shape::count(&self.chunk).saturating_mul(self.meta.dtype.bytes());
        (chunk as u64).saturating_mul(2).saturating_mul(pool::width() as u64)
    }
}

/// The number of a shard in its grid, the last axis the fastest.
pub fn number(grid: &Grid, chunk_index: &[usize]) -> u64 {
    let axes = chunk_index.iter().zip(grid.counts());
    axes.fold(0, |number: u64, (at, count)| number.saturating_mul(*count as u64).saturating_add(*at as u64))
}

/// What is wrong with the array of that name.
pub(super) fn of(name: &str, error: &zarr::Error) -> Error {
    let code = match error.code() {
        Code::InvalidData => Code::StorageDamaged,
        code => code,
    };
    Error::Stored { name: name.to_owned(), said: shown(error), code }
}

/// What an error says, with what it came of.
fn shown(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}
