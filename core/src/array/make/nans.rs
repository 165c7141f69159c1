//! Reductions that leave NaN out.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::{floats, map, pick};
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, choose, unary};
use super::reduce::{self, Along};
use super::spread;

/// Which elements are NaN.
fn gaps(x: &Array) -> Result<Array, Error> {
    unary("isnan", Takes::As(map::isnan, "numbers"), x)
}

/// The elements, and `fill` where they are NaN.
fn filled(x: &Array, fill: f64) -> Result<Array, Error> {
    match x.dtype().is_floating() {
        true => choose(&gaps(x)?, Operand::Scalar(Scalar::Float(fill)), Operand::Array(x.clone())),
        false => Ok(x.clone()),
    }
}

/// How many elements are not NaN, as numbers of that dtype.
fn counted(x: &Array, along: &Along, dtype: DType) -> Result<Array, Error> {
    let there = unary("isnan", Takes::As(map::not, "truths"), &gaps(x)?)?;
    astype(&reduce::count_nonzero(&there, along)?, dtype)
}

/// Integers and truths as `float64`.
pub(super) fn floating(x: &Array) -> Result<Array, Error> {
    match x.dtype().is_floating() {
        true => Ok(x.clone()),
        false => astype(x, DType::Float64),
    }
}

fn two(op: &'static str, loops: map::Two, a: Array, b: Operand) -> Result<Array, Error> {
    binary(op, loops, Both::As("numbers"), Operand::Array(a), b)
}

/// The sum of what is not NaN.
pub fn sum(x: &Array, along: &Along, dtype: Option<DType>) -> Result<Array, Error> {
    reduce::sum(&filled(x, 0.0)?, along, dtype)
}

/// The product of what is not NaN.
pub fn prod(x: &Array, along: &Along, dtype: Option<DType>) -> Result<Array, Error> {
    reduce::prod(&filled(x, 1.0)?, along, dtype)
}

/// Sums or products of the elements so far that are not NaN; without an axis, of all in one row.
pub fn running(
    op: &'static str,
    x: &Array,
    axis: Option<i64>,
    dtype: Option<DType>,
    product: bool,
) -> Result<Array, Error> {
    spread::running(op, &filled(x, f64::from(u8::from(product)))?, axis, dtype, product)
}

/// The mean of what is not NaN; NaN where nothing is.
pub fn mean(op: &'static str, x: &Array, along: &Along) -> Result<Array, Error> {
    let x = floating(x)?;
    let count = counted(&x, along, x.dtype())?;
    two(op, map::divide, sum(&x, along, None)?, Operand::Array(count))
}

/// The variance of what is not NaN; NaN where no more than `correction` elements are.
pub fn var(op: &'static str, x: &Array, along: &Along, correction: f64) -> Result<Array, Error> {
    let x = floating(x)?;
    let mean = mean(op, &x, &Along { keep: true, ..along.clone() })?;
    let away = two(op, map::subtract, x.clone(), Operand::Array(mean))?;
    // What becomes NaN on the way, such as an infinity less one, stays so.
    let away = choose(&gaps(&x)?, Operand::Scalar(Scalar::Float(0.0)), Operand::Array(away))?;
    let away = match away.dtype().is_complex() {
        true => unary(op, Takes::As(map::abs, "numbers"), &away)?,
        false => away,
    };
    let squares = unary(op, Takes::As(map::square, "numbers"), &away)?;
    let count = counted(&x, along, x.dtype().real())?;
    let free = two(op, map::subtract, count, Operand::Scalar(Scalar::Float(correction)))?;
    let found = two(op, map::divide, reduce::sum(&squares, along, None)?, Operand::Array(free.clone()))?;
    let enough = two(op, map::greater, free, Operand::Scalar(Scalar::Float(0.0)))?;
    choose(&enough, Operand::Array(found), Operand::Scalar(Scalar::Float(f64::NAN)))
}

/// The greatest or the least of what is not NaN; NaN where nothing is.
pub fn extreme(op: &'static str, x: &Array, along: &Along, greatest: bool) -> Result<Array, Error> {
    let dtype = x.dtype();
    if !matches!(dtype, DType::Float32 | DType::Float64) {
        return reduce::extreme(op, x, along, greatest);
    }
    let folds = match greatest {
        true => {
            floats!(dtype, T => reduce::plain::<T>(T::NAN, |a, b| if b > a || a.is_nan() { b } else { a }))
        }
        false => {
            floats!(dtype, T => reduce::plain::<T>(T::NAN, |a, b| if b < a || a.is_nan() { b } else { a }))
        }
    };
    reduce::some(op, reduce::ready(op, x, along)?)?.folded(op, dtype, folds)
}
