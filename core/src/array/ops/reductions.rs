//! Many elements to one, and running sums.

use super::super::kernels::map;
use super::super::make::elementwise::{Takes, unary};
use super::super::make::{reduce, scan};
use super::{Family, Op};
use crate::lang::signature::{Default, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const AXES: Param = Param::named("axis", Kind::Ints, Default::None);
const AXIS: Param = Param::named("axis", Kind::Int, Default::None);
const KEEP: Param = Param::named("keepdims", Kind::Bool, Default::Bool(false));
const DTYPE: Param = Param::named("dtype", Kind::Text, Default::None);
const CORRECTION: Param = Param::named("correction", Kind::Float, Default::Float(0.0));
const INITIAL: Param = Param::named("include_initial", Kind::Bool, Default::Bool(false));

macro_rules! extreme {
    ($name:literal, $greatest:literal) => {
        Op::new($name, &[X, AXES, KEEP], |given| {
            Ok(reduce::extreme($name, &given.array("x")?, &given.along()?, $greatest)?.into())
        })
    };
}

macro_rules! truth {
    ($name:literal, $all:literal) => {
        Op::new($name, &[X, AXES, KEEP], |given| {
            Ok(reduce::truth($name, &given.array("x")?, &given.along()?, $all)?.into())
        })
    };
}

macro_rules! running {
    ($name:literal, $product:literal) => {
        Op::new($name, &[X, AXIS, DTYPE, INITIAL], |given| {
            let (axis, dtype) = (given.maybe_int("axis")?, given.dtype("dtype")?);
            let initial = given.is("include_initial");
            Ok(scan::cumulative($name, &given.array("x")?, axis, dtype, initial, $product)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "reductions",
    ops: &[
        Op::new("sum", &[X, AXES, DTYPE, KEEP], |given| {
            Ok(reduce::sum(&given.array("x")?, &given.along()?, given.dtype("dtype")?)?.into())
        }),
        Op::new("prod", &[X, AXES, DTYPE, KEEP], |given| {
            Ok(reduce::prod(&given.array("x")?, &given.along()?, given.dtype("dtype")?)?.into())
        }),
        extreme!("max", true),
        extreme!("min", false),
        Op::new("mean", &[X, AXES, KEEP], |given| {
            Ok(reduce::mean(&given.array("x")?, &given.along()?)?.into())
        }),
        Op::new("var", &[X, AXES, CORRECTION, KEEP], |given| {
            let correction = given.maybe_float("correction").unwrap_or(0.0);
            Ok(reduce::var("var", &given.array("x")?, &given.along()?, correction)?.into())
        }),
        Op::new("std", &[X, AXES, CORRECTION, KEEP], |given| {
            let correction = given.maybe_float("correction").unwrap_or(0.0);
            let var = reduce::var("std", &given.array("x")?, &given.along()?, correction)?;
            Ok(unary("std", Takes::Floating(map::sqrt), &var)?.into())
        }),
        truth!("any", false),
        truth!("all", true),
        running!("cumulative_sum", false),
        running!("cumulative_prod", true),
        Op::new(
            "diff",
            &[
                X,
                Param::named("axis", Kind::Int, Default::Int(-1)),
                Param::named("n", Kind::Int, Default::Int(1)),
                Param::named("prepend", Kind::Array, Default::None),
                Param::named("append", Kind::Array, Default::None),
            ],
            |given| {
                let (before, after) = (given.maybe_array("prepend")?, given.maybe_array("append")?);
                Ok(scan::diff(&given.array("x")?, given.int("axis")?, given.int("n")?, before, after)?.into())
            },
        ),
    ],
    page: include_str!("reductions.md"),
};
