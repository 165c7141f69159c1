//! A row beside others: those of its group, those around it, and those before it.

use polars::lazy::dsl::{AggExpr, Expr, WindowMapping};
use polars::series::ops::NullBehavior;

use super::{Family, Function, choices, made};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const N: Param = Param::optional("n", Kind::Column, Default::Int(1));
const MAPPINGS: Kind = Kind::Choice(&["group_to_rows", "join", "explode"]);

/// A row beside others: those of its group, those around it, and those before it.
pub(super) const FAMILY: Family = Family {
    name: "windows",
    page: include_str!("windows.md"),
    functions: &[
        Function::method(
            "over",
            &[
                Param::optional("partition_by", Kind::Columns, Default::None),
                Param::rest("more_exprs", Kind::Columns),
                Param::named("order_by", Kind::Columns, Default::None),
                choices::DESCENDING,
                choices::NULLS_LAST,
                Param::named("mapping_strategy", MAPPINGS, Default::Text("group_to_rows")),
            ],
            over,
        ),
        Function::method(
            "rolling",
            &[
                Param::required("index_column", Kind::Column),
                Param::required("period", Kind::Span),
                Param::named("offset", Kind::Span, Default::None),
                Param::named("closed", choices::CLOSED, Default::Text("right")),
            ],
            |given| {
                let period = given.span("period")?;
                let offset = if given.has("offset")? { given.span("offset")? } else { -period };
                let closed = choices::window(given)?;
                Ok(given.me()?.rolling(given.column("index_column")?, period, offset, closed))
            },
        ),
        Function::method("shift", &[N, Param::named("fill_value", Kind::Value, Default::None)], |given| {
            let (me, n) = (given.me()?, given.column("n")?);
            Ok(match given.column_if("fill_value")? {
                Some(value) => me.shift_and_fill(n, value),
                None => me.shift(n),
            })
        }),
        Function::method(
            "diff",
            &[
                N,
                Param::optional("null_behavior", Kind::Choice(&["ignore", "drop"]), Default::Text("ignore")),
            ],
            |given| {
                let behavior = match given.text("null_behavior")? {
                    "drop" => NullBehavior::Drop,
                    _ => NullBehavior::Ignore,
                };
                Ok(given.me()?.diff(given.column("n")?, behavior))
            },
        ),
        Function::method("pct_change", &[N], |given| Ok(given.me()?.pct_change(given.column("n")?))),
    ],
};

fn over(given: &Given<'_>) -> Result<Expr, Error> {
    let mut groups = given.columns("partition_by")?;
    groups.extend(given.columns("more_exprs")?);
    let order = given.columns("order_by")?;
    if groups.is_empty() && order.is_empty() {
        return Err(Error::refused("`over` got neither groups nor an order")
            .hinted("name what the rows of a group share: `.over(\"a\")`"));
    }
    let sorting = choices::sorting(given)?;
    let mapping = match given.text("mapping_strategy")? {
        "join" => WindowMapping::Join,
        "explode" => WindowMapping::Explode,
        _ => WindowMapping::GroupsToRows,
    };
    let groups = weighed(&given.me()?, groups, mapping)?;
    let groups = (!groups.is_empty()).then_some(groups);
    let order = (!order.is_empty()).then_some((order, sorting));
    Ok(given.me()?.over_with_options(groups, order, mapping)?)
}

/// What is computed of the rows of each group, beside these rows.
pub(in crate::frame) fn beside_rows(column: Expr, keys: Vec<Expr>) -> Result<Expr, Error> {
    let mapping = WindowMapping::GroupsToRows;
    let keys = weighed(&column, keys, mapping)?;
    Ok(column.over_with_options(Some(keys), None, mapping)?)
}

/// The keys, weighed where each row gets all of its group.
fn weighed(column: &Expr, keys: Vec<Expr>, mapping: WindowMapping) -> Result<Vec<Expr>, Error> {
    let mut inner = column;
    while let Expr::Alias(of, _) = inner {
        inner = of;
    }
    match matches!(inner, Expr::Agg(AggExpr::Implode { .. })) || matches!(mapping, WindowMapping::Join) {
        true => made::each_with_its_group(keys),
        false => Ok(keys),
    }
}
