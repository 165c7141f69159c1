//! Times from text. ISO 8601 is read here, over the whole range of every type; other spellings are left to
//! Arrow's parsers. A text with more digits than the type's unit holds is refused, not cut.

use arrow::array::timezone::Tz;
use arrow::compute::kernels::cast_utils::{Parser, string_to_datetime};
use arrow::datatypes::{Date32Type, IntervalMonthDayNano, Time64NanosecondType, TimeUnit};
use chrono::{DateTime, Offset, TimeZone, Utc};

use crate::format::value::per_second;

const DAY_SECONDS: i64 = 86_400;

/// Days since 1970-01-01.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let mut scan = Scan { bytes: text.as_bytes() };
    match scan.date() {
        Some(days) if scan.bytes.is_empty() => Some(days),
        // Arrow's would take a time of day as well, and drop it.
        _ if text.contains(':') => None,
        _ => Date32Type::parse(text).map(i64::from),
    }
}

/// A time of day in the unit.
pub(super) fn parse_time(text: &str, unit: TimeUnit) -> Option<i64> {
    let text = text.trim_ascii();
    let mut scan = Scan { bytes: text.as_bytes() };
    match scan.clock() {
        Some((seconds, nanos)) if scan.bytes.is_empty() => in_unit(seconds, nanos, unit),
        _ => {
            let nanos = Time64NanosecondType::parse(text)?;
            in_unit(nanos / 1_000_000_000, u32::try_from(nanos % 1_000_000_000).ok()?, unit)
        }
    }
}

/// An instant in the unit, since 1970-01-01T00:00. Without an offset in `text` the clocks are those of
/// `zone`, or stay clocks on a wall; with one and no `zone` they are turned to UTC.
pub(super) fn parse_timestamp(text: &str, unit: TimeUnit, zone: Option<Tz>) -> Option<i64> {
    let text = text.trim_ascii();
    let mut scan = Scan { bytes: text.as_bytes() };
    if let Some((seconds, nanos, offset)) = scan.instant()
        && scan.bytes.is_empty()
    {
        let offset = match (offset, zone) {
            (Some(offset), _) => Some(offset),
            (None, None) => Some(0),
            (None, Some(zone)) => fixed_offset(zone),
        };
        if let Some(offset) = offset {
            return in_unit(seconds.checked_sub(offset)?, nanos, unit);
        }
    }
    let instant = match zone {
        Some(zone) => string_to_datetime(&zone, text).ok()?.with_timezone(&Utc),
        None => string_to_datetime(&Utc, text).ok()?,
    };
    in_unit(instant.timestamp(), instant.timestamp_subsec_nanos(), unit)
}

/// Whether the text is a date with a time of day in ISO 8601, and then whether it has an offset and digits
/// below a microsecond.
pub(super) fn kind(text: &str) -> Option<(bool, bool)> {
    let mut scan = Scan { bytes: text.trim_ascii().as_bytes() };
    let (seconds, nanos, offset) = scan.instant()?;
    let below = !nanos.is_multiple_of(1_000);
    let unit = if below { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
    in_unit(seconds.checked_sub(offset.unwrap_or(0))?, nanos, unit)?;
    scan.bytes.is_empty().then_some((offset.is_some(), below))
}

/// The offset of UTC and of zones named by an offset, whose clocks never change.
fn fixed_offset(zone: Tz) -> Option<i64> {
    let name = zone.to_string();
    let offset = zone.offset_from_utc_datetime(&DateTime::UNIX_EPOCH.naive_utc()).fix();
    (name == "UTC" || name.starts_with(['+', '-'])).then(|| i64::from(offset.local_minus_utc()))
}

/// Refuses what the unit cannot hold: out of range, or between two of its ticks.
fn in_unit(seconds: i64, nanos: u32, unit: TimeUnit) -> Option<i64> {
    let per_second = per_second(unit);
    let tick = 1_000_000_000 / per_second as u32;
    if nanos >= 1_000_000_000 || !nanos.is_multiple_of(tick) {
        return None;
    }
    i64::try_from(i128::from(seconds) * i128::from(per_second) + i128::from(nanos / tick)).ok()
}

/// A duration in the unit: `P1DT2H3M4.5S`, its sign before it; a day is 24 hours.
pub(super) fn parse_duration(text: &str, unit: TimeUnit) -> Option<i64> {
    let text = text.trim_ascii();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let period = parse_period(text)?;
    if period.months != 0 {
        return None;
    }
    let nanos = period.days.checked_mul(DAY_SECONDS as i128 * 1_000_000_000)?.checked_add(period.nanos)?;
    let tick = i128::from(1_000_000_000 / per_second(unit));
    if nanos % tick != 0 {
        return None;
    }
    let ticks = nanos / tick;
    i64::try_from(if negative { -ticks } else { ticks }).ok()
}

/// An interval: `P1Y2M3DT4H5M6.7S`, each part with a sign of its own.
pub(super) fn parse_interval(text: &str) -> Option<IntervalMonthDayNano> {
    let period = parse_period(text.trim_ascii())?;
    Some(IntervalMonthDayNano {
        months: period.months.try_into().ok()?,
        days: period.days.try_into().ok()?,
        nanoseconds: period.nanos.try_into().ok()?,
    })
}

#[derive(Default)]
struct Period {
    months: i128,
    days: i128,
    nanos: i128,
}

fn parse_period(text: &str) -> Option<Period> {
    let mut scan = Scan { bytes: text.as_bytes() };
    scan.sign(b'P')?;
    let mut period = Period::default();
    let mut in_time = false;
    let mut parts = 0;
    while !scan.bytes.is_empty() {
        if !in_time && scan.sign(b'T').is_some() {
            in_time = true;
            continue;
        }
        let (whole, nanos) = scan.signed()?;
        let designator = scan.next()?;
        if nanos != 0 && (designator, in_time) != (b'S', true) {
            return None;
        }
        let (field, factor) = match (designator, in_time) {
            (b'Y', false) => (&mut period.months, 12),
            (b'M', false) => (&mut period.months, 1),
            (b'W', false) => (&mut period.days, 7),
            (b'D', false) => (&mut period.days, 1),
            (b'H', true) => (&mut period.nanos, 3_600_000_000_000),
            (b'M', true) => (&mut period.nanos, 60_000_000_000),
            (b'S', true) => (&mut period.nanos, 1_000_000_000),
            _ => return None,
        };
        *field = field.checked_add(whole.checked_mul(factor)?)?.checked_add(nanos)?;
        parts += 1;
    }
    (parts > 0).then_some(period)
}

struct Scan<'a> {
    bytes: &'a [u8],
}

