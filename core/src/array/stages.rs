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
use super::element::{Data, Element, each};
use super::error::Error;
use super::fold::{Folding, Parts};
use super::fuse::gathered;
use super::graph::{Array, Call, Chunk, Kernel, Meta, Rule};
use super::grid::{Grid, Region};
use super::part::Boxes;
use super::plan::{Plan, key, ordered};
use super::shape;
use super::source::Source;
use super::strided::Layout;
use super::tiling::{self, BOX_BYTES};
use crate::pool::Cancel;

/// Boxes of fewer bytes than that are not tried.
const BOX_BYTES_LOW: u64 = 256 << 10;
/// Boxes that are joined in one go, whatever the number of threads: so many are in memory at the most.
const AT_ONCE: usize = 8;

/// Which part of what there is one result of a fold may be held in.
const HELD_SHARE: u64 = 4;
/// Bytes that a fold has for each cell of its result, at the most.
const PART_BYTES: u64 = 32;
/// Which part of what there is a chunk should have.
const CHUNK_SHARE: u64 = 32;

/// A computation in stages, ready to run.
pub struct Staged {
    stages: Vec<Stage>,
    results: Vec<Array>,
    box_bytes: u64,
    peak: u64,
}

/// What has to be known before what is behind it begins.
struct Stage {
    work: Work,
    made: Vec<Arc<Made>>,
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

    fn read(&self, region: &Region, _: &Cancel) -> Result<Data, Error> {
        let chunk = self.chunk.get().ok_or(Error::Defect("a stage"))?;
        let strides = shape::strides(&chunk.shape);
        let offset = region.start.iter().zip(&strides).map(|(start, stride)| *start as isize * stride).sum();
        Ok(gathered(chunk.data.slice(), Layout { offset, strides }, &region.lengths))
    }

    fn working_bytes(&self) -> u64 {
        0
    }
}

impl Staged {
    /// The stages of these arrays, with boxes so small that all of it takes at most `room` bytes.
    ///
    /// Boxes are halved until it does. They depend on the arrays and on `room` and not on the number of threads, and so
    /// does what their sums are rounded to.
    ///
    /// # Errors
    /// [`Error::NoRoom`] where no boxes do, with the step that takes the most.
    pub fn new(results: &[Array], room: u64) -> Result<Self, Error> {
        let mut box_bytes = BOX_BYTES;
        loop {
            let staged = Self::with_boxes(results, box_bytes, room)?;
            let over = match staged.worst()? {
                worst if worst.bytes <= room => return Ok(Self { peak: worst.bytes, ..staged }),
                worst => worst,
            };
            box_bytes /= 2;
            if box_bytes < BOX_BYTES_LOW {
                let (op, shape) = over.at.unwrap_or(("asarray", Vec::new()));
                let chunk = over.unpacked.filter(|_| over.reading > room / 2).map(|meta| {
                    cut::cut(meta.dtype, &meta.shape, (room / CHUNK_SHARE).try_into().unwrap_or(usize::MAX)).chunk
                });
                return Err(Error::NoRoom { op, shape, bytes: over.bytes, limit: room, chunk });
            }
        }
    }

    fn with_boxes(results: &[Array], box_bytes: u64, room: u64) -> Result<Self, Error> {
        let (calls, _) = ordered(results);
        let mut cutting = Cutting { settled: HashMap::new(), stages: Vec::new(), box_bytes, held: room / HELD_SHARE };
        for call in &calls {
            cutting.settle(call)?;
        }
        let results = results.iter().map(|array| cutting.now(array)).collect();
        Ok(Self { stages: cutting.stages, results, box_bytes, peak: 0 })
    }

    /// The bytes that are held at the worst moment.
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// The arrays, of which any box can be computed once the stages have run.
    pub fn results(&self) -> &[Array] {
        &self.results
    }

    /// How many boxes are computed before the first of the results'.
    pub fn tasks(&self) -> usize {
        let tasks = self.stages.iter().map(|stage| match &stage.work {
            Work::Fold(fold) => fold.over.len(),
            Work::Whole(_) => 1,
        });
        tasks.fold(0, usize::saturating_add)
    }

    /// Computes what has to be known before the results, box by box; `done` is called for each box. Blocks; made for the pool.
    ///
    /// # Errors
    /// What a step says of the values that it got; [`Error::Stopped`] soon after `cancel`.
    pub fn run(&self, cancel: &Cancel, done: &(dyn Fn() + Sync)) -> Result<(), Error> {
        for stage in &self.stages {
            let chunks = match &stage.work {
                Work::Fold(fold) => vec![fold.run(cancel, done)?],
                Work::Whole(outputs) => {
                    let chunks = Plan::new(outputs).run(cancel)?;
                    done();
                    chunks
                }
            };
            for (made, chunk) in stage.made.iter().zip(chunks) {
                made.chunk.set(chunk).map_err(|_| Error::Defect("a stage"))?;
            }
        }
        Ok(())
    }

    /// The pieces of a result in the order of its elements.
    ///
    /// # Errors
    /// Those of [`Grid::new`].
    pub fn bands(&self, result: &Array) -> Result<Grid, Error> {
        tiling::bands(result, self.box_bytes)
    }

