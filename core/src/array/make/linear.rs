//! Linear algebra: of matrices that lie on the last two axes, stacked along the others.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::map;
use super::super::shape;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, unary};
use super::factors::svdvals;
use super::matmul::matmul;
use super::reduce::{Along, count_nonzero, extreme, sum};
use super::structure::{broadcast_to, concat, diagonal, expand_dims, moveaxis, part, permuted};
use super::systems::inv;

/// A dtype with fractions: integers become real numbers.
pub(super) fn field(op: &'static str, x: &Array) -> Result<Array, Error> {
    match x.dtype() {
        DType::Bool => Err(Error::DType { op, takes: "numbers", dtype: DType::Bool }),
        dtype if dtype.is_integer() => astype(x, DType::Float64),
        _ => Ok(x.clone()),
    }
}

/// The lengths of the stack, and of the matrices in it.
pub(super) fn matrices<'a>(op: &'static str, x: &'a Array) -> Result<(&'a [usize], usize, usize), Error> {
    match x.shape() {
        [stack @ .., rows, columns] => Ok((stack, *rows, *columns)),
        shape => Err(Error::refused(op, format!("takes matrices, and got shape {shape:?}"))),
    }
}

pub(super) fn square<'a>(op: &'static str, x: &'a Array) -> Result<(&'a [usize], usize), Error> {
    match matrices(op, x)? {
        (stack, rows, columns) if rows == columns => Ok((stack, rows)),
        _ => Err(Error::refused(op, format!("takes square matrices, and got shape {:?}", x.shape()))),
    }
}

pub(super) fn with(stack: &[usize], more: &[usize]) -> Vec<usize> {
    [stack, more].concat()
}

/// The sum of the products along axes of both.
pub fn tensordot(
    op: &'static str,
    a: &Array,
    b: &Array,
    left: &[i64],
    right: &[i64],
) -> Result<Array, Error> {
    let (left, right) = (shape::axes(op, left, a.axes())?, shape::axes(op, right, b.axes())?);
    let lengths = |x: &Array, axes: &[usize]| axes.iter().map(|axis| x.shape()[*axis]).collect::<Vec<_>>();
    if lengths(a, &left) != lengths(b, &right) {
        let said = format!(
            "sums over axes of one length, and got {:?} and {:?}",
            lengths(a, &left),
            lengths(b, &right)
        );
        return Err(Error::refused(op, said));
    }
    let free =
        |x: &Array, axes: &[usize]| (0..x.axes()).filter(|axis| !axes.contains(axis)).collect::<Vec<_>>();
    let (own, theirs) = (free(a, &left), free(b, &right));
    let (rows, columns) = (lengths(a, &own), lengths(b, &theirs));
    let inner: usize = lengths(a, &left).iter().product();
    let a = permuted(op, a, &[own, left].concat())?.reshaped(op, vec![rows.iter().product(), inner])?;
    let b =
        permuted(op, b, &[right, theirs].concat())?.reshaped(op, vec![inner, columns.iter().product()])?;
    matmul(op, &a, &b)?.reshaped(op, [rows, columns].concat())
}

pub(super) fn times(op: &'static str, a: Array, b: Array) -> Result<Array, Error> {
    binary(op, map::multiply, Both::As("numbers"), Operand::Array(a), Operand::Array(b))
}

/// Complex numbers conjugated; others as they are.
pub(super) fn conjugated(op: &'static str, x: &Array) -> Result<Array, Error> {
    match x.dtype().is_complex() {
        true => unary(op, Takes::As(map::conj_complex, "numbers"), x),
        false => Ok(x.clone()),
    }
}

/// The sum along an axis of the products, the first conjugated.
pub fn vecdot(op: &'static str, a: &Array, b: &Array, axis: i64) -> Result<Array, Error> {
    let (own, theirs) = (shape::axis(op, axis, a.axes())?, shape::axis(op, axis, b.axes())?);
    if a.shape()[own] != b.shape()[theirs] {
        let said =
            format!("takes vectors of one length, and got {} and {}", a.shape()[own], b.shape()[theirs]);
        return Err(Error::refused(op, said));
    }
    let (a, b) = (moveaxis(op, a, &[axis], &[-1])?, moveaxis(op, b, &[axis], &[-1])?);
    let dtype = a.dtype().promoted(b.dtype());
    let product = times(op, conjugated(op, &a)?, b)?;
    sum(&product, &Along { axes: Some(vec![-1]), keep: false }, Some(dtype))
}

/// Every product of an element of the one with one of the other.
pub fn outer(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    if a.axes() != 1 || b.axes() != 1 {
        return Err(Error::refused(
            op,
            format!("takes vectors, and got shapes {:?} and {:?}", a.shape(), b.shape()),
        ));
    }
    times(op, expand_dims(op, a, &[1])?, expand_dims(op, b, &[0])?)
}

