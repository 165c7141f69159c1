//! `resample`: rows by windows of time, with a row for those that have none, too.
//!
//! A window has a number, which is what its first time is counted from 1970 in the unit of the column, or in months:
//! reckoning with windows is reckoning with integers. Days, weeks and months are counted by the clock of the column's
//! time zone, and hours and less through its changes.

use polars::prelude::{
    ClosedWindow, DataFrame, DataType, DatetimeArgs, Duration, Expr, IntoLazy, NonExistent, PlSmallStr,
    RollingGroupOptions, TimeUnit, TimeZone, datetime, lit,
};

use super::group_by_dynamic::every;
use super::rolling::indexed;
use super::{Made, On, Verb};
use crate::did_you_mean;
use crate::frame::functions::made::{self, DAY_NS};
use crate::frame::groups::{Groups, Windows};
use crate::frame::lower::{Error, Given, field_of, value_of};
use crate::lang::args::Literal;
use crate::lang::signature::{Default, Kind, Param};
use crate::lang::type_shown;
use crate::nearest;

const SIDE: Kind = Kind::Choice(&["left", "right"]);
const ORIGINS: [&str; 5] = ["epoch", "start", "start_day", "end", "end_day"];
/// The number of the month that 1970 begins with.
const MONTH_1970: i64 = 1970 * 12;
/// The first Monday of 1970, counted in days.
const MONDAY: i64 = 4;

/// `resample`: rows by windows of time, with a row for those that have none, too.
pub(super) const VERB: Verb = Verb {
    name: "resample",
    on: On::Frame,
    params: &[
        Param::required("index_column", Kind::Column),
        Param::required("every", Kind::Span),
        Param::named("closed", SIDE, Default::None),
        Param::named("label", SIDE, Default::None),
        Param::named("origin", Kind::Literal, Default::None),
        Param::named("offset", Kind::Span, Default::None),
        Param::named("group_by", Kind::Columns, Default::None),
    ],
    page: include_str!("resample.md"),
    polars: resample,
};

fn resample(given: &Given<'_>) -> Result<Made, Error> {
    let (mut frame, index) = indexed(given)?;
    let (name, kind) = field_of(&frame, &index)?;
    let keys = given.columns("group_by")?;
    let line = Line::of(&kind, &name)?;
    if !line.is_whole() {
        // Months of times beyond the calendar are null, and their rows would be gone.
        frame = frame.with_columns([made::in_reach(index.clone(), 0)]);
    }
    let grid = Grid { step: line.step(given)?, offset: line.offset(given)?, line, time: index.clone() };
    let origin = Origin::of(given)?;
    let is_right = |argument| -> Result<bool, Error> {
        Ok(given
            .text_if(argument)?
            .map_or(matches!(origin, Origin::End | Origin::EndDay), |side| side == "right"))
    };
    let number = grid.number(&origin, &keys, is_right("closed")?)?;
    let first_or_last =
        Expr::Column(name.clone()) + lit(if is_right("label")? { grid.step.number() } else { 0 });
    let label = grid.label(first_or_last);

    let schema = frame.collect_schema()?;
    let one = Duration::try_parse(if grid.line.is_whole() { "1i" } else { "1d" })?;
    let behind = RollingGroupOptions {
        period: one,
        offset: one,
        closed_window: ClosedWindow::Left,
        ..RollingGroupOptions::default()
    };
    let none = DataFrame::full_null(&schema, 1).lazy();
    let none =
        none.with_columns([lit(0_i64).cast(kind).alias(name.clone())]).rolling(index.clone(), &keys, behind);

    let by: Vec<Expr> = keys.iter().cloned().chain([number.alias(name.clone())]).collect();
    let by = frame.filter(index.is_not_null()).group_by_stable(by);
    let keys = by.clone().agg::<[Expr; 0]>([]).collect_schema()?;
    let keys = keys.iter_names().filter(|key| **key != name).cloned().collect();
    let windows = Windows { keys, index: name, step: grid.step.number(), label, none };
    Ok(Made::Groups(Groups::windows(by, windows)))
}

/// What windows lie along.
enum Line {
    /// Integers of this type.
    Whole(DataType),
    /// Dates.
    Days,
    /// Instants, in this unit, by the clock of this zone.
    Times(TimeUnit, Option<TimeZone>),
}

/// How far it is from one window to the next.
#[derive(Clone, Copy)]
enum Step {
    /// So many units of the column.
    Units(i64),
    /// So many units, which are whole days by the clock.
    Days(i64),
    /// The same, and weeks alone: they begin on Monday.
    Weeks(i64),
    /// So many months.
    Months(i64),
}

