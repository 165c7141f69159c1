//! Reductions that leave NaN out.

use super::super::kernels::map;
use super::super::make::elementwise::{Takes, unary};
use super::super::make::{nans, places};
use super::{Family, Given, Op};
use crate::lang::signature::{Default, Kind, Param};

const A: Param = Param::required("a", Kind::Array);
const AXES: Param = Param::optional("axis", Kind::Ints, Default::None);
const AXIS: Param = Param::optional("axis", Kind::Int, Default::None);
const KEEP: Param = Param::named("keepdims", Kind::Bool, Default::Bool(false));
const DTYPE: Param = Param::optional("dtype", Kind::Text, Default::None);
const DDOF: Param = Param::named("ddof", Kind::Float, Default::None);
const CORRECTION: Param = Param::named("correction", Kind::Float, Default::None);

macro_rules! total {
    ($name:literal, $make:path) => {
        Op::new($name, &[A, AXES, DTYPE, KEEP], |given| {
            Ok($make(&given.array("a")?, &given.along()?, given.dtype("dtype")?)?.into())
        })
    };
}

macro_rules! extreme {
    ($name:literal, $greatest:literal) => {
        Op::new($name, &[A, AXES, KEEP], |given| {
            Ok(nans::extreme($name, &given.array("a")?, &given.along()?, $greatest)?.into())
        })
    };
}

macro_rules! place {
    ($name:literal, $greatest:literal) => {
        Op::new($name, &[A, AXIS, KEEP], |given| {
            let (a, axis, keep) = (given.array("a")?, given.maybe_int("axis")?, given.is("keepdims"));
            Ok(places::arg_extreme($name, &a, axis, keep, $greatest, true)?.into())
        })
    };
}

macro_rules! running {
    ($name:literal, $product:literal) => {
        Op::new($name, &[A, AXIS, DTYPE], |given| {
            let (axis, dtype) = (given.maybe_int("axis")?, given.dtype("dtype")?);
            Ok(nans::running($name, &given.array("a")?, axis, dtype, $product)?.into())
        })
    };
}

/// What the count is less by, under either of its names.
fn free(given: &Given<'_>) -> Result<f64, super::Error> {
    match (given.maybe_float("ddof"), given.maybe_float("correction")) {
        (Some(_), Some(_)) => {
            Err(super::Error::refused(given.op, "takes `ddof` or `correction`, which are one"))
        }
        (ddof, correction) => Ok(ddof.or(correction).unwrap_or(0.0)),
    }
}

pub(super) const FAMILY: Family = Family {
    name: "nans",
    ops: &[
        total!("nansum", nans::sum),
        total!("nanprod", nans::prod),
        Op::new("nanmean", &[A, AXES, KEEP], |given| {
            Ok(nans::mean("nanmean", &given.array("a")?, &given.along()?)?.into())
        }),
        Op::new("nanvar", &[A, AXES, DDOF, CORRECTION, KEEP], |given| {
            Ok(nans::var("nanvar", &given.array("a")?, &given.along()?, free(given)?)?.into())
        }),
        Op::new("nanstd", &[A, AXES, DDOF, CORRECTION, KEEP], |given| {
            let var = nans::var("nanstd", &given.array("a")?, &given.along()?, free(given)?)?;
            Ok(unary("nanstd", Takes::Floating(map::sqrt), &var)?.into())
        }),
        extreme!("nanmax", true),
        extreme!("nanmin", false),
        place!("nanargmax", true),
        place!("nanargmin", false),
        running!("nancumsum", false),
        running!("nancumprod", true),
    ],
    page: include_str!("nans.md"),
};
