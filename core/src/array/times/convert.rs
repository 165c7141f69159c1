//! Times in another unit: toward a coarser one rounded down, and wrapping around beyond 64 bits, as NumPy's.

use super::super::element::{Slice, SliceMut};
use super::super::graph::MapFn;
use super::super::kernels::map::each_one;
use super::calendar::{Civil, civil_of, days_of};
use super::{NAT, Unit};

/// The point in time in the other unit.
pub fn instant(value: i64, from: Unit, to: Unit) -> i64 {
    if value == NAT || from == to {
        return value;
    }
    match (months_in(from), months_in(to)) {
        (Some(one), Some(other)) => rescaled(value, one, other),
        (Some(months), None) => {
            let months = value.wrapping_mul(months);
            let year = months.div_euclid(12).wrapping_add(1970);
            let days = days_of(Civil { year, month: months.rem_euclid(12) + 1, day: 1 });
            length(days, Unit::Day, to)
        }
        (None, Some(months)) => {
            let civil = civil_of(length(value, from, Unit::Day));
            rescaled(
                (civil.year.wrapping_sub(1970)).wrapping_mul(12).wrapping_add(civil.month - 1),
                1,
                months,
            )
        }
        (None, None) => length(value, from, to),
    }
}

/// The length of time in the other unit; months and days are no units of each other.
pub fn length(value: i64, from: Unit, to: Unit) -> i64 {
    if value == NAT || from == to {
        return value;
    }
    match (months_in(from), months_in(to)) {
        (Some(one), Some(other)) => rescaled(value, one, other),
        _ => {
            let (one, other) = (nanos_in(from), nanos_in(to));
            rescaled(value, one, other)
        }
    }
}

/// So many of `one` as numbers of `other`, the one of which divides the other.
fn rescaled(value: i64, one: i64, other: i64) -> i64 {
    match one >= other {
        true => value.wrapping_mul(one.checked_div(other).unwrap_or(1)),
        false => value.div_euclid(other.checked_div(one).unwrap_or(1).max(1)),
    }
}

const fn months_in(unit: Unit) -> Option<i64> {
    match unit {
        Unit::Year => Some(12),
        Unit::Month => Some(1),
        _ => None,
    }
}

const fn nanos_in(unit: Unit) -> i64 {
    match unit {
        Unit::Year | Unit::Month | Unit::Week => 604_800_000_000_000,
        Unit::Day => 86_400_000_000_000,
        Unit::Hour => 3_600_000_000_000,
        Unit::Minute => 60_000_000_000,
        Unit::Second => 1_000_000_000,
        Unit::Milli => 1_000_000,
        Unit::Micro => 1_000,
        Unit::Nano => 1,
    }
}

fn looped<const FROM: usize, const TO: usize, const INSTANT: bool>(inputs: &[Slice<'_>], out: SliceMut<'_>) {
    let (Some(from), Some(to)) = (Unit::ALL.get(FROM), Unit::ALL.get(TO)) else { return };
    match INSTANT {
        true => each_one::<i64, i64>(inputs, out, |value| instant(value, *from, *to)),
        false => each_one::<i64, i64>(inputs, out, |value| length(value, *from, *to)),
    }
}

macro_rules! to_each {
    ($from:literal, $instant:literal) => {
        [
            looped::<$from, 0, $instant>,
            looped::<$from, 1, $instant>,
            looped::<$from, 2, $instant>,
            looped::<$from, 3, $instant>,
            looped::<$from, 4, $instant>,
            looped::<$from, 5, $instant>,
            looped::<$from, 6, $instant>,
            looped::<$from, 7, $instant>,
            looped::<$from, 8, $instant>,
            looped::<$from, 9, $instant>,
        ]
    };
}

macro_rules! from_each {
    ($instant:literal) => {
        [
            to_each!(0, $instant),
            to_each!(1, $instant),
            to_each!(2, $instant),
            to_each!(3, $instant),
            to_each!(4, $instant),
            to_each!(5, $instant),
            to_each!(6, $instant),
            to_each!(7, $instant),
            to_each!(8, $instant),
            to_each!(9, $instant),
        ]
    };
}

static INSTANTS: [[MapFn; 10]; 10] = from_each!(true);
static LENGTHS: [[MapFn; 10]; 10] = from_each!(false);

/// The loop that brings points in time, or lengths of time, from one unit to another.
pub fn between(from: Unit, to: Unit, instants: bool) -> MapFn {
    let table = if instants { &INSTANTS } else { &LENGTHS };
    table[from as usize][to as usize]
}

#[cfg(test)]
mod tests {
    use super::super::Unit::*;
    use super::*;

    #[test]
    fn toward_a_coarser_unit_it_is_rounded_down() {
        for (value, from, to, wanted) in [
            (25, Hour, Day, 1),
            (-1, Hour, Day, -1),
            (-25, Hour, Day, -2),
            (19_753, Day, Month, 648),
            (-1, Day, Year, -1),
            (-1, Day, Week, -1),
            (1, Week, Day, 7),
            (54, Year, Day, 19_723),
            (13, Month, Nano, 34_214_400_000_000_000),
            (NAT, Day, Nano, NAT),
            (NAT, Nano, Year, NAT),
        ] {
            assert_eq!(instant(value, from, to), wanted, "{value} {from:?} {to:?}");
        }
        assert_eq!((length(13, Month, Year), length(-13, Month, Year), length(2, Year, Month)), (1, -2, 24));
    }

    #[test]
    fn beyond_64_bits_it_wraps_around() {
        assert_eq!(length(1 << 62, Hour, Second), 0);
        assert_eq!(instant(1 << 40, Day, Nano), (1_i64 << 40).wrapping_mul(86_400_000_000_000));
    }
}
