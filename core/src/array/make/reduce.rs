//! Many elements to one: sums, extremes, truths, along axes.

use std::sync::Arc;

use super::super::dtype::{DType, Kind};
use super::super::element::Element;
use super::super::error::Error;
use super::super::fold::{Finished, Folding, Folds, Form};
use super::super::graph::{Array, Meta};
use super::super::kernels::folds::{Moments, Plain, Rounded, Spread, Sum};
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
    /// The axes of `x` that become one: from the first to before the last.
    pub(super) gone: (usize, usize),
    /// Which axes of the result the others are.
    pub(super) kept: Vec<usize>,
}

impl Ready {
    /// The array whose elements `folds` makes.
    pub(super) fn folded(
        self,
        op: &'static str,
        dtype: DType,
        folds: Option<Arc<dyn Folds>>,
    ) -> Result<Array, Error> {
        let folds = folds.ok_or(Error::Defect(op))?;
        let folding = Folding { first: self.gone.0, end: self.gone.1, kept: self.kept, folds };
        Array::fold(op, vec![self.x], Meta::new(dtype, self.shape), folding)
    }
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
    let left: Vec<usize> = (0..x.axes()).filter(|axis| !gone(axis)).collect();
    let kept = if along.keep { left.clone() } else { (0..left.len()).collect() };
    let first = (0..x.axes()).find(gone).unwrap_or(x.axes());
    let last = (0..x.axes()).rfind(gone).map_or(first, |axis| axis + 1);
    let (x, gone) = match (first..last).all(|axis| gone(&axis)) {
        true => (x.clone(), (first, last)),
        // They are put behind all others.
        false => {
            let order: Vec<usize> = left.iter().copied().chain((0..x.axes()).filter(gone)).collect();
            (permuted(op, x, &order)?, (left.len(), x.axes()))
        }
    };
    let form = Form::of(x.shape(), gone.0, gone.1);
    Ok(Ready { x, form, shape, gone, kept })
}

/// A function of two that does not care for the order, over all that becomes one.
pub(super) fn plain<T: Element>(
    zero: T,
    with: impl Fn(T, T) -> T + Copy + Send + Sync + 'static,
) -> Arc<dyn Folds> {
    Arc::new(Finished(Plain { zero, with }, |parts| Ok(T::data(parts))))
}

fn rounded<T: Rounded>() -> Arc<dyn Folds> {
    let finish =
        |sums: Vec<(T, T)>| T::data(sums.into_iter().map(|(sum, lost)| sum.with_lost(lost)).collect());
    Arc::new(Finished(Sum::<T>::default(), move |sums| Ok(finish(sums))))
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
    let ready = ready(op, &astype(x, dtype)?, along)?;
    if dtype == DType::Bool {
        return Err(number_only(op, dtype));
    }
    let folds = fields!(dtype, T => rounded::<T>()).or_else(|| ints!(dtype, T => plain::<T>(0, Number::add)));
    ready.folded(op, dtype, folds)
}

/// The product.
pub fn prod(x: &Array, along: &Along, dtype: Option<DType>) -> Result<Array, Error> {
    let op = "prod";
    let dtype = dtype.unwrap_or_else(|| summed(x.dtype()));
    let ready = ready(op, &astype(x, dtype)?, along)?;
    if dtype == DType::Bool {
        return Err(number_only(op, dtype));
    }
    ready.folded(op, dtype, numbers!(dtype, T => plain::<T>(T::one(), Number::mul)))
}

/// Refuses rows without elements, where there are any such rows.
pub(super) fn some(op: &'static str, ready: Ready) -> Result<Ready, Error> {
    match ready.form.rows == 0 && shape::count(&ready.shape) > 0 {
        true => Err(Error::refused(op, "of no elements is not defined")),
        false => Ok(ready),
    }
}

/// The greatest or the least element; NaN where one is.
pub fn extreme(op: &'static str, x: &Array, along: &Along, greatest: bool) -> Result<Array, Error> {
    let dtype = x.dtype();
    if !dtype.is_real() {
        return Err(Error::DType { op, takes: "real numbers", dtype });
    }
    let folds = match greatest {
        true => floats!(dtype, T => plain::<T>(T::NEG_INFINITY, real::maximum))
            .or_else(|| ints!(dtype, T => plain::<T>(T::MIN, |a, b| a.max(b)))),
        false => floats!(dtype, T => plain::<T>(T::INFINITY, real::minimum))
            .or_else(|| ints!(dtype, T => plain::<T>(T::MAX, |a, b| a.min(b)))),
    };
    some(op, ready(op, x, along)?)?.folded(op, dtype, folds)
}

/// Whether any element is true, or all.
pub fn truth(op: &'static str, x: &Array, along: &Along, all: bool) -> Result<Array, Error> {
    let folds = match all {
        true => plain::<bool>(true, |a, b| a & b),
        false => plain::<bool>(false, |a, b| a | b),
    };
    ready(op, &astype(x, DType::Bool)?, along)?.folded(op, DType::Bool, Some(folds))
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
    let folds = floats!(x.dtype(), T => {
        let one = move |spread: Spread| (spread.squares / over) as T;
        let finish = move |spreads: Vec<Spread>| Ok(T::data(spreads.into_iter().map(one).collect()));
        let folds: Arc<dyn Folds> = Arc::new(Finished(Moments::<T>::default(), finish));
        folds
    });
    ready(op, &x, along)?.folded(op, x.dtype(), folds)
}
