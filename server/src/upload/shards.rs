//! Elements cut into shards, which are sealed in the array's folder as they are complete.

use std::io::Read;

use pantile_core::array::cut::cut;
use pantile_core::array::grid::Grid;
use pantile_core::array::keep::Keeping;
use pantile_core::array::zarr::{self, Description, Incoming, Ours, Written};
use pantile_core::pool::{Cancel, Charge};
use serde_json::Map;

use super::Error;
use super::arrays::{Kept, Said};
use super::unpack::Bounds;

/// Bytes of the longest metadata that are kept of an array.
pub(super) const METADATA_BYTES_MAX: usize = 1 << 20;

/// The shards of an array that is being written, and what writing them may take.
pub(super) struct Shards<'a> {
    /// Those that are sealed.
    pub(super) keeping: Keeping,
    /// Bytes of elements that are in memory at a time, where nobody says how the array is to be cut.
    pub(super) slab_bytes: u64,
    /// What the body may come to, and the bytes of it that came.
    pub(super) bounds: Bounds,
    pub(super) received: u64,
    /// What is in memory.
    pub(super) memory: Charge,
    /// Tripped when it is to stop.
    pub(super) cancel: &'a Cancel,
    /// Bytes of those that are sealed.
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
        self.charge(elements_bytes(&description, slab).saturating_add(description.shard_bytes()))?;
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
        let shard = self.keeping.sealed(description, grid, written)?;
        self.bytes = self.bytes.saturating_add(shard.as_ref().map_or(0, |shard| shard.bytes));
        self.keeping.add(shard);
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
        Ok(Kept { array: self.keeping.finish(metadata)?, description, bytes: self.bytes })
    }
}

impl Said {
    /// The array as it is, where the caller does not say otherwise; attributes of both are kept.
    pub(super) fn described(self, mut given: Ours) -> Result<Description, Error> {
        given.attributes.extend(self.attributes);
        let names = if self.names.is_empty() { given.names } else { self.names };
        Ok(Description::ours(Ours { cut: given.cut.asked(self.chunk, self.shard), names, ..given })?)
    }
}

/// Bytes of that many elements in memory.
pub(super) fn elements_bytes(description: &Description, elements: usize) -> u64 {
    (elements as u64).saturating_mul(description.dtype().bytes() as u64)
}
