//! Elements put in and taken out along an axis.

use std::ops::Range;
use std::sync::Arc;

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::super::shape;
use super::create::{along, placed};
use super::elementwise::{Operand, Scalar, astype, full};
use super::picked::{joined, picked_at};
use super::structure::{broadcast_to, concat, flat, moveaxis, part};

/// The array and others behind it along an axis; all in one row without one.
pub fn append(op: &'static str, x: &Array, values: &Array, axis: Option<i64>) -> Result<Array, Error> {
    concat(op, &[x.clone(), values.clone()], axis)
}

fn place(op: &'static str, at: i64, length: usize, last: usize) -> Result<usize, Error> {
    let found = if at < 0 { at.saturating_add(length as i64) } else { at };
    usize::try_from(found)
        .ok()
        .filter(|found| *found <= last)
        .ok_or_else(|| Error::refused(op, format!("got the place {at}, and the axis has {length} elements")))
}

/// Values put in before a place, or one before each of several.
pub fn insert(
    op: &'static str,
    x: &Array,
    at: &[i64],
    single: bool,
    values: Operand,
    axis: Option<i64>,
) -> Result<Array, Error> {
    let Some(axis) = axis else { return insert(op, &flat(op, x)?, at, single, values, Some(0)) };
    let axis = shape::axis(op, axis, x.axes())?;
    let (length, dtype) = (x.shape()[axis], x.dtype());
    let values = match values {
        Operand::Scalar(scalar) => full(op, &[], scalar, dtype)?,
        Operand::Array(array) => astype(&array, dtype)?,
    };
    let missing = x.axes().saturating_sub(values.axes());
    let longer = [vec![1; missing], values.shape().to_vec()].concat();
    let values = values.reshaped(op, longer)?;
    if values.axes() != x.axes() {
        return Err(Error::refused(
            op,
            format!("takes values of {} axes at most, and got shape {:?}", x.axes(), values.shape()),
        ));
    }
    if let [at] = at {
        let at = place(op, *at, length, length)?;
        let values = if single { moveaxis(op, &values, &[0], &[axis as i64])? } else { values };
        let mut shape = x.shape().to_vec();
        shape[axis] = values.shape()[axis];
        let values = broadcast_to(op, &values, &shape)?;
        let (front, back) = (
            part(op, x, axis, 0, at)?,
            part(op, x, axis, (at.min(length.saturating_sub(1))) as isize, length - at)?,
        );
        return concat(op, &[front, values, back], Some(axis as i64));
    }
    let mut places = at.iter().enumerate().map(|(number, at)| Ok((place(op, *at, length, length)?, number)));
    let mut places = places.by_ref().collect::<Result<Vec<(usize, usize)>, Error>>()?;
    places.sort_unstable();
    let mut shape = x.shape().to_vec();
    shape[axis] = places.len();
    let both = concat(op, &[x.clone(), broadcast_to(op, &values, &shape)?], Some(axis as i64))?;
    // Where each value comes to stand, and its number.
    let values: Vec<(usize, usize)> = places
        .into_iter()
        .enumerate()
        .map(|(earlier, (before, number))| (before + earlier, number))
        .collect();
    let count = length + values.len();
    let values = Arc::new(values);
    let own = Arc::clone(&values);
    let of = move |at| {
        let earlier = values.partition_point(|(place, _)| *place < at);
        match values.get(earlier) {
            Some((place, number)) if *place == at => length + number,
            _ => at - earlier,
        }
    };
    // Some of the elements, one behind the other, and some of the values.
    let stretches = move |some: Range<usize>| {
        let before = |at: usize| own.partition_point(|(place, _)| *place < at);
        let values = before(some.start)..before(some.end);
        let kept = (some.start - values.start, some.end - values.end);
        let numbers = || own[values.clone()].iter().map(|(_, number)| length + number);
        let put = numbers().min().zip(numbers().max().map(|last| last + 1));
        joined([Some(kept).filter(|(start, end)| start < end), put].into_iter().flatten())
    };
    at_places(op, &both, axis, count, (move |some: Range<usize>| some.map(&of).collect(), stretches))
}

/// Along an axis, as many elements of `x`, at the places that the first function names for some of them; the second one says in
/// which stretches those lie.
fn at_places(
    op: &'static str,
    x: &Array,
    axis: usize,
    count: usize,
    (of, stretches): (
        impl Fn(Range<usize>) -> Vec<usize> + Clone + Send + Sync + 'static,
        impl Fn(Range<usize>) -> Vec<(usize, usize)> + Send + Sync + 'static,
    ),
) -> Result<Array, Error> {
    let own = of.clone();
    let places = placed(op, Meta::new(DType::Int64, [count]), move |region| {
        Ok(Data::Int64(own(along(region, 0)).into_iter().map(|at| at as i64).collect()))
    })?;
    picked_at(op, x, &places, axis, (of, stretches))
}

