//! What a call makes out of little, weighed before any of it is made: rows by a count, items of lists, letters of texts.
//!
//! A count that the program writes is refused where it stands; one that is computed is looked at once it is known.

use std::borrow::Cow;

use polars::lazy::dsl::{self, Expr};
use polars::prelude::{
    ChunkAgg, ChunkApply, Column, DataType, Duration, Field, Int64Chunked, IntoColumn, PolarsResult,
    StringChunked, StringNameSpaceImpl, TimeUnit, polars_ensure, polars_err,
};

use crate::frame::lower::{Error, Given, Over};
use crate::lang::args::Literal;

/// Rows, items or bytes that one call may make: 800 MB of integers.
const MOST: u64 = 100_000_000;

/// Nanoseconds of a day.
pub(in crate::frame) const DAY_NS: i64 = 86_400_000_000_000;
/// Nanoseconds of a year.
const YEAR_NS: i128 = 365 * DAY_NS as i128;
/// The year up to which Polars' calendar is sure to reckon; it has 262 142, of which some are left to be moved by.
const YEAR_MOST: i128 = 261_000;

/// The argument that says how many rows the call makes.
pub(super) fn counted(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    match given.constant(name)? {
        Some(Literal::Int(count)) if *count < 0 => {
            Err(Error::refused(format!("`{name}` is {count}, and cannot be negative")))
        }
        Some(Literal::Int(count)) => written(*count).and_then(|()| given.column(name)),
        Some(_) => {
            Err(Error::refused(format!("`{name}` is a value that counts nothing")).hinted("write an integer"))
        }
        None => Ok(known(given.column(name)?)),
    }
}

/// The argument that says how many items or letters each row of `of` gets.
pub(super) fn counted_each(given: &Given<'_>, name: &'static str, of: Expr) -> Result<Expr, Error> {
    let count = match given.constant(name)? {
        Some(Literal::Int(count)) => written(*count).and_then(|()| whole_number(given, name))?,
        _ => given.column(name)?,
    };
    Ok(looked_at(count, Some(of), |counts, _| total(counts)))
}

/// A count of rows that is computed.
pub(in crate::frame) fn known(count: Expr) -> Expr {
    looked_at(count, None, |counts, _| {
        // Polars 0.55.2 panics at such.
        polars_ensure!(!whole(counts)?.iter().flatten().any(|count| count < 0), ComputeError: "a count is negative");
        total(counts)
    })
}

/// The keys of groups, once it is known that the items are not too many where each row gets those of all of its group.
pub(super) fn each_with_its_group(keys: Vec<Expr>) -> Result<Vec<Expr>, Error> {
    let mut guarded = keys.clone();
    if let Some(first) = guarded.first_mut() {
        let items = dsl::len().over(keys)?;
        *first = looked_at(first.clone(), Some(items), |_, items| total(items));
    }
    Ok(guarded)
}

/// The end of a range of integers that begins with `start`.
pub(super) fn range_end(given: &Given<'_>, end: &'static str, start: Expr, step: i64) -> Result<Expr, Error> {
    let steps = move |wide: i128| wide.checked_div(step.into()).unwrap_or_default();
    let stop = match (given.constant(end)?, given.constant("start")?) {
        (Some(Literal::Int(stop)), _) if end == "start" => {
            return written(steps(*stop)).and_then(|()| given.column(end));
        }
        (Some(Literal::Int(stop)), Some(Literal::Int(first))) => {
            return written(steps(stop.saturating_sub(*first))).and_then(|()| given.column(end));
        }
        (Some(Literal::Int(_)), _) => whole_number(given, end)?,
        _ => given.column(end)?,
    };
    Ok(looked_at(stop, Some(start), move |ends, starts| Ok(all(&whole(starts)?, &whole(ends)?, steps))))
}

/// The end of a range of dates, times or instants that begins with `start`.
pub(in crate::frame) fn span_end(start: Expr, end: Expr, step: &Duration) -> Expr {
    // A step of nothing, or one back, is for Polars to refuse.
    let step_ns = if step.negative() { 0 } else { i128::from(step.duration_ns()) };
    let steps = move |wide_us: i128| wide_us.saturating_mul(1_000).checked_div(step_ns).unwrap_or_default();
    looked_at(end, Some(start), move |ends, starts| Ok(all(&instants(starts)?, &instants(ends)?, steps)))
}

