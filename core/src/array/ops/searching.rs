//! Where elements are.

use super::super::error::Error;
use super::super::make::{elementwise, gathered, order, places, reduce};
use super::{Family, Made, Op};
use crate::lang::signature::{Default, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const KEEP: Param = Param::named("keepdims", Kind::Bool, Default::Bool(false));
const AXIS: Param = Param::named("axis", Kind::Int, Default::None);
const AXES: Param = Param::named("axis", Kind::Ints, Default::None);

macro_rules! place {
    ($name:literal, $greatest:literal) => {
        Op::new($name, &[X, AXIS, KEEP], |given| {
            let (x, axis, keep) = (given.array("x")?, given.maybe_int("axis")?, given.is("keepdims"));
            Ok(places::arg_extreme($name, &x, axis, keep, $greatest, false)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "searching",
    ops: &[
        place!("argmax", true),
        place!("argmin", false),
        Op::new("count_nonzero", &[X, AXES, KEEP], |given| {
            Ok(reduce::count_nonzero(&given.array("x")?, &given.along()?)?.into())
        }),
        Op::new("nonzero", &[X], |given| {
            if let Some(found) = given.constants() {
                return Ok(found.into());
            }
            let x = given.array("x")?;
            if x.axes() == 0 {
                return Err(Error::refused(given.op, "takes an array with axes"));
            }
            Ok(Made::Asks(gathered::nonzero(given.op, &x)))
        }),
        Op::new(
            "searchsorted",
            &[
                Param::required("x1", Kind::Array),
                Param::required("x2", Kind::Array),
                Param::named("side", Kind::Choice(&["left", "right"]), Default::Text("left")),
                Param::named("sorter", Kind::Array, Default::None),
            ],
            |given| {
                let right = given.text("side") == Some("right");
                let (sorted, values) = (given.array("x1")?, given.array("x2")?);
                Ok(order::searchsorted(&sorted, &values, right, given.maybe_array("sorter")?)?.into())
            },
        ),
        Op::new(
            "where",
            &[
                Param::required("condition", Kind::Array),
                Param::required("x1", Kind::Array),
                Param::required("x2", Kind::Array),
            ],
            |given| {
                let (a, b) = (given.operand("x1")?, given.operand("x2")?);
                Ok(elementwise::choose(&given.array("condition")?, a, b)?.into())
            },
        ),
    ],
    page: include_str!("searching.md"),
};
