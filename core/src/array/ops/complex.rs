//! Complex numbers, and signs.

use super::super::kernels::map;
use super::super::make::elementwise::{Both, Takes, binary, unary};
use super::{Family, Op};
use crate::lang::signature::{Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];
const BOTH: &[Param] = &[Param::required("x1", Kind::Array), Param::required("x2", Kind::Array)];

macro_rules! one {
    ($name:literal, $loops:expr, $takes:literal) => {
        Op::new($name, X, |given| Ok(unary($name, Takes::As($loops, $takes), &given.array("x")?)?.into()))
    };
}

pub(super) const FAMILY: Family = Family {
    name: "complex",
    ops: &[
        one!("abs", map::abs, "numbers"),
        one!("sign", map::sign, "numbers"),
        one!("real", map::real_part, "numbers"),
        one!("imag", map::imag_part, "complex numbers"),
        Op::new("conj", X, |given| {
            let x = given.array("x")?;
            let loops = if x.dtype().is_complex() { map::conj_complex } else { map::positive };
            Ok(unary("conj", Takes::As(loops, "numbers"), &x)?.into())
        }),
        Op::new("copysign", BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            Ok(binary("copysign", map::copysign, Both::Floating, a, b)?.into())
        }),
    ],
    page: include_str!("complex.md"),
};
