//! The greatest and the least of each row, found without sorting the rest.

use std::cmp::Ordering;

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Limits, Meta, Rule};
use super::super::kernels::{all, pick};
use super::super::shape;
use super::order::{Ordered, argsort, sort};
use super::structure::{back, concat, flat, last, part};
use super::take::take_along_axis;

/// What is made of each row of `x` along the axis: rows of `length`; by another way, which is given the rows along the last
/// axis and how many elements may be worked on at a time, where there is no room for one.
fn of_rows(
    op: &'static str,
    x: &Array,
    axis: usize,
    (dtype, length): (DType, usize),
    run: impl Fn(&Chunk) -> Result<Data, Error> + Clone + Send + Sync + 'static,
    beyond: impl Fn(&Array, usize) -> Result<Option<Array>, Error> + Send + Sync + 'static,
) -> Result<Array, Error> {
    let lines = move |x: &Array| {
        let (mut shape, run) = (x.shape().to_vec(), run.clone());
        if let Some(side) = shape.last_mut() {
            *side = length;
        }
        let rows = Rule::Lines(vec![x.axes() - 1]);
        let made = Array::whole(op, vec![x.clone()], Meta::new(dtype, shape), move |chunks| run(&chunks[0]))?;
        Ok::<_, Error>(made.with_rule(rows))
    };
    let made = lines(&last(op, x, axis)?)?;
    let way = move |inputs: &[Array], limits: Limits| {
        let [x] = inputs else { return Err(Error::Defect(op)) };
        let width = x.dtype().bytes().max(dtype.bytes()) as u64;
        let row = x.shape().last().map_or(0, |row| (*row as u64).saturating_mul(width));
        let room = usize::try_from(limits.box_bytes / 4 / width).unwrap_or(usize::MAX).max(1);
        let other = if limits.fit_line(row) { None } else { beyond(x, room)? };
        Ok(vec![other.map_or_else(|| lines(x), Ok)?])
    };
    back(op, &made.with_rule(Rule::Instead(Box::new(way))), axis)
}

/// Rows cut into parts of so many elements, each with the place that its first element has.
fn parts(op: &'static str, x: &Array, length: usize) -> Result<Vec<(Array, usize)>, Error> {
    let (axis, row) = (x.axes() - 1, x.shape().last().copied().unwrap_or(0));
    let part = |start: usize| Ok((part(op, x, axis, start as isize, length.min(row - start))?, start));
    (0..row).step_by(length).map(part).collect()
}

/// Rows in, rows out, side by side.
fn each_row<A: Sync, R: Send + Clone + Default>(
    values: &[A],
    (from, to): (usize, usize),
    make: impl Fn(&[A], &mut [R]) + Send + Sync,
) -> Vec<R> {
    let rows = values.len() / from.max(1);
    let mut out = vec![R::default(); rows * to];
    apart::rows(values.len(), &mut out, to, &|row, out| make(&values[row * from..(row + 1) * from], out));
    out
}

