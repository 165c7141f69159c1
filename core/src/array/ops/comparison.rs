//! Comparisons, and what is finite.

use super::super::error::Error;
use super::super::kernels::map;
use super::super::make::elementwise::{Takes, compare};
use super::elementwise::{BOTH, one};
use super::{Family, Op};

macro_rules! compared {
    ($name:literal, $loops:expr) => {
        Op::new($name, BOTH, |given| {
            Ok(compare($name, $loops, given.operand("x1")?, given.operand("x2")?)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "comparison",
    ops: &[
        compared!("equal", map::equal),
        compared!("not_equal", map::not_equal),
        compared!("less", map::less),
        compared!("less_equal", map::less_equal),
        compared!("greater", map::greater),
        compared!("greater_equal", map::greater_equal),
        one!("isnan", Takes::As(map::isnan, "numbers")),
        Op::new("isnat", super::elementwise::X, |given| {
            let dtype = given.array("x")?.dtype();
            Err(Error::DType { op: given.op, takes: "times", dtype })
        }),
        one!("isinf", Takes::As(map::isinf, "numbers")),
        one!("isfinite", Takes::As(map::isfinite, "numbers")),
        one!("signbit", Takes::As(map::signbit, "real numbers with fractions")),
    ],
    page: include_str!("comparison.md"),
};
