//! One value for all rows of a frame, or of a group.

use polars::prelude::{Expr, NULL, lit, when};

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const BY: &[Param] = &[Param::required("by", Kind::Column)];
const IGNORE_NULLS: &[Param] = &[Param::named("ignore_nulls", Kind::Bool, Default::Bool(true))];
const KEEP_NULLS: &[Param] = &[Param::named("ignore_nulls", Kind::Bool, Default::Bool(false))];

/// One value for all rows of a frame, or of a group.
pub(super) const FAMILY: Family = Family {
    name: "aggregates",
    page: include_str!("aggregates.md"),
    functions: &[
        Function::method("sum", &[], |given| Ok(given.me()?.sum())),
        Function::method("product", &[], |given| Ok(given.me()?.product())),
        Function::method("mean", &[], |given| Ok(given.me()?.mean())),
        Function::method("min", &[], |given| Ok(given.me()?.min())),
        Function::method("max", &[], |given| Ok(given.me()?.max())),
        Function::method("nan_min", &[], |given| Ok(given.me()?.nan_min())),
        Function::method("nan_max", &[], |given| Ok(given.me()?.nan_max())),
        Function::method("min_by", BY, |given| Ok(given.me()?.min_by(given.column("by")?))),
        Function::method("max_by", BY, |given| Ok(given.me()?.max_by(given.column("by")?))),
        Function::method("arg_min", &[], |given| Ok(first_at(given.me()?, given.me()?.min()))),
        Function::method("arg_max", &[], |given| Ok(first_at(given.me()?, given.me()?.max()))),
        Function::method("first", KEEP_NULLS, |given| {
            let (me, ignored) = (given.me()?, given.bool("ignore_nulls")?);
            Ok(if ignored { me.first_non_null() } else { me.first() })
        }),
        Function::method("last", KEEP_NULLS, |given| {
            let (me, ignored) = (given.me()?, given.bool("ignore_nulls")?);
            Ok(if ignored { me.last_non_null() } else { me.last() })
        }),
        Function::method("item", &[Param::named("allow_empty", Kind::Bool, Default::Bool(false))], |given| {
            Ok(given.me()?.item(given.bool("allow_empty")?))
        }),
        Function::method("any", IGNORE_NULLS, |given| Ok(given.me()?.any(given.bool("ignore_nulls")?))),
        Function::method("all", IGNORE_NULLS, |given| Ok(given.me()?.all(given.bool("ignore_nulls")?))),
        Function::method("count", &[], |given| Ok(given.me()?.count())),
        Function::method("null_count", &[], |given| Ok(given.me()?.null_count())),
        Function::method("has_nulls", &[], |given| Ok(given.me()?.has_nulls())),
        Function::method("is_empty", KEEP_NULLS, |given| {
            Ok(given.me()?.is_empty(given.bool("ignore_nulls")?))
        }),
        Function::method("n_unique", &[], |given| Ok(given.me()?.n_unique())),
        Function::method("approx_n_unique", &[], |given| Ok(given.me()?.approx_n_unique())),
        Function::method(
            "implode",
            &[Param::named("maintain_order", Kind::Bool, Default::Bool(true))],
            |given| Ok(given.me()?.implode(given.bool("maintain_order")?)),
        ),
    ],
};

/// The first row of that value; Polars 0.55.2 says of equal ones any, where it aggregates part by part.
fn first_at(me: Expr, value: Expr) -> Expr {
    when(value.clone().is_not_null()).then(me.index_of(value)).otherwise(lit(NULL))
}
