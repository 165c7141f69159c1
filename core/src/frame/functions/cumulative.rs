//! What all rows up to a row come to.

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const REVERSE: &[Param] = &[Param::named("reverse", Kind::Bool, Default::Bool(false))];

/// What all rows up to a row come to.
pub(super) const FAMILY: Family = Family {
    name: "cumulative",
    page: include_str!("cumulative.md"),
    functions: &[
        Function::method("cum_sum", REVERSE, |given| Ok(given.me()?.cum_sum(given.bool("reverse")?))),
        Function::method("cum_prod", REVERSE, |given| Ok(given.me()?.cum_prod(given.bool("reverse")?))),
        Function::method("cum_min", REVERSE, |given| Ok(given.me()?.cum_min(given.bool("reverse")?))),
        Function::method("cum_max", REVERSE, |given| Ok(given.me()?.cum_max(given.bool("reverse")?))),
        Function::method("cum_count", REVERSE, |given| Ok(given.me()?.cum_count(given.bool("reverse")?))),
        Function::method(
            "cumulative_eval",
            &[Param::required("expr", Kind::Column), Param::named("min_samples", Kind::Int, Default::Int(1))],
            |given| Ok(given.me()?.cumulative_eval(given.column("expr")?, given.size("min_samples")?)),
        ),
    ],
};
