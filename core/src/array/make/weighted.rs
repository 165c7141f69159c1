//! Elements that count by weights: their average, and quantiles of them.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::Element;
use super::super::error::Error;
use super::super::fold::Form;
use super::super::graph::{Array, Meta};
use super::super::kernels::{complexes, floats, map, pick, reals};
use super::super::shape;
use super::answers::turned;
use super::columns::{self, Lying};
use super::elementwise::{Both, Operand, Scalar, astype, binary, full};
use super::nans::floating;
use super::quantile::checked;
use super::rank::Key;
use super::reduce::{self, Along, some};
use super::structure::{broadcast_to, permuted};

/// The weights in a shape that broadcasts to that of `x`: theirs is the same, or that of the axes as they are said.
fn fitted(op: &'static str, x: &Array, along: &Along, weights: &Array) -> Result<Array, Error> {
    if weights.shape() == x.shape() {
        return Ok(weights.clone());
    }
    let said = along.axes.as_ref().map(|axes| shape::axes(op, axes, x.axes())).transpose()?;
    let axes = said.filter(|axes| {
        axes.len() == weights.axes()
            && axes.iter().zip(weights.shape()).all(|(axis, side)| x.shape()[*axis] == *side)
    });
    let Some(axes) = axes else {
        let said = format!(
            "takes weights of the shape of the array, {:?}, or of that of the axes named by `axis`, and got {:?}",
            x.shape(),
            weights.shape()
        );
        return Err(Error::refused(op, said));
    };
    let mut order: Vec<usize> = (0..axes.len()).collect();
    order.sort_by_key(|at| axes[*at]);
    let lengths = x.shape().iter().enumerate();
    let lengths = lengths.map(|(axis, side)| if axes.contains(&axis) { *side } else { 1 }).collect();
    permuted(op, weights, &order)?.reshaped(op, lengths)
}

/// The mean where each element counts by its weight, and the sum of the weights, in the same shape.
pub fn average(x: &Array, along: &Along, weights: Option<Array>) -> Result<[Array; 2], Error> {
    let op = "average";
    let Some(weights) = weights else {
        let mean = reduce::mean(&floating(x)?, along)?;
        let count = x.len() as f64 / mean.len() as f64;
        let count = full(op, mean.shape(), Scalar::Float(count), mean.dtype())?;
        return Ok([mean, count]);
    };
    let weights = fitted(op, x, along, &weights)?;
    let dtype = floating(x)?.dtype().promoted(weights.dtype());
    let weights = broadcast_to(op, &astype(&weights, dtype)?, x.shape())?;
    let total = summing_to_more(op, reduce::sum(&weights, along, None)?)?;
    let parts = binary(
        op,
        map::multiply,
        Both::Floating,
        Operand::Array(astype(x, dtype)?),
        Operand::Array(weights),
    )?;
    let sum = reduce::sum(&parts, along, None)?;
    let mean = binary(op, map::divide, Both::Floating, Operand::Array(sum), Operand::Array(total.clone()))?;
    Ok([mean, total])
}

/// The same sums, none of which is 0.
fn summing_to_more(op: &'static str, total: Array) -> Result<Array, Error> {
    let (dtype, meta) = (total.dtype(), total.meta().clone());
    Array::whole(op, vec![total], meta, move |chunks| {
        let is_zero = floats!(dtype, T => chunks[0].values::<T>()?.contains(&T::default()))
            .or(complexes!(dtype, T => chunks[0].values::<T>()?.contains(&T::default())));
        match is_zero {
            Some(true) => Err(Error::refused(op, "takes weights that do not sum to 0")),
            _ => Ok((*chunks[0].data).clone()),
        }
    })
}

/// Quantiles by the inverted distribution function, each element as often as its weight says.
pub(super) fn quantile(
    op: &'static str,
    x: &Array,
    along: &Along,
    q: Array,
    full: f64,
    weights: &Array,
    skip: bool,
) -> Result<Array, Error> {
    if !weights.dtype().is_real() {
        return Err(Error::DType { op, takes: "real numbers as weights", dtype: weights.dtype() });
    }
    let weights = broadcast_to(op, &astype(&fitted(op, x, along, weights)?, DType::Float64)?, x.shape())?;
    let ready = some(op, reduce::ready(op, x, along)?)?;
    let weights = reduce::ready(op, &weights, along)?.x;
    let meta = Meta::new(x.dtype(), [q.shape(), &ready.shape].concat());
    let make = move |inputs, form, output| of_columns(op, inputs, form, output, (full, skip));
    columns::made(Lying::new(&ready, q.shape()), vec![ready.x, weights, q], 2, meta, make)
}

/// The quantiles of each column of the first input, whose weights are the second; the third says which, of what is `full`.
fn of_columns(
    op: &'static str,
    inputs: Vec<Array>,
    form: Form,
    output: Meta,
    (full, skip): (f64, bool),
) -> Result<Array, Error> {
    let dtype = output.dtype;
    Array::whole(op, inputs, output, move |chunks| {
        let (weights, quotas) = (chunks[1].values::<f64>()?, checked(op, chunks[2].values()?, full)?);
        if let Some(weight) = weights.iter().find(|weight| **weight < 0.0) {
            return Err(Error::refused(op, format!("takes weights of 0 or more, and got {weight}")));
        }
        reals!(dtype, T => {
            let values = chunks[0].values::<T>()?;
            let of_cell = |cell: usize| {
                let start = cell / form.inner * form.rows * form.inner + cell % form.inner;
                let places = (0..form.rows).map(|row| start + row * form.inner);
                of_column::<T>(op, places.map(|at| (values[at], weights[at])).collect(), quotas, skip)
            };
            let cells = apart::made(form.outer * form.inner, &of_cell);
            let out: Vec<Vec<T>> = cells.into_iter().collect::<Result<_, _>>()?;
            Ok(T::data(turned(out.concat(), quotas.len())))
        })
        .ok_or(Error::Defect(op))?
    })
}

fn of_column<T: Key>(
    op: &'static str,
    pairs: Vec<(T, f64)>,
    quotas: &[f64],
    skip: bool,
) -> Result<Vec<T>, Error> {
    let all = pairs.len();
    let mut pairs = pairs;
    pairs.retain(|(value, _)| !value.is_gap());
    if pairs.is_empty() || (pairs.len() < all && !skip) {
        return Ok(vec![T::of_key(u64::MAX); quotas.len()]);
    }
    pairs.sort_by_key(|(value, _)| value.key());
    let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
    if !total.is_finite() || total == 0.0 {
        return Err(Error::refused(op, "takes weights that are finite and not all 0"));
    }
    let mut sum = 0.0;
    // What has a weight of 0 at the front is never an answer.
    let shares: Vec<f64> = pairs
        .iter()
        .map(|(_, weight)| {
            sum += weight;
            if sum == 0.0 { -1.0 } else { sum / total }
        })
        .collect();
    let at = |q: &f64| shares.partition_point(|share| share < q).min(pairs.len() - 1);
    Ok(quotas.iter().map(|q| pairs[at(q)].0).collect())
}
