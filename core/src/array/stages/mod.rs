//! Computations whose arrays are not in memory at once: cut into stages, each of which is computed box by box.
//!
//! What has to be known as a whole before anything behind it can begin is a stage: a fold, whose boxes are joined, and
//! a call that takes whole arrays. Everything between is computed again for each box that needs it, and read from what
//! is stored. What a stage comes to stays in memory, or lies in scratch, box by box, where a rule says that it is computed
//! once; whatever is too large for that is refused before anything runs.

mod admission;
mod cutting;
mod folded;
mod gathered;
mod made;
mod so_far;
mod stage;
mod sweeping;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use admission::{Admission, few};
use cutting::Cutting;
use stage::{Stage, Work};

use super::apart;
use super::element::Data;
use super::error::Error;
use super::graph::{Array, Chunk, Limits};
use super::grid::{Grid, Region};
use super::part::Boxes;
use super::plan::{Plan, ordered};
use super::runs::{self, Place};
use super::tiling::{self, BOX_BYTES};
use crate::Code;
use crate::pool::{Cancel, Progress};
use crate::store::Scratch;

/// Boxes of fewer bytes than that are not tried.
const BOX_BYTES_LOW: u64 = 512 << 10;
/// Boxes that are computed at once, at the most; and fewer than how many are too few, so that boxes are made smaller.
const AT_ONCE: usize = 8;
const AT_ONCE_LOW: usize = 4;

/// Which part of what there is one result of a stage may be held in.
const HELD_SHARE: u64 = 4;

/// A computation in stages, ready to run.
pub struct Staged {
    stages: Vec<Stage>,
    results: Vec<Outcome>,
    peak: u64,
}

/// The shards that results are kept in.
#[derive(Clone, Copy, Debug)]
pub struct Shards<'a> {
    /// How long their axes are.
    pub shape: &'a [usize],
    /// Whether a box may have several.
    pub several: bool,
}

/// An array that is asked for, of which any box can be computed once the stages have run.
pub struct Outcome {
    /// What computes it.
    pub array: Array,
    /// The boxes in which it is computed.
    pub grid: Grid,
    /// How many of them at once.
    pub at_once: usize,
}

impl Staged {
    /// The stages of these arrays, with boxes so small that all of it takes at most `room` bytes. Results are computed in
    /// the order of their elements, or in whole shards; `beside` is how many bytes whoever asked takes for
    /// each piece of one.
    ///
    /// Boxes are halved until it does, and until some run at once; of the plans on the way that do the one that takes the least for
    /// each box that runs at once is taken. Boxes depend on the arrays and on `room` and not on the number of threads, and so
    /// does what their sums are rounded to.
    ///
    /// # Errors
    /// [`Error::NoRoom`] where no boxes do, with the step that takes the most.
    pub fn new(results: &[Array], room: u64, shards: Option<Shards<'_>>, beside: u64) -> Result<Self, Error> {
        let (mut box_bytes, mut fits): (u64, Option<(f64, Self)>) = (BOX_BYTES, None);
        loop {
            let cut = Self::in_boxes(results, shards, box_bytes, room / HELD_SHARE);
            let admitted = cut.and_then(|mut staged| Ok((staged.admitted(room, beside)?, staged)));
            let (over, are_enough) = match (admitted, fits.take()) {
                (Ok((Admission { over: None, at_once, work, .. }, staged)), before) => {
                    // Smaller boxes may take more: they are worth that where so many more of them run at once.
                    let takes = work / at_once.clamp(1, AT_ONCE_LOW) as f64;
                    fits = before.filter(|(least, _)| *least <= takes).or(Some((takes, staged)));
                    (None, at_once >= AT_ONCE_LOW)
                }
                (Ok((Admission { over, .. }, _)), before) => {
                    fits = before;
                    (over, false)
                }
                // Boxes that are too many, where larger ones do.
                (Err(_), Some((_, staged))) => return Ok(staged),
                (Err(error), None) => return Err(error),
            };
            if are_enough || box_bytes <= BOX_BYTES_LOW {
                return match (fits, over) {
                    (Some((_, staged)), _) => Ok(staged),
                    (None, over) => Err(over.unwrap_or(Error::Defect("boxes"))),
                };
            }
            box_bytes /= 2;
        }
    }

