//! Arrays that are kept in memory and nowhere else: computed once, and read without being unpacked.
//!
//! The catalog names such an array like any other, and its elements hang on the snapshots that have it: they go with the last
//! of those that somebody reads, and with the process.

use std::fmt;
use std::sync::Arc;

use super::apart;
use super::bands;
use super::dtype::DType;
use super::element::Data;
use super::error::Error;
use super::graph::Meta;
use super::grid::{Grid, Region};
use super::runs;
use super::source::Source;
use super::stages::{Doing, Outcome, part};
use super::stored::number;
use super::tiling;
use crate::pool::{Cancel, Charge};

/// Chunks of fewer bytes are not worth a box of their own.
const CHUNK_BYTES_LOW: u64 = 256 << 10;
/// Chunks that are computed at once, at the most.
const WAVE: usize = 256;

/// The elements of an array, chunk by chunk.
pub struct Persisted {
    meta: Meta,
    told: DType,
    grid: Grid,
    chunks: Vec<Arc<Data>>,
    room: Charge,
}

impl Persisted {
    /// Computes what `outcome` stands for, in chunks of that shape where that is no more work than in its own boxes, into the
    /// room that is charged for it; whole numbers are told as `told`. Blocks; made for the pool.
    ///
    /// # Errors
    /// What a step says of the values that it got; [`Error::Stopped`] soon after the computation is cancelled.
    pub fn computed(
        outcome: &Outcome,
        told: DType,
        chunk: &[usize],
        room: Charge,
        doing: &Doing<'_>,
    ) -> Result<Self, Error> {
        let Outcome { array, grid, at_once } = outcome;
        let first = tiling::first(grid);
        let cut = Grid::new(array.shape(), chunk)?;
        let piece = tiling::first(&cut).count();
        let is_large = (piece as u64).saturating_mul(array.dtype().bytes() as u64) >= CHUNK_BYTES_LOW;
        // As much at once as boxes have that were admitted.
        let (grid, wave) = match is_large && tiling::may_be_cut(array, &first, chunk) {
            true => (cut, at_once.saturating_mul(first.count() / piece.max(1)).clamp(1, WAVE)),
            false => (grid.clone(), *at_once),
        };
        doing.more_boxes((grid.len() as u64).saturating_sub(outcome.grid.len() as u64));
        let regions: Vec<Region> = grid.regions().collect();
        let mut chunks = Vec::with_capacity(regions.len());
        for wave in regions.chunks(wave.max(1)) {
            let made = apart::made(wave.len(), &|at| {
                let made = part(array, &wave[at], doing.cancel)?;
                doing.did_box();
                Ok::<_, Error>(made.data)
            });
            chunks.extend(made.into_iter().collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { meta: array.meta().clone(), told, grid, chunks, room })
    }

    /// The dtype that whoever asks is told: that of times where the numbers are some.
    pub fn told(&self) -> DType {
        self.told
    }

    /// Bytes that are charged for it.
    pub fn bytes(&self) -> u64 {
        self.room.bytes()
    }

    fn chunk_of(&self, index: &[usize]) -> Result<&Arc<Data>, Error> {
        let at = usize::try_from(number(&self.grid, index)).ok();
        at.and_then(|at| self.chunks.get(at)).ok_or(Error::Defect("a chunk"))
    }
}

impl fmt::Debug for Persisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.meta, self.grid.chunk())
    }
}

/// Each is its own: what is in two of them is compared by whoever reads them.
impl PartialEq for Persisted {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Source for Persisted {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&self) -> Option<&[usize]> {
        Some(self.grid.chunk())
    }

    fn read(&self, region: &Region, cancel: &Cancel) -> Result<Arc<Data>, Error> {
        let mut parts = self.grid.overlapping(region);
        if let (Some(part), None) = (parts.next(), parts.next()) {
            let all = self.chunk_of(&part.chunk_index)?;
            if all.len() == region.count() {
                return Ok(Arc::clone(all));
            }
        }
        let copied = bands::filled(self.meta.dtype, region, self.grid.chunk(), &|band, out, _| {
            self.grid.overlapping(band).try_for_each(|part| {
                if cancel.is_cancelled() {
                    return Err(Error::Stopped);
                }
                let all = self.grid.region(&part.chunk_index).ok_or(Error::Defect("a chunk"))?;
                let chunk = self.chunk_of(&part.chunk_index)?;
                runs::copy_part(&part, (chunk.slice(), &all.lengths), (out, &band.lengths))
            })
        });
        copied.map(Arc::new)
    }

    fn is_packed(&self) -> bool {
        false
    }

    fn working_bytes(&self) -> u64 {
        0
    }
}