/// The vector that stands upright on two others of length 3.
pub fn cross(op: &'static str, a: &Array, b: &Array, axis: i64) -> Result<Array, Error> {
    let (own, theirs) = (shape::axis(op, axis, a.axes())?, shape::axis(op, axis, b.axes())?);
    if a.shape()[own] != 3 || b.shape()[theirs] != 3 {
        return Err(Error::refused(
            op,
            format!("takes vectors of length 3, and got shapes {:?} and {:?}", a.shape(), b.shape()),
        ));
    }
    let (a, b) = (moveaxis(op, a, &[axis], &[-1])?, moveaxis(op, b, &[axis], &[-1])?);
    let at = |x: &Array, at: isize| part(op, x, x.axes() - 1, at, 1);
    let one = |i: isize, j: isize| {
        let (plus, minus) = (times(op, at(&a, i)?, at(&b, j)?)?, times(op, at(&a, j)?, at(&b, i)?)?);
        binary(op, map::subtract, Both::As("numbers"), Operand::Array(plus), Operand::Array(minus))
    };
    moveaxis(op, &concat(op, &[one(1, 2)?, one(2, 0)?, one(0, 1)?], Some(-1))?, &[-1], &[axis])
}

/// The sum of each diagonal.
pub fn trace(op: &'static str, x: &Array, offset: i64, dtype: Option<DType>) -> Result<Array, Error> {
    sum(&diagonal(op, x, offset)?, &Along { axes: Some(vec![-1]), keep: false }, dtype)
}

/// Each matrix times itself so often.
pub fn matrix_power(op: &'static str, x: &Array, n: i64) -> Result<Array, Error> {
    let (_, size) = square(op, x)?;
    let mut base = if n < 0 { inv(op, x)? } else { x.clone() };
    let mut left = n.unsigned_abs();
    let mut made: Option<Array> = None;
    while left > 0 {
        if left & 1 == 1 {
            made = Some(match made {
                Some(made) => matmul(op, &made, &base)?,
                None => base.clone(),
            });
        }
        left >>= 1;
        if left > 0 {
            base = matmul(op, &base, &base)?;
        }
    }
    match made {
        Some(made) => Ok(made),
        None => broadcast_to(op, &super::create::eye(size, size, 0, x.dtype())?, x.shape()),
    }
}

/// Which norm is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// `"fro"`.
    Frobenius,
    /// `"nuc"`.
    Nuclear,
    /// A number.
    Of(f64),
}

fn size(op: &'static str, x: &Array) -> Result<Array, Error> {
    unary(op, Takes::As(map::abs, "numbers"), x)
}

/// The greatest of sizes; of none of them 0, as the sum is.
fn greatest_of(op: &'static str, sizes: &Array, along: &Along) -> Result<Array, Error> {
    let axes = match &along.axes {
        Some(axes) => shape::axes(op, axes, sizes.axes())?,
        None => (0..sizes.axes()).collect(),
    };
    match axes.iter().any(|axis| sizes.shape()[*axis] == 0) {
        true => sum(sizes, along, None),
        false => extreme(op, sizes, along, true),
    }
}

/// The norm of each matrix, which lies on the last two axes.
pub fn matrix_norm(op: &'static str, x: &Array, order: Order, keep: bool) -> Result<Array, Error> {
    let x = field(op, x)?;
    matrices(op, &x)?;
    let both = Along { axes: Some(vec![-2, -1]), keep };
    let (rows, columns) =
        (Along { axes: Some(vec![-2]), keep: true }, Along { axes: Some(vec![-1]), keep: true });
    let lines = |along: &Along, greatest: bool| {
        let sums = sum(&size(op, &x)?, along, None)?;
        if greatest { greatest_of(op, &sums, &both) } else { extreme(op, &sums, &both, false) }
    };
    let singular = |of: &dyn Fn(&Array) -> Result<Array, Error>| {
        let made = of(&svdvals(op, &x)?)?;
        if keep { expand_dims(op, &made, &[-2, -1]) } else { Ok(made) }
    };
    let last = Along { axes: Some(vec![-1]), keep: false };
    match order {
        Order::Frobenius => vector_norm(op, &x, &both, 2.0),
        Order::Nuclear => singular(&|values| sum(values, &last, None)),
        Order::Of(1.0) => lines(&rows, true),
        Order::Of(-1.0) => lines(&rows, false),
        Order::Of(f64::INFINITY) => lines(&columns, true),
        Order::Of(f64::NEG_INFINITY) => lines(&columns, false),
        Order::Of(2.0) => singular(&|values| greatest_of(op, values, &last)),
        Order::Of(-2.0) => singular(&|values| extreme(op, values, &last, false)),
        Order::Of(other) => Err(Error::refused(
            op,
            format!("has no norm {other}; there are 1, 2, inf, their negatives, \"fro\" and \"nuc\""),
        )),
    }
}

/// The norm of vectors along axes.
pub fn vector_norm(op: &'static str, x: &Array, along: &Along, order: f64) -> Result<Array, Error> {
    let x = field(op, x)?;
    let size = size(op, &x)?;
    if order == f64::INFINITY {
        return greatest_of(op, &size, along);
    }
    if order == f64::NEG_INFINITY {
        return extreme(op, &size, along, false);
    }
    if order == 0.0 {
        return astype(&count_nonzero(&size, along)?, size.dtype());
    }
    if order == 1.0 {
        return sum(&size, along, None);
    }
    if order == 2.0 {
        let squares = unary(op, Takes::As(map::square, "numbers"), &size)?;
        return unary(op, Takes::Floating(map::sqrt), &sum(&squares, along, None)?);
    }
    let power = |x: Array, by: f64| {
        binary(op, map::pow, Both::As("numbers"), Operand::Array(x), Operand::Scalar(Scalar::Float(by)))
    };
    power(sum(&power(size, order)?, along, None)?, 1.0 / order)
}