/// A column of times or integers, once it is known that all of them can be moved by so many nanoseconds, or units, and
/// still be held: Polars 0.55.2 panics at others, goes round, or never ends.
pub(in crate::frame) fn in_reach(along: Expr, span_ns: i64) -> Expr {
    let look = move |along: Column| reach(&along, span_ns).map(|()| along);
    along.map_with_fmt_str(look, |_, field| Ok(field.clone()), "in_reach")
}

/// Times, or lengths of time, once it is known that all of them can be told in that unit: Polars 0.55.2 goes round.
pub(super) fn in_unit(times: Expr, unit: TimeUnit) -> Expr {
    let ns = |unit: TimeUnit| match unit {
        TimeUnit::Milliseconds => 1_000_000_i64,
        TimeUnit::Microseconds => 1_000,
        TimeUnit::Nanoseconds => 1,
    };
    let look = move |times: Column| {
        let held_ns = match times.dtype() {
            DataType::Date => DAY_NS,
            DataType::Datetime(held, _) | DataType::Duration(held) => ns(*held),
            _ => return Ok(times),
        };
        let by = held_ns.checked_div(ns(unit)).unwrap_or_default();
        let numbers = whole(&times)?;
        let fits = |number: Option<i64>| number.is_none_or(|number| number.checked_mul(by).is_some());
        let name = times.name();
        polars_ensure!(
            fits(numbers.min()) && fits(numbers.max()),
            ComputeError: "column `{name}` holds a time that 64 bits of {unit} do not hold"
        );
        Ok(times)
    };
    times.map_with_fmt_str(look, |_, field| Ok(field.clone()), "in_unit")
}

/// The column that windows lie along, whose unit is so long, once it is known that they are not too many, and that those
/// that reach `span_ns` beyond its ends can be held ([`in_reach`]): in a group,
/// Polars holds place for each from the first that has rows to the last, and else for each that has some.
pub(in crate::frame) fn windows(
    along: Expr,
    unit_ns: i64,
    every: &Duration,
    period: &Duration,
    span_ns: i64,
    keys: &[Expr],
) -> Result<Expr, Error> {
    let number = |value: Expr| value.cast(DataType::Int64).cast(DataType::Float64);
    let wide = number(along.clone().max()) - number(along.clone().min());
    let in_groups = !keys.is_empty();
    let wide = if in_groups { wide.over(keys)? } else { wide };
    let (unit_ns, every_ns) = (unit_ns as f64, every.duration_ns() as f64);
    let of_row = period.duration_ns() as f64 / every_ns;
    Ok(looked_at(along, Some(wide), move |along, wide| {
        reach(along, span_ns)?;
        let widest = wide.cast(&DataType::Float64)?.f64()?.max().unwrap_or_default();
        let between = widest * unit_ns / every_ns + of_row;
        let count = if in_groups { between } else { between.min(along.len() as f64 * (of_row + 1.0)) };
        // What is beyond is the most there can be.
        Ok(count as u64)
    }))
}

/// The number of the last of windows that are `step` apart, the first of which has the number `first`.
pub(in crate::frame) fn last_window(first: Expr, last: Expr, step: i64) -> Expr {
    let steps = move |wide: i128| wide.checked_div(step.into()).unwrap_or_default();
    looked_at(last, Some(first), move |lasts, firsts| {
        let lasts = whole(lasts)?;
        let is_held = lasts.iter().flatten().all(|last| last.checked_add(step).is_some());
        polars_ensure!(is_held, ComputeError: "a window reaches beyond 64 bits");
        Ok(all(&whole(firsts)?, &lasts, steps))
    })
}

/// Refuses a count that the program writes and that is too large.
pub(in crate::frame) fn written(count: i128) -> Result<(), Error> {
    match u64::try_from(count.max(0)).unwrap_or(u64::MAX) {
        count if count > MOST => Err(Error::Over(over(count))),
        _ => Ok(()),
    }
}

