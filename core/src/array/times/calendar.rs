//! Days as years, months and days of the Gregorian calendar, before and after it was made.
//!
//! The algorithm is Howard Hinnant's (`days_from_civil`, `civil_from_days` of "chrono-Compatible Low-Level Date
//! Algorithms"): years begin in March, and 400 of them have 146 097 days. Numbers wrap around where they are beyond 64 bits.

/// Days of 400 years.
const ERA: i64 = 146_097;
/// Days from the first of March of the year 0 to 1970.
const EPOCH: i64 = 719_468;

/// A day: its year, its month from 1 to 12, its number in the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// The month, from 1 on.
    pub month: i64,
    /// The day, from 1 on.
    pub day: i64,
}

/// How many days after the first of 1970 it is.
pub fn days_of(civil: Civil) -> i64 {
    let Civil { year, month, day } = civil;
    let year = year.wrapping_sub(i64::from(month <= 2));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era.wrapping_mul(ERA).wrapping_add(of_era).wrapping_sub(EPOCH)
}

/// The day that is so many after the first of 1970.
pub fn civil_of(days: i64) -> Civil {
    // Beyond 64 bits only at the very end, which is no day that anybody has.
    let days = days.saturating_add(EPOCH);
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    Civil { year: year + era * 400 + i64::from(month <= 2), month, day }
}

/// How many days the month has.
pub fn length_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (year, month, day, days) in [
            (1970, 1, 1, 0),
            (1969, 12, 31, -1),
            (2000, 2, 29, 11_016),
            (2024, 3, 1, 19_783),
            (1, 1, 1, -719_162),
        ] {
            let civil = Civil { year, month, day };
            assert_eq!((days_of(civil), civil_of(days)), (days, civil));
        }
        for days in (-800_000..800_000).step_by(17) {
            let civil = civil_of(days);
            assert_eq!(days_of(civil), days);
            assert!((1..=length_of(civil.year, civil.month)).contains(&civil.day));
        }
    }
}
