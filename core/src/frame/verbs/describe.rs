//! `describe`: what is to be said of every column.

use polars::prelude::{DataType, Expr, NULL, PlSmallStr, QuantileMethod, Series, TimeUnit, concat_expr, lit};

use super::totals::{METHOD, method};
use super::{On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const QUARTILES: Default = Default::List(&[Default::Float(0.25), Default::Float(0.5), Default::Float(0.75)]);

/// `describe`: what is to be said of every column.
pub(super) const VERB: Verb = Verb {
    name: "describe",
    on: On::Frame,
    params: &[
        Param::optional("percentiles", Kind::Floats, QUARTILES),
        Param::named("interpolation", METHOD, Default::Text("nearest")),
    ],
    page: include_str!("describe.md"),
    polars: |given| {
        let mut frame = given.frame()?;
        let schema = frame.collect_schema()?;
        if schema.is_empty() {
            return Err(Error::refused("`describe` is asked of a frame without columns"));
        }
        let (percentiles, method) = (percentiles(given)?, method(given)?);
        let mut statistics: Vec<String> =
            ["count", "null_count", "mean", "std", "min"].map(str::to_owned).into();
        statistics.extend(percentiles.iter().map(|part| percent(*part)));
        statistics.push("max".to_owned());
        let mut columns = vec![lit(Series::from_iter(statistics)).alias("statistic")];
        for (name, kind) in schema.iter() {
            columns.push(described(name, kind, &percentiles, method)?);
        }
        Ok(frame.select(columns).into())
    },
};

/// The percentiles that are asked for, the least first.
fn percentiles(given: &Given<'_>) -> Result<Vec<f64>, Error> {
    let mut percentiles = given.floats("percentiles")?;
    if let Some(beyond) = percentiles.iter().find(|part| !(0.0..=1.0).contains(*part)) {
        return Err(Error::refused(format!("`percentiles` holds {beyond:?}, and they are from 0 to 1")));
    }
    percentiles.sort_by(f64::total_cmp);
    Ok(percentiles)
}

/// `25%`, `99.9%`: what rounding adds behind the point is left out.
fn percent(part: f64) -> String {
    let digits = format!("{:.4}", part * 100.0);
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// What is said of one column, one below the other.
fn described(
    name: &PlSmallStr,
    kind: &DataType,
    percentiles: &[f64],
    method: QuantileMethod,
) -> Result<Expr, Error> {
    let column = || Expr::Column(name.clone());
    let (numeric, temporal) = (kind.is_numeric(), kind.is_temporal());
    let ordered = numeric || temporal || matches!(kind, DataType::Boolean | DataType::String);
    let as_number = numeric || kind.is_nested() || matches!(kind, DataType::Boolean | DataType::Null);
    let to = if as_number { DataType::Float64 } else { DataType::String };
    let shown = |value: Expr| if temporal { written(value, kind) } else { value.cast(to.clone()) };
    let said = |is_said: bool, made: Expr| if is_said { made } else { lit(NULL).cast(to.clone()) };
    let mean = match kind {
        // The mean of days has hours.
        DataType::Date => written(column().mean(), &DATETIME),
        _ => shown(column().mean()),
    };
    let mut all = vec![
        column().count().cast(to.clone()),
        column().null_count().cast(to.clone()),
        said(numeric || temporal || kind.is_bool(), mean),
        said(numeric, column().std(1).cast(to.clone())),
        said(ordered, shown(column().min())),
    ];
    for part in percentiles {
        let quantile = if temporal {
            column().to_physical().quantile(lit(*part), method).cast(kind.clone())
        } else {
            column().quantile(lit(*part), method)
        };
        all.push(said(numeric || temporal, shown(quantile)));
    }
    all.push(said(ordered, shown(column().max())));
    Ok(concat_expr(all, false)?.alias(name.clone()))
}

const DATETIME: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

/// A time as Python's `str` has it; a length of time as Polars does.
fn written(value: Expr, kind: &DataType) -> Expr {
    let format = match kind {
        DataType::Date => "%Y-%m-%d",
        DataType::Time => "%H:%M:%S%.6f",
        DataType::Datetime(_, None) => "%Y-%m-%d %H:%M:%S%.6f",
        DataType::Datetime(_, Some(_)) => "%Y-%m-%d %H:%M:%S%.6f%:z",
        _ => "polars",
    };
    value.dt().to_string(format).str().replace(lit(".000000"), lit(""), true)
}
