//! How values are spread, and how those of two columns go together: one value for all rows, or for a group.

use polars::lazy::dsl;
use polars::prelude::{Expr, NULL, lit, when};

use super::choices::{INTERPOLATION, from_0_to_1, interpolation};
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const A: Param = Param::required("a", Kind::Column);
const B: Param = Param::required("b", Kind::Column);
const BIAS: Param = Param::named("bias", Kind::Bool, Default::Bool(true));
const DDOF: &[Param] = &[Param::optional("ddof", Kind::Int, Default::Int(1))];

/// How values are spread, and how those of two columns go together: one value for all rows, or for a group.
pub(super) const FAMILY: Family = Family {
    name: "statistics",
    page: include_str!("statistics.md"),
    functions: &[
        Function::method("median", &[], |given| Ok(given.me()?.median())),
        Function::method("quantile", &[Param::required("quantile", Kind::Float), INTERPOLATION], |given| {
            quantile(given, given.me()?)
        }),
        Function::method(
            "mode",
            &[Param::named("maintain_order", Kind::Bool, Default::Bool(true))],
            |given| Ok(given.me()?.mode(given.bool("maintain_order")?)),
        ),
        Function::method("std", DDOF, |given| Ok(given.me()?.std(given.size("ddof")?))),
        Function::method("var", DDOF, |given| Ok(given.me()?.var(given.size("ddof")?))),
        Function::method("skew", &[BIAS], |given| Ok(given.me()?.skew(given.bool("bias")?))),
        Function::method(
            "kurtosis",
            &[Param::named("fisher", Kind::Bool, Default::Bool(true)), BIAS],
            |given| Ok(given.me()?.kurtosis(given.bool("fisher")?, given.bool("bias")?)),
        ),
        Function::method(
            "entropy",
            &[
                Param::optional("base", Kind::Float, Default::Float(std::f64::consts::E)),
                Param::named("normalize", Kind::Bool, Default::Bool(true)),
            ],
            |given| Ok(given.me()?.entropy(given.float("base")?, given.bool("normalize")?)),
        ),
        Function::free("cov", &[A, B, Param::named("ddof", Kind::Int, Default::Int(1))], |given| {
            let (a, b) = pair(given)?;
            Ok(dsl::cov(a, b, given.size("ddof")?))
        }),
        Function::free(
            "corr",
            &[
                A,
                B,
                Param::named("method", Kind::Choice(&["pearson", "spearman"]), Default::Text("pearson")),
                Param::named("propagate_nans", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let (a, b) = pair(given)?;
                Ok(match given.text("method")? {
                    "spearman" => dsl::spearman_rank_corr(a, b, given.bool("propagate_nans")?),
                    _ => dsl::pearson_corr(a, b),
                })
            },
        ),
    ],
};

/// The columns `a` and `b`. A value beside a column is made as long as it: Polars 0.55.2 panics where they differ.
pub(super) fn pair(given: &Given<'_>) -> Result<(Expr, Expr), Error> {
    let (a, b) = (given.column("a")?, given.column("b")?);
    let of_rows = |part: &Expr| matches!(part, Expr::Column(_) | Expr::Selector(_) | Expr::Len);
    let is_value = |expr: &Expr| !expr.into_iter().any(of_rows);
    // Rows in which one of the two is null are left out anyway.
    let beside =
        |value: Expr, column: &Expr| when(column.clone().is_not_null()).then(value).otherwise(lit(NULL));
    Ok(match (is_value(&a), is_value(&b)) {
        (true, false) => (beside(a, &b), b),
        (false, true) => (a.clone(), beside(b, &a)),
        _ => (a, b),
    })
}

/// The quantile that the call asks of `column`.
pub(super) fn quantile(given: &Given<'_>, column: Expr) -> Result<Expr, Error> {
    let quantile = from_0_to_1(given.float("quantile")?)?;
    Ok(column.quantile(dsl::lit(quantile), interpolation(given)?))
}
