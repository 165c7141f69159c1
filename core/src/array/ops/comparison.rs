//! Comparisons, and what is finite.

use super::super::kernels::map;
use super::super::make::elementwise::{Takes, compare, unary};
use super::{Family, Op};
use crate::lang::signature::{Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];
const BOTH: &[Param] = &[Param::required("x1", Kind::Array), Param::required("x2", Kind::Array)];

macro_rules! both {
    ($name:literal, $loops:expr) => {
        Op::new($name, BOTH, |given| {
            Ok(compare($name, $loops, given.operand("x1")?, given.operand("x2")?)?.into())
        })
    };
}

macro_rules! one {
    ($name:literal, $loops:expr, $takes:literal) => {
        Op::new($name, X, |given| Ok(unary($name, Takes::As($loops, $takes), &given.array("x")?)?.into()))
    };
}

pub(super) const FAMILY: Family = Family {
    name: "comparison",
    ops: &[
        both!("equal", map::equal),
        both!("not_equal", map::not_equal),
        both!("less", map::less),
        both!("less_equal", map::less_equal),
        both!("greater", map::greater),
        both!("greater_equal", map::greater_equal),
        one!("isnan", map::isnan, "numbers"),
        one!("isinf", map::isinf, "numbers"),
        one!("isfinite", map::isfinite, "numbers"),
        one!("signbit", map::signbit, "real numbers with fractions"),
    ],
    page: include_str!("comparison.md"),
};
