//! More of matrices: NumPy's norms and condition numbers, chains of products, least squares, triangular factors.

use super::super::dtype::DType;
use super::super::element::Element;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Rule};
use super::super::kernels::{fields, map, pick};
use super::super::linalg;
use super::super::shape;
use super::elementwise::{Operand, Scalar, astype, choose, data_of};
use super::factors::svdvals;
use super::linear::{Order, matrix_norm, vector_norm};
use super::matmul::matmul;
use super::reduce::{Along, truth};
use super::short::{and, applied, divide, floating, multiply};
use super::structure::{concat, expand_dims, flat, moveaxis, part, permuted, squeeze};
use super::systems::{inv, solve};
use super::tall;

/// The product of many matrices, in the order that multiplies least.
pub fn multi_dot(op: &'static str, arrays: &[Array]) -> Result<Array, Error> {
    let count = arrays.len();
    if !(2..=64).contains(&count) {
        return Err(Error::refused(op, format!("takes 2 to 64 arrays, and got {count}")));
    }
    for (at, array) in arrays.iter().enumerate() {
        let is_end = at == 0 || at + 1 == count;
        if !(array.axes() == 2 || (is_end && array.axes() == 1)) {
            let said = format!(
                "takes matrices, the first and the last may be vectors; array {at} has shape {:?}",
                array.shape()
            );
            return Err(Error::refused(op, said));
        }
    }
    let first = if arrays[0].axes() == 1 { 1 } else { arrays[0].shape()[0] };
    let last = |array: &Array| if array.axes() == 1 { 1 } else { array.shape()[1] };
    let mut sides: Vec<f64> = vec![first as f64];
    for (at, array) in arrays.iter().enumerate() {
        let side = if at == 0 && array.axes() == 1 { array.len() } else { last(array) };
        sides.push(side as f64);
    }
    chain(op, arrays, &splits(&sides), (0, count - 1))
}

/// Where each run of matrices is best split: the textbook's dynamic programme.
fn splits(sides: &[f64]) -> Vec<Vec<usize>> {
    let count = sides.len() - 1;
    let mut cost = vec![vec![0.0_f64; count]; count];
    let mut split = vec![vec![0; count]; count];
    for length in 1..count {
        for low in 0..count - length {
            let high = low + length;
            cost[low][high] = f64::INFINITY;
            for middle in low..high {
                let own = sides[low] * sides[middle + 1] * sides[high + 1];
                let total = cost[low][middle] + cost[middle + 1][high] + own;
                if total < cost[low][high] {
                    (cost[low][high], split[low][high]) = (total, middle);
                }
            }
        }
    }
    split
}

fn chain(
    op: &'static str,
    arrays: &[Array],
    split: &[Vec<usize>],
    (low, high): (usize, usize),
) -> Result<Array, Error> {
    if low == high {
        return Ok(arrays[low].clone());
    }
    let middle = split[low][high];
    matmul(op, &chain(op, arrays, split, (low, middle))?, &chain(op, arrays, split, (middle + 1, high))?)
}

/// NumPy's norm: of vectors along one axis, of matrices along two, of all elements where nothing is said.
pub fn norm(op: &'static str, x: &Array, order: Option<Order>, along: &Along) -> Result<Array, Error> {
    let x = floating(x)?;
    let keep = along.keep;
    let Some(axes) = &along.axes else {
        return match (order, x.axes()) {
            (None, _) => vector_norm(op, &x, along, 2.0),
            (Some(_), 1) => norm(op, &x, order, &Along { axes: Some(vec![0]), keep }),
            (Some(_), 2) => norm(op, &x, order, &Along { axes: Some(vec![0, 1]), keep }),
            _ => Err(Error::refused(
                op,
                format!("takes a vector or a matrix with `ord`, and got shape {:?}", x.shape()),
            )),
        };
    };
    match (axes.len(), order) {
        (1, Some(Order::Of(order))) => vector_norm(op, &x, along, order),
        (1, None) => vector_norm(op, &x, along, 2.0),
        (1, Some(_)) => Err(Error::refused(op, "has the norms \"fro\" and \"nuc\" of matrices alone")),
        (2, _) => {
            let found = shape::axes(op, axes, x.axes())?;
            let moved = moveaxis(op, &x, axes, &[-2, -1])?;
            let made = matrix_norm(op, &moved, order.unwrap_or(Order::Frobenius), false)?;
            let mut back: Vec<i64> = found.iter().map(|axis| *axis as i64).collect();
            back.sort_unstable();
            if keep { expand_dims(op, &made, &back) } else { Ok(made) }
        }
        _ => Err(Error::refused(op, format!("takes one axis or two, and got {axes:?}"))),
    }
}

