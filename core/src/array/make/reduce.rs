//! Many elements to one: sums, extremes, truths, along axes.

use super::super::dtype::{DType, Kind};
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::fold::{Form, folded};
use super::super::fuse::Reader;
use super::super::graph::{Array, Meta};
use super::super::kernels::folds::{Moments, Plain, Rounded, Sum};
use super::super::kernels::map;
use super::super::kernels::number::Number;
use super::super::kernels::{fields, floats, ints, numbers, pick};
use super::super::maths::real;
use super::super::shape;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, unary};
use super::structure::permuted;

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

/// A function of two that does not care for the order, over all that becomes one.
pub(super) fn plain<T: Element>(
    reader: &Reader<'_>,
    form: Form,
    zero: T,
    with: impl Fn(T, T) -> T + Copy + Send + Sync,
) -> Result<Data, Error> {
    folded(reader, form, Plain { zero, with }).map(T::data)
}

fn rounded<T: Rounded>(reader: &Reader<'_>, form: Form) -> Result<Data, Error> {
    let sums = folded(reader, form, Sum::<T>::default())?;
    Ok(T::data(sums.into_iter().map(|(sum, lost)| sum.with_lost(lost)).collect()))
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
    Array::tiled(op, vec![x], Meta::new(dtype, shape), move |readers| {
        fields!(dtype, T => rounded::<T>(&readers[0], form))
            .or_else(|| ints!(dtype, T => plain::<T>(&readers[0], form, 0, Number::add)))
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
    Array::tiled(op, vec![x], Meta::new(dtype, shape), move |readers| {
        numbers!(dtype, T => plain::<T>(&readers[0], form, T::one(), Number::mul)).ok_or(Error::Defect(op))?
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
    Array::tiled(op, vec![x], Meta::new(dtype, shape), move |readers| {
        let x = &readers[0];
        let made = match greatest {
            true => floats!(dtype, T => plain::<T>(x, form, T::NEG_INFINITY, real::maximum))
                .or_else(|| ints!(dtype, T => plain::<T>(x, form, T::MIN, |a, b| a.max(b)))),
            false => floats!(dtype, T => plain::<T>(x, form, T::INFINITY, real::minimum))
                .or_else(|| ints!(dtype, T => plain::<T>(x, form, T::MAX, |a, b| a.min(b)))),
        };
        made.ok_or(Error::Defect(op))?
    })
}

/// Whether any element is true, or all.
pub fn truth(op: &'static str, x: &Array, along: &Along, all: bool) -> Result<Array, Error> {
    let Ready { x, form, shape } = ready(op, &astype(x, DType::Bool)?, along)?;
    Array::tiled(op, vec![x], Meta::new(DType::Bool, shape), move |readers| match all {
        true => plain::<bool>(&readers[0], form, true, |a, b| a & b),
        false => plain::<bool>(&readers[0], form, false, |a, b| a | b),
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

/// The mean of the squares of the distances from the mean, over the count less `correction`; of complex numbers that of
/// both parts.
pub fn var(op: &'static str, x: &Array, along: &Along, correction: f64) -> Result<Array, Error> {
    let x = floating(op, x)?;
    if x.dtype().is_complex() {
        let part = |part: map::One| unary(op, Takes::As(part, "numbers"), &x);
        let [re, im] = [map::real_part, map::imag_part].map(|of| var(op, &part(of)?, along, correction));
        return binary(op, map::add, Both::As("numbers"), Operand::Array(re?), Operand::Array(im?));
    }
    let over = (count(&x, along, op)? as f64 - correction).max(0.0);
    let (dtype, Ready { x, form, shape }) = (x.dtype(), ready(op, &x, along)?);
    Array::tiled(op, vec![x], Meta::new(dtype, shape), move |readers| {
        floats!(dtype, T => {
            let spreads = folded(&readers[0], form, Moments::<T>::default())?;
            Ok(T::data(spreads.into_iter().map(|spread| (spread.squares / over) as T).collect()))
        })
        .ok_or(Error::Defect(op))?
    })
}
