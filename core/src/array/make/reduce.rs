//! Many elements to one: sums, extremes, truths, along axes.

use super::super::dtype::{DType, Kind};
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::super::kernels::map;
use super::super::kernels::number::Number;
use super::super::kernels::{floats, ints, numbers, pick};
use super::super::maths::real;
use super::super::shape;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, unary};
use super::structure::permuted;

/// Rows of a piece that is summed one after the other. Pieces are summed in pairs, so that an error grows as the
/// logarithm of their number, and the order of it all depends on the shape alone.
const PIECE: usize = 128;
/// Elements below which a piece is not worth another thread.
pub(super) const APART: usize = 1 << 16;

/// How a reduction's input lies: `outer` times `rows` times `inner`, the rows become one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) outer: usize,
    pub(super) rows: usize,
    pub(super) inner: usize,
}

/// Along which axes, and whether they stay as axes of length 1.
#[derive(Clone, Debug, Default)]
pub struct Along {
    /// The axes; all of them where nothing is said.
    pub axes: Option<Vec<i64>>,
    /// Whether they stay.
    pub keep: bool,
}

/// What is reduced: with its axes where a loop finds them, and the shape that comes of it.
pub(super) struct Ready {
    pub(super) x: Array,
    pub(super) form: Form,
    pub(super) shape: Vec<usize>,
}

pub(super) fn ready(op: &'static str, x: &Array, along: &Along) -> Result<Ready, Error> {
    let axes = match &along.axes {
        Some(axes) => shape::axes(op, axes, x.axes())?,
        None => (0..x.axes()).collect(),
    };
    let gone = |axis: &usize| axes.contains(axis);
    let lengths = x.shape();
    let shape = (0..x.axes()).filter(|axis| along.keep || !gone(axis));
    let shape = shape.map(|axis| if gone(&axis) { 1 } else { lengths[axis] }).collect();
    let first = (0..x.axes()).find(gone).unwrap_or(x.axes());
    let last = (0..x.axes()).rfind(gone).map_or(first, |axis| axis + 1);
    if (first..last).all(|axis| gone(&axis)) {
        let form = Form {
            outer: lengths[..first].iter().product(),
            rows: lengths[first..last].iter().product(),
            inner: lengths[last..].iter().product(),
        };
        return Ok(Ready { x: x.clone(), form, shape });
    }
    let order: Vec<usize> =
        (0..x.axes()).filter(|axis| !gone(axis)).chain((0..x.axes()).filter(gone)).collect();
    let rows = axes.iter().map(|axis| lengths[*axis]).product();
    let outer = (0..x.axes()).filter(|axis| !gone(axis)).map(|axis| lengths[axis]).product();
    Ok(Ready { x: permuted(op, x, &order)?, form: Form { outer, rows, inner: 1 }, shape })
}

/// `rows` rows of `inner` elements each, to one row: in pairs.
fn folded<T: Element>(
    values: &[T],
    rows: usize,
    inner: usize,
    zero: T,
    with: impl Fn(T, T) -> T + Copy + Send + Sync,
) -> Vec<T> {
    if rows <= PIECE {
        return piece(values, inner, zero, with);
    }
    let half = rows / 2 / PIECE * PIECE;
    let half = if half == 0 { PIECE } else { half };
    let (left, right) = values.split_at(half * inner);
    let (left, right) = match values.len() > APART {
        true => rayon::join(
            || folded(left, half, inner, zero, with),
            || folded(right, rows - half, inner, zero, with),
        ),
        false => (folded(left, half, inner, zero, with), folded(right, rows - half, inner, zero, with)),
    };
    left.into_iter().zip(right).map(|(one, other)| with(one, other)).collect()
}

fn piece<T: Element>(values: &[T], inner: usize, zero: T, with: impl Fn(T, T) -> T) -> Vec<T> {
    if inner == 1 {
        // Eight at a time, so that no sum waits for the one before.
        let mut lanes = [zero; 8];
        let (eights, rest) = values.as_chunks::<8>();
        for eight in eights {
            lanes.iter_mut().zip(eight).for_each(|(lane, value)| *lane = with(*lane, *value));
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        let sum = with(with(with(a, b), with(c, d)), with(with(e, f), with(g, h)));
        return vec![rest.iter().fold(sum, |sum, value| with(sum, *value))];
    }
    let mut sums = vec![zero; inner];
    for row in values.chunks_exact(inner.max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum = with(*sum, *value));
    }
    sums
}

pub(super) fn reduced<T: Element>(
    chunk: &Chunk,
    form: Form,
    zero: T,
    with: impl Fn(T, T) -> T + Copy + Send + Sync,
) -> Result<Data, Error> {
    use rayon::prelude::*;
    let values = chunk.values::<T>()?;
    let block = form.rows * form.inner;
    if form.rows == 0 || form.inner == 0 {
        return Ok(T::data(vec![zero; form.outer * form.inner]));
    }
    let one =
        |outer: usize| folded(&values[outer * block..(outer + 1) * block], form.rows, form.inner, zero, with);
    let out: Vec<T> = match values.len() > APART && form.outer > 1 {
        true => (0..form.outer)
            .into_par_iter()
            .with_min_len((APART / block.max(1)).max(1))
            .flat_map_iter(one)
            .collect(),
        false => (0..form.outer).flat_map(one).collect(),
    };
    Ok(T::data(out))
}