/// How much an error of a matrix grows: the product of the norms of it and its inverse.
pub fn cond(op: &'static str, x: &Array, order: Option<Order>) -> Result<Array, Error> {
    let x = floating(x)?;
    let [.., rows, columns] = *x.shape() else {
        return Err(Error::refused(op, format!("takes matrices, and got shape {:?}", x.shape())));
    };
    if rows == 0 || columns == 0 {
        return Err(Error::refused(op, "of empty matrices is not defined"));
    }
    let made = match order {
        None | Some(Order::Of(2.0 | -2.0)) => {
            let values = svdvals(op, &x)?;
            let last = values.axes() - 1;
            let end = |at: usize| squeeze(op, &part(op, &values, last, at as isize, 1)?, &[-1]);
            let (most, least) = (end(0)?, end(values.shape()[last] - 1)?);
            match order {
                Some(Order::Of(-2.0)) => divide(op, least, most)?,
                _ => divide(op, most, least)?,
            }
        }
        Some(order) => {
            let other = inverse_or_infinite(op, &x)?;
            multiply(op, matrix_norm(op, &x, order, false)?, matrix_norm(op, &other, order, false)?)?
        }
    };
    // What has no inverse is as ill conditioned as can be; NaN stays where the matrix has one.
    let both = Along { axes: Some(vec![-2, -1]), keep: false };
    let clean = truth(op, &applied(op, map::isnan, &x)?, &both, false)?;
    let clean = applied(op, map::not, &clean)?;
    let lost = and(op, applied(op, map::isnan, &made)?, clean)?;
    choose(&lost, Operand::Scalar(Scalar::Float(f64::INFINITY)), Operand::Array(made))
}

fn inverse_or_infinite(op: &'static str, x: &Array) -> Result<Array, Error> {
    let dtype = x.dtype();
    // Refuses what is not square.
    let meta = inv(op, x)?.meta().clone();
    let n = *meta.shape.last().unwrap_or(&1);
    Array::whole(op, vec![x.clone()], meta, move |chunks| {
        fields!(dtype, T => {
            let infinite = data_of(vec![f64::INFINITY; n * n], dtype);
            let infinite = <T as Element>::of(&infinite.slice()).ok_or(Error::Defect(op))?.to_vec();
            let each = chunks[0].values::<T>()?.chunks(n * n);
            let made = each.flat_map(|a| linalg::inv(a, n).unwrap_or_else(|_| infinite.clone()));
            Ok(T::data(made.collect()))
        })
        .ok_or(Error::Defect(op))?
    })
}

/// What least squares come to: the solution, what is left, the rank, the singular values.
pub fn lstsq(op: &'static str, a: &Array, b: &Array, rcond: Option<f64>) -> Result<Array, Error> {
    let (a, b) = (floating(a)?, floating(b)?);
    let dtype = a.dtype().promoted(b.dtype());
    let ([m, n], [rows, ..]) = (a.shape(), b.shape()) else {
        return Err(Error::refused(
            op,
            format!(
                "takes a matrix and a vector or a matrix, and got shapes {:?} and {:?}",
                a.shape(),
                b.shape()
            ),
        ));
    };
    if m != rows || b.axes() > 2 {
        return Err(Error::refused(
            op,
            format!("takes {m} rows on the right, and got shape {:?}", b.shape()),
        ));
    }
    let (m, n, k) = (*m, *n, b.shape().get(1).copied().unwrap_or(1));
    if m == 0 || n == 0 || k == 0 {
        return Err(Error::refused(op, "takes matrices that are not empty"));
    }
    let epsilon = if dtype.real() == DType::Float32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let rcond = rcond.unwrap_or(epsilon * m.max(n) as f64);
    let shape = [vec![n], b.shape()[1..].to_vec()].concat();
    let dtypes = vec![dtype, dtype.real(), DType::Int64, dtype.real()];
    let column = if b.axes() == 1 { expand_dims(op, &b, &[1])? } else { b };
    let (a, b) = (astype(&a, dtype)?, astype(&column, dtype)?);
    let found = move |inputs: Vec<Array>| least_squares(op, inputs, dtypes.clone(), shape.clone(), rcond);
    let made = found(vec![a, b]);
    // Of many rows only what their triangle has is needed: it is as far from a solution as they are.
    Ok(match tall::block(&[m, n.saturating_add(k)], dtype.bytes()) {
        Some(rows) => made.with_rule(Rule::Instead(Box::new(move |inputs, _| {
            let both = concat(op, inputs, Some(1))?;
            let [_, r] = tall::factors(op, &both, rows)?;
            Ok(found(vec![part(op, &r, 1, 0, n)?, part(op, &r, 1, n as isize, k)?]).outputs())
        }))),
        None => made,
    })
}