/// How far windows are moved.
#[derive(Clone, Copy, Default)]
struct Offset {
    months: i64,
    units: i64,
}

/// A time that a window begins at, from which others are counted in both directions.
enum Origin {
    /// What is usual: the first row's day; 0; Monday, or the first of a month.
    Usual,
    Epoch,
    Start,
    StartDay,
    End,
    EndDay,
    At(Literal),
}

impl Step {
    /// From the number of one window to that of the next.
    fn number(self) -> i64 {
        match self {
            Self::Units(step) | Self::Days(step) | Self::Weeks(step) | Self::Months(step) => step,
        }
    }
}

impl Origin {
    fn of(given: &Given<'_>) -> Result<Self, Error> {
        Ok(match given.value("origin")? {
            Literal::None => Self::Usual,
            Literal::Text(word) => match word.as_ref() {
                "epoch" => Self::Epoch,
                "start" => Self::Start,
                "start_day" => Self::StartDay,
                "end" => Self::End,
                "end_day" => Self::EndDay,
                other => {
                    let near = did_you_mean(nearest(other, ORIGINS));
                    return Err(Error::refused(format!("`origin` is {other:?}{near}")).hinted(format!(
                        "write one of {ORIGINS:?}, or a time: `datetime(2024, 1, 31, 12)`"
                    )));
                }
            },
            other => Self::At(other),
        })
    }
}

impl Line {
    fn of(kind: &DataType, name: &PlSmallStr) -> Result<Self, Error> {
        match kind {
            DataType::Date => Ok(Self::Days),
            DataType::Datetime(unit, zone) => Ok(Self::Times(*unit, zone.clone())),
            kind if kind.is_integer() => Ok(Self::Whole(kind.clone())),
            other => {
                Err(Error::refused(format!("`index_column` is `{name}`, which is {}", type_shown(other)))
                    .hinted("windows lie along a Date, a Datetime or an integer of 32 or 64 bits: cast it"))
            }
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }

    /// Nanoseconds of one of its units.
    fn unit_ns(&self) -> i64 {
        match self {
            Self::Whole(_) | Self::Times(TimeUnit::Nanoseconds, _) => 1,
            Self::Times(TimeUnit::Microseconds, _) => 1_000,
            Self::Times(TimeUnit::Milliseconds, _) => 1_000_000,
            Self::Days => DAY_NS,
        }
    }

    /// Units of a day.
    fn day(&self) -> i64 {
        DAY_NS.checked_div(self.unit_ns()).unwrap_or(1)
    }

    /// So many units as the span without its months is long.
    fn units(&self, given: &Given<'_>, argument: &'static str, span: &Duration) -> Result<i64, Error> {
        let text = given.text(argument)?;
        match (self.is_whole(), span.parsed_int) {
            (true, false) => {
                Err(Error::refused(format!("`{argument}` is {text:?}, and `index_column` holds integers"))
                    .hinted("lengths of integers are written \"10i\""))
            }
            (false, true) => {
                Err(Error::refused(format!("`{argument}` is {text:?}, and `index_column` holds times"))
                    .hinted("write a number and a unit: \"15m\", \"1d\", \"1mo\""))
            }
            _ => {
                let days = span.weeks().saturating_mul(7).saturating_add(span.days());
                let all_ns = days.saturating_mul(DAY_NS).saturating_add(span.nanoseconds());
                match (all_ns.checked_div(self.unit_ns()), all_ns.checked_rem(self.unit_ns())) {
                    (Some(units), Some(0)) => {
                        Ok(if span.negative() { units.saturating_neg() } else { units })
                    }
                    _ => Err(Error::refused(format!(
                        "`{argument}` is {text:?}, which `index_column` is too coarse for"
                    ))
                    .hinted(
                        "cast it: a Date to `Datetime(\"us\")`, a Datetime to one of `\"us\"` or `\"ns\"`",
                    )),
                }
            }
        }
    }

    fn step(&self, given: &Given<'_>) -> Result<Step, Error> {
        let span = every(given)?;
        let units = self.units(given, "every", &span)?;
        let parts = (span.months(), span.weeks(), span.days(), span.nanoseconds());
        match parts {
            (months, 0, 0, 0) if months > 0 => Ok(Step::Months(months)),
            (0, _, 0, 0) => Ok(Step::Weeks(units)),
            (0, _, _, 0) => Ok(Step::Days(units)),
            (0, 0, 0, _) => Ok(Step::Units(units)),
            _ => Err(Error::refused(format!(
                "`every` is {:?}, which is of units that are not always equally long",
                given.text("every")?
            ))
            .hinted("write it in months, in days, or in hours and less")),
        }
    }

    fn offset(&self, given: &Given<'_>) -> Result<Offset, Error> {
        let Some(span) = given.span_if("offset")? else { return Ok(Offset::default()) };
        let months = if span.negative() { span.months().saturating_neg() } else { span.months() };
        Ok(Offset { months, units: self.units(given, "offset", &span)? })
    }
}

/// Windows, numbered.
struct Grid {
    line: Line,
    step: Step,
    offset: Offset,
    /// The column that they lie along.
    time: Expr,
}

impl Grid {
    /// The number of the window that each row is in.
    fn number(&self, origin: &Origin, keys: &[Expr], is_right: bool) -> Result<Expr, Error> {
        // What ends a window is its last time where windows are closed on the right.
        let ahead = i64::from(is_right);
        let place = self.place(self.time.clone());
        if let Step::Months(months) = self.step {
            return self.month(origin, place - lit(self.offset.units.saturating_add(ahead)), months);
        }
        if self.offset.months != 0 {
            return Err(Error::refused("`offset` has months, and `every` has none")
                .hinted("write it in days, or in hours and less"));
        }
        let step = lit(self.step.number());
        let origin = self.origin(origin, keys)? % step.clone() + lit(self.offset.units) % step.clone();
        let place = place - lit(ahead);
        // The remainders first: a difference of two times may be too long for 64 bits.
        Ok(place.clone() - (place % step.clone() - origin) % step)
    }

