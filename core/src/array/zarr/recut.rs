//! An array that lies in chunks, cut into others: what is in memory is one block of the new ones.

use std::collections::BTreeSet;

use super::describe::Description;
use super::error::Error;
use super::slab::{Written, written};
use crate::array::grid::{Grid, Region};
use crate::array::{Data, shape};

/// How many times a chunk may be unpacked.
const TIMES_MAX: usize = 64;

/// The way of an array from the chunks that it has to those of another description of it.
pub struct Recut<'a> {
    target: &'a Description,
    chunks: Grid,
    /// Boxes of whole files of the target.
    blocks: Grid,
    /// Those of them that have an element which somebody wrote.
    wanted: BTreeSet<Vec<usize>>,
}

impl<'a> Recut<'a> {
    /// From `source`, of which the chunks of those indices have files, to `target`; what is in memory at a time is about
    /// `block_bytes`, and one file of the target at least.
    ///
    /// # Errors
    /// [`Error::Apart`] where the two are cut so differently that chunks would be unpacked again and again.
    pub fn new(
        source: &Description,
        written: &[Vec<usize>],
        target: &'a Description,
        block_bytes: usize,
    ) -> Result<Self, Error> {
        if source.shape != target.shape || source.stored != target.stored {
            return Err(Error::Defect("the chunks of an array that comes"));
        }
        let from = source.decoded();
        let block = block(target, &from, block_bytes);
        let times = times(&target.shape, &from, &block);
        if times > TIMES_MAX {
            return Err(Error::Apart { from, to: target.chunk.clone(), times });
        }
        let blocks = Grid::new(&target.shape, &block).map_err(|_| Error::Defect("the blocks of an array"))?;
        let held = source.grid()?;
        let mut wanted = BTreeSet::new();
        for region in written.iter().filter_map(|index| held.region(index)) {
            wanted.extend(blocks.overlapping(&region).map(|overlap| overlap.chunk_index));
        }
        Ok(Self { target, chunks: target.grid()?, blocks, wanted })
    }

    /// Elements that are in memory at a time: charge their bytes first.
    pub fn block_elements(&self) -> usize {
        shape::count(&clipped(self.blocks.chunk(), self.blocks.shape()))
    }

    /// Elements that are read altogether.
    pub fn elements(&self) -> u64 {
        (self.wanted.len() as u64).saturating_mul(self.block_elements() as u64)
    }

    /// Reads block after block with `read`, which is to write each element of the box, the last axis the densest, and gives
    /// each chunk of the target to `each`. Chunks that nobody wrote are not among them.
    ///
    /// Cost: each element is copied once; one block of elements and one packed chunk in memory.
    ///
    /// # Errors
    /// What `read` and `each` say.
    pub fn run<E: From<Error>>(
        &self,
        mut read: impl FnMut(&Region, &mut Data) -> Result<(), E>,
        mut each: impl FnMut(Written) -> Result<(), E>,
    ) -> Result<(), E> {
        for index in &self.wanted {
            let region = self.blocks.region(index).ok_or(Error::Defect("the blocks of an array"))?;
            let mut data = Data::zeros(self.target.dtype(), region.count());
            read(&region, &mut data)?;
            for overlap in self.chunks.overlapping(&region) {
                each(written(self.target, None, &data, &region.lengths, &overlap)?)?;
            }
        }
        Ok(())
    }
}

/// Whole files of the target, as many as cover a chunk of the source and fit.
fn block(target: &Description, from: &[usize], bytes: usize) -> Vec<usize> {
    let mut block = target.chunk.clone();
    let fits = |block: &[usize]| {
        let elements = shape::count(&clipped(block, &target.shape));
        elements.saturating_mul(target.dtype().bytes()) <= bytes
    };
    for axis in (0..block.len()).rev() {
        let enough = |block: &[usize]| {
            let (Some(block), Some(from), Some(length)) =
                (block.get(axis), from.get(axis), target.shape.get(axis))
            else {
                return true;
            };
            block >= from.min(length)
        };
        while !enough(&block) {
            let mut larger = block.clone();
            if let Some(length) = larger.get_mut(axis) {
                *length = length.saturating_mul(2);
            }
            if !fits(&larger) {
                break;
            }
            block = larger;
        }
    }
    block
}

/// In how many blocks a chunk lies, at most.
fn times(shape: &[usize], from: &[usize], block: &[usize]) -> usize {
    let axes = shape.iter().zip(from).zip(block);
    axes.fold(1, |times: usize, ((length, from), block)| {
        let (from, block) = (*from.min(length), (*block).max(1));
        let touched = match (block.checked_rem(from.max(1)), from.checked_rem(block)) {
            (Some(0), _) => 1,
            (_, Some(0)) => from.div_ceil(block),
            _ => from.div_ceil(block).saturating_add(1),
        };
        times.saturating_mul(touched.min(length.div_ceil(block)).max(1))
    })
}

fn clipped(block: &[usize], shape: &[usize]) -> Vec<usize> {
    block.iter().zip(shape).map(|(block, length)| *block.min(length)).collect()
}
