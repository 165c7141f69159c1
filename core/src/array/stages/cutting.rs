//! From a graph of calls to stages.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::error::Error;
use super::super::graph::{Array, Call, Kernel, Limits, Meta, Once, Rule};
use super::super::grid::{Grid, Region};
use super::super::part::Boxes;
use super::super::plan::{key, ordered, ordered_beyond};
use super::super::source::Source;
use super::super::tiling;
use super::AT_ONCE;
use super::admission::few;
use super::folded::Fold;
use super::gathered::Gathering;
use super::made::Made;
use super::stage::{Stage, Work};

/// Calls on their way to stages.
pub(super) struct Cutting {
    settled: HashMap<*const Call, Vec<Array>>,
    pub(super) stages: Vec<Stage>,
    limits: Limits,
    /// Bytes of the results that are held there instead of in scratch.
    kept: u64,
    /// Keeps alive what the keys point to.
    others: Vec<Array>,
}

impl Cutting {
    pub(super) fn new(limits: Limits) -> Self {
        Self { settled: HashMap::new(), stages: Vec::new(), limits, kept: 0, others: Vec::new() }
    }

    /// The array, of what has been settled.
    pub(super) fn now(&self, array: &Array) -> Array {
        self.settled[&key(array.call())][array.output()].clone()
    }

    /// Settles a call whose inputs have been.
    pub(super) fn settle(&mut self, call: &Arc<Call>) -> Result<(), Error> {
        let same = Array::of_call(call);
        let inputs: Vec<Array> = call.inputs.iter().map(|input| self.now(input)).collect();
        let moved = |(now, input): (&Array, &Array)| !Arc::ptr_eq(now.call(), input.call());
        let now = match inputs.iter().zip(&call.inputs).any(moved) {
            true => same[0].with_inputs(inputs).outputs(),
            false => same,
        };
        let first = &now[0];
        let Limits { box_bytes, .. } = self.limits;
        let small = |array: &Array| array.meta().bytes() <= box_bytes;
        let settled = match (&first.call().kernel, &call.rule) {
            (_, Some(rule)) if let Rule::Once(once) = &**rule => {
                vec![self.boxes(&first.call().inputs[0].clone(), once)?]
            }
            (
                Kernel::Constant(_)
                | Kernel::Stored(..)
                | Kernel::Map(_)
                | Kernel::View { .. }
                | Kernel::Reshape,
                _,
            ) => now,
            // Else, and where its parts would take half of all there is, each box is made of its own lines.
            (Kernel::Fold(folding), _)
                if first.meta().bytes() <= self.limits.held
                    && folding.folds.part_bytes(first.len()) / 2 <= self.limits.held =>
            {
                let inputs = first.call().inputs.clone();
                let over = few(call.op, tiling::boxes(&inputs[0], self.limits)?)?;
                let (meta, folding) = (first.meta().clone(), folding.clone());
                vec![self.fold(Fold { op: call.op, meta, folding, inputs, over })]
            }
            (Kernel::Fold(_), _) => now,
            (_, Some(rule)) if let Rule::Instead(way) = &**rule => {
                let way = way(&first.call().inputs, self.limits)?;
                self.instead(way)?
            }
            (_, Some(rule))
                if matches!(**rule, Rule::Gathered(_))
                    && first
                        .call()
                        .inputs
                        .iter()
                        .any(|input| !small(input) || self.is_made_of_more(input)) =>
            {
                let inputs = first.call().inputs.iter().map(|input| self.in_order(input));
                let (inputs, over): (_, Vec<Grid>) =
                    inputs.collect::<Result<Vec<_>, Error>>()?.into_iter().unzip();
                // Boxes that are small enough for each of them.
                let over = over.into_iter().max_by_key(Grid::len).ok_or(Error::Defect(call.op))?;
                let (all, limit) = (first.with_inputs(inputs), self.limits.held);
                self.staged(Work::Gathered(Gathering { all, over, limit }), &now)
            }
            (_, Some(rule)) if let Rule::Swept(sweep) = &**rule => {
                let piece = Region::rows(first.shape(), 0, sweep.rows().max(1));
                let grid = Grid::new(first.shape(), &piece.lengths)?;
                let boxes = (!self.keeps(first.meta())).then_some(grid);
                self.staged_in(Work::Swept(first.clone()), &now, boxes)
            }
            (_, Some(rule))
                if let Rule::Of(boxed) = &**rule
                    && boxed.is_held()
                    && first.meta().bytes() <= self.limits.held
                    && !first.call().inputs.iter().all(small) =>
            {
                vec![self.boxes(first, &Once::default())?]
            }
            // What is small is computed once, and not for each box, as long as there is room for all of that.
            (_, Some(rule))
                if !(matches!(**rule, Rule::Gathered(_))
                    || (small(first)
                        && first.call().inputs.iter().all(small)
                        && self.keeps(first.meta()))) =>
            {
                match &**rule {
                    Rule::Lines(_) => self.with_little_behind(now)?,
                    _ => now,
                }
            }
            _ => {
                let now = with_parts_behind(self.with_little_behind(now)?)?;
                self.staged(Work::Whole(now.clone()), &now)
            }
        };
        // What has been settled is not gone through again, where another way is made of it.
        if let Some(first) = settled.first()
            && first.call().outputs.len() == settled.len()
            && settled.iter().all(|array| Arc::ptr_eq(array.call(), first.call()))
        {
            self.settled.entry(key(first.call())).or_insert_with(|| first.outputs());
        }
        self.settled.insert(key(call), settled);
        Ok(())
    }

