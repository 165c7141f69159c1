//! Medians and quantiles, weighted means, what varies together.

use super::super::error::Error;
use super::super::make::method::{METHODS, Method};
use super::super::make::quantile::{self, Wanted};
use super::super::make::spread::{self, Together};
use super::super::make::weighted;
use super::{Family, Given, Made, Op};
use crate::lang::signature::{Default, Kind, Param};

const A: Param = Param::required("a", Kind::Array);
const Q: Param = Param::required("q", Kind::Array);
const AXES: Param = Param::optional("axis", Kind::Ints, Default::None);
const AXIS: Param = Param::optional("axis", Kind::Int, Default::None);
const KEEP: Param = Param::named("keepdims", Kind::Bool, Default::Bool(false));
const DTYPE: Param = Param::named("dtype", Kind::Text, Default::None);
const METHOD: Param = Param::named("method", Kind::Choice(METHODS), Default::Text("linear"));
const WEIGHTS: Param = Param::named("weights", Kind::Array, Default::None);
const Y: Param = Param::optional("y", Kind::Array, Default::None);
const ROWVAR: Param = Param::optional("rowvar", Kind::Bool, Default::Bool(true));

const OF_Q: &[Param] = &[A, Q, AXES, METHOD, KEEP, WEIGHTS];

fn quantiles(given: &Given<'_>, full: f64, skip: bool) -> Result<Made, Error> {
    let method = given.text("method").and_then(Method::named).unwrap_or(Method::Linear);
    let weights = given.maybe_array("weights")?;
    if weights.is_some() && method != Method::InvertedCdf {
        return Err(Error::refused(given.op, "takes weights with `method=\"inverted_cdf\"` alone"));
    }
    let wanted = Wanted { q: given.operand("q")?, full, method, weights, skip };
    Ok(quantile::quantile(given.op, &given.array("a")?, &given.along()?, wanted)?.into())
}

fn together(given: &Given<'_>) -> Result<Together, Error> {
    let ddof = given.maybe_int("ddof")?.unwrap_or(if given.is("bias") { 0 } else { 1 });
    Ok(Together {
        y: given.maybe_array("y")?,
        columns: !given.is("rowvar"),
        ddof,
        fweights: given.maybe_array("fweights")?,
        aweights: given.maybe_array("aweights")?,
        dtype: given.dtype("dtype")?,
    })
}

macro_rules! median {
    ($name:literal, $skip:literal) => {
        Op::new($name, &[A, AXES, KEEP], |given| {
            Ok(quantile::median($name, &given.array("a")?, &given.along()?, $skip)?.into())
        })
    };
}

macro_rules! running {
    ($name:literal, $product:literal) => {
        Op::new($name, &[A, AXIS, Param::optional("dtype", Kind::Text, Default::None)], |given| {
            let (axis, dtype) = (given.maybe_int("axis")?, given.dtype("dtype")?);
            Ok(spread::running($name, &given.array("a")?, axis, dtype, $product)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "statistics",
    ops: &[
        median!("median", false),
        median!("nanmedian", true),
        Op::new("quantile", OF_Q, |given| quantiles(given, 1.0, false)),
        Op::new("nanquantile", OF_Q, |given| quantiles(given, 1.0, true)),
        Op::new("percentile", OF_Q, |given| quantiles(given, 100.0, false)),
        Op::new("nanpercentile", OF_Q, |given| quantiles(given, 100.0, true)),
        Op::new(
            "average",
            &[
                A,
                AXES,
                Param::optional("weights", Kind::Array, Default::None),
                Param::optional("returned", Kind::Bool, Default::Bool(false)),
                KEEP,
            ],
            |given| {
                let made =
                    weighted::average(&given.array("a")?, &given.along()?, given.maybe_array("weights")?)?;
                let [mean, total] = made;
                Ok(if given.is("returned") { vec![mean, total].into() } else { mean.into() })
            },
        ),
        Op::new(
            "ptp",
            &[A, AXES, KEEP],
            |given| Ok(spread::ptp(&given.array("a")?, &given.along()?)?.into()),
        ),
        Op::new(
            "cov",
            &[
                Param::required("m", Kind::Array),
                Y,
                ROWVAR,
                Param::optional("bias", Kind::Bool, Default::Bool(false)),
                Param::optional("ddof", Kind::Int, Default::None),
                Param::optional("fweights", Kind::Array, Default::None),
                Param::optional("aweights", Kind::Array, Default::None),
                DTYPE,
            ],
            |given| Ok(spread::cov(given.op, &given.array("m")?, &together(given)?)?.into()),
        ),
        Op::new("corrcoef", &[Param::required("x", Kind::Array), Y, ROWVAR, DTYPE], |given| {
            Ok(spread::corrcoef(given.op, &given.array("x")?, &together(given)?)?.into())
        }),
        running!("cumsum", false),
        running!("cumprod", true),
    ],
    page: include_str!("statistics.md"),
};
