//! Results of which each box of an array has a part, whose number of elements depends on values: elements that a mask
//! shows, places of those that are not 0, distinct ones.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Gather, Rule};
use super::super::grid::Region;
use super::super::kernels::{all, pick};
use super::order::{self, Ordered};
use super::sets;

/// The elements that the mask, which has the shape of `x`, shows, in a row.
pub fn selected(op: &'static str, x: &Array, mask: &Array) -> Array {
    let inputs = vec![x.clone(), mask.clone()];
    let made = Array::open(op, inputs, vec![x.dtype()], |chunks| {
        let (data, mask): (&Data, _) = (&chunks[0].data, chunks[1].values::<bool>()?);
        let shown = each!(Data, data, values => {
            let shown = values.iter().zip(mask).filter(|(_, is_shown)| **is_shown);
            Element::data(shown.map(|(value, _)| *value).collect())
        });
        Ok(vec![Chunk::new([shown.len()], shown)])
    });
    made.with_rule(Rule::Gathered(Box::new(InRow)))
}

/// For each axis the places of the elements that are not 0.
pub fn nonzero(op: &'static str, x: &Array) -> Array {
    let dtypes = vec![DType::Int64; x.axes()];
    let made = Array::open(op, vec![x.clone()], dtypes, |chunks| order::nonzero(&chunks[0]));
    made.with_rule(Rule::Gathered(Box::new(Places)))
}

/// Those results of [`sets::unique`] that are wanted, by their numbers.
pub fn unique<const N: usize>(op: &'static str, x: &Array, wanted: [usize; N]) -> Array {
    let dtypes = wanted.map(|number| if number == sets::VALUES { x.dtype() } else { DType::Int64 }).to_vec();
    let made = Array::open(op, vec![x.clone()], dtypes, move |chunks| {
        let all = sets::unique(&chunks[0])?;
        Ok(wanted.map(|number| all[number].clone()).to_vec())
    });
    // Where each element is among the others is as large as all of them.
    match wanted.iter().all(|number| [sets::VALUES, sets::COUNTS].contains(number)) {
        true => made.with_rule(Rule::Gathered(Box::new(Distinct))),
        false => made,
    }
}

/// What boxes have comes one behind the other.
struct InRow;

impl Gather for InRow {
    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        before.into_iter().zip(next).map(|(before, next)| appended(before, &next)).collect()
    }
}

/// The same of places, which are those of a box until it is said where that is.
struct Places;

impl Gather for Places {
    fn place(&self, region: &Region, made: Vec<Chunk>) -> Vec<Chunk> {
        let moved = |(chunk, start): (Chunk, &usize)| match &*chunk.data {
            Data::Int64(places) => {
                let places = places.iter().map(|place| place.saturating_add(*start as i64)).collect();
                Chunk::new(chunk.shape, Data::Int64(places))
            }
            _ => chunk,
        };
        made.into_iter().zip(&region.start).map(moved).collect()
    }

    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        InRow.join(before, next)
    }
}

/// Distinct elements in their order, and how often each is.
struct Distinct;

impl Gather for Distinct {
    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
        let defect = Error::Defect("unique");
        let (Some(one), Some(other)) = (before.first(), next.first()) else { return Err(defect) };
        let counts = match (before.get(1), next.get(1)) {
            (Some(one), Some(other)) => Some((one.values::<i64>()?, other.values::<i64>()?)),
            _ => None,
        };
        all!(one.data.dtype(), T => {
            let (values, counts) = merged(one.values::<T>()?, other.values::<T>()?, counts);
            let values = Chunk::new([values.len()], T::data(values));
            let counts = counts.map(|counts| Chunk::new([counts.len()], Data::Int64(counts)));
            Ok([Some(values), counts].into_iter().flatten().collect())
        })
        .ok_or(defect)?
    }
}

/// Two rows of distinct values as one; NaN differs from NaN.
fn merged<T: Ordered>(
    one: &[T],
    other: &[T],
    counts: Option<(&[i64], &[i64])>,
) -> (Vec<T>, Option<Vec<i64>>) {
    let (mut values, mut both) = (Vec::with_capacity(one.len().max(other.len())), Vec::new());
    let of = |counts: &[i64], at: usize| counts.get(at).copied().unwrap_or(0);
    let (own, theirs) = counts.unwrap_or_default();
    let (mut i, mut j) = (0, 0);
    while i < one.len() || j < other.len() {
        let first = match (one.get(i), other.get(j)) {
            (Some(a), Some(b)) if a == b => None,
            (Some(a), Some(b)) => Some(a.order(b) != Ordering::Greater),
            (a, _) => Some(a.is_some()),
        };
        let (from_one, from_other) = (first != Some(false), first != Some(true));
        values.push(if from_one { one[i] } else { other[j] });
        let count = if from_one { of(own, i) } else { 0 } + if from_other { of(theirs, j) } else { 0 };
        both.push(count);
        (i, j) = (i + usize::from(from_one), j + usize::from(from_other));
    }
    (values, counts.map(|_| both))
}

/// A row, and another behind it.
fn appended(mut row: Chunk, more: &Chunk) -> Result<Chunk, Error> {
    Arc::make_mut(&mut row.data).append(&more.data.slice()).ok_or(Error::Defect("a row"))?;
    Ok(Chunk { shape: vec![row.data.len()], ..row })
}
