//! Times moved: to the start of something, by a length of time, into another zone.

use polars::prelude::{Expr, NonExistent};

use super::made;
use super::moment::{AMBIGUOUS, UNITS, ambiguous, dated, movable, span, unit, zone, zone_named};
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const EVERY: &[Param] = &[Param::required("every", Kind::Value)];

/// Times moved: to the start of something, by a length of time, into another zone.
pub(super) const FAMILY: Family = Family {
    name: "dt_shift",
    page: include_str!("dt_shift.md"),
    functions: &[
        Function::method("dt.truncate", EVERY, |given| {
            Ok(movable(given, "every")?.dt().truncate(span(given, "every")?))
        }),
        Function::method("dt.round", EVERY, |given| {
            Ok(movable(given, "every")?.dt().round(span(given, "every")?))
        }),
        Function::method("dt.offset_by", &[Param::required("by", Kind::Value)], |given| {
            Ok(movable(given, "by")?.dt().offset_by(span(given, "by")?))
        }),
        Function::method("dt.month_start", &[], |given| Ok(dated(given)?.dt().month_start())),
        Function::method("dt.month_end", &[], |given| Ok(dated(given)?.dt().month_end())),
        Function::method(
            "dt.replace",
            &[
                Param::named("year", Kind::Column, Default::None),
                Param::named("month", Kind::Column, Default::None),
                Param::named("day", Kind::Column, Default::None),
                Param::named("hour", Kind::Column, Default::None),
                Param::named("minute", Kind::Column, Default::None),
                Param::named("second", Kind::Column, Default::None),
                Param::named("microsecond", Kind::Column, Default::None),
                AMBIGUOUS,
            ],
            replace,
        ),
        Function::method(
            "dt.combine",
            &[Param::required("time", Kind::Value), Param::optional("time_unit", UNITS, Default::Text("us"))],
            |given| Ok(given.me()?.dt().combine(given.column("time")?, unit(given)?)),
        ),
        Function::method("dt.cast_time_unit", &[Param::required("time_unit", UNITS)], |given| {
            let unit = unit(given)?;
            Ok(made::in_unit(given.me()?, unit).dt().cast_time_unit(unit))
        }),
        Function::method("dt.convert_time_zone", &[Param::required("time_zone", Kind::Text)], |given| {
            Ok(given.me()?.dt().convert_time_zone(zone_named(given.text("time_zone")?)?))
        }),
        Function::method(
            "dt.replace_time_zone",
            &[
                Param::required("time_zone", Kind::Literal),
                AMBIGUOUS,
                Param::named("non_existent", Kind::Choice(&["raise", "null"]), Default::Text("raise")),
            ],
            |given| {
                let non_existent = match given.text("non_existent")? {
                    "null" => NonExistent::Null,
                    _ => NonExistent::Raise,
                };
                Ok(dated(given)?.dt().replace_time_zone(zone(given)?, ambiguous(given)?, non_existent))
            },
        ),
        Function::method("dt.base_utc_offset", &[], |given| Ok(dated(given)?.dt().base_utc_offset())),
        Function::method("dt.dst_offset", &[], |given| Ok(dated(given)?.dt().dst_offset())),
    ],
};

fn replace(given: &Given<'_>) -> Result<Expr, Error> {
    Ok(given.me()?.dt().replace(
        given.column("year")?,
        given.column("month")?,
        given.column("day")?,
        given.column("hour")?,
        given.column("minute")?,
        given.column("second")?,
        given.column("microsecond")?,
        ambiguous(given)?,
    ))
}
