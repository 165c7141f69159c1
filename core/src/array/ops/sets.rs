//! Elements that differ.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::{gathered, sets};
use super::{Family, Given, Made, Op};
use crate::lang::signature::{Default, Kind, Param};

const X: &[Param] = &[Param::required("x", Kind::Array)];

/// The distinct elements, which are computed first, and which of them each element is: found among them. Where several are
/// NaN, which differ from one another, both are made of the whole array.
fn unique_inverse(given: &Given<'_>) -> Result<Made, Error> {
    let x = given.array("x")?;
    match given.seen {
        Some([values]) => match sets::inverse(given.op, &x, values)? {
            Some(inverse) => Ok(vec![Array::constant(values.clone()), inverse].into()),
            None => Ok(Made::Asks(gathered::unique(given.op, &x, [sets::VALUES, sets::INVERSE]))),
        },
        Some(_) => unique(given, [sets::VALUES, sets::INVERSE]),
        None => Ok(Made::Asks(gathered::unique(given.op, &x, [sets::VALUES]))),
    }
}

/// Those results of [`sets::unique`] that are wanted, by their numbers.
fn unique<const N: usize>(given: &Given<'_>, wanted: [usize; N]) -> Result<Made, Error> {
    if let Some(mut found) = given.constants() {
        return match N {
            1 => found.pop().map(Made::One).ok_or(Error::Defect(given.op)),
            _ => Ok(found.into()),
        };
    }
    Ok(Made::Asks(gathered::unique(given.op, &given.array("x")?, wanted)))
}

pub(super) const FAMILY: Family = Family {
    name: "sets",
    ops: &[
        Op::new("unique_all", X, |given| unique(given, [0, 1, 2, 3])),
        Op::new("unique_counts", X, |given| unique(given, [0, 3])),
        Op::new("unique_inverse", X, unique_inverse),
        Op::new("unique_values", X, |given| unique(given, [0])),
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