impl Scan<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn sign(&mut self, sign: u8) -> Option<()> {
        self.bytes = self.bytes.strip_prefix(&[sign])?;
        Some(())
    }

    /// As many digits as stand there, if there are at least `least` and at most `most`.
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let length = self.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(least..=most).contains(&length) {
            return None;
        }
        let (digits, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// Two digits not above `most`.
    fn two(&mut self, most: i64) -> Option<i64> {
        let (&[tens, ones], rest) = self.bytes.split_first_chunk::<2>()?;
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        self.bytes = rest;
        Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0')).filter(|number| *number <= most)
    }

    /// Days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = match self.bytes.first()? {
            b'+' => {
                self.next();
                self.digits(4, 12)?
            }
            b'-' => {
                self.next();
                -self.digits(4, 12)?
            }
            _ => self.digits(4, 4)?,
        };
        self.sign(b'-')?;
        let month = self.two(12)?;
        self.sign(b'-')?;
        let day = self.two(31)?;
        days(year, month, day)
    }

    /// Seconds since midnight and nanoseconds.
    fn clock(&mut self) -> Option<(i64, u32)> {
        let hours = self.two(23)?;
        self.sign(b':')?;
        let minutes = self.two(59)?;
        let seconds = if self.sign(b':').is_some() { self.two(59)? } else { 0 };
        let nanos = self.fraction()?;
        Some((hours * 3_600 + minutes * 60 + seconds, nanos))
    }

    /// Nanoseconds of a fraction, zero where there is none; more than nine digits are none if not zero.
    fn fraction(&mut self) -> Option<u32> {
        if self.sign(b'.').is_none() {
            return Some(0);
        }
        let length = self.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        let (kept, beyond) = digits.split_at(length.min(9));
        if kept.is_empty() || beyond.iter().any(|digit| *digit != b'0') {
            return None;
        }
        let number = kept.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        Some(number * 10_u32.pow(9 - kept.len() as u32))
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        let factor = match self.next()? {
            b'Z' | b'z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.two(23)?;
        let _ = self.sign(b':');
        let minutes = if self.bytes.is_empty() { 0 } else { self.two(59)? };
        let seconds = if self.sign(b':').is_some() { self.two(59)? } else { 0 };
        Some(factor * (hours * 3_600 + minutes * 60 + seconds))
    }

    /// Seconds since 1970-01-01T00:00 on the clocks of the text, nanoseconds, and their offset if it is there.
    fn instant(&mut self) -> Option<(i64, u32, Option<i64>)> {
        // Midnight of the first day that has instants in 64 bits is before the first of them.
        let midnight = i128::from(self.date()?) * i128::from(DAY_SECONDS);
        if self.bytes.is_empty() {
            return Some((midnight.try_into().ok()?, 0, None));
        }
        if !matches!(self.next()?, b'T' | b't' | b' ') {
            return None;
        }
        let (seconds, nanos) = self.clock()?;
        let offset = if self.bytes.is_empty() { None } else { Some(self.offset()?) };
        Some(((midnight + i128::from(seconds)).try_into().ok()?, nanos, offset))
    }

    /// A number with a sign and a fraction: its whole part and its nanoths, both with its sign.
    fn signed(&mut self) -> Option<(i128, i128)> {
        let factor = match self.bytes.first()? {
            b'-' => {
                self.next();
                -1
            }
            b'+' => {
                self.next();
                1
            }
            _ => 1,
        };
        let whole = self.digits(1, 18).or_else(|| self.long())?;
        let nanos = self.fraction()?;
        Some((factor * i128::from(whole), factor * i128::from(nanos)))
    }

    /// Nineteen digits, as many as an `i64` may have.
    fn long(&mut self) -> Option<i64> {
        let (digits, rest) = self.bytes.split_at_checked(19)?;
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        self.bytes = rest;
        Some(number)
    }
}

/// Days since 1970-01-01 of a date that exists.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Howard Hinnant's algorithm, in eras of 400 years that begin on March 1st.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}