    /// The stages of these arrays, with boxes of about so many bytes, where a result of a stage of up to `held` bytes stays
    /// in memory; and the results in those shards, or in the order of their elements.
    ///
    /// # Errors
    /// Those of the functions that make boxes.
    pub fn in_boxes(
        results: &[Array],
        shards: Option<Shards<'_>>,
        box_bytes: u64,
        held: u64,
    ) -> Result<Self, Error> {
        let (calls, _) = ordered(results);
        let limits = Limits { box_bytes, held };
        let mut cutting = Cutting::new(limits);
        for call in &calls {
            cutting.settle(call)?;
        }
        let outcome = |array: &Array| {
            let array = cutting.now(array);
            let (array, grid) = match shards {
                Some(Shards { shape, several }) => {
                    let grid = tiling::of_shards(&array, shape, several, limits)?;
                    (array.clone(), few(array.call().op, grid)?)
                }
                None => cutting.in_order(&array)?,
            };
            Ok(Outcome { array, grid, at_once: AT_ONCE })
        };
        let results = results.iter().map(outcome).collect::<Result<_, Error>>()?;
        Ok(Self { stages: cutting.stages, results, peak: 0 })
    }

    /// In how many boxes it is computed.
    pub fn boxes(&self) -> u64 {
        let boxes = self.stages.iter().map(|stage| stage.work.boxes());
        let boxes = boxes.chain(self.results.iter().map(|result| result.grid.len() as u64));
        boxes.fold(0, u64::saturating_add)
    }

    /// The bytes that are held at the worst moment.
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// The arrays that are asked for.
    pub fn results(&self) -> &[Outcome] {
        &self.results
    }

    /// Whether it cannot run without scratch.
    pub fn needs_scratch(&self) -> bool {
        self.stages.iter().any(Stage::is_in_scratch)
    }

    /// Refuses to begin what keeps more than so many bytes in scratch.
    ///
    /// # Errors
    /// [`Error::Scratch`], with the step that keeps the most.
    pub fn within_scratch(&self, limit: u64) -> Result<(), Error> {
        let kept = || self.stages.iter().filter(|stage| stage.is_in_scratch());
        let bytes = kept().map(Stage::bytes).fold(0, u64::saturating_add);
        match kept().max_by_key(|stage| stage.bytes()).filter(|_| bytes > limit) {
            Some(stage) => {
                let (op, shape) = stage.work.makes();
                let said = format!(
                    "`{op}` of shape {shape:?} keeps {bytes} bytes on disk, and limit `scratch_bytes` is {limit}"
                );
                Err(Error::Scratch { said, code: Code::LimitScratch })
            }
            None => Ok(()),
        }
    }

    /// How it is cut: a text that is the same where stages, boxes and results are.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for stage in &self.stages {
            let _ = write!(shape, "{} {:?} {:?}; ", stage.work.makes().0, stage.work.over(), stage.made);
        }
        for result in &self.results {
            let _ = write!(shape, "{:?} {:?}; ", result.array.meta(), result.grid.chunk());
        }
        shape
    }

    /// Computes what has to be known before the results, box by box. Blocks; made for the pool.
    ///
    /// # Errors
    /// What a step says of the values that it got; [`Error::Stopped`] soon after `cancel`, and [`Error::Scratch`] where
    /// scratch takes no more.
    pub fn run(&self, doing: &Doing<'_>) -> Result<(), Error> {
        doing.progress.boxes_total.fetch_add(self.boxes(), Ordering::Relaxed);
        self.stages.iter().try_for_each(|stage| stage.run(doing))
    }

    /// The whole of a result, once the stages have run.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn whole(&self, result: &Outcome, doing: &Doing<'_>) -> Result<Chunk, Error> {
        let Outcome { array, grid, at_once } = result;
        // Where shapes depend on values only what was made knows them.
        if let Some(known) = self.made(array) {
            doing.did_boxes(grid.len() as u64);
            return Ok(known);
        }
        filled(array, grid, *at_once, doing)
    }

    fn made(&self, result: &Array) -> Option<Chunk> {
        let all = self.stages.iter().flat_map(|stage| &stage.made);
        let mut those = all.filter(|made| result.reads(&***made));
        those.next().and_then(|made| made.chunk()).cloned()
    }

    /// Says for each stage and each result how many boxes are computed at once.
    fn admitted(&mut self, room: u64, beside: u64) -> Result<Admission, Error> {
        let mut all = Admission { room, held: 0, peak: 0, at_once: AT_ONCE, work: 0.0, over: None };
        for stage in &mut self.stages {
            match &stage.work {
                Work::Folds(folds) => {
                    let Some(fold) = folds.first() else { continue };
                    let one = tiling::heavier(&fold.inputs[..1], &fold.over);
                    let cells = |region: &Region| {
                        let bytes = folds.iter().map(|fold| fold.folding.folds.part_bytes(region.count()));
                        bytes.fold(0, u64::saturating_add)
                    };
                    let all_parts = cells(&Region::whole(&fold.meta.shape));
                    let plan = folded::plan_of(folds, &one)?;
                    stage.at_once = all.admit(&plan, all_parts, cells(&fold.cell(&one)), AT_ONCE);
                    all.works(folds.iter().flat_map(|fold| &fold.inputs[..1]), &fold.over);
                }
                Work::Gathered(gathering) => {
                    let plan =
                        gathering.plan_of(&tiling::heavier(&gathering.all.call().inputs, &gathering.over))?;
                    let most = gathering.limit.min(gathering.bytes());
                    stage.at_once = all.admit(&plan, most, 0, AT_ONCE);
                    all.works(&gathering.all.call().inputs, &gathering.over);
                    all.held = all.held.saturating_add(most);
                }
                Work::Boxes(array, grid) => {
                    let one =
                        Boxes::default().part(array, &tiling::heavier(std::slice::from_ref(array), grid))?;
                    let (all_of_it, each) = match stage.is_in_scratch() {
                        // As it is on its way into scratch.
                        true => (0, one.meta().bytes().saturating_mul(2)),
                        false => (array.meta().bytes(), 0),
                    };
                    stage.at_once = all.admit(&Plan::new(&[one]), all_of_it, each, AT_ONCE);
                    all.works([array], grid);
                }
                Work::Swept(array) => {
                    let held: u64 = stage.made.iter().map(|made| made.bytes()).sum();
                    let bytes = sweeping::bytes_of(array)?;
                    all.admit_bytes((array.call().op, array.meta()), held.saturating_add(bytes));
                }
                Work::Whole(outputs) => {
                    all.admit(&Plan::new(outputs), 0, 0, 1);
                }
            }
            all.held = stage.made.iter().map(|made| made.bytes()).fold(all.held, u64::saturating_add);
        }
        for result in self.results.iter_mut().filter(|result| !result.grid.is_empty()) {
            let one = tiling::heavier(std::slice::from_ref(&result.array), &result.grid);
            let one = Boxes::default().part(&result.array, &one)?;
            result.at_once = all.admit(&Plan::new(&[one]), 0, beside, AT_ONCE);
            all.works([&result.array], &result.grid);
        }
        self.peak = all.peak;
        Ok(all)
    }
}

