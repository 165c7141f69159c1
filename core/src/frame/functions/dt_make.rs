//! Dates, times and lengths of time, made of numbers.

use std::sync::Arc;

use polars::prelude::{DataType, DatetimeArgs, DurationArgs, Expr, TimeUnit, lit};

use super::moment::{AMBIGUOUS, EPOCH_UNITS, UNITS, ambiguous, unit, zone};
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const YEAR: Param = Param::required("year", Kind::Column);
const MONTH: Param = Param::required("month", Kind::Column);
const DAY: Param = Param::required("day", Kind::Column);
const HOUR: Param = Param::optional("hour", Kind::Column, Default::None);
const MINUTE: Param = Param::optional("minute", Kind::Column, Default::None);
const SECOND: Param = Param::optional("second", Kind::Column, Default::None);
const MICROSECOND: Param = Param::optional("microsecond", Kind::Column, Default::None);

/// Dates, times and lengths of time, made of numbers.
pub(super) const FAMILY: Family = Family {
    name: "dt_make",
    page: include_str!("dt_make.md"),
    functions: &[
        Function::free("date", &[YEAR, MONTH, DAY], |given| {
            let args = DatetimeArgs::new(given.column("year")?, given.column("month")?, given.column("day")?);
            Ok(polars::prelude::datetime(args).strict_cast(DataType::Date).alias("date"))
        }),
        Function::free(
            "datetime",
            &[
                YEAR,
                MONTH,
                DAY,
                HOUR,
                MINUTE,
                SECOND,
                MICROSECOND,
                Param::named("time_unit", UNITS, Default::Text("us")),
                Param::named("time_zone", Kind::Text, Default::None),
                AMBIGUOUS,
            ],
            |given| {
                let args =
                    DatetimeArgs::new(given.column("year")?, given.column("month")?, given.column("day")?)
                        .with_time_unit(unit(given)?)
                        .with_time_zone(zone(given)?)
                        .with_ambiguous(ambiguous(given)?);
                Ok(match polars::prelude::datetime(clocked(given, args)?) {
                    // Polars for Python calls what it computes as its year is called.
                    Expr::Alias(made, _) if matches!(*made, Expr::Function { .. }) => {
                        Arc::unwrap_or_clone(made)
                    }
                    made => made,
                })
            },
        ),
        Function::free("time", &[HOUR, MINUTE, SECOND, MICROSECOND], |given| {
            let args = clocked(given, DatetimeArgs::default())?;
            Ok(polars::prelude::datetime(args).strict_cast(DataType::Time).alias("time"))
        }),
        Function::free(
            "duration",
            &[
                Param::named("weeks", Kind::Column, Default::None),
                Param::named("days", Kind::Column, Default::None),
                Param::named("hours", Kind::Column, Default::None),
                Param::named("minutes", Kind::Column, Default::None),
                Param::named("seconds", Kind::Column, Default::None),
                Param::named("milliseconds", Kind::Column, Default::None),
                Param::named("microseconds", Kind::Column, Default::None),
                Param::named("nanoseconds", Kind::Column, Default::None),
                Param::named("time_unit", UNITS, Default::None),
            ],
            duration,
        ),
        Function::free(
            "from_epoch",
            &[
                Param::required("column", Kind::Column),
                Param::optional("time_unit", EPOCH_UNITS, Default::Text("s")),
            ],
            from_epoch,
        ),
    ],
};

/// The same with a time of day, as far as it is given.
fn clocked(given: &Given<'_>, args: DatetimeArgs) -> Result<DatetimeArgs, Error> {
    // Polars multiplies the number in 32 bits where it is written out.
    if let Some(Literal::Int(number)) = given.written("microsecond")?
        && !(0..1_000_000).contains(number)
    {
        return Err(Error::refused(format!("`microsecond` is {number}, and a second has 1000000 of them")));
    }
    Ok(args
        .with_hour(or_zero(given, "hour")?)
        .with_minute(or_zero(given, "minute")?)
        .with_second(or_zero(given, "second")?)
        .with_microsecond(or_zero(given, "microsecond")?))
}

fn or_zero(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    Ok(given.column_if(name)?.unwrap_or_else(|| lit(0_i64)))
}

fn duration(given: &Given<'_>) -> Result<Expr, Error> {
    let time_unit = match (given.has("time_unit")?, given.has("nanoseconds")?) {
        (true, _) => unit(given)?,
        (false, true) => TimeUnit::Nanoseconds,
        (false, false) => TimeUnit::Microseconds,
    };
    Ok(polars::prelude::duration(DurationArgs {
        weeks: or_zero(given, "weeks")?,
        days: or_zero(given, "days")?,
        hours: or_zero(given, "hours")?,
        minutes: or_zero(given, "minutes")?,
        seconds: or_zero(given, "seconds")?,
        milliseconds: or_zero(given, "milliseconds")?,
        microseconds: or_zero(given, "microseconds")?,
        nanoseconds: or_zero(given, "nanoseconds")?,
        time_unit,
    }))
}

fn from_epoch(given: &Given<'_>) -> Result<Expr, Error> {
    let column = given.column("column")?;
    let micros = DataType::Datetime(TimeUnit::Microseconds, None);
    Ok(match given.text("time_unit")? {
        "d" => column.strict_cast(DataType::Date),
        "s" => (column * lit(1_000_000_i64)).strict_cast(micros),
        "ms" => (column * lit(1_000_i64)).strict_cast(micros),
        _ => column.strict_cast(DataType::Datetime(unit(given)?, None)),
    })
}
