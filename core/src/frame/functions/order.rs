//! Rows in another order, and where a value is in it.

use polars::lazy::dsl::{Expr, arg_where, int_range, len, lit};
use polars::prelude::{IDX_DTYPE, RankMethod, RankOptions, SearchSortedSide, SortMultipleOptions};

use super::choices::{DESCENDING, NULLS_LAST};
use super::{Family, Function, choices, made};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const EACH_DESCENDING: Param = Param::named("descending", Kind::Bools, Default::Bool(false));
const EACH_NULLS_LAST: Param = Param::named("nulls_last", Kind::Bools, Default::Bool(false));
const MAINTAIN_ORDER: Param = Param::named("maintain_order", Kind::Bool, Default::Bool(true));
const K: Param = Param::optional("k", Kind::Column, Default::Int(5));
const K_BY: &[Param] =
    &[Param::required("by", Kind::Columns), K, Param::named("reverse", Kind::Bools, Default::Bool(false))];
const RANKS: Kind = Kind::Choice(&["average", "min", "max", "dense", "ordinal", "random"]);

/// Rows in another order, and where a value is in it.
pub(super) const FAMILY: Family = Family {
    name: "order",
    page: include_str!("order.md"),
    functions: &[
        Function::method("sort", &[DESCENDING, NULLS_LAST], |given| {
            Ok(given.me()?.sort(choices::sorting(given)?))
        }),
        Function::method(
            "sort_by",
            &[
                Param::required("by", Kind::Columns),
                Param::rest("more_by", Kind::Columns),
                EACH_DESCENDING,
                EACH_NULLS_LAST,
                MAINTAIN_ORDER,
            ],
            |given| {
                let by = keys(given, "by", Some("more_by"))?;
                let options = sorting(given, by.len())?;
                Ok(given.me()?.sort_by(by, options))
            },
        ),
        Function::method("arg_sort", &[DESCENDING, NULLS_LAST], |given| {
            Ok(given.me()?.arg_sort(given.bool("descending")?, given.bool("nulls_last")?))
        }),
        Function::free(
            "arg_sort_by",
            &[
                Param::required("exprs", Kind::Columns),
                Param::rest("more_exprs", Kind::Columns),
                EACH_DESCENDING,
                EACH_NULLS_LAST,
                MAINTAIN_ORDER,
            ],
            arg_sort_by,
        ),
        Function::free("arg_where", &[Param::required("condition", Kind::Column)], |given| {
            Ok(arg_where(given.column("condition")?))
        }),
        Function::method("arg_true", &[], |given| Ok(arg_where(given.me()?))),
        Function::method("top_k", &[K], |given| Ok(given.me()?.top_k(made::counted(given, "k")?))),
        Function::method("top_k_by", K_BY, |given| {
            let by = keys(given, "by", None)?;
            let reverse = given.bools("reverse", by.len())?;
            Ok(given.me()?.top_k_by(made::counted(given, "k")?, by, reverse))
        }),
        Function::method("bottom_k", &[K], |given| Ok(given.me()?.bottom_k(made::counted(given, "k")?))),
        Function::method("bottom_k_by", K_BY, |given| {
            let by = keys(given, "by", None)?;
            let reverse = given.bools("reverse", by.len())?;
            Ok(given.me()?.bottom_k_by(made::counted(given, "k")?, by, reverse))
        }),
        Function::method("reverse", &[], |given| Ok(given.me()?.reverse())),
        Function::method(
            "rank",
            &[
                Param::optional("method", RANKS, Default::Text("average")),
                DESCENDING,
                Param::named("seed", Kind::Int, Default::Int(0)),
            ],
            |given| {
                let method = match given.text("method")? {
                    "min" => RankMethod::Min,
                    "max" => RankMethod::Max,
                    "dense" => RankMethod::Dense,
                    "ordinal" => RankMethod::Ordinal,
                    "random" => RankMethod::Random,
                    _ => RankMethod::Average,
                };
                let options = RankOptions { method, descending: given.bool("descending")? };
                Ok(given.me()?.rank(options, Some(given.size("seed")?)))
            },
        ),
        Function::method("peak_min", &[], |given| Ok(given.me()?.peak_min())),
        Function::method("peak_max", &[], |given| Ok(given.me()?.peak_max())),
        Function::method(
            "search_sorted",
            &[
                Param::required("element", Kind::Value),
                Param::optional("side", Kind::Choice(&["any", "left", "right"]), Default::Text("any")),
                DESCENDING,
            ],
            |given| {
                let side = match given.text("side")? {
                    "left" => SearchSortedSide::Left,
                    "right" => SearchSortedSide::Right,
                    _ => SearchSortedSide::Any,
                };
                Ok(given.me()?.search_sorted(given.column("element")?, side, given.bool("descending")?))
            },
        ),
        Function::method("index_of", &[Param::required("element", Kind::Value)], |given| {
            Ok(given.me()?.index_of(given.column("element")?))
        }),
    ],
};

/// What is sorted by, which is one column or more.
fn keys(given: &Given<'_>, by: &'static str, more: Option<&'static str>) -> Result<Vec<Expr>, Error> {
    let mut keys = given.columns(by)?;
    if let Some(more) = more {
        keys.extend(given.columns(more)?);
    }
    if keys.is_empty() {
        return Err(Error::refused(format!("`{by}` is empty")).hinted("give a column, or several"));
    }
    Ok(keys)
}

fn sorting(given: &Given<'_>, keys: usize) -> Result<SortMultipleOptions, Error> {
    Ok(SortMultipleOptions::default()
        .with_order_descending_multi(given.bools("descending", keys)?)
        .with_nulls_last_multi(given.bools("nulls_last", keys)?)
        .with_maintain_order(given.bool("maintain_order")?))
}

/// As Polars' own, which panics where the first column has no name of its own: `all()`.
fn arg_sort_by(given: &Given<'_>) -> Result<Expr, Error> {
    let keys = keys(given, "exprs", Some("more_exprs"))?;
    let options = sorting(given, keys.len())?;
    let name = keys.first().map(polars_plan::utils::expr_output_name).transpose()?;
    let rows = int_range(lit(0), len().cast(IDX_DTYPE), 1, IDX_DTYPE).sort_by(keys, options);
    Ok(match name {
        Some(name) => rows.alias(name),
        None => rows,
    })
}
