//! Elements at places along one axis, box by box. Where the places are known, a box reads what is near its own. Where they are
//! fewer than the axis has, the array is read once, and each box of it gives what lies in it. Else a box reads whole lines.

use std::ops::Range;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::fold::{Folding, Folds, Form, Parts, known, seen};
use super::super::fuse::{Reader, TILE};
use super::super::graph::{Array, Boxed, Rule};
use super::super::grid::Region;
use super::super::shape;
use super::create::{self, along};
use super::elementwise::{Scalar, astype, cast_chunk};
use super::index::{place, take_whole};
use super::structure::{broadcast_to, concat};

/// Places between two that are read with them, at least; and the most stretches that a box is made of.
const GAP: usize = 16;
const STRETCHES_MAX: usize = 64;

/// The elements of `x` along the axis at `places`, which have one axis: there they are in its stead.
pub(super) fn picked(op: &'static str, x: &Array, places: &Array, axis: usize) -> Result<Array, Error> {
    let length = x.shape()[axis];
    if let Some(known) = settled(places, axis, length) {
        let known = Arc::new(known);
        let own = Arc::clone(&known);
        let stretches = move |some: Range<usize>| stretches(&own[some]);
        return picked_at(op, x, places, axis, (move |some: Range<usize>| known[some].to_vec(), stretches));
    }
    let places = &astype(places, DType::Int64)?.once(None, None);
    if places.len() >= length {
        return Ok(take_whole(x, places, axis)?.with_rule(Rule::Of(Box::new(Whole { axis, length }))));
    }
    let mut meta = x.meta().clone();
    meta.shape[axis] = places.len();
    let count = create::arange(Scalar::Int(0), Scalar::Int(length as i128), Scalar::Int(1), None)?;
    let mut lengths = vec![1; x.axes()];
    lengths[axis] = length;
    let numbers = broadcast_to(op, &count.reshaped(op, lengths)?, x.shape())?;
    let kept = (0..x.axes()).filter(|own| *own != axis).collect();
    let folds = Arc::new(Found { op, dtype: x.dtype(), axis, length });
    let folding = Folding { first: axis, end: axis + 1, kept, folds };
    Array::fold(op, vec![x.clone(), numbers, places.clone()], meta, folding)
}

/// The same at places that the first function names for a part of them; the second one says in which stretches those lie,
/// without going through all.
pub(super) fn picked_at(
    op: &'static str,
    x: &Array,
    places: &Array,
    axis: usize,
    (known, stretches): (
        impl Fn(Range<usize>) -> Vec<usize> + Send + Sync + 'static,
        impl Fn(Range<usize>) -> Vec<(usize, usize)> + Send + Sync + 'static,
    ),
) -> Result<Array, Error> {
    let near = Near { op, axis, known, stretches };
    Ok(take_whole(x, places, axis)?.with_rule(Rule::Of(Box::new(near))))
}

/// The places, counted from the front, where all are known and there.
fn settled(places: &Array, axis: usize, length: usize) -> Option<Vec<usize>> {
    let chunk = cast_chunk(places.known()?, DType::Int64);
    chunk.values::<i64>().ok()?.iter().map(|at| place(*at, axis, length).ok()).collect()
}

/// At places that are known.
struct Near<K, S> {
    op: &'static str,
    axis: usize,
    known: K,
    stretches: S,
}

/// The stretches that have those places: from the first to behind the last, as they ascend.
fn stretches(places: &[usize]) -> Vec<(usize, usize)> {
    let mut sorted = places.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    joined(sorted.into_iter().map(|at| (at, at + 1)))
}

/// Stretches in their order, those that are near one another as one.
pub(super) fn joined(all: impl IntoIterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let mut gap = GAP;
    let mut found = near(all, gap);
    while found.len() > STRETCHES_MAX {
        gap = gap.saturating_mul(2);
        found = near(found, gap);
    }
    found
}

fn near(all: impl IntoIterator<Item = (usize, usize)>, gap: usize) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (start, end) in all {
        match found.last_mut().filter(|(_, before)| start - *before < gap) {
            Some((_, before)) => *before = end,
            None => found.push((start, end)),
        }
    }
    found
}

impl<K, S> Boxed for Near<K, S>
where
    K: Fn(Range<usize>) -> Vec<usize> + Send + Sync,
    S: Fn(Range<usize>) -> Vec<(usize, usize)> + Send + Sync,
{
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let need = |(start, end): (usize, usize)| {
            let mut need = region.clone();
            (need.start[self.axis], need.lengths[self.axis]) = (start, end - start);
            (0, need)
        };
        (self.stretches)(along(region, self.axis)).into_iter().map(need).collect()
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let own = (self.known)(along(region, self.axis));
        let stretches = (self.stretches)(along(region, self.axis));
        let mut starts = Vec::with_capacity(stretches.len());
        let mut before = 0;
        for (start, end) in &stretches {
            starts.push(before);
            before += end - start;
        }
        let moved = |at: &usize| {
            let stretch = stretches.partition_point(|(start, _)| start <= at).saturating_sub(1);
            (starts[stretch] + at - stretches[stretch].0) as i64
        };
        let places: Vec<i64> = own.iter().map(moved).collect();
        let read = match <[Array; 1]>::try_from(parts) {
            Ok([one]) => one,
            Err(parts) => concat(self.op, &parts, Some(self.axis as i64))?,
        };
        match places.len() == before && places.iter().enumerate().all(|(number, at)| number as i64 == *at) {
            true => Ok(read),
            false => take_whole(&read, &create::of(places), self.axis),
        }
    }
}

