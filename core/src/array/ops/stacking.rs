//! Arrays beside one another, cut apart, turned.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::make::assemble::{self, Cuts};
use super::super::make::structure;
use super::{Family, Given, Made, Op};
use crate::lang::args::{Arg, Literal};
use crate::lang::signature::{Default, Kind, Param};

const M: Param = Param::required("m", Kind::Array);
const A: Param = Param::required("a", Kind::Array);
const ARRAY: Param = Param::required("ary", Kind::Array);
const CUTS: Param = Param::required("indices_or_sections", Kind::Ints);
const FIRST: Param = Param::optional("axis", Kind::Int, Default::Int(0));

macro_rules! stacked {
    ($name:literal, $make:expr) => {
        Op::new($name, &[Param::required("tup", Kind::Arrays)], |given| {
            Ok($make(given.op, &given.arrays("tup")?)?.into())
        })
    };
}

macro_rules! at_least {
    ($name:literal, $axes:literal) => {
        Op::new($name, &[Param::rest("arys", Kind::Arrays)], |given| {
            let arrays = given.arrays("arys")?;
            let mut made = arrays
                .iter()
                .map(|array| assemble::at_least(given.op, array, $axes))
                .collect::<Result<Vec<_>, _>>()?;
            match (made.len(), made.pop()) {
                (1, Some(one)) => Ok(Made::One(one)),
                (_, last) => {
                    made.extend(last);
                    Ok(made.into())
                }
            }
        })
    };
}

fn cut(given: &Given<'_>, axis: i64, even: bool) -> Result<Made, Error> {
    let cuts = match given.args.get("indices_or_sections") {
        Some(Arg::Literal(Literal::List(_))) => Cuts::Before(given.ints("indices_or_sections")?),
        _ => Cuts::Sections(given.int("indices_or_sections")?),
    };
    Ok(assemble::split(given.op, &given.array("ary")?, &cuts, axis, even)?.into())
}

/// The axis of that number, where the array has so many.
fn axis_of(given: &Given<'_>, axes: usize) -> Result<usize, Error> {
    let x = given.array("ary")?;
    match x.axes() >= axes {
        true => Ok(x.axes()),
        false => Err(Error::refused(
            given.op,
            format!("takes arrays of {axes} axes or more, and got shape {:?}", x.shape()),
        )),
    }
}

fn flipped(given: &Given<'_>, axis: usize) -> Result<Array, Error> {
    let x = given.array("m")?;
    match x.axes() > axis {
        true => structure::flip(given.op, &x, Some(&[axis as i64])),
        false => Err(Error::refused(
            given.op,
            format!("takes arrays of {} axes or more, and got shape {:?}", axis + 1, x.shape()),
        )),
    }
}

pub(super) const FAMILY: Family = Family {
    name: "stacking",
    ops: &[
        at_least!("atleast_1d", 1),
        at_least!("atleast_2d", 2),
        at_least!("atleast_3d", 3),
        stacked!("hstack", assemble::hstack),
        stacked!("vstack", assemble::vstack),
        stacked!("dstack", assemble::dstack),
        stacked!("column_stack", assemble::column_stack),
        Op::new("block", &[Param::required("arrays", Kind::Nested)], |given| {
            match given.args.get("arrays") {
                Some(Arg::Nested(blocks)) => Ok(assemble::block(given.op, blocks)?.into()),
                _ => Err(Error::refused(given.op, "takes arrays in lists")),
            }
        }),
        Op::new("split", &[ARRAY, CUTS, FIRST], |given| cut(given, given.int("axis")?, true)),
        Op::new("array_split", &[ARRAY, CUTS, FIRST], |given| cut(given, given.int("axis")?, false)),
        Op::new("hsplit", &[ARRAY, CUTS], |given| cut(given, i64::from(axis_of(given, 1)? > 1), true)),
        Op::new("vsplit", &[ARRAY, CUTS], |given| axis_of(given, 2).and_then(|_| cut(given, 0, true))),
        Op::new("dsplit", &[ARRAY, CUTS], |given| axis_of(given, 3).and_then(|_| cut(given, 2, true))),
        Op::new(
            "swapaxes",
            &[A, Param::required("axis1", Kind::Int), Param::required("axis2", Kind::Int)],
            |given| {
                let (one, other) = (given.int("axis1")?, given.int("axis2")?);
                Ok(assemble::swapaxes(given.op, &given.array("a")?, one, other)?.into())
            },
        ),
        Op::new(
            "rollaxis",
            &[A, Param::required("axis", Kind::Int), Param::optional("start", Kind::Int, Default::Int(0))],
            |given| {
                Ok(assemble::rollaxis(given.op, &given.array("a")?, given.int("axis")?, given.int("start")?)?
                    .into())
            },
        ),
        Op::new("flipud", &[M], |given| Ok(flipped(given, 0)?.into())),
        Op::new("fliplr", &[M], |given| Ok(flipped(given, 1)?.into())),
        Op::new(
            "rot90",
            &[
                M,
                Param::optional("k", Kind::Int, Default::Int(1)),
                Param::optional("axes", Kind::Ints, Default::List(&[Default::Int(0), Default::Int(1)])),
            ],
            |given| {
                Ok(assemble::rot90(given.op, &given.array("m")?, given.int("k")?, &given.ints("axes")?)?
                    .into())
            },
        ),
    ],
    page: include_str!("stacking.md"),
};
