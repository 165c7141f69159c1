//! Points in time as texts, as ISO 8601 and NumPy write them: `2024`, `2024-02`, `2024-02-29T23:59:59.000000001`.

use std::fmt::Write;

use super::calendar::{Civil, civil_of, days_of, length_of};
use super::convert;
use super::{NAT, Unit};

/// The point in time that a text is, and the unit that it is told in: `2024-02` in months. NaT is of any unit, and told in
/// years, the coarsest.
pub fn read(text: &str) -> Option<(i64, Unit)> {
    if text.eq_ignore_ascii_case("nat") {
        return Some((NAT, Unit::Year));
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let (civil, unit) = of_date(date)?;
    let days = days_of(civil);
    match time {
        None => Some((convert::instant(days, Unit::Day, unit), unit)),
        Some(time) if unit == Unit::Day => of_time(days, time),
        Some(_) => None,
    }
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let whole = text.len() == count && text.bytes().all(|digit| digit.is_ascii_digit());
    whole.then(|| text.parse().ok()).flatten()
}

fn of_date(text: &str) -> Option<(Civil, Unit)> {
    let (before, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = rest.split('-');
    let year = parts.next().filter(|year| (4..=12).contains(&year.len()))?;
    let year = digits(year, year.len())?;
    let year = if before { year.wrapping_neg() } else { year };
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let unit = match (month, day) {
        (None, _) => Unit::Year,
        (_, None) => Unit::Month,
        _ => Unit::Day,
    };
    let number = |part: Option<&str>| part.map_or(Some(1), |part| digits(part, 2));
    let (month, day) = (number(month)?, number(day)?);
    let fits = (1..=12).contains(&month) && (1..=length_of(year, month)).contains(&day);
    fits.then_some((Civil { year, month, day }, unit))
}

fn of_time(days: i64, text: &str) -> Option<(i64, Unit)> {
    let (whole, part) = match text.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (text, None),
    };
    let mut parts = whole.split(':');
    let mut next = |below: i64| match parts.next() {
        Some(part) => digits(part, 2).filter(|number| *number < below).map(Some),
        None => Some(None),
    };
    let (hours, minutes, seconds) = (next(24)??, next(60)?, next(60)?);
    if parts.next().is_some() || (part.is_some() && seconds.is_none()) {
        return None;
    }
    let hours = days.wrapping_mul(24).wrapping_add(hours);
    let Some(minutes) = minutes else { return Some((hours, Unit::Hour)) };
    let minutes = hours.wrapping_mul(60).wrapping_add(minutes);
    let Some(seconds) = seconds else { return Some((minutes, Unit::Minute)) };
    let seconds = minutes.wrapping_mul(60).wrapping_add(seconds);
    let Some(part) = part else { return Some((seconds, Unit::Second)) };
    let unit = match part.len() {
        1..=3 => Unit::Milli,
        4..=6 => Unit::Micro,
        7..=9 => Unit::Nano,
        _ => return None,
    };
    let places = places(unit);
    let fraction = digits(part, part.len())?;
    let missing = u32::try_from(places.checked_sub(part.len())?).ok()?;
    let fraction = fraction.wrapping_mul(10_i64.wrapping_pow(missing));
    let scale = 10_i64.wrapping_pow(u32::try_from(places).ok()?);
    Some((seconds.wrapping_mul(scale).wrapping_add(fraction), unit))
}

/// Digits behind the point of a second.
const fn places(unit: Unit) -> usize {
    match unit {
        Unit::Milli => 3,
        Unit::Micro => 6,
        Unit::Nano => 9,
        _ => 0,
    }
}

/// Appends the text of a point in time; NaT where it is none.
pub fn push(value: i64, unit: Unit, out: &mut String) {
    if value == NAT {
        out.push_str("NaT");
        return;
    }
    let (days, within) = match unit.in_a_day() {
        Some(a_day) => (value.div_euclid(a_day), value.rem_euclid(a_day)),
        None => (convert::instant(value, unit, Unit::Day), 0),
    };
    let Civil { year, month, day } = civil_of(days);
    let sign = if year < 0 { "-" } else { "" };
    let mut put = |said: std::fmt::Arguments<'_>| out.write_fmt(said).unwrap_or_default();
    put(format_args!("{sign}{:04}", year.unsigned_abs()));
    if unit >= Unit::Month {
        put(format_args!("-{month:02}"));
    }
    if unit >= Unit::Week {
        put(format_args!("-{day:02}"));
    }
    let Some(a_day) = unit.in_a_day().filter(|_| unit >= Unit::Hour) else { return };
    let an_hour = a_day / 24;
    put(format_args!("T{:02}", within / an_hour));
    if unit >= Unit::Minute {
        put(format_args!(":{:02}", within % an_hour / (an_hour / 60)));
    }
    if unit >= Unit::Second {
        let a_second = a_day / 86_400;
        put(format_args!(":{:02}", within / a_second % 60));
        if unit > Unit::Second {
            put(format_args!(".{:0width$}", within % a_second, width = places(unit)));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_text_is_what_it_was_read_from() {
        for (text, unit) in [
            ("2024", Unit::Year),
            ("1969-12", Unit::Month),
            ("2024-02-29", Unit::Day),
            ("-0044-03-15", Unit::Day),
            ("12024-03-15", Unit::Day),
            ("1969-12-31T23", Unit::Hour),
            ("2024-01-01T12:30", Unit::Minute),
            ("1960-01-01T12:30:15", Unit::Second),
            ("2024-01-01T12:30:15.007", Unit::Milli),
            ("2024-01-01T12:30:15.000007", Unit::Micro),
            ("1969-12-31T23:59:59.999999999", Unit::Nano),
        ] {
            let (value, found) = read(text).unwrap();
            let mut out = String::new();
            push(value, found, &mut out);
            assert_eq!((out.as_str(), found), (text, unit));
        }
        assert_eq!(read("2024-01-01 12:30:15.1Z"), read("2024-01-01T12:30:15.100"));
        assert_eq!(read("NaT"), Some((NAT, Unit::Year)));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "x",
            "24",
            "2024-1-5",
            "2024-02-30",
            "2024-13",
            "2024-W01",
            "2024-01-01T24",
            "2024-01T12",
            "2024-01-01T12:60",
            "2024-01-01T12:30.5",
            "2024-01-01T12:30:15.",
            "2024-01-01-01",
            "--2024",
            "20 24",
            "2024-01-01T12:30:15.1234567891",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
