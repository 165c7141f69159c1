//! Values for values, and bins for numbers.

use polars::lazy::dsl::Expr;
use polars::prelude::DataType;

use super::{Family, Function};
use crate::frame::lower::{Error, Given, value_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const OLD: Param = Param::required("old", Kind::Mapping);
const NEW: Param = Param::optional("new", Kind::Value, Default::Nothing);
const LABELS: Param = Param::named("labels", Kind::Texts, Default::None);
const LEFT_CLOSED: Param = Param::named("left_closed", Kind::Bool, Default::Bool(false));
const INCLUDE_BREAKS: Param = Param::named("include_breaks", Kind::Bool, Default::Bool(false));

/// Bins are made one by one while a program is planned.
const BINS_MAX: usize = 65_536;

/// Values for values, and bins for numbers.
pub(super) const FAMILY: Family = Family {
    name: "replace",
    page: include_str!("replace.md"),
    functions: &[
        Function::method("replace", &[OLD, NEW], |given| {
            let (old, new) = old_and_new(given)?;
            Ok(given.me()?.replace(old, new))
        }),
        Function::method(
            "replace_strict",
            &[
                OLD,
                NEW,
                Param::named("default", Kind::Value, Default::Nothing),
                Param::named("return_dtype", Kind::Type, Default::None),
            ],
            |given| {
                let (old, new) = old_and_new(given)?;
                let default: Option<Expr> = given.column_if("default")?;
                let return_dtype: Option<DataType> = given.data_type_if("return_dtype")?;
                Ok(given.me()?.replace_strict(old, new, default, return_dtype))
            },
        ),
        Function::method(
            "cut",
            &[Param::required("breaks", Kind::Floats), LABELS, LEFT_CLOSED, INCLUDE_BREAKS],
            |given| {
                let breaks = given.floats("breaks")?;
                let labels = labels(given, breaks.len())?;
                let (left_closed, include_breaks) =
                    (given.bool("left_closed")?, given.bool("include_breaks")?);
                Ok(given.me()?.cut(breaks, labels, left_closed, include_breaks))
            },
        ),
        Function::method(
            "qcut",
            &[
                Param::required("quantiles", Kind::Floats),
                LABELS,
                LEFT_CLOSED,
                Param::named("allow_duplicates", Kind::Bool, Default::Bool(false)),
                INCLUDE_BREAKS,
            ],
            qcut,
        ),
        Function::method(
            "hist",
            &[
                Param::optional("bins", Kind::Column, Default::None),
                Param::named("bin_count", Kind::Int, Default::None),
                Param::named("include_category", Kind::Bool, Default::Bool(false)),
                Param::named("include_breakpoint", Kind::Bool, Default::Bool(false)),
            ],
            hist,
        ),
    ],
};

fn old_and_new(given: &Given<'_>) -> Result<(Expr, Expr), Error> {
    match (given.mapping("old")?, given.column_if("new")?) {
        (Ok(pairs), None) => {
            let (old, new) = pairs.iter().cloned().unzip();
            Ok((value_of(&Literal::List(old))?, value_of(&Literal::List(new))?))
        }
        (Err(old), Some(new)) => Ok((old, new)),
        (Ok(_), Some(_)) => {
            Err(Error::refused("`old` is a dict, which says itself what is `new`").hinted("leave `new` out"))
        }
        (Err(_), None) => Err(Error::refused("`new` is missing, and `old` is no dict")
            .hinted("give `new`, or write `{old: new}`")),
    }
}

fn labels<'a>(given: &Given<'a>, breaks: usize) -> Result<Option<Vec<&'a str>>, Error> {
    let (labels, bins) = (given.texts_if("labels")?, breaks.saturating_add(1));
    if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != bins) {
        return Err(Error::refused(format!("`labels` holds {} texts for {bins} bins", labels.len()))
            .hinted("give one text for each bin: one more than there are breaks between them"));
    }
    Ok(labels)
}

fn qcut(given: &Given<'_>) -> Result<Expr, Error> {
    let (left_closed, include_breaks) = (given.bool("left_closed")?, given.bool("include_breaks")?);
    let allow_duplicates = given.bool("allow_duplicates")?;
    let me = given.me()?;
    if let Literal::Int(_) = given.value("quantiles")? {
        let bins = bins(given, "quantiles")?;
        let labels = labels(given, bins.saturating_sub(1))?;
        return Ok(me.qcut_uniform(bins, labels, left_closed, allow_duplicates, include_breaks));
    }
    let quantiles = given.floats("quantiles")?;
    if let Some(wrong) = quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
        return Err(Error::refused(format!("`quantiles` holds {wrong}, which is not from 0 to 1")));
    }
    let labels = labels(given, quantiles.len())?;
    Ok(me.qcut(quantiles, labels, left_closed, allow_duplicates, include_breaks))
}

fn hist(given: &Given<'_>) -> Result<Expr, Error> {
    let bins = if given.has("bins")? { Some(given.items("bins")?) } else { None };
    let count = if given.has("bin_count")? { Some(self::bins(given, "bin_count")?) } else { None };
    if bins.is_some() && count.is_some() {
        return Err(
            Error::refused("`bins` and `bin_count` both say what the bins are").hinted("give one of them")
        );
    }
    let (category, breakpoint) = (given.bool("include_category")?, given.bool("include_breakpoint")?);
    Ok(given.me()?.hist(bins, count, category, breakpoint))
}

/// A number of bins.
fn bins(given: &Given<'_>, name: &'static str) -> Result<usize, Error> {
    match given.size(name)? {
        bins @ 1..=BINS_MAX => Ok(bins),
        bins => Err(Error::refused(format!("`{name}` is {bins}, which is not from 1 to {BINS_MAX}"))),
    }
}
