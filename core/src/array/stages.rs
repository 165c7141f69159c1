//! Computations whose arrays are not in memory at once: cut into stages, each of which is computed box by box.
//!
//! What has to be known as a whole before anything behind it can begin is a stage: a fold, whose boxes are joined, and
//! a call that takes whole arrays. Everything between is computed again for each box that needs it, and read from what
//! is stored. What a stage comes to stays in memory; whatever is too large for that is refused before anything runs.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use super::apart;
use super::cut;
use super::dtype::DType;
use super::element::Data;
use super::error::Error;
use super::fold::{Folding, Parts};
use super::graph::{Array, Call, Chunk, Kernel, Meta, Rule};
use super::grid::{Grid, Region};
use super::part::Boxes;
use super::plan::{Plan, key, ordered};
use super::runs::{self, Place};
use super::source::Source;
use super::tiling::{self, BOX_BYTES};
use crate::pool::Cancel;

/// Boxes of fewer bytes than that are not tried.
const BOX_BYTES_LOW: u64 = 512 << 10;
/// Boxes that are computed at once, at the most; and fewer than how many are too few, so that boxes are made smaller.
const AT_ONCE: usize = 8;
const AT_ONCE_LOW: usize = 4;

/// Boxes of one array, at the most: of 32 MiB each, 32 TiB.
const BOXES_MAX: usize = 1 << 20;

/// Which part of what there is one result of a fold may be held in.
const HELD_SHARE: u64 = 4;
/// Which part of what there is a chunk should have.
const CHUNK_SHARE: u64 = 32;

/// A computation in stages, ready to run.
pub struct Staged {
    stages: Vec<Stage>,
    results: Vec<Outcome>,
    peak: u64,
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

/// What has to be known before what is behind it begins.
struct Stage {
    work: Work,
    made: Vec<Arc<Made>>,
    /// How many boxes are computed at once.
    at_once: usize,
}

enum Work {
    /// The fold of an array, box by box.
    Fold(Box<Fold>),
    /// All outputs of a call.
    Whole(Vec<Array>),
}

/// What a stage comes to.
struct Made {
    meta: Meta,
    chunk: OnceLock<Chunk>,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.meta)
    }
}

impl Source for Made {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&self) -> Option<&[usize]> {
        None
    }

    fn read(&self, region: &Region, _: &Cancel) -> Result<Arc<Data>, Error> {
        Ok(self.chunk.get().ok_or(Error::Defect("a stage"))?.part(region).data)
    }

    fn working_bytes(&self) -> u64 {
        0
    }
}

impl Staged {
    /// The stages of these arrays, with boxes so small that all of it takes at most `room` bytes. Results are computed in
    /// the order of their elements, or in whole shards of that shape; `beside` is how many bytes whoever asked takes for
    /// each piece of one.
    ///
    /// Boxes are halved until it does. They depend on the arrays and on `room` and not on the number of threads, and so
    /// does what their sums are rounded to.
    ///
    /// # Errors
    /// [`Error::NoRoom`] where no boxes do, with the step that takes the most.
    pub fn new(results: &[Array], room: u64, shard: Option<&[usize]>, beside: u64) -> Result<Self, Error> {
        let mut box_bytes = BOX_BYTES;
        loop {
            let mut staged = Self::in_boxes(results, box_bytes, room / HELD_SHARE)?;
            for result in staged.results.iter_mut().filter(|_| shard.is_some()) {
                let grid = tiling::of_shards(&result.array, shard.unwrap_or_default())?;
                result.grid = few("store", grid)?;
            }
            let found = staged.admitted(room, beside)?;
            let is_small = box_bytes <= BOX_BYTES_LOW;
            match found.over {
                None if found.at_once >= AT_ONCE_LOW || is_small => return Ok(staged),
                Some(over) if is_small => return Err(over),
                _ => box_bytes /= 2,
            }
        }
    }

    /// The stages of these arrays, with boxes of about so many bytes, where a fold's result of up to `held` bytes is
    /// computed once.
    ///
    /// # Errors
    /// Those of the functions that make boxes.
    pub fn in_boxes(results: &[Array], box_bytes: u64, held: u64) -> Result<Self, Error> {
        let (calls, _) = ordered(results);
        let mut cutting =
            Cutting { settled: HashMap::new(), stages: Vec::new(), box_bytes, held, others: Vec::new() };
        for call in &calls {
            cutting.settle(call)?;
        }
        let outcome = |array: &Array| {
            let array = cutting.now(array);
            let grid = few(array.call().op, tiling::bands(&array, box_bytes)?)?;
            Ok(Outcome { array, grid, at_once: AT_ONCE })
        };
        let results = results.iter().map(outcome).collect::<Result<_, Error>>()?;
        Ok(Self { stages: cutting.stages, results, peak: 0 })
    }

