//! Sums, products, quotients, and the larger of two.

use super::super::dtype::DType;
use super::super::kernels::map;
use super::super::make::elementwise::{Both, Takes, binary, clip, together};
use super::elementwise::{BOTH, both, one};
use super::{Family, Op};
use crate::lang::signature::{Default, Given, Kind, Param};

macro_rules! both_with_bools {
    ($name:literal, $loops:expr, $bools:expr) => {
        Op::new($name, BOTH, |given| {
            let (a, b) = (given.operand("x1")?, given.operand("x2")?);
            let loops = if together(&[&a, &b]) == DType::Bool { $bools } else { $loops };
            Ok(binary($name, loops, Both::As("numbers"), a, b)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "arithmetic",
    ops: &[
        both_with_bools!("add", map::add, map::or),
        both!("subtract", map::subtract, Both::As("numbers")),
        both_with_bools!("multiply", map::multiply, map::and),
        both!("divide", map::divide, Both::Floating),
        both!("floor_divide", map::floor_divide, Both::As("real numbers")),
        both!("remainder", map::remainder, Both::As("real numbers")),
        one!("negative", Takes::As(map::negative, "numbers")),
        one!("positive", Takes::As(map::positive, "numbers")),
        one!("reciprocal", Takes::Floating(map::reciprocal)),
        one!("square", Takes::As(map::square, "numbers")),
        both!("hypot", map::hypot, Both::Floating),
        both!("nextafter", map::nextafter, Both::Floating),
        both!("maximum", map::maximum, Both::As("real numbers")),
        both!("minimum", map::minimum, Both::As("real numbers")),
        Op::new(
            "clip",
            &[
                Param::required("x", Kind::Array),
                Param { name: "min", kind: Kind::Array, given: Given::Else(Default::None) },
                Param { name: "max", kind: Kind::Array, given: Given::Else(Default::None) },
            ],
            |given| {
                Ok(clip(&given.array("x")?, given.maybe_operand("min"), given.maybe_operand("max"))?.into())
            },
        ),
    ],
    page: include_str!("arithmetic.md"),
};
