//! How a quantile is made of the two values beside it.

use polars::prelude::{DataType, Expr, NULL, PlSmallStr, QuantileMethod, TimeUnit, lit};

use super::{Made, On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const MICROSECONDS: DataType = DataType::Datetime(TimeUnit::Microseconds, None);
const DDOF: &[Param] = &[Param::optional("ddof", Kind::Int, Default::Int(1))];

/// How a quantile is made of the two values beside it.
pub(super) const METHOD: Kind =
    Kind::Choice(&["nearest", "higher", "lower", "midpoint", "linear", "equiprobable"]);

/// What `quantile` takes, of frames and of groups.
pub(super) const QUANTILE_OF: &[Param] = &[
    Param::required("quantile", Kind::Float),
    Param::optional("interpolation", METHOD, Default::Text("nearest")),
];

/// `sum`: the sum of every column.
pub(super) const SUM: Verb = total("sum", &[], |given| Ok(given.frame()?.sum().into()));
/// `mean`: the mean of every column.
pub(super) const MEAN: Verb = total("mean", &[], |given| Ok(given.frame()?.mean().into()));
/// `median`: the median of every column.
pub(super) const MEDIAN: Verb = total("median", &[], |given| Ok(given.frame()?.median().into()));
/// `min`: the least value of every column.
pub(super) const MIN: Verb = total("min", &[], |given| Ok(given.frame()?.min().into()));
/// `max`: the greatest value of every column.
pub(super) const MAX: Verb = total("max", &[], |given| Ok(given.frame()?.max().into()));
/// `std`: the standard deviation of every column.
pub(super) const STD: Verb = total("std", DDOF, |given| Ok(given.frame()?.std(given.size("ddof")?).into()));
/// `var`: the variance of every column.
pub(super) const VAR: Verb = total("var", DDOF, |given| Ok(given.frame()?.var(given.size("ddof")?).into()));
/// `quantile`: a quantile of every column.
pub(super) const QUANTILE: Verb = total("quantile", QUANTILE_OF, |given| {
    let mut frame = given.frame()?;
    let schema = frame.collect_schema()?;
    Ok(frame.select(quantiles(given, schema.iter())?).into())
});
/// `count`: how many values every column has.
pub(super) const COUNT: Verb = total("count", &[], |given| Ok(given.frame()?.count().into()));
/// `null_count`: how many nulls every column has.
pub(super) const NULL_COUNT: Verb = total("null_count", &[], |given| Ok(given.frame()?.null_count().into()));

const fn total(
    name: &'static str,
    params: &'static [Param],
    polars: fn(&Given<'_>) -> Result<Made, Error>,
) -> Verb {
    Verb { name, on: On::Frame, params, page: include_str!("totals.md"), polars }
}

/// The quantile that is asked for.
pub(super) fn part(given: &Given<'_>) -> Result<f64, Error> {
    let part = given.float("quantile")?;
    if (0.0..=1.0).contains(&part) {
        return Ok(part);
    }
    Err(Error::refused(format!("`quantile` is {part:?}, and is from 0 to 1")).hinted("the median is 0.5"))
}

/// The quantile that is asked for of each of the columns, null of those that have none: Polars 0.55.2 says of them that
/// they are numbers, and then finds that they are not.
pub(super) fn quantiles<'s>(
    given: &Given<'_>,
    columns: impl Iterator<Item = (&'s PlSmallStr, &'s DataType)>,
) -> Result<Vec<Expr>, Error> {
    let (part, method) = (part(given)?, method(given)?);
    let one = |(name, kind): (&PlSmallStr, &DataType)| match kind {
        // It makes times of days, and panics where there are none.
        DataType::Date => Expr::Column(name.clone()).cast(MICROSECONDS).quantile(lit(part), method),
        _ if kind.is_numeric() || kind.is_temporal() => {
            Expr::Column(name.clone()).quantile(lit(part), method)
        }
        _ => lit(NULL).cast(kind.clone()).alias(name.clone()),
    };
    Ok(columns.map(one).collect())
}

/// How it is made of the two values beside it.
pub(super) fn method(given: &Given<'_>) -> Result<QuantileMethod, Error> {
    Ok(match given.text("interpolation")? {
        "higher" => QuantileMethod::Higher,
        "lower" => QuantileMethod::Lower,
        "midpoint" => QuantileMethod::Midpoint,
        "linear" => QuantileMethod::Linear,
        "equiprobable" => QuantileMethod::Equiprobable,
        _ => QuantileMethod::Nearest,
    })
}
