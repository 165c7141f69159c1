//! Arrays that the catalog names, read from their shards.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::element::Data;
use super::error::Error;
use super::graph::Meta;
use super::grid::{Grid, Overlap, Region};
use super::shape;
use super::source::Source;
use super::strided::Layout;
use super::zarr::{self, Description, ShardIndex};
use crate::Code;
use crate::catalog::{ARRAY_METADATA, StoredArray};
use crate::pool::{self, Cancel};
use crate::store::TileStore;

/// Indexes of shards that one reader keeps: each has 16 bytes for each of the shard's chunks.
const INDEXES: usize = 64;

/// An array of a snapshot, ready to be read.
#[derive(Debug)]
pub struct StoredReader {
    array: Arc<StoredArray>,
    description: Description,
    grid: Grid,
    meta: Meta,
    store: Arc<TileStore>,
    /// The indexes of shards that have been read, by their numbers.
    indexes: Mutex<HashMap<u64, Arc<ShardIndex>>>,
}

impl StoredReader {
    /// Of that array, whose shards lie in that store.
    ///
    /// # Errors
    /// [`Error::Stored`] where its metadata are damaged.
    pub fn new(array: &Arc<StoredArray>, store: &Arc<TileStore>) -> Result<Self, Error> {
        let failed = |error: zarr::Error| of(&array.name, &error);
        let description = zarr::read_v3(array.metadata.as_bytes(), ARRAY_METADATA).map_err(failed)?;
        let grid = description.grid().map_err(failed)?;
        let meta = Meta::new(description.dtype(), description.shape.clone());
        let (array, store, indexes) = (Arc::clone(array), Arc::clone(store), Mutex::default());
        Ok(Self { array, description, grid, meta, store, indexes })
    }

    /// How its elements are kept.
    pub fn description(&self) -> &Description {
        &self.description
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

impl Source for StoredReader {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&self) -> Option<&[usize]> {
        Some(self.description.inner())
    }

    fn read(&self, region: &Region, cancel: &Cancel) -> Result<Data, Error> {
        let mut out = Data::zeros(self.meta.dtype, region.count());
        let strides = shape::strides(&region.lengths);
        for overlap in self.grid.overlapping(region) {
            if cancel.is_cancelled() {
                return Err(Error::Stopped);
            }
            let start = overlap.target.start.iter().zip(&strides);
            let offset = start.map(|(start, stride)| (*start as isize).saturating_mul(*stride)).sum();
            self.shard(&overlap, &mut out, &Layout { offset, strides: strides.clone() })?;
        }
        Ok(out)
    }

    fn working_bytes(&self) -> u64 {
        // Each thread of the pool has a chunk unpacked, and packed.
        let chunk = shape::count(self.description.inner()).saturating_mul(self.meta.dtype.bytes());
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