/// Of whole lines, at places of which a box has its own.
struct Whole {
    axis: usize,
    length: usize,
}

impl Boxed for Whole {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let (mut lines, axis) = (region.clone(), self.axis);
        (lines.start[axis], lines.lengths[axis]) = (0, self.length);
        let places = Region { start: vec![region.start[axis]], lengths: vec![region.lengths[axis]] };
        vec![(0, lines), (1, places)]
    }

    fn make(&self, _: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let [x, places] = &*parts else { return Err(Error::Defect("[]")) };
        take_whole(x, places, self.axis)
    }
}

/// Found as the array is read: its own number along the axis is read beside each element.
struct Found {
    op: &'static str,
    dtype: DType,
    axis: usize,
    length: usize,
}

/// What has been found in some boxes: of the places from the first to before the last.
struct Finds {
    form: Form,
    places: Vec<usize>,
    range: Range<usize>,
    data: Data,
}

impl Found {
    /// The elements of a box, at those of the places that lie in it.
    fn read<T: Element>(
        &self,
        x: &Reader<'_>,
        form: Form,
        found: &Finds,
        out: &mut [T],
    ) -> Result<(), Error> {
        let (Form { rows, inner, .. }, count) = (form, found.places.len());
        let mut reading = x.tiles::<T>();
        for (line, out) in out.chunks_mut((count * inner).max(1)).enumerate() {
            for (at, out) in found.places.iter().zip(out.chunks_mut(inner.max(1))) {
                let row = at.wrapping_sub(found.range.start);
                if row >= rows {
                    continue;
                }
                for (tile, out) in out.chunks_mut(TILE).enumerate() {
                    let start = (line * rows + row) * inner + tile * TILE;
                    out.copy_from_slice(reading.values(start, out.len())?);
                }
            }
        }
        Ok(())
    }
}

impl Folds for Found {
    fn parts(&self, readers: &[Reader<'_>], form: Form) -> Result<Parts, Error> {
        let [x, numbers, wanted] = readers else { return Err(Error::Defect(self.op)) };
        let count = shape::count(wanted.shape());
        let (mut places, mut reading) = (Vec::with_capacity(count), wanted.tiles::<i64>());
        for start in (0..count).step_by(TILE) {
            for at in reading.values(start, TILE.min(count - start))? {
                places.push(place(*at, self.axis, self.length)?);
            }
        }
        let first = match form.outer * form.rows * form.inner {
            0 => 0,
            _ => numbers.tiles::<i64>().values(0, 1)?.first().map_or(0, |first| *first as usize),
        };
        let range = first..first + form.rows;
        let mut data = Data::zeros(self.dtype, form.outer * count * form.inner);
        let found = Finds { form, places, range, data: Data::zeros(self.dtype, 0) };
        each!(Data, &mut data, out => self.read(x, form, &found, out))?;
        Ok(Box::new(Finds { data, ..found }))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        let (mut one, other) = (known::<Finds>(one)?, known::<Finds>(other)?);
        let (count, inner) = (other.places.len(), other.form.inner);
        each!(Data, &mut one.data, into => {
            let from = Element::of(&other.data.slice()).ok_or(Error::Defect(self.op))?;
            let rows = into.chunks_mut(inner.max(1)).zip(from.chunks(inner.max(1)));
            for (number, (into, from)) in rows.enumerate() {
                if other.range.contains(&other.places[number % count]) {
                    into.copy_from_slice(from);
                }
            }
            Ok::<_, Error>(())
        })?;
        Ok(one)
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        known::<Finds>(parts).map(|found| found.data)
    }

    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error> {
        let Finds { form, places, range, data } = seen(parts)?;
        let numbers = |numbers: &[usize]| Data::Int64(numbers.iter().map(|number| *number as i64).collect());
        let lies = numbers(&[form.outer, form.rows, form.inner, range.start, range.end]);
        Ok(vec![lies, numbers(places), data.clone()])
    }

    fn taken_up(&self, rows: &[Data]) -> Result<Parts, Error> {
        let [Data::Int64(lies), Data::Int64(places), data] = rows else { return Err(Error::Defect(self.op)) };
        let numbers = |numbers: &[i64]| numbers.iter().map(|number| *number as usize).collect::<Vec<_>>();
        let [outer, rows, inner, start, end] = *numbers(lies) else { return Err(Error::Defect(self.op)) };
        let form = Form { outer, rows, inner };
        Ok(Box::new(Finds { form, places: numbers(places), range: start..end, data: data.clone() }))
    }

    fn boxed(&self) -> usize {
        2
    }

    fn part_bytes(&self, cells: usize) -> u64 {
        (cells as u64).saturating_mul(self.dtype.bytes() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_are_near_are_read_together() {
        assert_eq!(stretches(&[7, 3, 3, 40, 19]), [(3, 20), (40, 41)]);
        let far: Vec<usize> = (0..1000).map(|at| at * 100).collect();
        let found = stretches(&far);
        assert!(found.len() <= STRETCHES_MAX);
        assert!(far.iter().all(|at| found.iter().any(|(start, end)| (*start..*end).contains(at))));
    }
}
