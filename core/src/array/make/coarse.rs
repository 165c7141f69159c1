//! Blocks of neighbours: what becomes of each, and views of every window.

use super::super::apart;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{floats, ints, map, numbers, pick};
use super::super::maths::real;
use super::super::shape;
use super::elementwise::{Takes, astype, truth, unary};
use super::reduce::{self, Along, summed};
use super::short::{divide, floating};
use super::structure::part;

/// Every window of those lengths along the axes, which come last: a view, without a copy.
pub fn sliding_window_view(x: &Array, window: &[usize], axes: Option<&[i64]>) -> Result<Array, Error> {
    let op = "sliding_window_view";
    let axes: Vec<usize> = match axes {
        Some(axes) => axes.iter().map(|axis| shape::axis(op, *axis, x.axes())).collect::<Result<_, _>>()?,
        None => (0..x.axes()).collect(),
    };
    if axes.len() != window.len() {
        let said = format!("takes a length for each of {} axes, and got {window:?}", axes.len());
        return Err(Error::refused(op, said));
    }
    let mut lengths = x.shape().to_vec();
    let mut strides = shape::strides(x.shape());
    for (axis, length) in axes.iter().zip(window) {
        let places = (lengths[*axis] + 1).checked_sub(*length).filter(|places| *places > 0);
        lengths[*axis] = places.ok_or_else(|| {
            Error::refused(
                op,
                format!("takes windows no longer than their axes: {length} of {}", x.shape()[*axis]),
            )
        })?;
        strides.push(strides[*axis]);
    }
    lengths.extend(window);
    x.clone().view(op, lengths, 0, strides)
}

/// What becomes of blocks of so many elements along each axis.
pub fn coarsen(name: &str, x: &Array, factors: &[(i64, i64)], trim: bool) -> Result<Array, Error> {
    let op = "coarsen";
    let axes: Vec<i64> = factors.iter().map(|(axis, _)| *axis).collect();
    let axes = shape::axes(op, &axes, x.axes())?;
    let mut by = vec![1_usize; x.axes()];
    let mut x = x.clone();
    for (axis, (_, factor)) in axes.into_iter().zip(factors) {
        let factor = usize::try_from(*factor).ok().filter(|factor| *factor > 0);
        let factor = factor.ok_or_else(|| Error::refused(op, "takes factors of 1 or more"))?;
        let (length, left) = (x.shape()[axis], x.shape()[axis] % factor);
        if left > 0 && !trim {
            let said = format!(
                "takes lengths that the factors divide, and {factor} does not divide {length}; or `trim_excess=True`"
            );
            return Err(Error::refused(op, said));
        }
        by[axis] = factor;
        x = if left > 0 { part(op, &x, axis, 0, length - left)? } else { x };
    }
    let count: usize = by.iter().product();
    match name {
        "sum" => astype(&x, summed(x.dtype())).and_then(|x| totals(op, &x, by, false)),
        "prod" => astype(&x, summed(x.dtype())).and_then(|x| totals(op, &x, by, true)),
        "mean" => divide(op, totals(op, &floating(&x)?, by, false)?, count as f64),
        "max" => extremes(op, &x, by, true),
        "min" => extremes(op, &x, by, false),
        "any" | "all" => truths(op, &truth(&x)?, by, name == "all"),
        "var" => spread(op, &x, &by),
        "std" => unary(op, Takes::Floating(map::sqrt), &spread(op, &x, &by)?),
        other => Err(Error::refused(
            op,
            format!("knows no reduction {other:?}; there are sum, prod, mean, max, min, any, all, var, std"),
        )),
    }
}

/// Each axis as two: which block, and where in it. The variance of the second ones.
fn spread(op: &'static str, x: &Array, by: &[usize]) -> Result<Array, Error> {
    let shape = x.shape().iter().zip(by).flat_map(|(length, by)| [length / by, *by]).collect();
    let axes = (0..x.axes()).map(|axis| 2 * axis as i64 + 1).collect();
    reduce::var(op, &x.clone().reshaped(op, shape)?, &Along { axes: Some(axes), keep: false }, 0.0)
}

fn coarse(x: &Array, by: &[usize]) -> Meta {
    Meta::new(x.dtype(), x.shape().iter().zip(by).map(|(length, by)| length / by).collect::<Vec<_>>())
}