/// What least squares of a matrix and columns come to.
fn least_squares(
    op: &'static str,
    inputs: Vec<Array>,
    dtypes: Vec<DType>,
    shape: Vec<usize>,
    rcond: f64,
) -> Array {
    let dtype = dtypes[0];
    Array::open(op, inputs, dtypes, move |chunks| {
        fields!(dtype, T => {
            let (a, b) = (chunks[0].values::<T>()?, chunks[1].values::<T>()?);
            let ([m, n], [_, k]) = (&*chunks[0].shape, &*chunks[1].shape) else { return Err(Error::Defect(op)) };
            let (m, n, k) = (*m, *n, *k);
            let tolerance = data_of(vec![rcond], dtype.real());
            let tolerance = Element::of(&tolerance.slice()).and_then(|all: &[_]| all.first().copied());
            let found = linalg::lstsq(a, m, n, b, k, tolerance.ok_or(Error::Defect(op))?)
                .map_err(|source| Error::Matrix { op, source })?;
            Ok(vec![
                Chunk::new(shape.clone(), T::data(found.x)),
                Chunk::new([found.residuals.len()], Element::data(found.residuals)),
                Chunk::scalar(found.rank as i64),
                Chunk::new([found.s.len()], Element::data(found.s)),
            ])
        })
        .ok_or(Error::Defect(op))?
    })
}

/// The array that `a` takes to `b`, over as many last axes as `b` leaves.
pub fn tensorsolve(op: &'static str, a: &Array, b: &Array, axes: &[i64]) -> Result<Array, Error> {
    let moved = shape::axes(op, axes, a.axes())?;
    let order: Vec<usize> =
        (0..a.axes()).filter(|axis| !moved.contains(axis)).chain(moved.iter().copied()).collect();
    let a = permuted(op, a, &order)?;
    let left = a.shape().get(b.axes()..).unwrap_or_default().to_vec();
    let columns = shape::count(&left);
    if columns.checked_mul(columns) != Some(a.len()) || b.len() != columns {
        let said = format!(
            "takes as many equations as unknowns, and got shapes {:?} and {:?}",
            a.shape(),
            b.shape()
        );
        return Err(Error::refused(op, said));
    }
    solve(op, &a.reshaped(op, vec![columns, columns])?, &flat(op, b)?)?.reshaped(op, left)
}

/// The inverse of `a` as what takes its last axes to the first `count`.
pub fn tensorinv(op: &'static str, a: &Array, count: i64) -> Result<Array, Error> {
    let at = usize::try_from(count).ok().filter(|at| (1..=a.axes()).contains(at));
    let at =
        at.ok_or_else(|| Error::refused(op, format!("takes an `ind` of 1 to {}, not {count}", a.axes())))?;
    let (front, back) = a.shape().split_at(at);
    let (rows, columns) = (shape::count(front), shape::count(back));
    if rows != columns {
        let said =
            format!("takes as many elements before axis {at} as behind, and got shape {:?}", a.shape());
        return Err(Error::refused(op, said));
    }
    let shape = [back, front].concat();
    inv(op, &a.clone().reshaped(op, vec![rows, rows])?)?.reshaped(op, shape)
}
