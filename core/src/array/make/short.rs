//! Short forms for those who compose arrays of functions of elements.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::map;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, compare, unary};

impl From<Array> for Operand {
    fn from(array: Array) -> Self {
        Self::Array(array)
    }
}

impl From<&Array> for Operand {
    fn from(array: &Array) -> Self {
        Self::Array(array.clone())
    }
}

impl From<f64> for Operand {
    fn from(value: f64) -> Self {
        Self::Scalar(Scalar::Float(value))
    }
}

impl From<i64> for Operand {
    fn from(value: i64) -> Self {
        Self::Scalar(Scalar::Int(value.into()))
    }
}

/// Functions of two operands that take what their loops are written for.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident: $loops:expr;)*) => {
        $($(#[$doc])*
        pub fn $name(op: &'static str, a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array, Error> {
            binary(op, $loops, Both::As("numbers"), a.into(), b.into())
        })*
    };
}

numbers! {
    /// The sum.
    add: map::add;
    /// The difference.
    subtract: map::subtract;
    /// The product of numbers.
    multiply: map::multiply;
    /// The remainder.
    remainder: map::remainder;
    /// The quotient, rounded down.
    floor_divide: map::floor_divide;
    /// The power.
    pow: map::pow;
    /// Both.
    and: map::and;
    /// Either.
    or: map::or;
}

/// The quotient.
pub fn divide(op: &'static str, a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Array, Error> {
    binary(op, map::divide, Both::Floating, a.into(), b.into())
}

/// The product; of truths whether both hold.
pub fn times(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    match a.dtype().promoted(b.dtype()) {
        DType::Bool => and(op, a, b),
        _ => multiply(op, a, b),
    }
}

/// A comparison: `compared(op, map::less, a, b)`.
pub fn compared(
    op: &'static str,
    loops: map::Two,
    a: impl Into<Operand>,
    b: impl Into<Operand>,
) -> Result<Array, Error> {
    compare(op, loops, a.into(), b.into())
}

/// A function of one operand that takes what its loop is written for.
pub fn applied(op: &'static str, loops: map::One, x: &Array) -> Result<Array, Error> {
    unary(op, Takes::As(loops, "numbers"), x)
}

/// A dtype with fractions: whole numbers and truths become real ones of 64 bits.
pub fn floating(x: &Array) -> Result<Array, Error> {
    match x.dtype().is_floating() {
        true => Ok(x.clone()),
        false => astype(x, DType::Float64),
    }
}

/// What is made of numbers, of truths, too: those are counted, and more than none is true.
pub fn of_truths(
    a: &Array,
    b: &Array,
    make: impl Fn(&Array, &Array) -> Result<Array, Error>,
) -> Result<Array, Error> {
    match a.dtype().promoted(b.dtype()) {
        DType::Bool => {
            let (a, b) = (astype(a, DType::Int64)?, astype(b, DType::Int64)?);
            astype(&make(&a, &b)?, DType::Bool)
        }
        dtype => make(&astype(a, dtype)?, &astype(b, dtype)?),
    }
}
