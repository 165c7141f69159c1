//! To whole numbers.

use super::super::kernels::map;
use super::super::make::elementwise::{Takes, unary};
use super::{Family, Op};
use crate::lang::signature::{Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];

macro_rules! rounding {
    ($name:literal, $loops:expr) => {
        Op::new($name, X, |given| Ok(unary($name, Takes::Rounding($loops), &given.array("x")?)?.into()))
    };
}

pub(super) const FAMILY: Family = Family {
    name: "rounding",
    ops: &[
        rounding!("floor", map::floor_float),
        rounding!("ceil", map::ceil_float),
        rounding!("trunc", map::trunc_float),
        rounding!("round", map::round),
    ],
    page: include_str!("rounding.md"),
};