/// The places that are put where they belong, from the front and each once.
fn places(op: &'static str, kth: &[i64], length: usize) -> Result<Vec<usize>, Error> {
    let mut found = kth.iter().map(|at| {
        let place = if *at < 0 { at.saturating_add(length as i64) } else { *at };
        usize::try_from(place).ok().filter(|place| *place < length).ok_or_else(|| {
            Error::refused(
                op,
                format!("takes a `kth` of less than {length}, the length of the axis, and got {at}"),
            )
        })
    });
    let mut found = found.by_ref().collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Puts what belongs at each of the places there, the lesser before it and the greater behind.
fn parted<T>(row: &mut [T], places: &[usize], order: &impl Fn(&T, &T) -> Ordering) {
    let mut from = 0;
    for place in places {
        if *place >= from {
            row[from..].select_nth_unstable_by(place - from, order);
            from = place + 1;
        }
    }
}

/// The elements with those of `kth` where they would be if all were sorted.
pub fn partition(x: &Array, kth: &[i64], axis: Option<i64>) -> Result<Array, Error> {
    let op = "partition";
    let Some(axis) = axis else { return partition(&flat(op, x)?, kth, Some(0)) };
    let axis = shape::axis(op, axis, x.axes())?;
    let (dtype, row) = (x.dtype(), x.shape()[axis]);
    let places = places(op, kth, row)?;
    of_rows(
        op,
        x,
        axis,
        (dtype, row),
        move |x| {
            all!(dtype, T => Ok(T::data(each_row(x.values::<T>()?, (row, row), |values: &[T], out: &mut [T]| {
                out.copy_from_slice(values);
                parted(out, &places, &T::order);
            }))))
            .ok_or(Error::Defect(op))?
        },
        |x, _| sort(x, -1, false).map(Some),
    )
}

/// The places of the elements in such an order.
pub fn argpartition(x: &Array, kth: &[i64], axis: Option<i64>) -> Result<Array, Error> {
    let op = "argpartition";
    let Some(axis) = axis else { return argpartition(&flat(op, x)?, kth, Some(0)) };
    let axis = shape::axis(op, axis, x.axes())?;
    let (dtype, row) = (x.dtype(), x.shape()[axis]);
    let places = places(op, kth, row)?;
    of_rows(
        op,
        x,
        axis,
        (DType::Int64, row),
        move |x| {
            all!(dtype, T => Ok(Data::Int64(each_row(x.values::<T>()?, (row, row), |values: &[T], out: &mut [i64]| {
            out.iter_mut().enumerate().for_each(|(at, slot)| *slot = at as i64);
            parted(out, &places, &|a: &i64, b: &i64| values[*a as usize].order(&values[*b as usize]).then(a.cmp(b)));
        }))))
        .ok_or(Error::Defect(op))?
        },
        |x, _| argsort(x, -1, false).map(Some),
    )
}

/// How many are asked for, of those that there are; and whether the greatest.
fn wanted(k: i64, length: usize) -> (usize, bool) {
    (usize::try_from(k.unsigned_abs()).unwrap_or(usize::MAX).min(length), k >= 0)
}

/// The places of the first `count` in that order, the first first.
fn firsts<T: Ordered>(values: &[T], count: usize, greatest: bool, room: &mut Vec<i64>) {
    let order = |a: &i64, b: &i64| {
        let (one, other) = (&values[*a as usize], &values[*b as usize]);
        if greatest { other.order(one) } else { one.order(other) }.then(a.cmp(b))
    };
    room.clear();
    room.extend(0..values.len() as i64);
    if count < room.len() && count > 0 {
        room.select_nth_unstable_by(count - 1, order);
    }
    room.truncate(count);
    room.sort_unstable_by(order);
}

/// The `k` greatest elements along the axis, the greatest first; below 0 the least, the least first.
pub fn topk(x: &Array, k: i64, axis: i64) -> Result<Array, Error> {
    let op = "topk";
    let axis = shape::axis(op, axis, x.axes())?;
    let (dtype, row) = (x.dtype(), x.shape()[axis]);
    let (count, greatest) = wanted(k, row);
    of_rows(
        op,
        x,
        axis,
        (dtype, count),
        move |x| {
            all!(dtype, T => Ok(T::data(each_row(x.values::<T>()?, (row, count), |values: &[T], out: &mut [T]| {
            let mut room = Vec::new();
            firsts(values, count, greatest, &mut room);
            out.iter_mut().zip(room).for_each(|(slot, at)| *slot = values[at as usize]);
        }))))
        .ok_or(Error::Defect(op))?
        },
        move |x, room| {
            if count > room / 2 {
                return Ok(None);
            }
            let firsts = parts(op, x, room)?
                .iter()
                .map(|(part, _)| topk(part, k, -1))
                .collect::<Result<Vec<_>, _>>()?;
            topk(&concat(op, &firsts, Some(-1))?, k, -1).map(Some)
        },
    )
}

/// Where those are; of equal ones the first.
pub fn argtopk(x: &Array, k: i64, axis: i64) -> Result<Array, Error> {
    let op = "argtopk";
    let axis = shape::axis(op, axis, x.axes())?;
    let (dtype, row) = (x.dtype(), x.shape()[axis]);
    let (count, greatest) = wanted(k, row);
    of_rows(
        op,
        x,
        axis,
        (DType::Int64, count),
        move |x| {
            all!(dtype, T => Ok(Data::Int64(each_row(x.values::<T>()?, (row, count), |values: &[T], out: &mut [i64]| {
            let mut room = Vec::new();
            firsts(values, count, greatest, &mut room);
            out.copy_from_slice(&room);
        }))))
        .ok_or(Error::Defect(op))?
        },
        move |x, _| part(op, &argsort(x, -1, greatest)?, x.axes() - 1, 0, count).map(Some),
    )
}

/// The order of elements by several keys, the last of which counts most.
pub fn lexsort(keys: &[Array], axis: i64) -> Result<Array, Error> {
    let op = "lexsort";
    let Some((first, rest)) = keys.split_first() else {
        return Err(Error::refused(op, "takes one key at least"));
    };
    if let Some(odd) = rest.iter().find(|key| key.shape() != first.shape()) {
        let said = format!("takes keys of one shape, and got {:?} and {:?}", first.shape(), odd.shape());
        return Err(Error::refused(op, said));
    }
    let mut order = argsort(first, axis, false)?;
    for key in rest {
        let next = argsort(&take_along_axis(key, &order, axis)?, axis, false)?;
        order = take_along_axis(&order, &next, axis)?;
    }
    Ok(order)
}
