//! Elements cut into shards, which are sealed in the array's folder as they are complete.

use std::io::Read;

use pantile_core::array::cut::{Cut, cut};
use pantile_core::array::grid::Grid;
use pantile_core::array::stats::Stats;
use pantile_core::array::stored::number;
use pantile_core::array::zarr::{self, Description, Incoming, Ours, Written};
use pantile_core::catalog::{ARRAY_METADATA, NewArray, StoredShard};
use pantile_core::pool::{Cancel, Charge};
use pantile_core::store::TileFolder;
use serde_json::Map;

use super::Error;
use super::arrays::{Kept, Said};
use super::unpack::Bounds;

/// Bytes of the longest metadata that are kept of an array.
const METADATA_BYTES_MAX: usize = 1 << 20;

/// The shards of an array that is being written, and what writing them may take.
pub(super) struct Shards<'a> {
    /// The name of its version.
    pub(super) uuid: String,
    /// Where they go.
    pub(super) folder: &'a TileFolder,
    /// Bytes of elements that are in memory at a time, where nobody says how the array is to be cut.
    pub(super) slab_bytes: u64,
    /// What the body may come to, and the bytes of it that came.
    pub(super) bounds: Bounds,
    pub(super) received: u64,
    /// What is in memory.
    pub(super) memory: Charge,
    /// Tripped when it is to stop.
    pub(super) cancel: &'a Cancel,
    /// Those that are sealed, and their bytes.
    pub(super) sealed: Vec<StoredShard>,
    pub(super) bytes: u64,
}

impl Shards<'_> {
    /// Cuts the elements that come one after the other.
    pub(super) fn elements(
        &mut self,
        said: Said,
        incoming: &Incoming,
        body: &mut dyn Read,
    ) -> Result<Description, Error> {
        let slab_bytes = usize::try_from(self.slab_bytes).unwrap_or(usize::MAX);
        let description = said.described(Ours {
            shape: incoming.shape.clone(),
            stored: incoming.stored,
            cut: cut(incoming.stored.held(), &incoming.shape, slab_bytes),
            fill: None,
            names: Vec::new(),
            attributes: Map::new(),
        })?;
        let slab = zarr::slab_elements(&description, incoming)?;
        self.charge(elements_bytes(&description, slab).saturating_add(shard_bytes(&description)))?;
        let grid = description.grid()?;
        zarr::write::<Error>(&description, incoming, body, |written| self.put(&description, &grid, written))?;
        Ok(description)
    }

    /// Takes a shard, which is durable in its folder then; one that holds but the fill value is none.
    pub(super) fn put(
        &mut self,
        description: &Description,
        grid: &Grid,
        written: Written,
    ) -> Result<(), Error> {
        self.goes_on()?;
        if let Some(shard) = sealed(description, grid, self.folder, written)? {
            self.bytes = self.bytes.saturating_add(shard.bytes);
            self.sealed.push(shard);
        }
        Ok(())
    }

    /// Refuses to go on when the upload was ended.
    pub(super) fn goes_on(&self) -> Result<(), Error> {
        match self.cancel.is_cancelled() {
            true => Err(Error::Stopped),
            false => Ok(()),
        }
    }

    /// Takes memory.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Error> {
        self.memory.try_grow(bytes).map_err(|over| match over.asked > over.limit {
            true => Error::Slab { bytes, max: over.limit },
            false => Error::Memory(over),
        })
    }

    /// Refuses elements that come to more than bodies may.
    pub(super) fn check(&self, expanded: u64) -> Result<(), Error> {
        self.bounds.check(self.received, expanded)
    }

    /// What is written last: a folder with its metadata is complete.
    pub(super) fn finish(self, description: Description) -> Result<Kept, Error> {
        let metadata = zarr::metadata(&description);
        if metadata.len() > METADATA_BYTES_MAX {
            return Err(Error::Metadata { bytes: metadata.len(), max: METADATA_BYTES_MAX });
        }
        let mut tile = self.folder.create(ARRAY_METADATA)?;
        tile.put(metadata.as_bytes())?;
        let metadata_hash = tile.seal()?.hash;
        let array = NewArray {
            uuid: self.uuid,
            metadata: metadata.into(),
            metadata_hash,
            shards: self.sealed,
            location: None,
            hold: self.folder.hold(),
        };
        Ok(Kept { array, description, bytes: self.bytes })
    }
}

impl Said {
    /// The array as it is, where the caller does not say otherwise; attributes of both are kept.
    pub(super) fn described(self, mut given: Ours) -> Result<Description, Error> {
        let own = given.cut;
        let chunk = self.chunk.unwrap_or(own.chunk);
        // Of chunks that the caller chose, as many as are nearest to what it would be.
        let shard = self.shard.unwrap_or_else(|| match chunk.len() == own.shard.len() {
            true => chunk
                .iter()
                .zip(&own.shard)
                .map(|(chunk, shard)| shard.next_multiple_of((*chunk).max(1)))
                .collect(),
            false => chunk.clone(),
        });
        given.attributes.extend(self.attributes);
        let names = if self.names.is_empty() { given.names } else { self.names };
        Ok(Description::ours(Ours { cut: Cut { chunk, shard }, names, ..given })?)
    }
}

/// Bytes of that many elements in memory.
pub(super) fn elements_bytes(description: &Description, elements: usize) -> u64 {
    (elements as u64).saturating_mul(description.dtype().bytes() as u64)
}

/// Bytes of one shard, packed as badly as can be.
pub(super) fn shard_bytes(description: &Description) -> u64 {
    let wide = description.dtype().bytes() as u64;
    description.chunk.iter().fold(wide, |bytes, length| bytes.saturating_mul(*length as u64))
}

/// The shard, durable in its folder; nothing where it holds but the fill value.
fn sealed(
    description: &Description,
    grid: &Grid,
    folder: &TileFolder,
    written: Written,
) -> Result<Option<StoredShard>, Error> {
    let Written { chunk_index, encoded, stats } = written;
    let Some(encoded) = encoded else { return Ok(None) };
    let key = description.key(&chunk_index);
    let mut tile = folder.create(&key)?;
    tile.put(&encoded.bytes)?;
    let sealed = tile.seal()?;
    let Stats { count, min, max, nans, fills } = stats;
    Ok(Some(StoredShard {
        number: number(grid, &chunk_index),
        key,
        bytes: sealed.bytes,
        hash: sealed.hash,
        count,
        min: min.map(|min| min.to_string()),
        max: max.map(|max| max.to_string()),
        nans,
        fills,
    }))
}