    fn month(&self, origin: &Origin, place: Expr, months: i64) -> Result<Expr, Error> {
        if !matches!(origin, Origin::Usual | Origin::Epoch) {
            return Err(Error::refused(
                "`every` is of months, which begin with the calendar's and have no `origin`",
            )
            .hinted("leave it out; `offset` moves windows by months or days"));
        }
        let day = match &self.line {
            Line::Times(unit, _) => place.cast(DataType::Datetime(*unit, None)),
            _ => place.cast(DataType::Date),
        };
        let year = day.clone().dt().year().cast(DataType::Int64);
        let number = year * lit(12_i64) + day.dt().month().cast(DataType::Int64) - lit(1_i64);
        let from = lit(MONTH_1970.saturating_add(self.offset.months));
        Ok(number.clone() - (number - from) % lit(months))
    }

    /// A time as a number: by the clock, where windows are.
    fn place(&self, time: Expr) -> Expr {
        match (&self.line, self.step) {
            (Line::Times(_, Some(_)), Step::Days(_) | Step::Weeks(_) | Step::Months(_)) => {
                by_the_clock(time).cast(DataType::Int64)
            }
            _ => time.strict_cast(DataType::Int64),
        }
    }

    /// Where a window begins, as [`Self::place`] has it.
    fn origin(&self, origin: &Origin, keys: &[Expr]) -> Result<Expr, Error> {
        let of_group = |time: Expr| if keys.is_empty() { Ok(time) } else { time.over(keys) };
        let first = || of_group(self.time.clone().min());
        let last = || of_group(self.time.clone().max());
        let day = self.line.day();
        Ok(match (origin, &self.line, self.step) {
            (Origin::Usual, Line::Whole(_), _) => lit(0_i64),
            (Origin::Usual, _, Step::Weeks(_)) => lit(MONDAY.saturating_mul(day)),
            (Origin::Usual | Origin::StartDay | Origin::Epoch, ..) if self.are_parts_of_days() => lit(0_i64),
            (Origin::Epoch, ..) => self.day(lit(0_i64)),
            (Origin::Start, ..) => self.place(first()?),
            (Origin::End, ..) => self.place(last()?),
            (Origin::Usual | Origin::StartDay, Line::Days | Line::Times(..), _) => {
                let first = self.clock(first()?);
                self.day(first.clone() - first % lit(day))
            }
            (Origin::EndDay, Line::Days | Line::Times(..), _) => {
                let last = self.clock(last()?);
                self.day(last.clone() + (lit(0_i64) - last) % lit(day))
            }
            (Origin::StartDay | Origin::EndDay, Line::Whole(_), _) => {
                return Err(Error::refused("`origin` is a day, and `index_column` holds integers")
                    .hinted("write \"start\", \"end\" or an integer"));
            }
            (Origin::At(value), ..) => self.at(value)?,
        })
    }

