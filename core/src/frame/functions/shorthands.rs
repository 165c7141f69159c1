//! Functions of columns that are named: `sum("a")` is `col("a").sum()`.

use polars::lazy::dsl;
use polars::prelude::Expr;

use super::choices::INTERPOLATION;
use super::columns::named;
use super::{Family, Function, statistics};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const COLUMN: Param = Param::required("column", Kind::Name);
const COLUMNS: &[Param] = &[Param::rest("columns", Kind::Names)];
const NAMES: &[Param] = &[Param::rest("names", Kind::Names)];
const NAMES_AND_NULLS: &[Param] =
    &[Param::rest("names", Kind::Names), Param::named("ignore_nulls", Kind::Bool, Default::Bool(true))];
const DDOF: &[Param] = &[COLUMN, Param::optional("ddof", Kind::Int, Default::Int(1))];
const N: &[Param] = &[COLUMN, Param::optional("n", Kind::Int, Default::Int(10))];

/// Functions of columns that are named: `sum("a")` is `col("a").sum()`.
pub(super) const FAMILY: Family = Family {
    name: "shorthands",
    page: include_str!("shorthands.md"),
    functions: &[
        Function::free("sum", NAMES, |given| Ok(of(given, "names")?.sum())),
        Function::free("mean", COLUMNS, |given| Ok(of(given, "columns")?.mean())),
        Function::free("median", COLUMNS, |given| Ok(of(given, "columns")?.median())),
        Function::free("min", NAMES, |given| Ok(of(given, "names")?.min())),
        Function::free("max", NAMES, |given| Ok(of(given, "names")?.max())),
        Function::free("count", COLUMNS, |given| match given.names("columns")?.as_slice() {
            [] => Ok(dsl::len()),
            names => Ok(named(names).count()),
        }),
        Function::free("n_unique", COLUMNS, |given| Ok(of(given, "columns")?.n_unique())),
        Function::free("approx_n_unique", COLUMNS, |given| Ok(of(given, "columns")?.approx_n_unique())),
        Function::free("first", COLUMNS, |given| match given.names("columns")?.as_slice() {
            [] => Ok(dsl::first().as_expr()),
            names => Ok(named(names).first()),
        }),
        Function::free("last", COLUMNS, |given| match given.names("columns")?.as_slice() {
            [] => Ok(dsl::last().as_expr()),
            names => Ok(named(names).last()),
        }),
        Function::free("std", DDOF, |given| Ok(dsl::col(given.text("column")?).std(given.size("ddof")?))),
        Function::free("var", DDOF, |given| Ok(dsl::col(given.text("column")?).var(given.size("ddof")?))),
        Function::free(
            "quantile",
            &[COLUMN, Param::required("quantile", Kind::Float), INTERPOLATION],
            |given| statistics::quantile(given, dsl::col(given.text("column")?)),
        ),
        Function::free("any", NAMES_AND_NULLS, |given| {
            Ok(of(given, "names")?.any(given.bool("ignore_nulls")?))
        }),
        Function::free("all", NAMES_AND_NULLS, |given| match given.names("names")?.as_slice() {
            [] => Ok(dsl::all().as_expr()),
            names => Ok(named(names).all(given.bool("ignore_nulls")?)),
        }),
        Function::free(
            "implode",
            &[
                Param::rest("columns", Kind::Names),
                Param::named("maintain_order", Kind::Bool, Default::Bool(true)),
            ],
            |given| Ok(of(given, "columns")?.implode(given.bool("maintain_order")?)),
        ),
        Function::free("head", N, |given| Ok(dsl::col(given.text("column")?).head(Some(given.size("n")?)))),
        Function::free("tail", N, |given| Ok(dsl::col(given.text("column")?).tail(Some(given.size("n")?)))),
        Function::free("cum_sum", NAMES, |given| Ok(of(given, "names")?.cum_sum(false))),
        Function::free(
            "cum_count",
            &[Param::rest("columns", Kind::Names), Param::named("reverse", Kind::Bool, Default::Bool(false))],
            |given| Ok(of(given, "columns")?.cum_count(given.bool("reverse")?)),
        ),
    ],
};

/// The columns that the call names, which are one or more.
fn of(given: &Given<'_>, names: &'static str) -> Result<Expr, Error> {
    match given.names(names)?.as_slice() {
        [] => Err(Error::refused(format!("`{names}` is empty")).hinted("name a column, or several")),
        names => Ok(named(names)),
    }
}
