//! Angles, and hyperbolic functions.

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
    name: "trigonometry",
    ops: &[
        floating!("sin", map::sin),
        floating!("cos", map::cos),
        floating!("tan", map::tan),
        floating!("asin", map::asin),
        floating!("acos", map::acos),
        floating!("atan", map::atan),
        Op::new("atan2", BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            Ok(binary("atan2", map::atan2, Both::Floating, a, b)?.into())
        }),
        floating!("sinh", map::sinh),
        floating!("cosh", map::cosh),
        floating!("tanh", map::tanh),
        floating!("asinh", map::asinh),
        floating!("acosh", map::acosh),
        floating!("atanh", map::atanh),
    ],
    page: include_str!("trigonometry.md"),
};