    /// Whether windows begin at midnight, whichever day they are counted from.
    fn are_parts_of_days(&self) -> bool {
        matches!(self.line, Line::Days | Line::Times(_, None))
            && self.line.day().checked_rem(self.step.number()) == Some(0)
            || matches!(self.step, Step::Days(step) if step == self.line.day())
    }

    /// A time as a number, by the clock in any case.
    fn clock(&self, time: Expr) -> Expr {
        match &self.line {
            Line::Times(_, Some(_)) => by_the_clock(time).cast(DataType::Int64),
            _ => time.cast(DataType::Int64),
        }
    }

    /// A time by the clock, as [`Self::place`] has it.
    fn day(&self, clock: Expr) -> Expr {
        match (&self.line, self.step) {
            (Line::Times(unit, Some(zone)), Step::Units(_)) => {
                in_zone(clock, *unit, zone).cast(DataType::Int64)
            }
            _ => clock,
        }
    }

    /// A time that the program writes.
    fn at(&self, value: &Literal) -> Result<Expr, Error> {
        let wrong = |what: &str, hint: &str| {
            Err(Error::refused(format!("`origin` is {what}, and `index_column` is another thing"))
                .hinted(hint))
        };
        let kind = match (value, &self.line) {
            (Literal::Int(_), Line::Whole(_)) => return value_of(value),
            (Literal::Moment(moment), Line::Days | Line::Times(..)) => moment.dtype().clone(),
            (Literal::Moment(_), _) => return wrong("a time", "write an integer"),
            _ => return wrong("no time", "write a time: `datetime(2024, 1, 31, 12)`"),
        };
        let value = value_of(value)?;
        match (kind, &self.line) {
            (DataType::Date | DataType::Datetime(_, None), Line::Days) => {
                Ok(value.cast(DataType::Date).cast(DataType::Int64))
            }
            (DataType::Date | DataType::Datetime(_, None), Line::Times(unit, _)) => {
                Ok(self.day(value.cast(DataType::Datetime(*unit, None)).cast(DataType::Int64)))
            }
            (DataType::Datetime(_, Some(from)), Line::Times(unit, Some(zone))) => {
                let value = value.cast(DataType::Datetime(*unit, Some(from))).dt();
                Ok(self.place(value.convert_time_zone(zone.clone())))
            }
            (DataType::Datetime(_, Some(_)), _) => {
                wrong("a time in a zone", "leave the zone out: `datetime(2024, 1, 31, 12)`")
            }
            _ => wrong("no day", "write a time: `datetime(2024, 1, 31, 12)`"),
        }
    }

    /// What the window of that number is called by.
    fn label(&self, number: Expr) -> Expr {
        let units = lit(self.offset.units);
        let place = match self.step {
            Step::Months(_) => {
                let (year, month) =
                    (number.clone().floor_div(lit(12_i64)), number % lit(12_i64) + lit(1_i64));
                let first = DatetimeArgs::new(year, month, lit(1_i64));
                match &self.line {
                    Line::Times(unit, _) => datetime(first.with_time_unit(*unit)),
                    _ => datetime(first).cast(DataType::Date),
                }
                .cast(DataType::Int64)
                    + units
            }
            _ => number,
        };
        match (&self.line, self.step) {
            (Line::Whole(kind), _) => place.strict_cast(kind.clone()),
            (Line::Days, _) => place.cast(DataType::Date),
            (Line::Times(unit, Some(zone)), Step::Days(_) | Step::Weeks(_) | Step::Months(_)) => {
                in_zone(place, *unit, zone)
            }
            (Line::Times(unit, zone), _) => place.cast(DataType::Datetime(*unit, zone.clone())),
        }
    }
}

/// What the clock of the column's zone shows.
fn by_the_clock(time: Expr) -> Expr {
    time.dt().replace_time_zone(None, lit("raise"), NonExistent::Raise)
}

/// The instant at which the zone's clock shows that, counted in the unit: the first of two, and what comes of it where
/// the clock leaves it out.
fn in_zone(clock: Expr, unit: TimeUnit, zone: &TimeZone) -> Expr {
    let day = lit(Line::Times(unit, None).day());
    let shown = |clock: Expr| {
        let naive = clock.cast(DataType::Datetime(unit, None)).dt();
        naive.replace_time_zone(Some(zone.clone()), lit("earliest"), NonExistent::Null)
    };
    // A day before, the clock was as it was before it changed.
    let left_out = shown(clock.clone() - day.clone()).cast(DataType::Int64) + day;
    shown(clock).fill_null(left_out.cast(DataType::Datetime(unit, Some(zone.clone()))))
}
