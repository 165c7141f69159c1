//! Arrays that the catalog names, read from their shards.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::apart;
use super::bands;
use super::element::{Data, SliceMut};
use super::error::Error;
use super::files::{Files, shown};
use super::graph::Meta;
use super::grid::{Grid, Overlap, Region};
use super::hot::{Found, Hot};
use super::runs::{self, Place};
use super::shape;
use super::source::Source;
use super::stats::{Number, Stats};
use super::strided::Layout;
use super::zarr::{self, Description, ShardIndex};
use crate::Code;
use crate::catalog::{ARRAY_METADATA, StoredArray, StoredShard};
use crate::pool::{self, Cancel};
use crate::store::HotCache;

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
    files: Files,
    hot: Option<Hot>,
    /// The indexes of shards that have been read, by their numbers, with the marks of their files.
    indexes: Mutex<HashMap<u64, (u64, Arc<ShardIndex>)>>,
    /// What is known of the values of shards, in their order: nothing where there is no order.
    stats: OnceLock<Vec<Option<Stats>>>,
}

impl StoredReader {
    /// Of that array, whose files are there, and whose chunks may lie in that cache.
    ///
    /// # Errors
    /// [`Error::Stored`] where its metadata are damaged.
    pub fn new(array: &Arc<StoredArray>, files: Files, cache: &Arc<HotCache>) -> Result<Self, Error> {
        let failed = |error: zarr::Error| of(&array.name, &error);
        let description = zarr::read_v3(array.metadata.as_bytes(), ARRAY_METADATA).map_err(failed)?;
        let grid = description.grid().map_err(failed)?;
        let chunk = description.decoded();
        let meta = Meta::new(description.dtype(), description.shape.clone());
        let hot = || Hot::new(cache, array.version()?, &meta, &chunk);
        let is_worth_it = shape::count(&chunk).saturating_mul(meta.dtype.bytes()) >= HOT_BYTES_LOW;
        let hot = is_worth_it.then(hot).flatten();
        let (array, indexes) = (Arc::clone(array), Mutex::default());
        Ok(Self { array, description, grid, chunk, meta, files, hot, indexes, stats: OnceLock::new() })
    }

    /// How its elements are kept.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What is known of the values of a shard.
    fn stats_of(&self, number: u64) -> Option<Stats> {
        let fill = &self.description.fill;
        let dtype = self.meta.dtype;
        // Ticks that are read as numbers: what is no time is the least of them.
        let numbers = self.description.stored.is_time() && !self.description.stored.dtype().is_time();
        let one = |shard: &StoredShard| {
            let read = |text: &Option<String>| text.as_ref().and_then(|text| Number::read(dtype, text));
            let (min, max) = (read(&shard.min), read(&shard.max));
            let is_known = (min.is_some() && max.is_some()) || shard.nans == shard.count;
            let is_known = is_known && !(numbers && shard.nans > 0);
            is_known.then_some(Stats { count: shard.count, min, max, nans: shard.nans, fills: shard.fills })
        };
        match self.array.shards.binary_search_by_key(&number, |shard| shard.number) {
            Ok(at) => *self.stats.get_or_init(|| self.array.shards.iter().map(one).collect()).get(at)?,
            Err(_) => Some(Stats::of(fill.slice(), fill, self.description.stored.is_time()))
                .filter(|stats| stats.min.is_some() || stats.nans > 0)
                .filter(|stats| !(numbers && stats.nans > 0)),
        }
    }

    /// The elements of a box, unpacked for it.
    fn unpacked(&self, region: &Region, cancel: &Cancel) -> Result<Data, Error> {
        bands::filled(self.meta.dtype, region, &self.chunk, &|band, out, at_once| {
            self.unpack(band, (out, &Place::dense(&band.lengths, &[])), at_once, cancel)
        })
    }

