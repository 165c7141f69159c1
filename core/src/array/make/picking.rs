//! Elements that are picked by their values, and sets of them: what comes of it is known when some values are.

use std::iter::repeat_n;

use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk};
use super::super::kernels::{all, pick};
use super::create::arange;
use super::elementwise::{Operand, Scalar, choose, full, truth};
use super::reduce::{self, Along};
use super::short::add;
use super::structure::{concat, part};
use super::take::take;

/// The elements along the axis at those places, which a condition of that length has said.
pub fn picked(op: &'static str, x: &Array, axis: usize, places: &Chunk) -> Result<Array, Error> {
    let length = x.shape()[axis];
    if let Some(at) = places.values::<i64>()?.iter().find(|at| **at >= length as i64) {
        let said = format!("got a condition that holds at {at}, and there are {length} elements");
        return Err(Error::refused(op, said));
    }
    take(x, &Array::constant(places.clone()), Some(axis as i64))
}

/// Where along each of the axes what is not 0 begins and ends: two numbers for each; where there is nothing it ends at 0.
pub fn ends(op: &'static str, x: &Array, axes: &[usize]) -> Result<Array, Error> {
    let (is, all) = (truth(x)?, Along { axes: None, keep: true });
    let each = axes.iter().map(|axis| {
        let others =
            (0..x.axes()).filter(|other| other != axis).map(|other| other as i64).collect::<Vec<_>>();
        let is = match others.is_empty() {
            true => is.clone(),
            false => reduce::truth(op, &is, &Along { axes: Some(others), keep: false }, false)?,
        };
        let length = Scalar::Int(x.shape()[*axis] as i128);
        if is.is_empty() {
            return full(op, &[2], Scalar::Int(0), DType::Int64);
        }
        let places = arange(Scalar::Int(0), length, Scalar::Int(1), None)?;
        let behind = add(op, places.clone(), 1)?;
        let first = choose(&is, Operand::Array(places), Operand::Scalar(length))?;
        let end = choose(&is, Operand::Array(behind), Operand::Scalar(Scalar::Int(0)))?;
        let ends = [reduce::extreme(op, &first, &all, false)?, reduce::extreme(op, &end, &all, true)?];
        concat(op, &ends, Some(0))
    });
    concat(op, &each.collect::<Result<Vec<_>, Error>>()?, Some(0))
}

/// The array without what is before and behind those ends.
pub fn trimmed(
    op: &'static str,
    x: &Array,
    axes: &[usize],
    ends: &Chunk,
    (front, behind): (bool, bool),
) -> Result<Array, Error> {
    let (pairs, _) = ends.values::<i64>()?.as_chunks::<2>();
    axes.iter().zip(pairs).try_fold(x.clone(), |x, (axis, [first, end])| {
        let is_nothing = first >= end;
        let first = if front && !is_nothing { *first as usize } else { 0 };
        let end = if behind || is_nothing { *end as usize } else { x.shape()[*axis] };
        part(op, &x, *axis, first as isize, end - first)
    })
}

/// What is made of two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// What is in one of them at least.
    Either,
    /// What is in both.
    Both,
    /// What is in the first alone.
    First,
    /// What is in just one.
    One,
}

/// What is made of two sets, the first of which has been made of `length` elements, as [`super::gathered::of_both`] has found
/// them; and for each element where it is first in the one and in the other.
pub fn set(op: &'static str, found: &[Chunk], length: usize, of: Of) -> Result<[Chunk; 3], Error> {
    let [values, own, theirs] = found else { return Err(Error::Defect(op)) };
    let (own, theirs) = (own.values::<i64>()?, theirs.values::<i64>()?);
    all!(values.data.dtype(), T => {
        let values = values.values::<T>()?;
        // NumPy takes NaN for one value where it is in a set, and for another one in the other.
        #[expect(clippy::eq_op, reason = "NaN alone is not what it is")]
        let is_in = |at: &usize| match (of, own[*at] >= 0, theirs[*at] >= 0, values[*at] != values[*at]) {
            (Of::Either, ..) => true,
            (Of::Both, one, other, is_nan) => one && other && !is_nan,
            (Of::First, one, other, is_nan) => one && (!other || is_nan),
            (Of::One, one, other, is_nan) => one != other || is_nan,
        };
        let is_twice = |at: &usize| of == Of::One && own[*at] >= 0 && theirs[*at] >= 0;
        let kept = (0..values.len()).filter(is_in);
        let kept: Vec<usize> = kept.flat_map(|at| repeat_n(at, if is_twice(&at) { 2 } else { 1 })).collect();
        let row = |values: Vec<i64>| Chunk::new([values.len()], Data::Int64(values));
        Ok([
            Chunk::new([kept.len()], T::data(kept.iter().map(|at| values[*at]).collect())),
            row(kept.iter().map(|at| own[*at]).collect()),
            row(kept.iter().map(|at| theirs[*at].saturating_sub(length as i64)).collect()),
        ])
    })
    .ok_or(Error::Defect(op))?
}
