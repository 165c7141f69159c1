//! Units of time, from the coarsest to the finest.

/// How long one of an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A year.
    Year,
    /// A month.
    Month,
    /// A week: seven days, the first of them a Thursday as 1970 begins.
    Week,
    /// A day.
    Day,
    /// An hour.
    Hour,
    /// A minute.
    Minute,
    /// A second.
    Second,
    /// A thousandth of it.
    Milli,
    /// A millionth.
    Micro,
    /// A thousand-millionth.
    Nano,
}

impl Unit {
    /// Every one of them, the coarsest first.
    pub const ALL: &'static [Self] = &[
        Self::Year,
        Self::Month,
        Self::Week,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Milli,
        Self::Micro,
        Self::Nano,
    ];

    /// Its name, as NumPy spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "Y",
            Self::Month => "M",
            Self::Week => "W",
            Self::Day => "D",
            Self::Hour => "h",
            Self::Minute => "m",
            Self::Second => "s",
            Self::Milli => "ms",
            Self::Micro => "us",
            Self::Nano => "ns",
        }
    }

    /// The unit of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|unit| unit.name() == name)
    }

    /// Whether it is a year or a month, which are not all of one length.
    pub const fn is_calendar(self) -> bool {
        matches!(self, Self::Year | Self::Month)
    }

    /// How many of it a day has; nothing of what is longer.
    pub const fn in_a_day(self) -> Option<i64> {
        Some(match self {
            Self::Year | Self::Month | Self::Week => return None,
            Self::Day => 1,
            Self::Hour => 24,
            Self::Minute => 1_440,
            Self::Second => 86_400,
            Self::Milli => 86_400_000,
            Self::Micro => 86_400_000_000,
            Self::Nano => 86_400_000_000_000,
        })
    }

    /// The unit in which points in time of both are told: the finer one.
    pub fn finer(self, other: Self) -> Self {
        self.max(other)
    }

    /// The unit in which lengths of time of both are told; nothing where the one is told in months and the other in days.
    pub fn finer_length(self, other: Self) -> Option<Self> {
        (self.is_calendar() == other.is_calendar()).then(|| self.max(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Unit::*;
    use super::*;

    #[test]
    fn two_units_come_to_the_finer_one() {
        assert_eq!((Day.finer(Hour), Nano.finer(Year), Week.finer(Month)), (Hour, Nano, Week));
        assert_eq!((Day.finer_length(Hour), Month.finer_length(Year)), (Some(Hour), Some(Month)));
        assert_eq!((Day.finer_length(Month), Year.finer_length(Nano)), (None, None));
        for unit in Unit::ALL {
            assert_eq!(Unit::named(unit.name()), Some(*unit));
        }
    }
}