    /// The bytes that are held at the worst moment.
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// The arrays that are asked for.
    pub fn results(&self) -> &[Outcome] {
        &self.results
    }

    /// Computes what has to be known before the results, box by box. Blocks; made for the pool.
    ///
    /// # Errors
    /// What a step says of the values that it got; [`Error::Stopped`] soon after `cancel`.
    pub fn run(&self, cancel: &Cancel) -> Result<(), Error> {
        for stage in &self.stages {
            let chunks = match &stage.work {
                Work::Fold(fold) => vec![fold.run(stage.at_once, cancel)?],
                Work::Whole(outputs) => Plan::new(outputs).run(cancel)?,
            };
            for (made, chunk) in stage.made.iter().zip(chunks) {
                made.chunk.set(chunk).map_err(|_| Error::Defect("a stage"))?;
            }
        }
        Ok(())
    }

    /// The whole of a result, once the stages have run.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn whole(&self, result: &Outcome, cancel: &Cancel) -> Result<Chunk, Error> {
        let Outcome { array, grid, at_once } = result;
        // Where shapes depend on values only what was made knows them.
        if let Some(known) = self.made(array) {
            return Ok(known);
        }
        let regions: Vec<Region> = grid.indices().filter_map(|index| grid.region(&index)).collect();
        let mut out = Data::zeros(array.dtype(), array.len());
        for wave in regions.chunks(*at_once) {
            let made = apart::made(wave.len(), &|at| part(array, &wave[at], cancel));
            for (region, made) in wave.iter().zip(made) {
                place(&mut out, array.shape(), region, &made?.data)?;
            }
        }
        Ok(Chunk::new(array.shape(), out))
    }

    fn made(&self, result: &Array) -> Option<Chunk> {
        let all = self.stages.iter().flat_map(|stage| &stage.made);
        let mut those = all.filter(|made| result.reads(&***made));
        those.next().and_then(|made| made.chunk.get()).cloned()
    }

    /// Says for each stage and each result how many boxes are computed at once.
    fn admitted(&mut self, room: u64, beside: u64) -> Result<Admission, Error> {
        let mut all = Admission { room, held: 0, peak: 0, at_once: AT_ONCE, over: None };
        for stage in &mut self.stages {
            match &stage.work {
                Work::Fold(fold) => {
                    let (first, folds) = (tiling::first(&fold.over), &fold.folding.folds);
                    let one = Plan::new(&[fold.partial(&first, &Arc::default())?]);
                    let cells = |region: &Region| folds.part_bytes(region.count());
                    let all_parts = cells(&Region::whole(&fold.meta.shape));
                    stage.at_once = all.admit(&one, all_parts, cells(&fold.cell(&first)), AT_ONCE);
                }
                Work::Whole(outputs) => {
                    all.admit(&Plan::new(outputs), 0, 0, 1);
                }
            }
            all.held = stage.made.iter().map(|made| made.meta.bytes()).fold(all.held, u64::saturating_add);
        }
        for result in self.results.iter_mut().filter(|result| !result.grid.is_empty()) {
            let first = Boxes::default().part(&result.array, &tiling::first(&result.grid))?;
            result.at_once = all.admit(&Plan::new(&[first]), 0, beside, AT_ONCE);
        }
        self.peak = all.peak;
        Ok(all)
    }
}

/// What there is room for, stage by stage.
struct Admission {
    room: u64,
    /// What earlier stages have come to.
    held: u64,
    peak: u64,
    /// How many boxes there is room for at once, at the least.
    at_once: usize,
    /// The first that there is no room for.
    over: Option<Error>,
}

