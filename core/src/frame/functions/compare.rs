//! Comparisons and logic.

use polars::prelude::Expr;

use super::{Family, Function, choices};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const OTHER: &[Param] = &[Param::required("other", Kind::Value)];

/// Comparisons and logic.
pub(super) const FAMILY: Family = Family {
    name: "compare",
    page: include_str!("compare.md"),
    functions: &[
        Function::method("eq", OTHER, |given| two(given, Expr::eq)),
        Function::method("ne", OTHER, |given| two(given, Expr::neq)),
        Function::method("eq_missing", OTHER, |given| two(given, Expr::eq_missing)),
        Function::method("ne_missing", OTHER, |given| two(given, Expr::neq_missing)),
        Function::method("lt", OTHER, |given| two(given, Expr::lt)),
        Function::method("le", OTHER, |given| two(given, Expr::lt_eq)),
        Function::method("gt", OTHER, |given| two(given, Expr::gt)),
        Function::method("ge", OTHER, |given| two(given, Expr::gt_eq)),
        Function::method("and_", OTHER, |given| two(given, Expr::and)),
        Function::method("or_", OTHER, |given| two(given, Expr::or)),
        Function::method("xor", OTHER, |given| two(given, Expr::xor)),
        Function::method("not_", &[], |given| Ok(given.me()?.not())),
        Function::method(
            "is_between",
            &[
                Param::required("lower_bound", Kind::Column),
                Param::required("upper_bound", Kind::Column),
                Param::optional("closed", choices::CLOSED, Default::Text("both")),
            ],
            |given| {
                let (lower, upper) = (given.column("lower_bound")?, given.column("upper_bound")?);
                Ok(given.me()?.is_between(lower, upper, choices::interval(given)?))
            },
        ),
        Function::method(
            "is_in",
            &[
                Param::required("other", Kind::Column),
                Param::named("nulls_equal", Kind::Bool, Default::Bool(false)),
            ],
            |given| Ok(given.me()?.is_in(given.column("other")?, given.bool("nulls_equal")?)),
        ),
    ],
};

fn two(given: &Given<'_>, made: fn(Expr, Expr) -> Expr) -> Result<Expr, Error> {
    Ok(made(given.me()?, given.column("other")?))
}
