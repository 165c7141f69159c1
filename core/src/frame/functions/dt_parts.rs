//! Parts of dates and times: the year, the hour, the day of the week.

use polars::prelude::lit;

use super::{Family, Function};
use crate::lang::signature::{Default, Kind, Param};

const FRACTIONAL: &[Param] = &[Param::named("fractional", Kind::Bool, Default::Bool(false))];

/// Parts of dates and times: the year, the hour, the day of the week.
pub(super) const FAMILY: Family = Family {
    name: "dt_parts",
    page: include_str!("dt_parts.md"),
    functions: &[
        Function::method("dt.millennium", &[], |given| Ok(given.me()?.dt().millennium())),
        Function::method("dt.century", &[], |given| Ok(given.me()?.dt().century())),
        Function::method("dt.year", &[], |given| Ok(given.me()?.dt().year())),
        Function::method("dt.iso_year", &[], |given| Ok(given.me()?.dt().iso_year())),
        Function::method("dt.quarter", &[], |given| Ok(given.me()?.dt().quarter())),
        Function::method("dt.month", &[], |given| Ok(given.me()?.dt().month())),
        Function::method("dt.week", &[], |given| Ok(given.me()?.dt().week())),
        Function::method("dt.day", &[], |given| Ok(given.me()?.dt().day())),
        Function::method("dt.weekday", &[], |given| Ok(given.me()?.dt().weekday())),
        Function::method("dt.ordinal_day", &[], |given| Ok(given.me()?.dt().ordinal_day())),
        Function::method("dt.days_in_month", &[], |given| Ok(given.me()?.dt().days_in_month())),
        Function::method("dt.is_leap_year", &[], |given| Ok(given.me()?.dt().is_leap_year())),
        Function::method("dt.hour", &[], |given| Ok(given.me()?.dt().hour())),
        Function::method("dt.minute", &[], |given| Ok(given.me()?.dt().minute())),
        Function::method("dt.second", FRACTIONAL, |given| {
            let time = given.me()?.dt();
            if !given.bool("fractional")? {
                return Ok(time.second());
            }
            let fraction = given.me()?.dt().nanosecond().true_div(lit(1e9));
            Ok(time.second() + fraction)
        }),
        Function::method("dt.millisecond", &[], |given| Ok(given.me()?.dt().millisecond())),
        Function::method("dt.microsecond", &[], |given| Ok(given.me()?.dt().microsecond())),
        Function::method("dt.nanosecond", &[], |given| Ok(given.me()?.dt().nanosecond())),
        Function::method("dt.date", &[], |given| Ok(given.me()?.dt().date())),
        Function::method("dt.time", &[], |given| Ok(given.me()?.dt().time())),
    ],
};