    /// What a fold comes to: in an earlier stage, where that reads something of the same boxes and does not come before
    /// what this one needs.
    fn fold(&mut self, fold: Fold) -> Array {
        let (calls, _) = ordered(&fold.inputs);
        let needed = calls.iter().filter_map(|call| self.stage_of(call)).max().map_or(0, |stage| stage + 1);
        let read =
            |call: &Arc<Call>| !matches!(call.kernel, Kernel::Constant(_)) && self.stage_of(call).is_none();
        let own: HashSet<*const Call> = calls.iter().filter(|call| read(call)).map(key).collect();
        let shares = |other: &Fold| ordered(&other.inputs).0.iter().any(|call| own.contains(&key(call)));
        let found = (needed..self.stages.len()).rev().find(|at| match &self.stages[*at].work {
            Work::Folds(folds) => folds.iter().all(|other| other.lies_as(&fold)) && folds.iter().any(shares),
            _ => false,
        });
        let meta = fold.meta.clone();
        let at = found.unwrap_or_else(|| {
            self.stages.push(Stage { work: Work::Folds(Vec::new()), made: Vec::new(), at_once: AT_ONCE });
            self.stages.len() - 1
        });
        let stage = &mut self.stages[at];
        let made = Made::new(meta, (at, stage.made.len()), None);
        stage.made.push(Arc::clone(&made));
        if let Work::Folds(folds) = &mut stage.work {
            folds.push(fold);
        }
        Array::stored(made)
    }

    /// The stage that a call reads a result of.
    fn stage_of(&self, call: &Arc<Call>) -> Option<usize> {
        let Kernel::Stored(source, _) = &call.kernel else { return None };
        let is_it = |made: &Arc<Made>| std::ptr::addr_eq(Arc::as_ptr(made), Arc::as_ptr(source));
        self.stages.iter().position(|stage| stage.made.iter().any(is_it))
    }

    /// Another way to what a call makes, settled in its place. What it is made of has been settled.
    fn instead(&mut self, made: Vec<Array>) -> Result<Vec<Array>, Error> {
        for call in &ordered_beyond(&made, &|call| self.settled.contains_key(&key(call))) {
            self.settle(call)?;
        }
        let settled = made.iter().map(|array| self.now(array)).collect();
        self.others.extend(made);
        Ok(settled)
    }

