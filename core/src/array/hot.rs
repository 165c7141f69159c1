//! The chunks of an array that are in memory, or will be.

use std::sync::Arc;

use uuid::Uuid;

use super::element::Data;
use super::graph::Meta;
use super::grid::{Grid, Overlap, Region};
use super::stored::number;
use crate::store::{HotCache, Room};

/// The chunks of an array as the hot cache holds them: those at the ends of axes cut off.
#[derive(Debug)]
pub(super) struct Hot {
    cache: Arc<HotCache>,
    version: Uuid,
    pub(super) grid: Grid,
    /// Bytes of an element.
    width: u64,
}

/// What is to be done for a chunk that has a part of a box.
pub(super) enum Found {
    /// It is there.
    Held(Arc<Data>),
    /// It is to be unpacked whole, and kept.
    Wanted(Room),
    /// What is needed of it is to be unpacked.
    Cold,
}

impl Hot {
    /// Of the array of that version, of which so much is unpacked at a time.
    pub(super) fn new(cache: &Arc<HotCache>, version: Uuid, meta: &Meta, chunk: &[usize]) -> Option<Self> {
        let (grid, width) = (Grid::new(&meta.shape, chunk).ok()?, meta.dtype.bytes() as u64);
        Some(Self { cache: Arc::clone(cache), version, grid, width })
    }

    /// Whether a chunk is in memory, out of whatever its file was then.
    pub(super) fn holds(&self, part: &Overlap) -> bool {
        self.cache.holds_chunk(self.version, number(&self.grid, &part.chunk_index))
    }

    /// What is to be done for a chunk whose file has that mark, where it is known.
    pub(super) fn found(&self, part: &Overlap, mark: Option<u64>) -> Found {
        let number = number(&self.grid, &part.chunk_index);
        match mark.and_then(|mark| self.cache.chunk(self.version, number, mark)) {
            Some(data) => Found::Held(data),
            None => self.wanted(part, number).map_or(Found::Cold, Found::Wanted),
        }
    }

    /// All of a chunk.
    pub(super) fn whole(&self, part: &Overlap) -> Option<Region> {
        self.grid.region(&part.chunk_index)
    }

    /// Room for a chunk, where it is worth it and there is any.
    fn wanted(&self, part: &Overlap, number: u64) -> Option<Room> {
        let all = self.whole(part)?;
        let wanted = self.cache.wants_chunk(self.version, number);
        wanted.then(|| {
            self.cache.room_for_chunk(self.version, number, self.width.saturating_mul(all.count() as u64))
        })?
    }
}