/// The array without the elements at places along an axis.
pub fn delete(op: &'static str, x: &Array, at: &[i64], axis: Option<i64>) -> Result<Array, Error> {
    let Some(axis) = axis else { return delete(op, &flat(op, x)?, at, Some(0)) };
    let axis = shape::axis(op, axis, x.axes())?;
    let length = x.shape()[axis];
    let last = length.checked_sub(1);
    let mut gone = at.iter().map(|at| match last {
        Some(last) => place(op, *at, length, last),
        None => Err(Error::refused(op, format!("got the place {at}, and the axis has no elements"))),
    });
    let mut gone = gone.by_ref().collect::<Result<Vec<_>, _>>()?;
    gone.sort_unstable();
    gone.dedup();
    if gone.is_empty() {
        return Ok(x.clone());
    }
    if let [one] = *gone.as_slice() {
        let back = part(op, x, axis, (one + 1).min(length - 1) as isize, length - one - 1)?;
        return concat(op, &[part(op, x, axis, 0, one)?, back], Some(axis as i64));
    }
    // How many are left before each that is gone.
    let left: Vec<usize> = gone.into_iter().enumerate().map(|(earlier, at)| at - earlier).collect();
    let count = length - left.len();
    let left = Arc::new(left);
    let own = Arc::clone(&left);
    let of = move |at| at + left.partition_point(|left| *left <= at);
    // What is left lies one behind the other from one that is gone to the next.
    let stretches = move |some: Range<usize>| {
        let gone =
            own.partition_point(|left| *left <= some.start)..own.partition_point(|left| *left < some.end);
        let ends = own[gone.clone()].iter().copied().chain([some.end]);
        let starts = [some.start].into_iter().chain(own[gone.clone()].iter().copied());
        let kept = starts.zip(ends).enumerate().filter(|(_, (start, end))| start < end);
        joined(kept.map(|(more, (start, end))| (start + gone.start + more, end + gone.start + more)))
    };
    at_places(op, x, axis, count, (move |some: Range<usize>| some.map(&of).collect(), stretches))
}

/// The elements of `x` along an axis, each as often as its count says.
pub fn repeat_each(op: &'static str, x: &Array, counts: &Chunk, axis: usize) -> Result<Array, Error> {
    // Behind which place of the result each is done.
    let mut end = 0_usize;
    let ends = counts.values::<i64>()?.iter().map(|count| {
        let count = usize::try_from(*count)
            .map_err(|_| Error::refused(op, format!("repeats 0 times or more, not {count}")))?;
        end = end.saturating_add(count);
        Ok(end)
    });
    let ends = Arc::new(ends.collect::<Result<Vec<usize>, Error>>()?);
    let own = Arc::clone(&ends);
    let first = |ends: &[usize], at: usize| ends.partition_point(|end| *end <= at);
    let of = move |some: Range<usize>| {
        let mut which = first(&ends, some.start);
        let mut places = Vec::with_capacity(some.len());
        for at in some {
            which += ends[which..].iter().take_while(|end| **end <= at).count();
            places.push(which);
        }
        places
    };
    let stretches = move |some: Range<usize>| {
        let which = first(&own, some.start)..first(&own, some.end.saturating_sub(1)) + 1;
        let shown = which.filter(|at| own[*at] > at.checked_sub(1).map_or(0, |before| own[before]));
        joined(shown.map(|at| (at, at + 1)))
    };
    at_places(op, x, axis, end, (of, stretches))
}

/// The elements over and over under another shape; zeros of none.
pub fn resize(op: &'static str, x: &Array, shape: &[usize]) -> Result<Array, Error> {
    let meta = Meta::new(x.dtype(), shape).checked(op)?;
    if x.is_empty() || meta.is_empty() {
        return full(op, shape, Scalar::Float(0.0), x.dtype());
    }
    let (count, length) = (meta.len(), x.len());
    let row = flat(op, x)?;
    let times = count.div_ceil(length);
    let many = match times {
        1 => row,
        times => {
            broadcast_to(op, &row, &[times, length])?.reshaped(op, vec![times.saturating_mul(length)])?
        }
    };
    part(op, &many, 0, 0, count)?.reshaped(op, shape.to_vec())
}
