//! Rows that families of functions of elements share: what they take, and how a loop becomes an op.

use crate::lang::signature::{Kind, Param};

/// One array.
pub(super) const X: &[Param] = &[Param::required("x", Kind::Array)];
/// Two arrays, or an array and a number.
pub(super) const BOTH: &[Param] = &[Param::required("x1", Kind::Array), Param::required("x2", Kind::Array)];

/// A function of one operand: `one!(name, takes)`.
macro_rules! one {
    ($name:literal, $takes:expr) => {
        $crate::array::ops::Op::new($name, $crate::array::ops::elementwise::X, |given| {
            Ok($crate::array::make::elementwise::unary($name, $takes, &given.array("x")?)?.into())
        })
    };
}

/// A function of two operands that are promoted to one dtype: `both!(name, loops, takes)`.
macro_rules! both {
    ($name:literal, $loops:expr, $takes:expr) => {
        $crate::array::ops::Op::new($name, $crate::array::ops::elementwise::BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            Ok($crate::array::make::elementwise::binary($name, $loops, $takes, a, b)?.into())
        })
    };
}

pub(super) use {both, one};