impl Admission {
    /// How many of such plans run at once, `most` at the most: beside so many bytes, and with so many more for each.
    fn admit(&mut self, plan: &Plan, beside: u64, each: u64, most: usize) -> usize {
        let (computing, at) = plan.computing();
        let one = computing.saturating_add(each);
        let (reading, unpacked) = plan.reading();
        let fixed = self.held.saturating_add(beside).saturating_add(reading);
        let fit = self.room.saturating_sub(fixed) / one.max(1);
        let at_once = usize::try_from(fit).unwrap_or(most).min(most);
        let bytes = fixed.saturating_add(one.saturating_mul(at_once.max(1) as u64));
        self.peak = self.peak.max(bytes);
        if most > 1 {
            self.at_once = self.at_once.min(at_once);
        }
        if (at_once == 0 || bytes > self.room) && self.over.is_none() {
            let (op, shape) = at.map_or(("array", Vec::new()), |(op, meta)| (op, meta.shape.clone()));
            let slab = usize::try_from(self.room / CHUNK_SHARE).unwrap_or(usize::MAX);
            let chunk = unpacked.filter(|_| reading > self.room / 2);
            let chunk = chunk.map(|meta| cut::cut(meta.dtype, &meta.shape, slab).chunk);
            self.over = Some(Error::NoRoom { op, shape, bytes, limit: self.room, chunk });
        }
        at_once.max(1)
    }
}

/// Refuses more boxes than anybody waits for.
fn few(op: &'static str, grid: Grid) -> Result<Grid, Error> {
    match grid.len() > BOXES_MAX {
        true => {
            let said = format!(
                "of shape {:?} would be computed in {} boxes; {BOXES_MAX} are the most",
                grid.shape(),
                grid.len()
            );
            Err(Error::refused(op, said))
        }
        false => Ok(grid),
    }
}

/// A box of the array, computed. Blocks; made for the pool.
///
/// # Errors
/// As [`Staged::run`].
pub fn part(array: &Array, region: &Region, cancel: &Cancel) -> Result<Chunk, Error> {
    let part = Boxes::default().part(array, region)?;
    Plan::new(&[part]).run(cancel)?.pop().ok_or(Error::Defect("a box"))
}

/// Calls on their way to stages.
struct Cutting {
    settled: HashMap<*const Call, Vec<Array>>,
    stages: Vec<Stage>,
    box_bytes: u64,
    /// Bytes of one result of a fold that may be held.
    held: u64,
    /// Keeps alive what the keys point to.
    others: Vec<Array>,
}

impl Cutting {
    /// The array, of what has been settled.
    fn now(&self, array: &Array) -> Array {
        self.settled[&key(array.call())][array.output()].clone()
    }

    fn settle(&mut self, call: &Arc<Call>) -> Result<(), Error> {
        let same = Array::of_call(call);
        let inputs: Vec<Array> = call.inputs.iter().map(|input| self.now(input)).collect();
        let moved = |(now, input): (&Array, &Array)| !Arc::ptr_eq(now.call(), input.call());
        let now = match inputs.iter().zip(&call.inputs).any(moved) {
            true => same[0].with_inputs(inputs).outputs(),
            false => same,
        };
        let first = &now[0];
        let small = |array: &Array| array.meta().bytes() <= self.box_bytes;
        let settled = match (&first.call().kernel, &call.rule) {
            (
                Kernel::Constant(_)
                | Kernel::Stored(..)
                | Kernel::Map(_)
                | Kernel::View { .. }
                | Kernel::Reshape,
                _,
            ) => now,
            (Kernel::Fold(folding), _) if first.meta().bytes() <= self.held => {
                let inputs = first.call().inputs.clone();
                let over = few(call.op, tiling::boxes(&inputs[0], self.box_bytes)?)?;
                let (meta, folding) = (first.meta().clone(), folding.clone());
                let fold = Fold { op: call.op, meta, folding, inputs, over };
                self.staged(Work::Fold(Box::new(fold)), &now)
            }
            (Kernel::Fold(_), _) => now,
            (_, Some(rule)) if let Rule::Instead(way) = &**rule => {
                vec![self.instead(&way(&first.call().inputs)?)?]
            }
            // What is small is computed once, and not for each box.
            (_, Some(_)) if !(small(first) && first.call().inputs.iter().all(small)) => now,
            _ => self.staged(Work::Whole(now.clone()), &now),
        };
        self.settled.insert(key(call), settled);
        Ok(())
    }

    /// Another way to what a call makes, settled in its place. What it is made of has been settled.
    fn instead(&mut self, array: &Array) -> Result<Array, Error> {
        for call in &ordered(std::slice::from_ref(array)).0 {
            if !self.settled.contains_key(&key(call)) {
                self.settle(call)?;
            }
        }
        self.others.push(array.clone());
        Ok(self.now(array))
    }

