//! Times as numbers and texts, and lengths of time as numbers.

use polars::prelude::{DataType, Expr, TimeUnit, lit};

use super::made;
use super::moment::{EPOCH_UNITS, UNITS, dated, unit};
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const FRACTIONAL: &[Param] = &[Param::named("fractional", Kind::Bool, Default::Bool(false))];

/// Times as numbers and texts, and lengths of time as numbers.
pub(super) const FAMILY: Family = Family {
    name: "dt_length",
    page: include_str!("dt_length.md"),
    functions: &[
        Function::method("dt.total_days", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_days(given.bool("fractional")?))
        }),
        Function::method("dt.total_hours", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_hours(given.bool("fractional")?))
        }),
        Function::method("dt.total_minutes", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_minutes(given.bool("fractional")?))
        }),
        Function::method("dt.total_seconds", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_seconds(given.bool("fractional")?))
        }),
        Function::method("dt.total_milliseconds", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_milliseconds(given.bool("fractional")?))
        }),
        Function::method("dt.total_microseconds", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_microseconds(given.bool("fractional")?))
        }),
        Function::method("dt.total_nanoseconds", FRACTIONAL, |given| {
            Ok(given.me()?.dt().total_nanoseconds(given.bool("fractional")?))
        }),
        Function::method(
            "dt.timestamp",
            &[Param::optional("time_unit", UNITS, Default::Text("us"))],
            |given| Ok(numbered(given.me()?, unit(given)?)),
        ),
        Function::method(
            "dt.epoch",
            &[Param::optional("time_unit", EPOCH_UNITS, Default::Text("us"))],
            epoch,
        ),
        Function::method("dt.to_string", &[Param::optional("format", Kind::Text, Default::None)], |given| {
            Ok(dated(given)?.dt().to_string(given.text_if("format")?.unwrap_or("iso")))
        }),
        Function::method("dt.strftime", &[Param::required("format", Kind::Text)], |given| {
            Ok(dated(given)?.dt().to_string(given.text("format")?))
        }),
    ],
};

fn epoch(given: &Given<'_>) -> Result<Expr, Error> {
    let me = given.me()?;
    Ok(match given.text("time_unit")? {
        "d" => me.strict_cast(DataType::Date).strict_cast(DataType::Int32),
        "s" => numbered(me, TimeUnit::Milliseconds).floor_div(lit(1_000_i64)),
        _ => numbered(me, unit(given)?),
    })
}

/// Times as numbers since 1970 in that unit.
fn numbered(times: Expr, unit: TimeUnit) -> Expr {
    made::in_unit(times, unit).dt().timestamp(unit)
}