/// Texts, once it is known how much longer they become with `value` in the place of each match of `pattern`, or of the
/// first `n`: by no more than they are long, or than one call may make.
pub(super) fn replaceable(texts: Expr, pattern: &Expr, value: &Expr, is_literal: bool, n: i64) -> Expr {
    let look = move |columns: &mut [Column]| {
        let missing = || polars_err!(ComputeError: "an argument is missing");
        let [texts, pattern, value] = columns else { return Err(missing()) };
        if let (Ok(held), Ok(pattern), Ok(value)) = (texts.str(), pattern.str(), value.str()) {
            let size = bytes(held);
            let most = MOST.max(size);
            let at_most = |matches: u64| grown(size, value, is_literal, matches);
            let all = size.saturating_add(held.len() as u64);
            let limit = u64::try_from(n).map_or(all, |n| n.saturating_mul(held.len() as u64).min(all));
            // Counted only where the longest answer there can be would be too long.
            if at_most(limit) > most {
                let got = at_most(limit.min(matches(held, pattern, is_literal)?.unwrap_or(limit)));
                if got > most {
                    return Err(over(got).into());
                }
            }
            // Polars 0.55.2 replaces in what lies below a null, too, which nobody weighs.
            if held.has_nulls() {
                let whole: StringChunked = held.iter().collect();
                return Ok(whole.with_name(texts.name().clone()).into_column());
            }
        }
        Ok(texts.clone())
    };
    texts.map_many(look, &[pattern.clone(), value.clone()], |_, fields| {
        fields.first().cloned().ok_or_else(|| polars_err!(ComputeError: "an argument is missing"))
    })
}

/// Texts with the first letter of each word in upper case, and the others in lower case.
pub(super) fn titled(texts: Expr) -> Expr {
    fn title(text: &str) -> Cow<'_, str> {
        let mut titled = String::with_capacity(text.len());
        let mut is_inside = false;
        for letter in text.chars() {
            if is_inside {
                titled.extend(letter.to_lowercase())
            } else {
                titled.extend(letter.to_uppercase())
            }
            is_inside = letter.is_alphabetic();
        }
        titled.into()
    }
    let look = |texts: Column| Ok(texts.str()?.apply_values(title).into_column());
    texts.map(look, |_, field| Ok(field.clone()))
}

/// Bytes of all texts.
fn bytes(texts: &StringChunked) -> u64 {
    texts.iter().flatten().map(|text| text.len() as u64).fold(0, u64::saturating_add)
}

/// Bytes by which texts of `size` grow at so many matches, at most. Each `$1` may stand for a whole text, which matches
/// share.
fn grown(size: u64, values: &StringChunked, is_literal: bool, matches: u64) -> u64 {
    let most = |of: &dyn Fn(&str) -> usize| values.iter().flatten().map(of).max().unwrap_or(0) as u64;
    let groups = if is_literal { 0 } else { most(&|value| value.matches('$').count()) };
    matches.saturating_mul(most(&str::len)).saturating_add(groups.saturating_mul(size))
}

/// How many matches there are of one pattern; nothing where there are several.
fn matches(texts: &StringChunked, pattern: &StringChunked, is_literal: bool) -> PolarsResult<Option<u64>> {
    match (pattern.len(), pattern.get(0)) {
        (1, Some(pattern)) => {
            let counts = texts.count_matches(pattern, is_literal)?;
            Ok(Some(counts.iter().flatten().map(u64::from).fold(0, u64::saturating_add)))
        }
        _ => Ok(None),
    }
}

/// A count that the program writes: Polars asks for the type of what goes through a function.
fn whole_number(given: &Given<'_>, name: &'static str) -> Result<Expr, Error> {
    Ok(given.column(name)?.cast(DataType::Int64))
}

fn over(got: u64) -> Over {
    Over { limit: "program_rows", max: MOST, got, what: "rows, items or letters" }
}

