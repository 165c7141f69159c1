//! How far elements are spread: from the least to the greatest, and together with others.

use num_complex::Complex;

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::super::kernels::map;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, clip, unary};
use super::matmul::matmul;
use super::reduce::{self, Along};
use super::scan::cumulative;
use super::structure::{concat, diagonal, expand_dims, flat, permuted};

fn two(op: &'static str, loops: map::Two, a: &Array, b: &Array) -> Result<Array, Error> {
    binary(op, loops, Both::As("numbers"), Operand::Array(a.clone()), Operand::Array(b.clone()))
}

/// The greatest element less the least.
pub fn ptp(x: &Array, along: &Along) -> Result<Array, Error> {
    let op = "ptp";
    let (high, low) = (reduce::extreme(op, x, along, true)?, reduce::extreme(op, x, along, false)?);
    two(op, map::subtract, &high, &low)
}

/// Sums or products of the elements so far; without an axis, of all in one row.
pub fn running(
    op: &'static str,
    x: &Array,
    axis: Option<i64>,
    dtype: Option<DType>,
    product: bool,
) -> Result<Array, Error> {
    match axis {
        Some(axis) => cumulative(op, x, Some(axis), dtype, false, product),
        None => cumulative(op, &flat(op, x)?, Some(0), dtype, false, product),
    }
}

/// What variables vary together by.
#[derive(Clone, Debug, Default)]
pub struct Together {
    /// More variables.
    pub y: Option<Array>,
    /// Whether a column, not a row, is a variable.
    pub columns: bool,
    /// What the count is less by.
    pub ddof: i64,
    /// How often each observation counts.
    pub fweights: Option<Array>,
    /// How much it counts.
    pub aweights: Option<Array>,
    /// What it is reckoned in.
    pub dtype: Option<DType>,
}

/// Variables in rows.
fn variables(op: &'static str, x: &Array, columns: bool, dtype: DType, own: bool) -> Result<Array, Error> {
    let x = astype(x, dtype)?;
    match x.axes() {
        0 => expand_dims(op, &x, &[0, 1]),
        1 => expand_dims(op, &x, &[0]),
        2 if columns && (own || x.shape()[0] != 1) => permuted(op, &x, &[1, 0]),
        2 => Ok(x),
        _ => Err(Error::refused(op, format!("takes at most two axes, and got shape {:?}", x.shape()))),
    }
}

/// The covariances of variables: a matrix, or one number without axes where there is one variable.
pub fn cov(op: &'static str, x: &Array, how: &Together) -> Result<Array, Error> {
    let all = how.y.iter().fold(x.dtype().promoted(DType::Float64), |dtype, y| dtype.promoted(y.dtype()));
    let dtype = how.dtype.unwrap_or(all);
    if !dtype.is_floating() {
        return Err(Error::DType { op, takes: "a floating dtype", dtype });
    }
    let mut rows = variables(op, x, how.columns, dtype, true)?;
    if let Some(y) = &how.y {
        rows = concat(op, &[rows, variables(op, y, how.columns, dtype, false)?], Some(0))?;
    }
    let (count, seen) = (rows.shape()[0], rows.shape()[1]);
    let weights = weights(op, how, seen)?;
    let along = Along { axes: Some(vec![1]), keep: true };
    let (mean, factor) = match &weights {
        None => (
            reduce::mean(&rows, &along)?,
            Array::constant(Chunk::scalar((seen as f64 - how.ddof as f64).max(0.0))),
        ),
        Some(weights) => {
            let sum = reduce::sum(weights, &Along::default(), None)?;
            let means = reduce::sum(&two(op, map::multiply, &rows, weights)?, &along, None)?;
            (two(op, map::divide, &means, &sum)?, degrees(op, weights, &sum, how)?)
        }
    };
    let away = two(op, map::subtract, &rows, &mean)?;
    let other = match &weights {
        Some(weights) => two(op, map::multiply, &away, weights)?,
        None => away.clone(),
    };
    let other =
        if dtype.is_complex() { unary(op, Takes::As(map::conj_complex, "numbers"), &other)? } else { other };
    let products = matmul(op, &away, &permuted(op, &other, &[1, 0])?)?;
    let over =
        binary(op, map::divide, Both::Floating, Operand::Scalar(Scalar::Float(1.0)), Operand::Array(factor))?;
    let found = two(op, map::multiply, &products, &astype(&over, dtype.real())?)?;
    let found = astype(&found, dtype)?;
    if count == 1 { found.reshaped(op, Vec::new()) } else { Ok(found) }
}

