//! Truths, and bits.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::map;
use super::super::make::elementwise::{Both, Operand, Takes, binary, truth, unary};
use super::{Family, Given, Op};
use crate::lang::signature::{Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];
const BOTH: &[Param] = &[Param::required("x1", Kind::Array), Param::required("x2", Kind::Array)];

fn truths(op: &'static str, loops: map::Two, given: &Given<'_>) -> Result<Array, Error> {
    let of = |name| Ok(Operand::Array(truth(&given.array(name)?)?));
    binary(op, loops, Both::As("truths"), of("x1")?, of("x2")?)
}

macro_rules! logical {
    ($name:literal, $loops:expr) => {
        Op::new($name, BOTH, |given| Ok(truths($name, $loops, given)?.into()))
    };
}

macro_rules! bits {
    ($name:literal, $loops:expr, $takes:literal) => {
        Op::new($name, BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            Ok(binary($name, $loops, Both::As($takes), a, b)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "logic",
    ops: &[
        logical!("logical_and", map::and),
        logical!("logical_or", map::or),
        logical!("logical_xor", map::xor),
        Op::new("logical_not", X, |given| {
            Ok(unary("logical_not", Takes::As(map::not, "truths"), &truth(&given.array("x")?)?)?.into())
        }),
        bits!("bitwise_and", map::and, "integers and truths"),
        bits!("bitwise_or", map::or, "integers and truths"),
        bits!("bitwise_xor", map::xor, "integers and truths"),
        Op::new("bitwise_invert", X, |given| {
            let x = given.array("x")?;
            let loops = if x.dtype() == DType::Bool { map::not } else { map::invert_int };
            Ok(unary("bitwise_invert", Takes::As(loops, "integers and truths"), &x)?.into())
        }),
        bits!("bitwise_left_shift", map::shift_left, "integers"),
        bits!("bitwise_right_shift", map::shift_right, "integers"),
    ],
    page: include_str!("logic.md"),
};
