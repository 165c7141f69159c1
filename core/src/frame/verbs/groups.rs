//! `sum` of groups.

use polars::prelude::{DataType, Expr, PlSmallStr, all, len};

use super::totals::{QUANTILE_OF, quantiles};
use super::{Made, On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

const IGNORE_NULLS: &[Param] = &[Param::named("ignore_nulls", Kind::Bool, Default::Bool(false))];

/// `sum` of groups.
pub(super) const SUM: Verb = each("sum", &[], |given| every(given, Expr::sum));
/// `mean` of groups.
pub(super) const MEAN: Verb = each("mean", &[], |given| {
    numbers(given, "mean")?;
    every(given, Expr::mean)
});
/// `median` of groups.
pub(super) const MEDIAN: Verb = each("median", &[], |given| {
    numbers(given, "median")?;
    every(given, Expr::median)
});
/// `min` of groups.
pub(super) const MIN: Verb = each("min", &[], |given| every(given, Expr::min));
/// `max` of groups.
pub(super) const MAX: Verb = each("max", &[], |given| every(given, Expr::max));
/// `n_unique` of groups.
pub(super) const N_UNIQUE: Verb = each("n_unique", &[], |given| every(given, Expr::n_unique));
/// `all` of groups: their values, as lists.
pub(super) const ALL: Verb = each("all", &[], |given| every(given, |values| values));
/// `first` of groups.
pub(super) const FIRST: Verb = each("first", IGNORE_NULLS, |given| {
    if given.bool("ignore_nulls")? { every(given, Expr::first_non_null) } else { every(given, Expr::first) }
});
/// `last` of groups.
pub(super) const LAST: Verb = each("last", IGNORE_NULLS, |given| {
    if given.bool("ignore_nulls")? { every(given, Expr::last_non_null) } else { every(given, Expr::last) }
});
/// `quantile` of groups.
pub(super) const QUANTILE: Verb = each("quantile", QUANTILE_OF, |given| {
    let columns = columns(given)?;
    let quantiles = quantiles(given, columns.iter().map(|(name, kind)| (name, kind)))?;
    Ok(given.groups()?.agg(quantiles)?.into())
});
/// `len` of groups: how many rows each has.
pub(super) const LEN: Verb = each("len", &[Param::optional("name", Kind::Text, Default::None)], |given| {
    let rows = match given.text_if("name")? {
        Some(name) => len().alias(name),
        None => len(),
    };
    Ok(given.groups()?.agg([rows])?.into())
});

const fn each(
    name: &'static str,
    params: &'static [Param],
    polars: fn(&Given<'_>) -> Result<Made, Error>,
) -> Verb {
    Verb { name, on: On::Groups, params, page: include_str!("groups.md"), polars }
}

/// The same of every column that is not a key.
fn every(given: &Given<'_>, made: fn(Expr) -> Expr) -> Result<Made, Error> {
    Ok(given.groups()?.agg([made(all().as_expr())])?.into())
}

/// The columns that are not keys.
fn columns(given: &Given<'_>) -> Result<Vec<(PlSmallStr, DataType)>, Error> {
    let keys = given.groups()?.agg([])?.collect_schema()?;
    let all = given.groups()?.agg([all().as_expr()])?.collect_schema()?;
    // Not aggregated, they are lists.
    let of = |kind: &DataType| kind.inner_dtype().cloned().unwrap_or_else(|| kind.clone());
    let others = all.iter().filter(|(name, _)| !keys.contains(name));
    Ok(others.map(|(name, kind)| (name.clone(), of(kind))).collect())
}

/// Refuses columns that are neither numbers nor times: Polars 0.55.2 says that they come to numbers, and makes texts.
fn numbers(given: &Given<'_>, word: &str) -> Result<(), Error> {
    let fits = |kind: &DataType| {
        kind.is_numeric() || kind.is_temporal() || matches!(kind, DataType::Boolean | DataType::Null)
    };
    match columns(given)?.into_iter().find(|(_, kind)| !fits(kind)) {
        None => Ok(()),
        Some((name, kind)) => Err(Error::refused(format!(
            "`{word}` is asked of column `{name}`, which is {}",
            type_shown(&kind)
        ))
        .hinted("`select` those that are numbers first, or say what becomes of each: `.agg(…)`")),
    }
}