    /// The outputs of a call that takes whole arrays, or whole lines: of which those are computed box by box before that are
    /// made of far more than they have.
    fn with_little_behind(&mut self, now: Vec<Array>) -> Result<Vec<Array>, Error> {
        let Some(first) = now.first() else { return Ok(now) };
        let mut inputs = first.call().inputs.clone();
        let mut is_other = false;
        for input in &mut inputs {
            if self.is_made_of_more(input) && input.meta().bytes() <= self.limits.held {
                (*input, is_other) = (self.boxes(input, &Once::default())?, true);
            }
        }
        Ok(if is_other { first.with_inputs(inputs).outputs() } else { now })
    }

    /// The array, and pieces of it in the order of its elements: of what is computed once, where they would do the same over
    /// and over.
    pub(super) fn in_order(&mut self, array: &Array) -> Result<(Array, Grid), Error> {
        let bands = tiling::bands(array, self.limits.box_bytes)?;
        let Some(once) = tiling::out_of_order(array, &bands, self.limits)? else {
            return Ok((array.clone(), few(array.call().op, bands)?));
        };
        if let Some(read) = &once.read {
            few(array.call().op, Grid::new(array.shape(), read)?)?;
        }
        let array = self.boxes(array, &once)?;
        let bands = tiling::bands(&array, self.limits.box_bytes)?;
        Ok((array.clone(), few(array.call().op, bands)?))
    }

    /// Whether an array is made of one that has far more bytes, and more than a box.
    fn is_made_of_more(&self, array: &Array) -> bool {
        let bytes = Boxes::load(array, &Region::whole(array.shape())).bytes;
        bytes / 2 > array.meta().bytes() && bytes > self.limits.box_bytes
    }

    /// What an array comes to, computed once, box by box.
    fn boxes(&mut self, array: &Array, once: &Once) -> Result<Array, Error> {
        if matches!(array.call().kernel, Kernel::Constant(_) | Kernel::Stored(..)) && once.computed.is_none()
        {
            return Ok(array.clone());
        }
        let grid = match &once.computed {
            Some(chunk) => Grid::new(array.shape(), chunk)?,
            None => tiling::boxes(array, self.limits)?,
        };
        let grid = few(array.call().op, grid)?;
        let in_scratch = !self.keeps(array.meta());
        let read = once.read.as_ref().map(|read| Grid::new(array.shape(), read)).transpose()?;
        let boxes = in_scratch.then(|| read.unwrap_or_else(|| grid.clone()));
        let made = self.staged_in(Work::Boxes(array.clone(), grid), std::slice::from_ref(array), boxes);
        made.into_iter().next().ok_or(Error::Defect(array.call().op))
    }

    /// Whether a result that scratch would take is held in memory: as long as all of those are within what one may be.
    fn keeps(&mut self, meta: &Meta) -> bool {
        let kept = self.kept.saturating_add(meta.bytes());
        let keeps = kept <= self.limits.held;
        if keeps {
            self.kept = kept;
        }
        keeps
    }

    fn staged(&mut self, work: Work, outputs: &[Array]) -> Vec<Array> {
        self.staged_in(work, outputs, None)
    }

    /// What stands for the results of a stage; in scratch where they lie in boxes.
    fn staged_in(&mut self, work: Work, outputs: &[Array], boxes: Option<Grid>) -> Vec<Array> {
        let stage = self.stages.len();
        let made = outputs.iter().enumerate();
        let made: Vec<Arc<Made>> = made
            .map(|(output, array)| Made::new(array.meta().clone(), (stage, output), boxes.clone()))
            .collect();
        let arrays = made.iter().map(|made| Array::stored(Arc::clone(made) as Arc<dyn Source>)).collect();
        self.stages.push(Stage { work, made, at_once: AT_ONCE });
        arrays
    }
}

/// The outputs of a call that takes whole arrays, where of what is behind those no more is made than they show.
fn with_parts_behind(now: Vec<Array>) -> Result<Vec<Array>, Error> {
    let (Some(first), mut boxes) = (now.first(), Boxes::default()) else { return Ok(now) };
    let inputs = first.call().inputs.iter().map(|input| boxes.part(input, &Region::whole(input.shape())));
    Ok(first.with_inputs(inputs.collect::<Result<_, _>>()?).outputs())
}