/// The column of counts, once `weigh` has found that it makes no more than may be of the other.
fn looked_at(
    count: Expr,
    other: Option<Expr>,
    weigh: impl Fn(&Column, &Column) -> PolarsResult<u64> + Send + Sync + 'static,
) -> Expr {
    let look = move |columns: &mut [Column]| {
        let missing = || polars_err!(ComputeError: "a count is missing");
        let (first, last) = (columns.first().ok_or_else(missing)?, columns.last().ok_or_else(missing)?);
        // One count is every row's.
        let counts = match (first.len(), last.len()) {
            (1, rows) if rows != 1 => first.new_from_index(0, rows),
            _ => first.clone(),
        };
        match weigh(&counts, last)? {
            got if got > MOST => Err(over(got).into()),
            _ => Ok(counts),
        }
    };
    count.map_many(look, other.as_slice(), |_, fields| {
        fields.first().ok_or_else(|| polars_err!(ComputeError: "a count is missing")).and_then(same)
    })
}

/// The column's own name and type; Polars 0.55.2 panics where that is a literal's, which is still open.
pub(super) fn same(field: &Field) -> PolarsResult<Field> {
    Ok(Field::new(field.name().clone(), field.dtype().clone().materialize_unknown(false)?))
}

/// All counts together; those below 0, and what is no count, are for Polars to refuse.
fn total(counts: &Column) -> PolarsResult<u64> {
    let counts = whole(counts)?;
    let counts = counts.iter().flatten().filter_map(|count| u64::try_from(count).ok());
    Ok(counts.fold(0, u64::saturating_add))
}

/// How many steps all ranges have together.
fn all(starts: &Int64Chunked, ends: &Int64Chunked, steps: impl Fn(i128) -> i128) -> u64 {
    // One start is every end's.
    let start = |row: usize| starts.get(if starts.len() == 1 { 0 } else { row });
    let widths =
        ends.iter().enumerate().filter_map(|(row, end)| Some(i128::from(end?) - i128::from(start(row)?)));
    let counts = widths.map(|wide| u64::try_from(steps(wide).max(0)).unwrap_or(u64::MAX));
    counts.fold(0, u64::saturating_add)
}

/// Refuses a column that has values which cannot be moved so far.
fn reach(along: &Column, span_ns: i64) -> PolarsResult<()> {
    let (unit_ns, is_calendar) = match along.dtype() {
        DataType::Date => (i128::from(DAY_NS), true),
        DataType::Datetime(TimeUnit::Milliseconds, _) => (1_000_000, true),
        DataType::Datetime(TimeUnit::Microseconds, _) => (1_000, true),
        DataType::Datetime(TimeUnit::Nanoseconds, _) => (1, false),
        kind if kind.is_integer() => (1, false),
        _ => return Ok(()),
    };
    let held = whole(along)?;
    // What is beyond 64 bits with a sign is null.
    let is_whole = held.null_count() == along.null_count();
    let units = |length_ns: i128| length_ns.checked_div(unit_ns).unwrap_or_default();
    let most = if is_calendar { units(YEAR_MOST * YEAR_NS) } else { i64::MAX.into() };
    let most = most.saturating_sub(units(i128::from(span_ns).saturating_abs()));
    let is_held = |value: Option<i64>| value.is_none_or(|value| i128::from(value).abs() < most);
    let fits = is_whole && is_held(held.min()) && is_held(held.max());
    let name = along.name();
    if is_calendar {
        polars_ensure!(fits, ComputeError: "column `{name}` holds a time near the year {YEAR_MOST} or beyond it, where calendars end");
    } else {
        polars_ensure!(fits, ComputeError: "column `{name}` holds a value so near the end of 64 bits that a step leads beyond it");
    }
    Ok(())
}

fn whole(column: &Column) -> PolarsResult<Int64Chunked> {
    let column = column.cast(&DataType::Int64)?;
    Ok(column.i64()?.clone())
}

/// Dates and instants in microseconds, and so for times of the day.
fn instants(column: &Column) -> PolarsResult<Int64Chunked> {
    let unit = match column.dtype() {
        DataType::Time => DataType::Duration(TimeUnit::Microseconds),
        _ => DataType::Datetime(TimeUnit::Microseconds, None),
    };
    whole(&column.cast(&unit)?)
}
