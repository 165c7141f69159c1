//! What a stage comes to: in memory, or in boxes in scratch.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::super::bands;
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Chunk, Meta};
use super::super::grid::{Grid, Region};
use super::super::npy;
use super::super::runs;
use super::super::source::Source;
use super::super::stored::number;
use crate::pool::{self, Cancel};
use crate::store::Scratch;

/// One result of a stage.
pub(super) struct Made {
    pub(super) meta: Meta,
    /// The number of its stage, and its own among the stage's.
    pub(super) place: (usize, usize),
    /// The boxes that it lies in, where it lies in scratch.
    pub(super) boxes: Option<Grid>,
    held: OnceLock<Held>,
}

/// Where it is.
enum Held {
    Memory(Chunk),
    Scratch(Arc<Scratch>),
}

impl Made {
    pub(super) fn new(meta: Meta, place: (usize, usize), boxes: Option<Grid>) -> Arc<Self> {
        Arc::new(Self { meta, place, boxes, held: OnceLock::new() })
    }

    /// It is there, in memory.
    pub(super) fn set(&self, chunk: Chunk) -> Result<(), Error> {
        self.held.set(Held::Memory(chunk)).map_err(|_| Error::Defect("a stage"))
    }

    /// All of its boxes are there, in that scratch.
    pub(super) fn set_in(&self, scratch: &Arc<Scratch>) -> Result<(), Error> {
        self.held.set(Held::Scratch(Arc::clone(scratch))).map_err(|_| Error::Defect("a stage"))
    }

    /// All of it, where it is in memory.
    pub(super) fn chunk(&self) -> Option<&Chunk> {
        match self.held.get() {
            Some(Held::Memory(chunk)) => Some(chunk),
            _ => None,
        }
    }

    /// Bytes of it that are in memory.
    pub(super) fn bytes(&self) -> u64 {
        if self.boxes.is_some() { 0 } else { self.meta.bytes() }
    }

    /// The name of its piece of scratch, all of it or the box of that index.
    pub(super) fn name(&self, index: Option<&[usize]>) -> String {
        let (stage, output) = self.place;
        match (&self.boxes, index) {
            (Some(grid), Some(index)) => format!("stage.{stage}.{output}.{}", number(grid, index)),
            _ => format!("stage.{stage}.{output}"),
        }
    }

    /// Whether an earlier process has put all of its boxes there.
    pub(super) fn is_all_there(&self, scratch: &Scratch) -> bool {
        let Some(grid) = &self.boxes else { return false };
        let mut boxes = grid.indices().filter_map(|index| grid.region(&index).map(|region| (index, region)));
        boxes.all(|(index, region)| self.is_there(scratch, &index, &region.lengths))
    }

    /// Whether an earlier process has put the box of that index and shape there.
    pub(super) fn is_there(&self, scratch: &Scratch, index: &[usize], lengths: &[usize]) -> bool {
        self.found(scratch, &self.name(Some(index)), Some(lengths)).is_some()
    }

    /// What an earlier process has put there under that name, where it is what it should be.
    pub(super) fn found(&self, scratch: &Scratch, name: &str, shape: Option<&[usize]>) -> Option<Chunk> {
        let chunk = npy::read(&scratch.get(name)?).ok()?;
        let is_it = chunk.data.dtype() == self.meta.dtype && shape.is_none_or(|shape| chunk.shape == shape);
        is_it.then_some(chunk)
    }
}

/// Puts a piece into scratch.
pub(super) fn put(scratch: &Scratch, name: &str, chunk: &Chunk) -> Result<(), Error> {
    let mut bytes = npy::header(&chunk.meta());
    npy::push(chunk.data.slice(), &mut bytes);
    scratch.put(name, &bytes).map_err(|error| Error::Scratch { said: error.to_string(), code: error.code() })
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.meta, self.boxes.as_ref().map(Grid::chunk))
    }
}

impl Source for Made {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&self) -> Option<&[usize]> {
        self.boxes.as_ref().map(Grid::chunk)
    }

    fn read(&self, region: &Region, cancel: &Cancel) -> Result<Arc<Data>, Error> {
        let (scratch, grid) = match (self.held.get(), &self.boxes) {
            (Some(Held::Memory(chunk)), _) => return Ok(chunk.part(region).data),
            (Some(Held::Scratch(scratch)), Some(grid)) => (scratch, grid),
            _ => return Err(Error::Defect("a stage")),
        };
        let copied = bands::filled(self.meta.dtype, region, grid.chunk(), &|band, out, _| {
            grid.overlapping(band).try_for_each(|part| {
                if cancel.is_cancelled() {
                    return Err(Error::Stopped);
                }
                let all = grid.region(&part.chunk_index).ok_or(Error::Defect("a box"))?;
                let name = self.name(Some(&part.chunk_index));
                let found = self.found(scratch, &name, Some(&all.lengths)).ok_or_else(|| Error::Scratch {
                    said: format!("`{name}` is gone, or is not as it was written"),
                    code: crate::Code::StorageDamaged,
                })?;
                runs::copy_part(&part, (found.data.slice(), &all.lengths), (out, &band.lengths))
            })
        });
        copied.map(Arc::new)
    }

    fn working_bytes(&self) -> u64 {
        // Each thread of the pool has a box unpacked, and as it lies there.
        let one = self.boxes.as_ref().map_or(0, |grid| Meta::new(self.meta.dtype, grid.chunk()).bytes());
        one.saturating_mul(2).saturating_mul(pool::width() as u64)
    }
}
