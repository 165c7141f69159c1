//! What functions of time share: units, zones, lengths of time, hours that come twice.

use polars::prelude::{Duration, Expr, TimeUnit, TimeZone};
use polars::time::known_timezones;

use super::made::{self, DAY_NS};
use crate::frame::lower::{Error, Given, span_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};
use crate::nearest;

const A_YEAR_NS: i64 = 366 * DAY_NS;
/// Units that types of time have.
pub(super) const UNITS: Kind = Kind::Choice(&["ms", "us", "ns"]);
/// Units that a number of times since 1970 may have.
pub(super) const EPOCH_UNITS: Kind = Kind::Choice(&["ns", "us", "ms", "s", "d"]);
/// What to do with times that a zone has twice, in words.
const WORDS: &[&str] = &["raise", "earliest", "latest", "null"];
/// What to do with times that a zone has twice.
pub(super) const AMBIGUOUS: Param = Param::named("ambiguous", Kind::Value, Default::Text("raise"));

/// `time_unit`.
pub(super) fn unit(given: &Given<'_>) -> Result<TimeUnit, Error> {
    unit_named(given.text("time_unit")?)
}

/// The unit of that name.
pub(super) fn unit_named(name: &str) -> Result<TimeUnit, Error> {
    match name {
        "ms" => Ok(TimeUnit::Milliseconds),
        "us" => Ok(TimeUnit::Microseconds),
        "ns" => Ok(TimeUnit::Nanoseconds),
        _ => Err(Error::refused(format!("there is no unit of time {name:?}"))
            .hinted("write \"ms\", \"us\" or \"ns\"")),
    }
}

/// `time_zone`.
pub(super) fn zone(given: &Given<'_>) -> Result<Option<TimeZone>, Error> {
    match given.value("time_zone")? {
        Literal::None => Ok(None),
        Literal::Text(name) => zone_named(&name).map(Some),
        _ => Err(Error::refused("`time_zone` takes the name of a time zone, or None")),
    }
}

/// The zone of that name.
pub(super) fn zone_named(name: &str) -> Result<TimeZone, Error> {
    // Polars means all zones by a star, where it asks for columns.
    let found = TimeZone::opt_try_new(Some(name)).ok().flatten().filter(|_| name != "*");
    found.ok_or_else(|| {
        let error = Error::refused(format!("there is no time zone {name:?}"));
        match nearest(name, known_timezones()) {
            Some(near) => error.hinted(format!("did you mean {near:?}?")),
            None => error.hinted("zones are named as in the IANA database: \"UTC\", \"Europe/Amsterdam\""),
        }
    })
}

/// `ambiguous`: one word for all rows, or a column of such words.
pub(super) fn ambiguous(given: &Given<'_>) -> Result<Expr, Error> {
    match given.written("ambiguous")? {
        Some(Literal::Text(word)) if !WORDS.contains(&word.as_ref()) => {
            Err(Error::refused(format!("`ambiguous` is {word:?}"))
                .hinted("write \"raise\", \"earliest\", \"latest\" or \"null\""))
        }
        _ => given.column("ambiguous"),
    }
}

/// The times that the function is asked of, once it is known that they can be moved by its argument `name`.
pub(super) fn movable(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    let span_ns = match given.written(name)? {
        Some(Literal::Text(text)) => reach_ns(&[span_of(name, text)?]),
        _ => A_YEAR_NS,
    };
    Ok(made::in_reach(given.me()?, span_ns))
}

/// The times that the function is asked of, once it is known that a calendar has them, and the next months, too.
pub(super) fn dated(given: &Given<'_>) -> Result<Expr, Error> {
    Ok(made::in_reach(given.me()?, A_YEAR_NS))
}

/// At least so many nanoseconds are these lengths of time together.
pub(in crate::frame) fn reach_ns(spans: &[Duration]) -> i64 {
    // Polars reckons with months of 28 days.
    let long = |span: &Duration| span.duration_ns().saturating_add(span.months().saturating_mul(4 * DAY_NS));
    spans.iter().map(|span| long(span).saturating_abs()).fold(0, i64::saturating_add)
}

/// A length of time: one for all rows, or a column of such, written as texts.
pub(super) fn span(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    match given.written(name)? {
        Some(Literal::Text(text)) => span_of(name, text).and_then(|_| given.column(name)),
        _ => given.column(name),
    }
}