/// What `run` makes of blocks: a box of it is made of the box that those are.
fn of_blocks(
    op: &'static str,
    x: &Array,
    by: Vec<usize>,
    run: impl Fn(&Chunk, &[usize]) -> Result<Data, Error> + Clone + Send + Sync + 'static,
) -> Result<Array, Error> {
    let (own, again) = (by.clone(), run.clone());
    let made = Array::whole(op, vec![x.clone()], coarse(x, &by), move |chunks| again(&chunks[0], &own))?;
    let reach = by.clone();
    let needs = move |region: &Region| {
        let axes = region.start.iter().zip(&region.lengths).zip(&reach);
        let (start, lengths) = axes.map(|((start, length), by)| (start * by, length * by)).unzip();
        vec![(0, Region { start, lengths })]
    };
    let make = move |_: &Region, parts: &[Array]| match parts {
        [x] => of_blocks(op, x, by.clone(), run.clone()),
        _ => Err(Error::Defect(op)),
    };
    Ok(made.with_rule(Rule::by(needs, make)))
}

pub(super) fn totals(op: &'static str, x: &Array, by: Vec<usize>, product: bool) -> Result<Array, Error> {
    let dtype = x.dtype();
    of_blocks(op, x, by, move |x, by| {
        numbers!(dtype, T => match product {
            true => blocked(x, by, T::one(), T::mul),
            false => blocked(x, by, T::default(), T::add),
        })
        .ok_or(Error::Defect(op))?
    })
}

fn extremes(op: &'static str, x: &Array, by: Vec<usize>, greatest: bool) -> Result<Array, Error> {
    let dtype = x.dtype();
    if !dtype.is_real() {
        return Err(Error::DType { op, takes: "real numbers", dtype });
    }
    of_blocks(op, x, by, move |x, by| {
        let made = match greatest {
            true => floats!(dtype, T => blocked(x, by, T::NEG_INFINITY, real::maximum))
                .or_else(|| ints!(dtype, T => blocked(x, by, T::MIN, |a, b| a.max(b)))),
            false => floats!(dtype, T => blocked(x, by, T::INFINITY, real::minimum))
                .or_else(|| ints!(dtype, T => blocked(x, by, T::MAX, |a, b| a.min(b)))),
        };
        made.ok_or(Error::Defect(op))?
    })
}

fn truths(op: &'static str, x: &Array, by: Vec<usize>, all: bool) -> Result<Array, Error> {
    of_blocks(op, x, by, move |x, by| match all {
        true => blocked(x, by, true, |a, b| a & b),
        false => blocked(x, by, false, |a, b| a | b),
    })
}

fn blocked<T: Element>(
    x: &Chunk,
    by: &[usize],
    zero: T,
    with: impl Fn(T, T) -> T + Send + Sync,
) -> Result<Data, Error> {
    Ok(T::data(blocks(x.values::<T>()?, &x.shape, by, zero, with)))
}

/// All elements of each block as one: row by row of the result, and for each all rows that its blocks reach.
fn blocks<T: Element>(
    values: &[T],
    shape: &[usize],
    by: &[usize],
    zero: T,
    with: impl Fn(T, T) -> T + Send + Sync,
) -> Vec<T> {
    let (Some((length, outer)), Some((factor, factors))) = (shape.split_last(), by.split_last()) else {
        return values.to_vec();
    };
    let to: Vec<usize> = outer.iter().zip(factors).map(|(length, by)| length / by).collect();
    let row = length / factor;
    let mut out = vec![zero; shape::count(&to) * row];
    apart::chunks(&mut out, row, &|number, out| {
        for start in rows_of(number, outer, &to, factors) {
            let values = values[start * length..(start + 1) * length].chunks_exact(*factor);
            match factor {
                2 => {
                    out.iter_mut().zip(values).for_each(|(out, two)| *out = with(*out, with(two[0], two[1])))
                }
                _ => out.iter_mut().zip(values).for_each(|(out, some)| {
                    *out = some.iter().fold(*out, |all, one| with(all, *one));
                }),
            }
        }
    });
    out
}

/// The rows that the blocks of row `number` of the result reach.
fn rows_of(number: usize, outer: &[usize], to: &[usize], factors: &[usize]) -> Vec<usize> {
    let (mut starts, mut rest, mut stride) = (vec![0], number, 1);
    for axis in (0..outer.len()).rev() {
        let first = rest % to[axis] * factors[axis];
        rest /= to[axis];
        starts = (first..first + factors[axis])
            .flat_map(|at| starts.iter().map(move |start| start + at * stride))
            .collect();
        stride *= outer[axis];
    }
    starts
}
