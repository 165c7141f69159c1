//! Elements that differ.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::sets::{COUNTS, FIRST, INVERSE, VALUES};
use super::super::make::{gathered, sets};
use super::{Family, Given, Made, Op};
use crate::lang::signature::{Default, Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];

/// What else is wanted of the distinct elements is computed with them first, and which of them each element is: found among them.
/// Where several are NaN, which differ from one another, all are made of the whole array. `wanted` has the inverse.
fn with_inverse(given: &Given<'_>, wanted: &[usize]) -> Result<Made, Error> {
    let x = given.array("x")?;
    let first: Vec<usize> = wanted.iter().copied().filter(|number| *number != INVERSE).collect();
    match given.seen {
        Some(found) if let ([values, ..], true) = (found, found.len() == first.len()) => {
            let Some(inverse) = sets::inverse(given.op, &x, values)? else {
                return Ok(Made::Asks(gathered::unique(given.op, &x, wanted)));
            };
            let place = wanted.iter().position(|number| *number == INVERSE).unwrap_or(first.len());
            let mut all: Vec<Array> = found.iter().cloned().map(Array::constant).collect();
            all.insert(place, inverse);
            Ok(all.into())
        }
        Some(_) => unique(given, wanted),
        None => Ok(Made::Asks(gathered::unique(given.op, &x, &first))),
    }
}

/// Those results of [`sets::unique`] that are wanted, by their numbers.
fn unique(given: &Given<'_>, wanted: &[usize]) -> Result<Made, Error> {
    if let Some(mut found) = given.constants() {
        return match found.len() {
            1 => found.pop().map(Made::One).ok_or(Error::Defect(given.op)),
            _ => Ok(found.into()),
        };
    }
    Ok(Made::Asks(gathered::unique(given.op, &given.array("x")?, wanted)))
}

pub(super) const FAMILY: Family = Family {
    name: "sets",
    ops: &[
        Op::new("unique_all", X, |given| with_inverse(given, &[VALUES, FIRST, INVERSE, COUNTS])),
        Op::new("unique_counts", X, |given| unique(given, &[VALUES, COUNTS])),
        Op::new("unique_inverse", X, |given| with_inverse(given, &[VALUES, INVERSE])),
        Op::new("unique_values", X, |given| unique(given, &[VALUES])),
        Op::new(
            "isin",
            &[
                Param::required("x1", Kind::Array),
                Param::required("x2", Kind::Array),
                Param::named("invert", Kind::Bool, Default::Bool(false)),
            ],
            |given| Ok(sets::isin(given.operand("x1")?, given.operand("x2")?, given.is("invert"))?.into()),
        ),
    ],
    page: include_str!("sets.md"),
};
