//! One stage: a fold, an array computed box by box, or a call that takes whole arrays.

use std::sync::Arc;

use super::super::apart;
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::grid::{Grid, Overlap, Region};
use super::super::plan::Plan;
use super::folded::{self, Fold};
use super::gathered::Gathering;
use super::made::{Made, put};
use super::so_far::SoFar;
use super::{Doing, filled, part, sweeping};

/// Bytes of a result up to which scratch has it, too, so that it need not be computed again.
const NOTED_BYTES: u64 = 64 << 20;

/// What has to be known before what is behind it begins.
pub(super) struct Stage {
    pub(super) work: Work,
    pub(super) made: Vec<Arc<Made>>,
    /// How many boxes are computed at once.
    pub(super) at_once: usize,
}

pub(super) enum Work {
    /// Folds over the same boxes of arrays, which are read once for all of them.
    Folds(Vec<Fold>),
    /// What each box of an array has a part of.
    Gathered(Gathering),
    /// An array, box by box.
    Boxes(Array, Grid),
    /// An array, row by row.
    Swept(Array),
    /// All outputs of a call.
    Whole(Vec<Array>),
}

impl Stage {
    /// Computes it, unless an earlier process has.
    pub(super) fn run(&self, doing: &Doing<'_>) -> Result<(), Error> {
        if let (Work::Boxes(array, grid), [made]) = (&self.work, &*self.made)
            && made.boxes.is_some()
        {
            return into_scratch(array, grid, self.at_once, made, doing);
        }
        if self.is_found(doing) {
            return Ok(());
        }
        let so_far = || SoFar::new(self.made.first().map(|made| made.name(None)), doing);
        let chunks = match &self.work {
            Work::Folds(folds) => folded::run(folds, self.at_once, so_far(), doing)?,
            Work::Gathered(gathering) => gathering.run(self.at_once, so_far(), doing)?,
            Work::Boxes(array, grid) => vec![filled(array, grid, self.at_once, doing)?],
            Work::Swept(array) => match self.made.iter().find(|made| made.boxes.is_some()) {
                Some(made) => return sweeping::into_scratch(array, made, doing),
                None => vec![sweeping::whole(array, doing)?],
            },
            Work::Whole(outputs) => {
                let chunks = Plan::new(outputs).run(doing.cancel)?;
                doing.did_box();
                chunks
            }
        };
        for (made, chunk) in self.made.iter().zip(chunks) {
            if let Some(scratch) = doing.notes().filter(|_| made.meta.bytes() <= NOTED_BYTES) {
                put(scratch, &made.name(None), &chunk)?;
            }
            made.set(chunk)?;
        }
        Ok(())
    }

    /// Whether what it comes to lies in scratch.
    pub(super) fn is_in_scratch(&self) -> bool {
        self.made.iter().any(|made| made.boxes.is_some())
    }

    /// Bytes of what it comes to.
    pub(super) fn bytes(&self) -> u64 {
        self.made.iter().map(|made| made.meta.bytes()).fold(0, u64::saturating_add)
    }

    /// Takes up what an earlier process has come to, where that is all of it.
    fn is_found(&self, doing: &Doing<'_>) -> bool {
        let Some(scratch) = doing.scratch.filter(|scratch| scratch.is_resumed()) else { return false };
        let is_open = match &self.work {
            Work::Gathered(_) => true,
            Work::Whole(outputs) => outputs.iter().any(Array::is_open),
            _ => false,
        };
        let found = self.made.iter().map(|made| {
            let shape = (!is_open).then_some(&*made.meta.shape);
            made.found(scratch, &made.name(None), shape)
        });
        let Some(found) = found.collect::<Option<Vec<Chunk>>>() else { return false };
        doing.did_boxes(self.work.boxes());
        self.made.iter().zip(found).all(|(made, chunk)| made.set(chunk).is_ok())
    }
}

/// Computes an array box by box into scratch, in the pieces in which it is read, as far as an earlier process has not.
fn into_scratch(
    array: &Array,
    grid: &Grid,
    at_once: usize,
    made: &Made,
    doing: &Doing<'_>,
) -> Result<(), Error> {
    let (scratch, cells) = (doing.scratch.ok_or(Error::Defect("scratch"))?, made.boxes.as_ref());
    let cells = cells.ok_or(Error::Defect("scratch"))?;
    let regions: Vec<Region> = grid.regions().collect();
    for wave in regions.chunks(at_once) {
        let written = apart::made(wave.len(), &|at| {
            let mut parts = cells.overlapping(&wave[at]);
            let is_there = |part: Overlap| made.is_there(scratch, &part.chunk_index, &part.target.lengths);
            if !(scratch.is_resumed() && parts.all(is_there)) {
                let elements = self::part(array, &wave[at], doing.cancel)?;
                cells.overlapping(&wave[at]).try_for_each(|part| {
                    put(scratch, &made.name(Some(&part.chunk_index)), &elements.part(&part.target))
                })?;
            }
            doing.did_box();
            Ok(())
        });
        written.into_iter().collect::<Result<(), Error>>()?;
    }
    made.set_in(scratch)
}

impl Work {
    /// What it makes: the function, and the shape of its first result.
    pub(super) fn makes(&self) -> (&'static str, &[usize]) {
        match self {
            Self::Folds(folds) => folds.first().map_or(("sum", &[]), |fold| (fold.op, &fold.meta.shape)),
            Self::Gathered(gathering) => (gathering.all.call().op, gathering.all.shape()),
            Self::Boxes(array, _) | Self::Swept(array) => (array.call().op, array.shape()),
            Self::Whole(arrays) => {
                arrays.first().map_or(("array", &[]), |array| (array.call().op, array.shape()))
            }
        }
    }

    /// The boxes in which it is done.
    pub(super) fn over(&self) -> Option<&Grid> {
        match self {
            Self::Folds(folds) => folds.first().map(|fold| &fold.over),
            Self::Gathered(gathering) => Some(&gathering.over),
            Self::Boxes(_, grid) => Some(grid),
            Self::Swept(_) | Self::Whole(_) => None,
        }
    }

    /// In how many it is done.
    pub(super) fn boxes(&self) -> u64 {
        self.over().map_or(1, |over| over.len() as u64)
    }
}