    fn staged(&mut self, work: Work, outputs: &[Array]) -> Vec<Array> {
        let made =
            outputs.iter().map(|array| Arc::new(Made { meta: array.meta().clone(), chunk: OnceLock::new() }));
        let made: Vec<Arc<Made>> = made.collect();
        let arrays = made.iter().map(|made| Array::stored(Arc::clone(made) as Arc<dyn Source>)).collect();
        self.stages.push(Stage { work, made, at_once: AT_ONCE });
        arrays
    }
}

/// The fold of an array, box by box.
struct Fold {
    op: &'static str,
    meta: Meta,
    folding: Folding,
    /// The array, and what is read beside each box of it.
    inputs: Vec<Array>,
    over: Grid,
}

/// Where the parts of a box are put.
type Slot = Arc<Mutex<Option<Parts>>>;

impl Fold {
    fn run(&self, at_once: usize, cancel: &Cancel) -> Result<Chunk, Error> {
        let mut out = Data::zeros(self.meta.dtype, self.meta.len());
        // Boxes of which one box of the result is made come one behind the other.
        let mut boxes: Vec<(Region, Region)> = Vec::new();
        for index in self.over.indices() {
            let region = self.over.region(&index).ok_or(Error::Defect(self.op))?;
            boxes.push((self.cell(&region), region));
        }
        boxes.sort_by(|(one, _), (other, _)| one.start.cmp(&other.start));
        let (folds, shape) = (&self.folding.folds, &self.meta.shape);
        if boxes.is_empty() {
            return self.of_nothing(cancel);
        }
        let mut open: Option<(Region, Parts)> = None;
        let close = |open: Option<(Region, Parts)>, out: &mut Data| match open {
            Some((cell, parts)) => place(out, shape, &cell, &folds.finish(parts)?),
            None => Ok(()),
        };
        for wave in boxes.chunks(at_once) {
            let parts = apart::made(wave.len(), &|at| self.parts(&wave[at].1, cancel));
            for ((cell, _), parts) in wave.iter().zip(parts) {
                let parts = parts?;
                open = match open.take() {
                    Some((known, joined)) if known == *cell => Some((known, folds.join(joined, parts)?)),
                    other => {
                        close(other, &mut out)?;
                        Some((cell.clone(), parts))
                    }
                };
            }
        }
        close(open, &mut out)?;
        Ok(Chunk::new(shape.clone(), out))
    }

    /// Where nothing is folded, the fold says what comes of it.
    fn of_nothing(&self, cancel: &Cancel) -> Result<Chunk, Error> {
        let whole = Array::fold(self.op, self.inputs.clone(), self.meta.clone(), self.folding.clone())?;
        Plan::new(&[whole]).run(cancel)?.pop().ok_or(Error::Defect(self.op))
    }

    /// The box of the result that a box of the array goes to.
    fn cell(&self, region: &Region) -> Region {
        let mut cell = Region::whole(&self.meta.shape);
        let gone = self.folding.first..self.folding.end;
        let left = (0..region.start.len()).filter(|axis| !gone.contains(axis));
        for (axis, own) in left.zip(&self.folding.kept) {
            (cell.start[*own], cell.lengths[*own]) = (region.start[axis], region.lengths[axis]);
        }
        cell
    }

    fn parts(&self, region: &Region, cancel: &Cancel) -> Result<Parts, Error> {
        let slot = Slot::default();
        Plan::new(&[self.partial(region, &slot)?]).run(cancel)?;
        let parts = slot.lock().ok().and_then(|mut slot| slot.take());
        parts.ok_or(Error::Defect(self.op))
    }

    /// What puts the parts of a box into the slot: an array of nothing, as they are no elements yet.
    fn partial(&self, region: &Region, slot: &Slot) -> Result<Array, Error> {
        let mut inputs = self.inputs.clone();
        let x = inputs.first_mut().ok_or(Error::Defect(self.op))?;
        *x = Boxes::default().part(x, region)?;
        let (folding, slot) = (self.folding.clone(), Arc::clone(slot));
        Array::tiled(self.op, inputs, Meta::new(DType::Bool, [0]), move |readers| {
            let parts = folding.parts(readers)?;
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(parts);
            }
            Ok(Data::Bool(Vec::new()))
        })
    }
}

/// Puts the elements of a box to where they are in an array of that shape.
fn place(out: &mut Data, shape: &[usize], region: &Region, elements: &Data) -> Result<(), Error> {
    let from = Place::dense(&region.lengths, &[]);
    runs::copy(&region.lengths, elements.slice(), &from, out, &Place::dense(shape, &region.start))
}