/// Along which axes a box of the array has to be as long as it is, as whole lines are computed there, in so much room.
///
/// # Errors
/// Those of the functions that make boxes.
pub fn along(array: &Array, room: u64) -> Result<Vec<bool>, Error> {
    let arrays = std::slice::from_ref(array);
    let mut cutting = Cutting::new(Limits { box_bytes: BOX_BYTES, held: room / HELD_SHARE });
    ordered(arrays).0.iter().try_for_each(|call| cutting.settle(call))?;
    Ok(tiling::musts(&cutting.now(array)))
}

/// What goes with a computation while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Doing<'a> {
    /// Says when it is to end.
    pub cancel: &'a Cancel,
    /// Told of each box.
    pub progress: &'a Progress,
    /// Where it keeps what it has come to, where it does.
    pub scratch: Option<&'a Arc<Scratch>>,
}

impl Doing<'_> {
    /// Scratch that the same computation would find again.
    pub(super) fn notes(&self) -> Option<&Arc<Scratch>> {
        self.scratch.filter(|scratch| scratch.is_kept())
    }

    /// Tells that there are more to come than was said.
    pub(super) fn more_boxes(&self, count: u64) {
        self.progress.boxes_total.fetch_add(count, Ordering::Relaxed);
    }

    /// Tells of a box that has been computed.
    pub fn did_box(&self) {
        self.did_boxes(1);
    }

    /// The same of several.
    pub fn did_boxes(&self, count: u64) {
        self.progress.boxes.fetch_add(count, Ordering::Relaxed);
    }
}

/// All of the array, computed in those boxes, so many at once.
fn filled(array: &Array, grid: &Grid, at_once: usize, doing: &Doing<'_>) -> Result<Chunk, Error> {
    let regions: Vec<Region> = grid.regions().collect();
    let mut out = Data::zeros(array.dtype(), array.len());
    for wave in regions.chunks(at_once) {
        let made = apart::made(wave.len(), &|at| part(array, &wave[at], doing.cancel));
        for (region, made) in wave.iter().zip(made) {
            place(&mut out, array.shape(), region, &made?.data)?;
            doing.did_box();
        }
    }
    Ok(Chunk::new(array.shape(), out))
}

/// A box of the array, computed. Blocks; made for the pool.
///
/// # Errors
/// As [`Staged::run`].
pub fn part(array: &Array, region: &Region, cancel: &Cancel) -> Result<Chunk, Error> {
    let part = Boxes::default().part(array, region)?;
    Plan::new(&[part]).run(cancel)?.pop().ok_or(Error::Defect("a box"))
}

/// Puts the elements of a box to where they are in an array of that shape.
fn place(out: &mut Data, shape: &[usize], region: &Region, elements: &Data) -> Result<(), Error> {
    let from = Place::dense(&region.lengths, &[]);
    runs::copy(
        &region.lengths,
        elements.slice(),
        &from,
        &mut out.slice_mut(),
        &Place::dense(shape, &region.start),
    )
}