/// The dtype of a sum: wide enough that small integers do not leave it soon.
pub fn summed(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Bool | Kind::Int => DType::Int64,
        Kind::UInt => DType::UInt64,
        _ => dtype,
    }
}

fn number_only(op: &'static str, dtype: DType) -> Error {
    Error::DType { op, takes: "numbers", dtype }
}

/// The sum.
pub fn sum(x: &Array, along: &Along, dtype: Option<DType>) -> Result<Array, Error> {
    let op = "sum";
    let dtype = dtype.unwrap_or_else(|| summed(x.dtype()));
    let Ready { x, form, shape } = ready(op, &astype(x, dtype)?, along)?;
    if dtype == DType::Bool {
        return Err(number_only(op, dtype));
    }
    Array::whole(op, vec![x], Meta::new(dtype, shape), move |chunks| {
        numbers!(dtype, T => reduced::<T>(&chunks[0], form, T::default(), Number::add))
            .ok_or(Error::Defect(op))?
    })
}

/// The product.
pub fn prod(x: &Array, along: &Along, dtype: Option<DType>) -> Result<Array, Error> {
    let op = "prod";
    let dtype = dtype.unwrap_or_else(|| summed(x.dtype()));
    let Ready { x, form, shape } = ready(op, &astype(x, dtype)?, along)?;
    if dtype == DType::Bool {
        return Err(number_only(op, dtype));
    }
    Array::whole(op, vec![x], Meta::new(dtype, shape), move |chunks| {
        numbers!(dtype, T => reduced::<T>(&chunks[0], form, T::one(), Number::mul))
            .ok_or(Error::Defect(op))?
    })
}

/// The greatest or the least element; NaN where one is.
pub fn extreme(op: &'static str, x: &Array, along: &Along, greatest: bool) -> Result<Array, Error> {
    let dtype = x.dtype();
    if !dtype.is_real() {
        return Err(Error::DType { op, takes: "real numbers", dtype });
    }
    let Ready { x, form, shape } = ready(op, x, along)?;
    if form.rows == 0 && shape::count(&shape) > 0 {
        return Err(Error::refused(op, "of no elements is not defined"));
    }
    Array::whole(op, vec![x], Meta::new(dtype, shape), move |chunks| {
        let chunk = &chunks[0];
        let made = match greatest {
            true => floats!(dtype, T => reduced::<T>(chunk, form, T::NEG_INFINITY, real::maximum))
                .or_else(|| ints!(dtype, T => reduced::<T>(chunk, form, T::MIN, |a, b| a.max(b)))),
            false => floats!(dtype, T => reduced::<T>(chunk, form, T::INFINITY, real::minimum))
                .or_else(|| ints!(dtype, T => reduced::<T>(chunk, form, T::MAX, |a, b| a.min(b)))),
        };
        made.ok_or(Error::Defect(op))?
    })
}

/// Whether any element is true, or all.
pub fn truth(op: &'static str, x: &Array, along: &Along, all: bool) -> Result<Array, Error> {
    let Ready { x, form, shape } = ready(op, &astype(x, DType::Bool)?, along)?;
    Array::whole(op, vec![x], Meta::new(DType::Bool, shape), move |chunks| match all {
        true => reduced::<bool>(&chunks[0], form, true, |a, b| a & b),
        false => reduced::<bool>(&chunks[0], form, false, |a, b| a | b),
    })
}

/// How many elements are not 0.
pub fn count_nonzero(x: &Array, along: &Along) -> Result<Array, Error> {
    sum(&astype(x, DType::Bool)?, along, Some(DType::Int64))
}

fn count(x: &Array, along: &Along, op: &'static str) -> Result<usize, Error> {
    Ok(match &along.axes {
        None => x.len(),
        Some(axes) => shape::axes(op, axes, x.axes())?.iter().map(|axis| x.shape()[*axis]).product(),
    })
}

fn floating(op: &'static str, x: &Array) -> Result<Array, Error> {
    match x.dtype() {
        DType::Bool => Err(number_only(op, x.dtype())),
        dtype if dtype.is_integer() => astype(x, DType::Float64),
        _ => Ok(x.clone()),
    }
}

fn over(op: &'static str, x: Array, by: f64) -> Result<Array, Error> {
    binary(op, map::divide, Both::Floating, Operand::Array(x), Operand::Scalar(Scalar::Float(by)))
}

/// The mean; NaN of no elements.
pub fn mean(x: &Array, along: &Along) -> Result<Array, Error> {
    let x = floating("mean", x)?;
    let count = count(&x, along, "mean")?;
    over("mean", sum(&x, along, None)?, count as f64)
}

/// The mean of the squares of the distances from the mean, over the count less `correction`.
pub fn var(op: &'static str, x: &Array, along: &Along, correction: f64) -> Result<Array, Error> {
    let x = floating(op, x)?;
    let count = count(&x, along, op)? as f64;
    let mean = mean(&x, &Along { keep: true, ..along.clone() })?;
    let away = binary(op, map::subtract, Both::As("numbers"), Operand::Array(x), Operand::Array(mean))?;
    let away = match away.dtype().is_complex() {
        true => unary(op, Takes::As(map::abs, "numbers"), &away)?,
        false => away,
    };
    let squares = unary(op, Takes::As(map::square, "numbers"), &away)?;
    over(op, sum(&squares, along, None)?, (count - correction).max(0.0))
}
