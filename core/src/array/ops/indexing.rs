//! Elements at places. Brackets are [`super::super::make::index`]'s.

use super::super::make::take;
use super::{Family, Op};
use crate::lang::signature::{Default, Given as By, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const INDICES: Param = Param::required("indices", Kind::Array);

pub(super) const FAMILY: Family = Family {
    name: "indexing",
    ops: &[
        Op::new("take", &[X, INDICES, Param::named("axis", Kind::Int, Default::None)], |given| {
            Ok(take::take(&given.array("x")?, &given.array("indices")?, given.maybe_int("axis")?)?.into())
        }),
        Op::new(
            "take_along_axis",
            &[X, INDICES, Param { name: "axis", kind: Kind::Int, given: By::NamedElse(Default::Int(-1)) }],
            |given| {
                let (x, places) = (given.array("x")?, given.array("indices")?);
                Ok(take::take_along_axis(&x, &places, given.int("axis")?)?.into())
            },
        ),
    ],
    page: include_str!("indexing.md"),
};