    /// Unpacks the elements of a box to their places, so many chunks of a shard at once.
    fn unpack(
        &self,
        region: &Region,
        (out, to): (&mut SliceMut<'_>, &Place),
        at_once: usize,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        self.grid.overlapping(region).try_for_each(|overlap| match cancel.is_cancelled() {
            true => Err(Error::Stopped),
            false => {
                let layout = to.at(&overlap.target.start).layout();
                self.shard(&overlap, (out, &layout), at_once, cancel)
            }
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
            && let Some(all) = hot.whole(part)
            && part.source.lengths == all.lengths
            && let Some(whole) = self.chunk_of(hot, part, found, cancel)?
        {
            return Ok(whole);
        }
        let copied = bands::filled(self.meta.dtype, region, &self.chunk, &|band, out, at_once| {
            let own: Vec<Overlap> = hot.grid.overlapping(band).collect();
            for now in own.chunks(at_once.max(1)) {
                let made = |at: usize| {
                    let part: &Overlap = &now[at];
                    // They are in the order of their chunks.
                    let known = parts.binary_search_by(|(other, _)| other.chunk_index.cmp(&part.chunk_index));
                    let known = known.ok().and_then(|known| parts.get(known));
                    let (_, found) = known.ok_or(Error::Defect("a chunk"))?;
                    self.chunk_of(hot, part, found, cancel)
                };
                for (part, made) in now.iter().zip(apart::made(now.len(), &made)) {
                    match made? {
                        Some(whole) => {
                            let all = hot.whole(part).ok_or(Error::Defect("a chunk"))?;
                            runs::copy_part(part, (whole.slice(), &all.lengths), (out, &band.lengths))?;
                        }
                        None => {
                            let to = Place::dense(&band.lengths, &part.target.start);
                            self.unpack(&part.target.of(band), (out, &to), at_once, cancel)?;
                        }
                    }
                }
            }
            Ok(())
        });
        copied.map(Arc::new)
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
                let all = hot.whole(part).ok_or(Error::Defect("a chunk"))?;
                let data = Arc::new(self.unpacked(&all, cancel)?);
                // Files of others that are too many to be remembered: nothing is kept of them.
                if let Some(mark) = self.files.mark(number(&self.grid, &self.file_of(&all))) {
                    room.fill(Arc::clone(&data), mark);
                }
                Ok(Some(data))
            }
            Found::Cold => Ok(None),
        }
    }

    fn shard(
        &self,
        overlap: &Overlap,
        (out, layout): (&mut SliceMut<'_>, &Layout),
        at_once: usize,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let (description, index) = (&self.description, &overlap.chunk_index);
        let number = number(&self.grid, index);
        let Some(file) = self.files.open(&self.array, description, (number, index), cancel)? else {
            let filled = zarr::fill(description, &overlap.source.lengths, out, layout);
            return filled.map_err(|error| of(&self.array.name, &error));
        };
        let lost = |error: zarr::Error| self.files.lost(&self.array.name, description, index, &error);
        let source = zarr::Source { bytes: file.bytes, read: &*file.read, index: None, at_once };
        let known = self.index(number, file.mark, &source).map_err(lost)?;
        let source = zarr::Source { index: known.as_deref(), ..source };
        zarr::decode(description, &source, &overlap.source, out, layout).map_err(lost)
    }

    /// The index of a shard, which is read once for all of its boxes.
    fn index(
        &self,
        number: u64,
        mark: u64,
        source: &zarr::Source<'_>,
    ) -> Result<Option<Arc<ShardIndex>>, zarr::Error> {
        let known = self.indexes.lock().ok().and_then(|known| known.get(&number).cloned());
        if let Some((_, known)) = known.filter(|(of, _)| *of == mark) {
            return Ok(Some(known));
        }
        let read = zarr::shard_index(&self.description, source)?.map(Arc::new);
        if let (Some(index), Ok(mut known)) = (&read, self.indexes.lock()) {
            if known.len() >= INDEXES {
                known.clear();
            }
            known.insert(number, (mark, Arc::clone(index)));
        }
        Ok(read)
    }

    /// Which file has the chunk that is that box.
    fn file_of(&self, chunk: &Region) -> Vec<usize> {
        let axes = chunk.start.iter().zip(self.grid.chunk());
        axes.map(|(start, length)| start.checked_div(*length).unwrap_or_default()).collect()
    }

    /// The chunks that have a part of a box, and what is to be done for each: what is in memory of a file that may have
    /// changed is only of use where it has not.
    fn parts(&self, hot: &Hot, region: &Region, cancel: &Cancel) -> Vec<(Overlap, Found)> {
        let file_of = |part: &Overlap| hot.whole(part).map(|all| self.file_of(&all)).unwrap_or_default();
        let parts: Vec<Overlap> = hot.grid.overlapping(region).collect();
        if !self.files.are_known() {
            let held: Vec<Vec<usize>> = parts.iter().filter(|part| hot.holds(part)).map(file_of).collect();
            self.files.look(&self.description, &held, &self.grid, cancel);
        }
        let found = |part: Overlap| {
            let found = hot.found(&part, self.files.mark(number(&self.grid, &file_of(&part))));
            (part, found)
        };
        parts.into_iter().map(found).collect()
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
        self.files.check(&self.array.name, &self.description, cancel)?;
        if let Some(hot) = &self.hot {
            let parts = self.parts(hot, region, cancel);
            if parts.iter().any(|(_, found)| !matches!(found, Found::Cold)) {
                return self.by_chunks(hot, region, &parts, cancel);
            }
        }
        self.unpacked(region, cancel).map(Arc::new)
    }

    fn known(&self, region: &Region) -> Option<Stats> {
        if !self.files.are_known() {
            return None;
        }
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
