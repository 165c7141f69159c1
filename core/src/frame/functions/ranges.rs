//! Columns out of nothing: numbers, dates and times in even steps, and one value again and again.

use std::sync::Arc;

use polars::lazy::dsl::{self, Expr, lit};
use polars::prelude::{DataType, TimeUnit};

use super::{Family, Function, choices, made, moment};
use crate::frame::lower::{Error, Given};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;

const START: Param = Param::required("start", Kind::Column);
const END: Param = Param::required("end", Kind::Column);
const CLOSED: Param = Param::named("closed", choices::CLOSED, Default::Text("both"));
const DAYS: Param = Param::optional("interval", Kind::Span, Default::Text("1d"));

/// The last microsecond of a day, in nanoseconds.
const DAY_END: i64 = 86_399_999_999_000;

/// Columns out of nothing: numbers, dates and times in even steps, and one value again and again.
pub(super) const FAMILY: Family = Family {
    name: "ranges",
    page: include_str!("ranges.md"),
    functions: &[
        Function::free(
            "int_range",
            &[
                Param::optional("start", Kind::Column, Default::Int(0)),
                Param::optional("end", Kind::Column, Default::None),
                Param::optional("step", Kind::Int, Default::Int(1)),
                Param::named("dtype", Kind::Type, Default::None),
            ],
            int_range,
        ),
        Function::free("date_range", &[START, END, DAYS, CLOSED], |given| {
            let (start, end) = (time_of(given, "start")?, time_of(given, "end")?);
            let interval = given.span("interval")?;
            let end = made::span_end(start.clone(), end, &interval);
            Ok(dsl::date_range(Some(start), Some(end), Some(interval), None, choices::window(given)?)?)
        }),
        Function::free(
            "datetime_range",
            &[
                START,
                END,
                DAYS,
                CLOSED,
                Param::named("time_unit", Kind::Choice(&["ms", "us", "ns"]), Default::None),
                Param::named("time_zone", Kind::Text, Default::None),
            ],
            datetime_range,
        ),
        Function::free(
            "time_range",
            &[
                Param::optional("start", Kind::Column, Default::None),
                Param::optional("end", Kind::Column, Default::None),
                Param::optional("interval", Kind::Span, Default::Text("1h")),
                CLOSED,
            ],
            |given| {
                let time = |name, else_ns: i64| match given.has(name)? {
                    true => time_of(given, name),
                    false => Ok(lit(else_ns).cast(DataType::Time)),
                };
                let (start, end) = (time("start", 0)?, time("end", DAY_END)?);
                let interval = given.span("interval")?;
                let end = made::span_end(start.clone(), end, &interval);
                Ok(dsl::time_range(start, end, interval, choices::window(given)?))
            },
        ),
        Function::free(
            "linear_space",
            &[START, END, Param::required("num_samples", Kind::Column), CLOSED],
            |given| {
                let (start, end) = (given.column("start")?, given.column("end")?);
                let samples = made::counted(given, "num_samples")?;
                Ok(dsl::linear_space(start, end, samples, choices::interval(given)?))
            },
        ),
        Function::free(
            "repeat",
            &[
                Param::required("value", Kind::Value),
                Param::required("n", Kind::Column),
                Param::named("dtype", Kind::Type, Default::None),
            ],
            |given| {
                let value = given.column("value")?;
                let value = match given.data_type_if("dtype")? {
                    Some(to) => value.strict_cast(to),
                    None => value,
                };
                Ok(match dsl::repeat(value, made::counted(given, "n")?) {
                    // The crate calls it `repeat`; py-polars leaves it the value's name.
                    Expr::Alias(made, _) => Arc::unwrap_or_clone(made),
                    made => made,
                })
            },
        ),
    ],
};

fn int_range(given: &Given<'_>) -> Result<Expr, Error> {
    whole(given, "start")?;
    whole(given, "end")?;
    let (start, step) = (given.column("start")?, given.int("step")?);
    let dtype = given.data_type_if("dtype")?.unwrap_or(DataType::Int64);
    if step == 0 {
        return Err(Error::refused("`step` is 0, and never comes to an end"));
    }
    if !dtype.is_integer() {
        return Err(Error::refused(format!(
            "`dtype` is {}, which holds no integers alone",
            type_shown(&dtype)
        )));
    }
    // One number alone is where the range ends.
    let (start, end) = if given.has("end")? { (start, "end") } else { (lit(0), "start") };
    let end = made::range_end(given, end, start.clone(), step)?;
    Ok(dsl::int_range(start, end, step, dtype))
}

fn datetime_range(given: &Given<'_>) -> Result<Expr, Error> {
    let (start, end) = (time_of(given, "start")?, time_of(given, "end")?);
    let unit = match given.text_if("time_unit")? {
        Some("ms") => Some(TimeUnit::Milliseconds),
        Some("us") => Some(TimeUnit::Microseconds),
        Some(_) => Some(TimeUnit::Nanoseconds),
        // Else steps of nanoseconds would be lost.
        None => given.text("interval")?.contains("ns").then_some(TimeUnit::Nanoseconds),
    };
    let zone = given.text_if("time_zone")?.map(moment::zone_named).transpose()?;
    let (interval, closed) = (given.span("interval")?, choices::window(given)?);
    let end = made::span_end(start.clone(), end, &interval);
    Ok(dsl::datetime_range(Some(start), Some(end), Some(interval), None, closed, unit, zone)?)
}

/// Where a range of times begins or ends. What is written and is no time is refused: Polars plans it, and panics.
fn time_of(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    match given.constant(name)? {
        None | Some(Literal::None | Literal::Moment(_)) => given.column(name),
        Some(_) => {
            Err(Error::refused(format!("`{name}` is a value that is no time, and the range is of times"))
                .hinted("write `date(2024, 1, 31)` or `datetime(2024, 1, 31, 12)`"))
        }
    }
}

/// Refuses an end of a range of integers that is written and is none.
fn whole(given: &Given<'_>, name: &'static str) -> Result<(), Error> {
    match given.constant(name)? {
        None | Some(Literal::None | Literal::Int(_)) => Ok(()),
        Some(_) => Err(Error::refused(format!(
            "`{name}` is a value that is no integer, and the range is of integers"
        ))),
    }
}
