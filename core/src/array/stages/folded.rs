//! Folds of arrays box by box.

use std::sync::{Arc, Mutex};

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::fold::{Folding, Parts};
use super::super::graph::{Array, Chunk, Meta};
use super::super::grid::{Grid, Region};
use super::super::part::Boxes;
use super::super::plan::Plan;
use super::super::tiling;
use super::so_far::{Note, SoFar};
use super::{Doing, place};

/// The fold of an array, box by box.
pub(super) struct Fold {
    pub(super) op: &'static str,
    pub(super) meta: Meta,
    pub(super) folding: Folding,
    /// The array, those of which it reads the same boxes, and what is read beside each box.
    pub(super) inputs: Vec<Array>,
    pub(super) over: Grid,
}

/// Where the parts of a box are put.
type Slot = Arc<Mutex<Option<Parts>>>;

/// What folds over the same boxes come to, each box read once for all of them.
pub(super) fn run(
    folds: &[Fold],
    at_once: usize,
    so_far: SoFar<'_>,
    doing: &Doing<'_>,
) -> Result<Vec<Chunk>, Error> {
    let first = folds.first().ok_or(Error::Defect("a fold"))?;
    let noted = |fold: &Fold| {
        let cells = fold.cell(&tiling::first(&fold.over)).count();
        fold.meta.bytes().saturating_add(fold.folding.folds.part_bytes(cells))
    };
    let mut so_far = so_far.of_bytes(folds.iter().map(noted).fold(0, u64::saturating_add));
    // Boxes of which one box of the result is made come one behind the other.
    let boxes = first.over.regions().map(|region| (first.cell(&region), region));
    let mut boxes: Vec<(Region, Region)> = boxes.collect();
    boxes.sort_by(|(one, _), (other, _)| one.start.cmp(&other.start));
    if boxes.is_empty() {
        return folds.iter().map(|fold| fold.of_nothing(doing)).collect();
    }
    let found = so_far.found().and_then(|(done, noted)| {
        let (cell, _) = boxes.get(done.checked_sub(1)?)?;
        Some((done, Joining::taken_up(folds, cell, noted)?))
    });
    let (mut done, mut joining) = found.unwrap_or_else(|| (0, Joining::new(folds)));
    doing.did_boxes(done as u64);
    for wave in boxes[done..].chunks(at_once) {
        let parts = apart::made(wave.len(), &|at| parts_of(folds, &wave[at].1, doing));
        wave.iter().zip(parts).try_for_each(|((cell, _), parts)| joining.join(cell, parts?))?;
        done += wave.len();
        so_far.note(done, |note| joining.write(note))?;
    }
    joining.finish()
}

/// Folds whose boxes come one after the other.
struct Joining<'a> {
    folds: &'a [Fold],
    /// What they have come to.
    out: Vec<Data>,
    /// The box of the result that is not all there yet, and the parts of each of the folds.
    open: Option<(Region, Vec<Parts>)>,
}

impl<'a> Joining<'a> {
    fn new(folds: &'a [Fold]) -> Self {
        let out = folds.iter().map(|fold| Data::zeros(fold.meta.dtype, fold.meta.len()));
        Self { folds, out: out.collect(), open: None }
    }

    /// The parts of the next box, which goes to that one of the result.
    fn join(&mut self, cell: &Region, parts: Vec<Parts>) -> Result<(), Error> {
        self.open = match self.open.take() {
            Some((known, before)) if known == *cell => {
                let joined = self.folds.iter().zip(before).zip(parts);
                let joined = joined.map(|((fold, before), parts)| fold.folding.folds.join(before, parts));
                Some((known, joined.collect::<Result<_, _>>()?))
            }
            other => {
                self.close(other)?;
                Some((cell.clone(), parts))
            }
        };
        Ok(())
    }

    fn close(&mut self, open: Option<(Region, Vec<Parts>)>) -> Result<(), Error> {
        let Some((cell, parts)) = open else { return Ok(()) };
        let mut all = self.folds.iter().zip(parts).zip(&mut self.out);
        all.try_for_each(|((fold, parts), out)| {
            place(out, &fold.meta.shape, &cell, &fold.folding.folds.finish(parts)?)
        })
    }

    fn finish(mut self) -> Result<Vec<Chunk>, Error> {
        let open = self.open.take();
        self.close(open)?;
        let made = self.folds.iter().zip(self.out);
        Ok(made.map(|(fold, out)| Chunk::new(fold.meta.shape.clone(), out)).collect())
    }

