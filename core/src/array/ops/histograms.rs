//! Elements in bins, and values between points.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::bins::{Range, ranged};
use super::super::make::elementwise::{Operand, Scalar};
use super::super::make::histogram::{self, Bins};
use super::super::make::interp::{Beyond, interp};
use super::super::make::rules::{RULES, advised};
use super::super::make::{bincount, histogramdd, structure};
use super::{Family, Given, Made, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};

const A: Param = Param::required("a", Kind::Array);
const BINS: Param = Param::optional("bins", Kind::ArrayOr(RULES), Default::Int(10));
const MANY_BINS: Param = Param::optional("bins", Kind::Arrays, Default::Int(10));
const RANGE: Param = Param::optional("range", Kind::Floats, Default::None);
const RANGES: Param = Param::optional("range", Kind::Literal, Default::None);
const DENSITY: Param = Param::optional("density", Kind::Bool, Default::Bool(false));
const WEIGHTS: Param = Param::optional("weights", Kind::Array, Default::None);

/// Bins, or what is to be computed before they are known.
enum Known {
    Bins(Bins),
    Asks(Array),
}

fn known(given: &Given<'_>, a: &Array, range: Range) -> Result<Known, Error> {
    let Some(rule) = given.text("bins") else {
        return of(given, given.operand("bins")?).map(Known::Bins);
    };
    if given.maybe_operand("weights").is_some() {
        return Err(Error::refused(
            given.op,
            "takes a number of bins, or edges, where there are weights: no rule",
        ));
    }
    match given.seen {
        Some(seen) => {
            let count = seen.first().ok_or(Error::Defect(given.op))?.values::<i64>()?;
            let count = count.first().and_then(|count| usize::try_from(*count).ok());
            Ok(Known::Bins(Bins::Count(count.ok_or(Error::Defect(given.op))?)))
        }
        None => Ok(Known::Asks(advised(given.op, &histogram::countable(given.op, a)?, rule, range)?)),
    }
}

/// A number of bins, or edges.
fn of(given: &Given<'_>, operand: Operand) -> Result<Bins, Error> {
    match operand {
        Operand::Scalar(Scalar::Int(count)) => usize::try_from(count)
            .map(Bins::Count)
            .map_err(|_| Error::refused(given.op, format!("takes one bin or more, and got {count}"))),
        Operand::Scalar(_) => Err(Error::refused(given.op, "takes a whole number of bins")),
        Operand::Array(edges) => Ok(Bins::Edges(edges)),
    }
}

fn pair(given: &Given<'_>, literal: Option<&Literal>) -> Result<Range, Error> {
    let number = |literal: &Literal| match literal {
        Literal::Int(value) => Some(*value as f64),
        Literal::Float(value) => Some(*value),
        _ => None,
    };
    match literal {
        None | Some(Literal::None) => Ok(None),
        Some(Literal::List(ends)) => match ends.iter().map(number).collect::<Option<Vec<_>>>().as_deref() {
            Some(&[low, high]) => ranged(given.op, low, high).map(Some),
            _ => Err(Error::refused(given.op, "takes a range of two numbers")),
        },
        Some(_) => Err(Error::refused(given.op, "takes a range of two numbers")),
    }
}

fn literal<'a>(given: &Given<'a>, name: &str) -> Option<&'a Literal> {
    match given.args.get(name) {
        Some(Arg::Literal(literal)) => Some(literal),
        _ => None,
    }
}

/// A range for each axis.
fn ranges(given: &Given<'_>, axes: usize) -> Result<Vec<Range>, Error> {
    match literal(given, "range") {
        None | Some(Literal::None) => Ok(vec![None; axes]),
        Some(Literal::List(all)) if all.len() == axes => {
            all.iter().map(|one| pair(given, Some(one))).collect()
        }
        Some(_) => Err(Error::refused(given.op, format!("takes a range, or None, for each of {axes} axes"))),
    }
}

/// Bins for each axis: a list has those of each, a number is for all; of `histogram2d`, edges are for both.
fn many(given: &Given<'_>, axes: usize) -> Result<Vec<Bins>, Error> {
    let both = given.op == "histogram2d";
    match given.args.get("bins") {
        Some(Arg::Arrays(all)) if all.len() == axes => all.iter().map(|one| of(given, one.clone())).collect(),
        Some(Arg::Arrays(all)) if both && all.len() > 2 => {
            let edges: Vec<Array> =
                all.iter().map(|edge| edge.clone().array(given.op)).collect::<Result<_, _>>()?;
            Ok(vec![Bins::Edges(structure::stack(given.op, &edges, 0)?); 2])
        }
        Some(Arg::Array(one @ Operand::Scalar(_))) => Ok(vec![of(given, one.clone())?; axes]),
        Some(Arg::Array(Operand::Array(edges))) if both && edges.axes() == 1 && edges.len() > 2 => {
            Ok(vec![Bins::Edges(edges.clone()); 2])
        }
        _ => Err(Error::refused(
            given.op,
            format!("takes a number of bins, or a list of bins for {axes} axes"),
        )),
    }
}

