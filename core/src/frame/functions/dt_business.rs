//! Days on which business is done.

use chrono::NaiveDate;
use polars::prelude::{Expr, NamedFrom, Roll, Series, lit};

use super::moment::dated;
use super::{Family, Function};
use crate::frame::lower::{Error, Given};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};

const WEEK_MASK: Param = Param::named(
    "week_mask",
    Kind::Bools,
    Default::List(&[
        Default::Bool(true),
        Default::Bool(true),
        Default::Bool(true),
        Default::Bool(true),
        Default::Bool(true),
        Default::Bool(false),
        Default::Bool(false),
    ]),
);
const HOLIDAYS: Param = Param::named("holidays", Kind::Value, Default::List(&[]));
const ROLLS: &[&str] = &["raise", "forward", "backward"];

/// Days on which business is done.
pub(super) const FAMILY: Family = Family {
    name: "dt_business",
    page: include_str!("dt_business.md"),
    functions: &[
        Function::method("dt.is_business_day", &[WEEK_MASK, HOLIDAYS], |given| {
            Ok(given.me()?.dt().is_business_day(week_mask(given)?, holidays(given)?))
        }),
        Function::method(
            "dt.add_business_days",
            &[
                Param::required("n", Kind::Column),
                WEEK_MASK,
                HOLIDAYS,
                Param::named("roll", Kind::Choice(ROLLS), Default::Text("raise")),
            ],
            |given| {
                let roll = match given.text("roll")? {
                    "forward" => Roll::Forward,
                    "backward" => Roll::Backward,
                    _ => Roll::Raise,
                };
                let (week_mask, holidays) = (week_mask(given)?, holidays(given)?);
                Ok(dated(given)?.dt().add_business_days(given.column("n")?, week_mask, holidays, roll))
            },
        ),
        Function::free(
            "business_day_count",
            &[
                Param::required("start", Kind::Column),
                Param::required("end", Kind::Column),
                WEEK_MASK,
                HOLIDAYS,
            ],
            |given| {
                let (start, end) = (given.column("start")?, given.column("end")?);
                Ok(polars::lazy::dsl::business_day_count(start, end, week_mask(given)?, holidays(given)?))
            },
        ),
    ],
};

fn week_mask(given: &Given<'_>) -> Result<[bool; 7], Error> {
    let days: Vec<bool> = match given.value("week_mask")? {
        Literal::List(days) => days.iter().map(|day| *day == Literal::Bool(true)).collect(),
        _ => Vec::new(),
    };
    match <[bool; 7]>::try_from(days) {
        Ok(days) if days.contains(&true) => Ok(days),
        Ok(_) => Err(Error::refused("`week_mask` has no business day")),
        Err(days) => Err(Error::refused(format!("`week_mask` holds {} of 7 days", days.len()))
            .hinted("say of each day, from Monday on, whether it is one of business")),
    }
}

/// Days off, the same for all rows, or a column of lists of them.
fn holidays(given: &Given<'_>) -> Result<Expr, Error> {
    let Some(Literal::List(days)) = given.written("holidays")? else {
        return given.column("holidays");
    };
    let day = |day: &Literal| match day {
        Literal::Text(text) => text.parse::<NaiveDate>().ok(),
        _ => None,
    };
    let days: Option<Vec<NaiveDate>> = days.iter().map(day).collect();
    let days = days.ok_or_else(|| {
        Error::refused("`holidays` holds something that is no date")
            .hinted("write dates as texts: [\"2024-12-25\"], or give a column of lists of dates")
    })?;
    // A list of dates is made of it where the plan is typed.
    Ok(lit(Series::new("".into(), days)))
}