/// By what the products are divided: what is less than nothing is nothing.
fn degrees(op: &'static str, weights: &Array, sum: &Array, how: &Together) -> Result<Array, Error> {
    let ddof = Array::constant(Chunk::scalar(how.ddof as f64));
    let less = match (&how.aweights, how.ddof) {
        (_, 0) => return Ok(sum.clone()),
        (None, _) => ddof,
        (Some(own), _) => {
            let squares = two(op, map::multiply, weights, &astype(own, DType::Float64)?)?;
            let squares = reduce::sum(&squares, &Along::default(), None)?;
            two(op, map::divide, &two(op, map::multiply, &ddof, &squares)?, sum)?
        }
    };
    let left = two(op, map::subtract, sum, &less)?;
    clip(&left, Some(Operand::Scalar(Scalar::Float(0.0))), None)
}

/// The product of both kinds of weights, of which each is checked when it is known.
fn weights(op: &'static str, how: &Together, seen: usize) -> Result<Option<Array>, Error> {
    let checked = |weights: &Option<Array>, whole: bool| {
        let Some(weights) = weights else { return Ok(None) };
        if weights.shape() != [seen] || !weights.dtype().is_real() {
            let said = format!(
                "takes a weight for each of {seen} observations, and got shape {:?}",
                weights.shape()
            );
            return Err(Error::refused(op, said));
        }
        let weights = astype(weights, DType::Float64)?;
        let meta = Meta::new(DType::Float64, [seen]);
        Array::whole(op, vec![weights], meta, move |chunks| {
            let wrong = |weight: &&f64| **weight < 0.0 || (whole && weight.fract() != 0.0);
            match chunks[0].values::<f64>()?.iter().find(wrong) {
                Some(weight) if whole => Err(Error::refused(
                    op,
                    format!("takes whole weights of 0 or more as `fweights`, and got {weight}"),
                )),
                Some(weight) => {
                    Err(Error::refused(op, format!("takes weights of 0 or more, and got {weight}")))
                }
                None => Ok((*chunks[0].data).clone()),
            }
        })
        .map(Some)
    };
    match (checked(&how.fweights, true)?, checked(&how.aweights, false)?) {
        (Some(one), Some(other)) => two(op, map::multiply, &one, &other).map(Some),
        (one, other) => Ok(one.or(other)),
    }
}

/// The correlations of variables: their covariances over their standard deviations.
pub fn corrcoef(op: &'static str, x: &Array, how: &Together) -> Result<Array, Error> {
    let found = cov(op, x, &Together { ddof: 1, ..how.clone() })?;
    if found.axes() == 0 {
        return two(op, map::divide, &found, &found);
    }
    let variances = unary(op, Takes::As(map::real_part, "numbers"), &diagonal(op, &found, 0)?)?;
    let deviations = unary(op, Takes::Floating(map::sqrt), &variances)?;
    let rows = two(op, map::divide, &found, &expand_dims(op, &deviations, &[1])?)?;
    let found = two(op, map::divide, &rows, &expand_dims(op, &deviations, &[0])?)?;
    let held = |x: &Array| {
        let bound = |value: f64| Some(Operand::Scalar(Scalar::Float(value)));
        clip(x, bound(-1.0), bound(1.0))
    };
    if !found.dtype().is_complex() {
        return held(&found);
    }
    let part = |loops: map::One| held(&unary(op, Takes::As(loops, "numbers"), &found)?);
    let (re, im) = (part(map::real_part)?, part(map::imag_part)?);
    let turn = Operand::Scalar(Scalar::Complex(Complex::new(0.0, 1.0)));
    let im = binary(op, map::multiply, Both::As("numbers"), Operand::Array(im), turn)?;
    two(op, map::add, &re, &im)
}
