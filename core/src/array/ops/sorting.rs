//! Order along an axis.

use super::super::make::order;
use super::{Family, Op};
use crate::lang::signature::{Default, Kind, Param};

const PARAMS: &[Param] = &[
    Param::required("x", Kind::Array),
    Param::named("axis", Kind::Int, Default::Int(-1)),
    Param::named("descending", Kind::Bool, Default::Bool(false)),
    Param::named("stable", Kind::Bool, Default::Bool(true)),
];

pub(super) const FAMILY: Family = Family {
    name: "sorting",
    ops: &[
        Op::new("sort", PARAMS, |given| {
            Ok(order::sort(&given.array("x")?, given.int("axis")?, given.is("descending"))?.into())
        }),
        Op::new("argsort", PARAMS, |given| {
            Ok(order::argsort(&given.array("x")?, given.int("axis")?, given.is("descending"))?.into())
        }),
    ],
    page: include_str!("sorting.md"),
};