    /// Writes all of it: what each fold has come to, and behind that how many rows its open parts are, and those.
    fn write(&self, note: &mut Note) -> Result<(), Error> {
        let parts = self.open.iter().flat_map(|(_, parts)| parts);
        for ((fold, out), parts) in self.folds.iter().zip(&self.out).zip(parts) {
            note.push(&fold.meta.shape, out);
            let rows = fold.folding.folds.noted(parts)?;
            note.push(&[1], &Data::Int64(vec![rows.len() as i64]));
            rows.iter().for_each(|row| note.push(&[row.len()], row));
        }
        Ok(())
    }

    /// What was written, with that box of the result open; nothing where it was not of these folds.
    fn taken_up(folds: &'a [Fold], cell: &Region, noted: Vec<Chunk>) -> Option<Self> {
        let mut noted = noted.into_iter().map(|chunk| Arc::unwrap_or_clone(chunk.data));
        let (mut all, mut open) = (Self::new(folds), Vec::with_capacity(folds.len()));
        for (fold, out) in folds.iter().zip(&mut all.out) {
            *out = noted.next().filter(|found| (found.dtype(), found.len()) == (out.dtype(), out.len()))?;
            let Data::Int64(count) = noted.next()? else { return None };
            let rows: Vec<Data> = noted.by_ref().take(usize::try_from(*count.first()?).ok()?).collect();
            open.push(fold.folding.folds.taken_up(&rows).ok()?);
        }
        Some(Self { open: Some((cell.clone(), open)), ..all })
    }
}

/// The parts of a box, of each of the folds.
fn parts_of(folds: &[Fold], region: &Region, doing: &Doing<'_>) -> Result<Vec<Parts>, Error> {
    let slots: Vec<Slot> = folds.iter().map(|_| Slot::default()).collect();
    Plan::new(&partials(folds, region, &slots)?).run(doing.cancel)?;
    doing.did_box();
    let parts = folds.iter().zip(&slots).map(|(fold, slot)| {
        let parts = slot.lock().ok().and_then(|mut slot| slot.take());
        parts.ok_or(Error::Defect(fold.op))
    });
    parts.collect()
}

/// What a box takes, before any is computed.
pub(super) fn plan_of(folds: &[Fold], region: &Region) -> Result<Plan, Error> {
    let slots: Vec<Slot> = folds.iter().map(|_| Slot::default()).collect();
    Ok(Plan::new(&partials(folds, region, &slots)?))
}

/// What puts the parts of a box into the slots: arrays of nothing, as they are no elements yet.
fn partials(folds: &[Fold], region: &Region, slots: &[Slot]) -> Result<Vec<Array>, Error> {
    let mut boxes = Boxes::default();
    let partial = |(fold, slot): (&Fold, &Slot)| {
        let mut inputs = fold.inputs.clone();
        for x in inputs.iter_mut().take(fold.folding.folds.boxed()) {
            *x = boxes.part(x, region)?;
        }
        let (folding, slot) = (fold.folding.clone(), Arc::clone(slot));
        Array::tiled(fold.op, inputs, Meta::new(DType::Bool, [0]), move |readers| {
            let parts = folding.parts(readers)?;
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(parts);
            }
            Ok(Data::Bool(Vec::new()))
        })
    };
    folds.iter().zip(slots).map(partial).collect()
}

impl Fold {
    /// Whether its boxes, and those that they go to, are those of the other.
    pub(super) fn lies_as(&self, other: &Self) -> bool {
        let (own, theirs) = (&self.folding, &other.folding);
        self.over == other.over
            && self.meta.shape == other.meta.shape
            && (own.first, own.end, &own.kept) == (theirs.first, theirs.end, &theirs.kept)
    }

    /// Where nothing is folded, the fold says what comes of it.
    fn of_nothing(&self, doing: &Doing<'_>) -> Result<Chunk, Error> {
        let whole = Array::fold(self.op, self.inputs.clone(), self.meta.clone(), self.folding.clone())?;
        Plan::new(&[whole]).run(doing.cancel)?.pop().ok_or(Error::Defect(self.op))
    }

    /// The box of the result that a box of the array goes to.
    pub(super) fn cell(&self, region: &Region) -> Region {
        let mut cell = Region::whole(&self.meta.shape);
        let gone = self.folding.first..self.folding.end;
        let left = (0..region.start.len()).filter(|axis| !gone.contains(axis));
        for (axis, own) in left.zip(&self.folding.kept) {
            (cell.start[*own], cell.lengths[*own]) = (region.start[axis], region.lengths[axis]);
        }
        cell
    }
}
