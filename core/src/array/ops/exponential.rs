//! Exponentials, logarithms, powers and roots.

use super::super::kernels::map;
use super::super::make::elementwise::{Both, Takes, binary, unary};
use super::{Family, Op};
use crate::lang::signature::{Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];
const BOTH: &[Param] = &[Param::required("x1", Kind::Array), Param::required("x2", Kind::Array)];

macro_rules! floating {
    ($name:literal, $loops:expr) => {
        Op::new($name, X, |given| Ok(unary($name, Takes::Floating($loops), &given.array("x")?)?.into()))
    };
}

pub(super) const FAMILY: Family = Family {
    name: "exponential",
    ops: &[
        floating!("exp", map::exp),
        floating!("expm1", map::expm1),
        floating!("log", map::log),
        floating!("log1p", map::log1p),
        floating!("log2", map::log2),
        floating!("log10", map::log10),
        Op::new("logaddexp", BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            Ok(binary("logaddexp", map::logaddexp, Both::Floating, a, b)?.into())
        }),
        Op::new("pow", BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            Ok(binary("pow", map::pow, Both::As("numbers"), a, b)?.into())
        }),
        floating!("sqrt", map::sqrt),
    ],
    page: include_str!("exponential.md"),
};
