//! Times to ISO 8601 text, over the whole range of every type: no calendar library covers the years that 64
//! bits of seconds reach.

use arrow::array::timezone::Tz;
use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano, TimeUnit};
use chrono::{DateTime, Offset, TimeZone};

use super::number::push_int;

const DAY_SECONDS: i64 = 86_400;

/// How many of the unit are a second.
pub(in crate::format) fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// Whole seconds, rounded down, and nanoseconds.
fn split(value: i64, unit: TimeUnit) -> (i64, u32) {
    let per_second = per_second(unit);
    (value.div_euclid(per_second), (value.rem_euclid(per_second) * (1_000_000_000 / per_second)) as u32)
}

/// Appends the two digits of a number below 100.
fn push_two(value: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
}

/// Appends a day counted from 1970-01-01. Years outside of 0 to 9999 carry a sign.
pub(super) fn push_date(days: i64, out: &mut Vec<u8>) {
    // Howard Hinnant's algorithm, in eras of 400 years that begin on March 1st.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    push_year(year, out);
    out.push(b'-');
    push_two(month as u32, out);
    out.push(b'-');
    push_two(day as u32, out);
}

fn push_year(year: i64, out: &mut Vec<u8>) {
    if (0..=9_999).contains(&year) {
        push_two((year / 100) as u32, out);
        push_two((year % 100) as u32, out);
        return;
    }
    out.push(if year < 0 { b'-' } else { b'+' });
    let digits = year.unsigned_abs();
    for limit in [1_000, 100, 10] {
        if digits < limit {
            out.push(b'0');
        }
    }
    push_int(digits, out);
}

/// Appends `.` and three, six or nine digits, as many as it takes; nothing for zero.
fn push_fraction(nanos: u32, out: &mut Vec<u8>) {
    if nanos == 0 {
        return;
    }
    let (mut digits, places) = match nanos {
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, 3),
        _ if nanos.is_multiple_of(1_000) => (nanos / 1_000, 6),
        _ => (nanos, 9),
    };
    out.push(b'.');
    let start = out.len();
    out.resize(start + places, b'0');
    for at in (start..start + places).rev() {
        out[at] = b'0' + (digits % 10) as u8;
        digits /= 10;
    }
}

/// Appends a time of day. What lies outside of a day, which no valid file holds, shows as hours beyond it.
pub(super) fn push_time(value: i64, unit: TimeUnit, out: &mut Vec<u8>) {
    let (seconds, nanos) = split(value, unit);
    if seconds < 0 {
        out.push(b'-');
        return push_clock(seconds.unsigned_abs(), nanos, out);
    }
    push_clock(seconds as u64, nanos, out);
}

fn push_clock(seconds: u64, nanos: u32, out: &mut Vec<u8>) {
    let hours = seconds / 3_600;
    if hours < 100 {
        push_two(hours as u32, out)
    } else {
        push_int(hours, out)
    }
    out.push(b':');
    push_two((seconds / 60 % 60) as u32, out);
    out.push(b':');
    push_two((seconds % 60) as u32, out);
    push_fraction(nanos, out);
}

/// Where the clocks of a column stand.
pub(super) enum Zone {
    /// It names no zone: clocks on a wall.
    None,
    /// UTC, or a zone that is not known here: the instant is exact all the same.
    Utc,
    /// Any other.
    Of(Tz),
}

impl Zone {
    pub(super) fn of(name: Option<&str>) -> Zone {
        match name {
            None => Zone::None,
            Some("UTC" | "Z" | "+00:00" | "Etc/UTC") => Zone::Utc,
            Some(name) => name.parse().map_or(Zone::Utc, Zone::Of),
        }
    }
}

pub(super) fn push_timestamp(value: i64, unit: TimeUnit, zone: &Zone, out: &mut Vec<u8>) {
    let (seconds, nanos) = split(value, unit);
    let offset = match zone {
        Zone::None | Zone::Utc => 0,
        // Beyond a quarter of a million years no zone has rules.
        Zone::Of(zone) => DateTime::from_timestamp(seconds, nanos).map_or(0, |time| {
            i64::from(zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc())
        }),
    };
    let local = seconds.saturating_add(offset);
    push_date(local.div_euclid(DAY_SECONDS), out);
    out.push(b'T');
    push_clock(local.rem_euclid(DAY_SECONDS) as u64, nanos, out);
    match zone {
        Zone::None => {}
        Zone::Utc => out.push(b'Z'),
        Zone::Of(_) if offset == 0 => out.push(b'Z'),
        Zone::Of(_) => push_offset(offset, out),
    }
}

fn push_offset(seconds: i64, out: &mut Vec<u8>) {
    out.push(if seconds < 0 { b'-' } else { b'+' });
    let seconds = seconds.unsigned_abs() as u32;
    push_two(seconds / 3_600, out);
    out.push(b':');
    push_two(seconds / 60 % 60, out);
    // Local mean times of the nineteenth century have seconds in them.
    if !seconds.is_multiple_of(60) {
        out.push(b':');
        push_two(seconds % 60, out);
    }
}

/// Appends a duration: `P1DT2H3M4.5S`, where a day is 24 hours, with a sign before it.
pub(super) fn push_duration(value: i64, unit: TimeUnit, out: &mut Vec<u8>) {
    let per_second = u64::try_from(per_second(unit)).unwrap_or(1);
    if value < 0 {
        out.push(b'-');
    }
    let value = value.unsigned_abs();
    let (seconds, nanos) = (value / per_second, (value % per_second * (1_000_000_000 / per_second)) as u32);
    out.push(b'P');
    let days = seconds / DAY_SECONDS as u64;
    if days > 0 {
        push_int(days, out);
        out.push(b'D');
    }
    let rest = seconds % DAY_SECONDS as u64;
    if rest == 0 && nanos == 0 && days > 0 {
        return;
    }
    out.push(b'T');
    for (part, sign) in [(rest / 3_600, b'H'), (rest / 60 % 60, b'M')] {
        if part > 0 {
            push_int(part, out);
            out.push(sign);
        }
    }
    if !rest.is_multiple_of(60) || nanos > 0 || (rest == 0 && days == 0) {
        push_int(rest % 60, out);
        push_fraction(nanos, out);
        out.push(b'S');
    }
}

/// Appends an interval, each part with its own sign: `P1M-2DT3.5S`. Zero is `PT0S`.
pub(super) fn push_interval(value: IntervalMonthDayNano, out: &mut Vec<u8>) {
    out.push(b'P');
    if value.months != 0 {
        push_int(value.months, out);
        out.push(b'M');
    }
    if value.days != 0 {
        push_int(value.days, out);
        out.push(b'D');
    }
    if value.nanoseconds != 0 || (value.months == 0 && value.days == 0) {
        out.push(b'T');
        if value.nanoseconds < 0 {
            out.push(b'-');
        }
        let nanos = value.nanoseconds.unsigned_abs();
        push_int(nanos / 1_000_000_000, out);
        push_fraction((nanos % 1_000_000_000) as u32, out);
        out.push(b'S');
    }
}

pub(super) fn push_months(months: i32, out: &mut Vec<u8>) {
    out.push(b'P');
    push_int(months, out);
    out.push(b'M');
}

pub(super) fn push_day_time(value: IntervalDayTime, out: &mut Vec<u8>) {
    let nanoseconds = i64::from(value.milliseconds) * 1_000_000;
    push_interval(IntervalMonthDayNano { months: 0, days: value.days, nanoseconds }, out);
}
