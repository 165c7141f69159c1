//! Where along an axis the greatest or the least element is.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::fold::{APART, Form};
use super::super::graph::{Array, Limits, Meta, Rule};
use super::super::kernels::{map, pick, reals};
use super::super::shape;
use super::elementwise::{Operand, Scalar, Takes, choose, compare, unary};
use super::numbers::or_both_nan;
use super::reduce::{self, Along, Ready, ready, some};
use super::{create, nans};

/// The place of the first greatest or least element along an axis; that of the first NaN where there is one, unless
/// `skip` leaves NaN out.
pub fn arg_extreme(
    op: &'static str,
    x: &Array,
    axis: Option<i64>,
    keep: bool,
    greatest: bool,
    skip: bool,
) -> Result<Array, Error> {
    let dtype = x.dtype();
    if !dtype.is_real() {
        return Err(Error::DType { op, takes: "real numbers", dtype });
    }
    let along = Along { axes: axis.map(|axis| vec![axis]), keep };
    let Ready { x, form, shape, .. } = some(op, ready(op, x, &along)?)?;
    let made = Array::whole(op, vec![x], Meta::new(DType::Int64, shape), move |chunks| {
        reals!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            // What differs from itself is NaN.
            #[allow(clippy::eq_op, reason = "so is NaN found in every type")]
            let better = move |new: T, best: T| match (new != new, best != best) {
                (false, false) => if greatest { new > best } else { new < best },
                (is_nan, was_nan) => if skip { was_nan && !is_nan } else { is_nan && !was_nan },
            };
            let found = places(values, form, better);
            #[allow(clippy::eq_op, reason = "so is NaN found in every type")]
            if skip && found.iter().any(|(value, _)| value != value) {
                return Err(Error::refused(op, "of nothing but NaN is not defined"));
            }
            Ok(Data::Int64(found.into_iter().map(|(_, place)| place).collect()))
        })
        .ok_or(Error::Defect(op))?
    })?;
    let way =
        move |inputs: &[Array], _: Limits| Ok(vec![by_boxes(op, &inputs[0], axis, keep, (greatest, skip))?]);
    Ok(made.with_rule(Rule::Instead(Box::new(way))))
}

/// The same in two goes over the array, box by box: what the best is, and then the first place where it is.
fn by_boxes(
    op: &'static str,
    x: &Array,
    axis: Option<i64>,
    keep: bool,
    (greatest, skip): (bool, bool),
) -> Result<Array, Error> {
    let along = |keep| Along { axes: axis.map(|axis| vec![axis]), keep };
    let best = match skip {
        true => nans::extreme(op, x, &along(true), greatest)?,
        false => reduce::extreme(op, x, &along(true), greatest)?,
    };
    let same = compare(op, map::equal, Operand::Array(x.clone()), Operand::Array(best.clone()))?;
    let is_best = or_both_nan(op, same, x, &best)?;
    let places = match axis {
        Some(axis) => {
            let axis = shape::axis(op, axis, x.axes())?;
            let mut lengths = vec![1; x.axes()];
            lengths[axis] = x.shape()[axis];
            counting(lengths[axis])?.reshaped(op, lengths)?
        }
        None => counting(x.len())?.reshaped(op, x.shape().to_vec())?,
    };
    let none = Operand::Scalar(Scalar::Int(i128::from(i64::MAX)));
    let found = reduce::extreme(op, &choose(&is_best, Operand::Array(places), none)?, &along(keep), false)?;
    if !skip {
        return Ok(found);
    }
    let meta = found.meta().clone();
    let best = best.reshaped(op, meta.shape.clone())?;
    Array::whole(op, vec![found, unary(op, Takes::As(map::isnan, "numbers"), &best)?], meta, move |chunks| {
        match chunks[1].values::<bool>()?.contains(&true) {
            true => Err(Error::refused(op, "of nothing but NaN is not defined")),
            false => Ok((*chunks[0].data).clone()),
        }
    })
}

/// 0, 1, 2 and so on.
fn counting(count: usize) -> Result<Array, Error> {
    create::arange(Scalar::Int(0), Scalar::Int(count as i128), Scalar::Int(1), None)
}

/// For each cell of the result the best of its rows, and which row that is.
fn places<T: Element>(
    values: &[T],
    form: Form,
    better: impl Fn(T, T) -> bool + Copy + Send + Sync,
) -> Vec<(T, i64)> {
    let block = form.rows * form.inner;
    if block == 0 || form.outer == 0 {
        return Vec::new();
    }
    let one = |values: &[T]| best_of(values, 0, form.inner, better);
    match values.len() > APART && form.outer > 1 {
        true => apart::made_of_ranges(form.outer, &|outer| {
            values[outer.start * block..outer.end * block].chunks(block).flat_map(one).collect()
        })
        .into_iter()
        .flat_map(|made: Vec<_>| made)
        .collect(),
        false => values.chunks(block).flat_map(one).collect(),
    }
}

/// The best of each column; `first` is the number of the first row. Long columns are searched in two halves, and the
/// later half wins only where it is better: so the first occurrence stays.
fn best_of<T: Element>(
    values: &[T],
    first: usize,
    inner: usize,
    better: impl Fn(T, T) -> bool + Copy + Send + Sync,
) -> Vec<(T, i64)> {
    let rows = values.len() / inner;
    if values.len() <= APART || rows < 2 {
        return best_in(values, first, inner, better);
    }
    let half = rows / 2;
    let (above, below) = values.split_at(half * inner);
    let (mut best, mut other) = (Vec::new(), Vec::new());
    apart::both(&mut || best = best_of(above, first, inner, better), &mut || {
        other = best_of(below, first + half, inner, better);
    });
    for (best, other) in best.iter_mut().zip(other) {
        if better(other.0, best.0) {
            *best = other;
        }
    }
    best
}

fn best_in<T: Element>(
    values: &[T],
    first: usize,
    inner: usize,
    better: impl Fn(T, T) -> bool,
) -> Vec<(T, i64)> {
    if let ([start, rest @ ..], 1) = (values, inner) {
        let (mut best, mut place) = (*start, 0);
        for (at, value) in rest.iter().enumerate() {
            if better(*value, best) {
                (best, place) = (*value, at + 1);
            }
        }
        return vec![(best, (first + place) as i64)];
    }
    let mut rows = values.chunks_exact(inner);
    let mut best: Vec<(T, i64)> =
        rows.next().unwrap_or_default().iter().map(|value| (*value, first as i64)).collect();
    for (row, values) in rows.enumerate() {
        for (best, value) in best.iter_mut().zip(values) {
            if better(*value, best.0) {
                *best = (*value, (first + row + 1) as i64);
            }
        }
    }
    best
}