    /// The whole of a result.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn whole(&self, result: &Array, cancel: &Cancel) -> Result<Chunk, Error> {
        // Where shapes depend on values only what was made knows them.
        if let Some(known) = self.made(result) {
            return Ok(known);
        }
        let grid = self.bands(result)?;
        let regions: Vec<Region> = grid.indices().filter_map(|index| grid.region(&index)).collect();
        let mut out = Data::zeros(result.dtype(), result.len());
        for wave in regions.chunks(AT_ONCE) {
            for (region, made) in wave.iter().zip(apart::made(wave.len(), &|at| part(result, &wave[at], cancel))) {
                place(&mut out, result.shape(), region, &made?.data)?;
            }
        }
        Ok(Chunk::new(result.shape(), out))
    }

    fn made(&self, result: &Array) -> Option<Chunk> {
        let all = self.stages.iter().flat_map(|stage| &stage.made);
        let mut those = all.filter(|made| result.reads(&***made));
        those.next().and_then(|made| made.chunk.get()).cloned()
    }

    fn worst(&self) -> Result<Worst, Error> {
        let (mut held, mut worst) = (0_u64, Worst::default());
        for stage in &self.stages {
            match &stage.work {
                Work::Fold(fold) => {
                    let cells = fold.meta.len() as u64;
                    let one = fold.partial(&tiling::first(&fold.over), &Arc::default())?;
                    worst.seen(&Plan::new(&[one]), AT_ONCE as u64, held.saturating_add(cells.saturating_mul(PART_BYTES)));
                }
                Work::Whole(outputs) => worst.seen(&Plan::new(outputs), 1, held),
            }
            held = stage.made.iter().map(|made| made.meta.bytes()).fold(held, u64::saturating_add);
        }
        for result in &self.results {
            let grid = self.bands(result)?;
            if !grid.is_empty() {
                let first = Boxes::default().part(result, &tiling::first(&grid))?;
                worst.seen(&Plan::new(&[first]), AT_ONCE as u64, held);
            }
        }
        Ok(worst)
    }
}

/// What takes the most.
#[derive(Default)]
struct Worst {
    bytes: u64,
    at: Option<(&'static str, Vec<usize>)>,
    /// Bytes that unpacking chunks takes.
    reading: u64,
    unpacked: Option<Meta>,
}

impl Worst {
    /// A plan of which so many run at once, while so much is held.
    fn seen(&mut self, plan: &Plan, at_once: u64, held: u64) {
        let (computing, at) = plan.computing();
        let (reading, unpacked) = plan.reading();
        let bytes = computing.saturating_mul(at_once).saturating_add(held).saturating_add(reading);
        if bytes > self.bytes {
            self.bytes = bytes;
            self.at = at.map(|(op, meta)| (op, meta.shape.clone()));
        }
        if reading > self.reading {
            (self.reading, self.unpacked) = (reading, unpacked.cloned());
        }
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
            (Kernel::Constant(_) | Kernel::Stored(..) | Kernel::Map(_) | Kernel::View { .. } | Kernel::Reshape, _) => now,
            (Kernel::Fold(folding), _) if first.meta().bytes() <= self.held => {
                let x = first.call().inputs[0].clone();
                let over = tiling::boxes(&x, self.box_bytes)?;
                let fold = Fold { op: call.op, meta: first.meta().clone(), folding: folding.clone(), x, over };
                self.staged(Work::Fold(Box::new(fold)), &now)
            }
            (Kernel::Fold(_), _) => now,
            (_, Some(rule)) if let Rule::Instead(way) = &**rule => vec![self.instead(&way(&first.call().inputs)?)?],
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
        Ok(self.now(array))
    }

    fn staged(&mut self, work: Work, outputs: &[Array]) -> Vec<Array> {
        let made = outputs.iter().map(|array| Arc::new(Made { meta: array.meta().clone(), chunk: OnceLock::new() }));
        let made: Vec<Arc<Made>> = made.collect();
        let arrays = made.iter().map(|made| Array::stored(Arc::clone(made) as Arc<dyn Source>)).collect();
        self.stages.push(Stage { work, made });
        arrays
    }
}

/// The fold of an array, box by box.
struct Fold {
    op: &'static str,
    meta: Meta,
    folding: Folding,
    x: Array,
    over: Grid,
}

/// Where the parts of a box are put.
type Slot = Arc<Mutex<Option<Parts>>>;

impl Fold {
    fn run(&self, cancel: &Cancel, done: &(dyn Fn() + Sync)) -> Result<Chunk, Error> {
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
        for wave in boxes.chunks(AT_ONCE) {
            let parts = apart::made(wave.len(), &|at| self.parts(&wave[at].1, cancel).inspect(|_| done()));
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
        let whole = Array::fold(self.op, self.x.clone(), self.meta.clone(), self.folding.clone())?;
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
        let part = Boxes::default().part(&self.x, region)?;
        let (folding, slot) = (self.folding.clone(), Arc::clone(slot));
        Array::tiled(self.op, vec![part], Meta::new(DType::Bool, [0]), move |readers| {
            let parts = folding.folds.parts(&readers[0], folding.form(readers[0].shape()))?;
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(parts);
            }
            Ok(Data::Bool(Vec::new()))
        })
    }
}

/// Puts the elements of a box to where they are in an array of that shape.
fn place(out: &mut Data, shape: &[usize], region: &Region, elements: &Data) -> Result<(), Error> {
    let strides = shape::strides(shape);
    let row = region.lengths.last().copied().unwrap_or(1).max(1);
    let outer = region.lengths.len().saturating_sub(1);
    let rows = Grid::new(&region.lengths[..outer], &vec![1; outer])?;
    each!(Data, out, values => {
        let from = Element::of(&elements.slice()).ok_or(Error::Defect("a box"))?;
        for (index, from) in rows.indices().zip(from.chunks(row)) {
            let before = index.iter().zip(&region.start).zip(&strides);
            let start: usize = before.map(|((at, start), stride)| (at + start) * *stride as usize).sum();
            let start = start + region.start.last().copied().unwrap_or_default();
            let into = values.get_mut(start..start + from.len()).ok_or(Error::Defect("a box"))?;
            into.copy_from_slice(from);
        }
        Ok(())
    })
}