fn gridded(given: &Given<'_>, samples: &[Array]) -> Result<Made, Error> {
    let axes = samples.len();
    let (bins, ranges) = (many(given, axes)?, ranges(given, axes)?);
    let weights = given.maybe_array("weights")?;
    Ok(histogramdd::gridded(given.op, samples, bins, ranges, given.is("density"), weights)?.into())
}

/// Rows of coordinates, or a list of what is on each axis.
fn coordinates(given: &Given<'_>) -> Result<Vec<Array>, Error> {
    match given.args.get("sample") {
        Some(Arg::Array(Operand::Array(sample))) => match sample.axes() {
            1 => Ok(vec![sample.clone()]),
            2 => structure::unstack(given.op, sample, 1),
            _ => Err(Error::refused(
                given.op,
                format!("takes rows of coordinates, and got shape {:?}", sample.shape()),
            )),
        },
        _ => {
            let all = given.arrays("sample")?;
            match all.iter().all(|one| one.axes() == 0) && !all.is_empty() {
                true => Ok(vec![structure::stack(given.op, &all, 0)?]),
                false => Ok(all),
            }
        }
    }
}

fn bincount(given: &Given<'_>) -> Result<Made, Error> {
    let x = given.array("x")?;
    let least = usize::try_from(given.int("minlength")?)
        .map_err(|_| Error::refused(given.op, "takes a `minlength` of 0 or more"))?;
    let Some(seen) = given.seen else { return Ok(Made::Asks(bincount::greatest(given.op, &x)?)) };
    let most = seen.first().ok_or(Error::Defect(given.op))?.values::<i64>()?.first().copied();
    Ok(bincount::bincount(&x, given.maybe_array("weights")?, least, most.unwrap_or(-1))?.into())
}

pub(super) const FAMILY: Family = Family {
    name: "histograms",
    ops: &[
        Op::new("histogram", &[A, BINS, RANGE, DENSITY, WEIGHTS], |given| {
            let (a, range) = (given.array("a")?, pair(given, literal(given, "range"))?);
            match known(given, &a, range)? {
                Known::Asks(asked) => Ok(Made::Asks(asked)),
                Known::Bins(bins) => {
                    let weights = given.maybe_array("weights")?;
                    Ok(histogram::histogram(&a, bins, range, given.is("density"), weights)?.into())
                }
            }
        }),
        Op::new("histogram_bin_edges", &[A, BINS, RANGE, WEIGHTS], |given| {
            let (a, range) = (given.array("a")?, pair(given, literal(given, "range"))?);
            match known(given, &a, range)? {
                Known::Asks(asked) => Ok(Made::Asks(asked)),
                Known::Bins(bins) => Ok(histogram::edges(given.op, &a, bins, range)?.into()),
            }
        }),
        Op::new(
            "histogram2d",
            &[
                Param::required("x", Kind::Array),
                Param::required("y", Kind::Array),
                MANY_BINS,
                RANGES,
                DENSITY,
                WEIGHTS,
            ],
            |given| gridded(given, &[given.array("x")?, given.array("y")?]),
        ),
        Op::new(
            "histogramdd",
            &[Param::required("sample", Kind::Arrays), MANY_BINS, RANGES, DENSITY, WEIGHTS],
            |given| gridded(given, &coordinates(given)?),
        ),
        Op::new(
            "bincount",
            &[
                Param::required("x", Kind::Array),
                WEIGHTS,
                Param::optional("minlength", Kind::Int, Default::Int(0)),
            ],
            bincount,
        ),
        Op::new(
            "digitize",
            &[
                Param::required("x", Kind::Array),
                Param::required("bins", Kind::Array),
                Param::optional("right", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                Ok(bincount::digitize(&given.array("x")?, &given.array("bins")?, given.is("right"))?.into())
            },
        ),
        Op::new(
            "interp",
            &[
                Param::required("x", Kind::Array),
                Param::required("xp", Kind::Array),
                Param::required("fp", Kind::Array),
                Param::optional("left", Kind::Literal, Default::None),
                Param::optional("right", Kind::Literal, Default::None),
                Param::optional("period", Kind::Float, Default::None),
            ],
            |given| {
                let (left, right) = (given.maybe_number("left"), given.maybe_number("right"));
                let beyond = Beyond { left, right, period: given.maybe_float("period") };
                Ok(interp(&given.array("x")?, &given.array("xp")?, &given.array("fp")?, beyond)?.into())
            },
        ),
    ],
    page: include_str!("histograms.md"),
};
