//! The type of a column, from texts in it.
//!
//! Guesses are joined as texts come in, and a join never takes in a text it could not hold exactly; where no
//! other type holds them all, the column is text.

use arrow::datatypes::{DataType, TimeUnit};

/// Whole numbers beyond ±2^53 have no exact double.
const EXACT_MAX: u64 = 1 << 53;

/// The narrowest type that holds the texts seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::format) enum Guess {
    /// No text yet.
    #[default]
    Nothing,
    /// `true` and `false`.
    Bool,
    /// Whole numbers.
    Whole(Whole),
    /// Numbers with a point or an exponent, or NaN; whole ones too, while they have exact doubles.
    Float,
    /// `2013-01-31`.
    Date,
    /// A date and a time of day.
    Timestamp {
        /// With an offset from UTC.
        zoned: bool,
        /// With digits below a microsecond.
        nanos: bool,
    },
    /// Anything else.
    Text,
}

/// What whole numbers have been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) struct Whole {
    size: Size,
    negative: bool,
    exact: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Size {
    Long,
    UnsignedLong,
    Decimal,
}

impl Guess {
    /// The guess of one text of any kind.
    pub(in crate::format) fn of(text: &str) -> Guess {
        let text = text.trim_ascii();
        match text.as_bytes() {
            [] => Guess::Text,
            [b't' | b'T' | b'f' | b'F', ..] if is_truth(text) => Guess::Bool,
            [b'0'..=b'9' | b'-' | b'+' | b'.', ..] => {
                Guess::of_number(text).unwrap_or_else(|| Guess::of_string(text))
            }
            _ if matches!(text, "NaN" | "nan" | "inf" | "-inf" | "Infinity" | "-Infinity") => Guess::Float,
            _ => Guess::Text,
        }
    }

    /// The guess of a text that is no number and no truth value, as a JSON string is not.
    pub(in crate::format) fn of_string(text: &str) -> Guess {
        let bytes = text.as_bytes();
        let dated = bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-';
        if !dated {
            return Guess::Text;
        }
        if bytes.len() == 10 {
            return if super::time::parse_date(text).is_some() { Guess::Date } else { Guess::Text };
        }
        match super::time::kind(text) {
            Some((zoned, nanos)) => Guess::Timestamp { zoned, nanos },
            None => Guess::Text,
        }
    }

    /// The guess of a number; none if it is no number.
    pub(in crate::format) fn of_number(text: &str) -> Option<Guess> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Guess::of_whole(text, digits));
        }
        let spelled = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let number = spelled && text.parse::<f64>().is_ok_and(f64::is_finite);
        (number || matches!(text, "-inf" | "-Infinity")).then_some(Guess::Float)
    }

    fn of_whole(text: &str, digits: &str) -> Guess {
        let negative = text.starts_with('-');
        let (size, exact) = match (text.parse::<i64>(), digits.parse::<u64>()) {
            (Ok(value), _) => (Size::Long, value.unsigned_abs() <= EXACT_MAX),
            (Err(_), Ok(_)) if !negative => (Size::UnsignedLong, false),
            _ if digits.trim_start_matches('0').len() <= 38 => (Size::Decimal, false),
            _ => return Guess::Text,
        };
        Guess::Whole(Whole { size, negative, exact })
    }

    /// The guess of both.
    pub(in crate::format) fn join(self, other: Guess) -> Guess {
        match (self, other) {
            (Guess::Nothing, one) | (one, Guess::Nothing) => one,
            (Guess::Bool, Guess::Bool) => Guess::Bool,
            (Guess::Whole(a), Guess::Whole(b)) => Guess::Whole(Whole {
                size: a.size.max(b.size),
                negative: a.negative || b.negative,
                exact: a.exact && b.exact,
            }),
            (Guess::Float, Guess::Float) => Guess::Float,
            (Guess::Whole(whole), Guess::Float) | (Guess::Float, Guess::Whole(whole)) if whole.exact => {
                Guess::Float
            }
            (Guess::Date, Guess::Date) => Guess::Date,
            (Guess::Date, stamp @ Guess::Timestamp { zoned: false, .. })
            | (stamp @ Guess::Timestamp { zoned: false, .. }, Guess::Date) => stamp,
            (Guess::Timestamp { zoned: a, nanos: x }, Guess::Timestamp { zoned: b, nanos: y }) if a == b => {
                Guess::Timestamp { zoned: a, nanos: x || y }
            }
            _ => Guess::Text,
        }
    }

    /// Its type. A column of nothing but nulls is text.
    pub(in crate::format) fn data_type(self) -> DataType {
        match self {
            Guess::Bool => DataType::Boolean,
            Guess::Whole(Whole { size: Size::Long, .. }) => DataType::Int64,
            Guess::Whole(Whole { size: Size::UnsignedLong, negative: false, .. }) => DataType::UInt64,
            Guess::Whole(_) => DataType::Decimal128(38, 0),
            Guess::Float => DataType::Float64,
            Guess::Date => DataType::Date32,
            Guess::Timestamp { zoned, nanos } => {
                let unit = if nanos { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
                DataType::Timestamp(unit, zoned.then(|| "UTC".into()))
            }
            Guess::Text | Guess::Nothing => DataType::Utf8View,
        }
    }
}

fn is_truth(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(texts: &[&str]) -> String {
        let guess = texts.iter().map(|text| Guess::of(text)).fold(Guess::Nothing, Guess::join);
        crate::format::type_name(&guess.data_type())
    }

    #[test]
    fn types_are_found_and_never_lose_a_digit() {
        for (texts, expected) in [
            (&[][..], "utf8"),
            (&["true", "FALSE"], "bool"),
            (&["1", "-2", "00123"], "int64"),
            (&["1", "18446744073709551615"], "uint64"),
            (&["-1", "18446744073709551615"], "decimal(38,0)"),
            (&["99999999999999999999999999999999999999"], "decimal(38,0)"),
            (&["999999999999999999999999999999999999999"], "utf8"),
            (&["1", "2.5"], "float64"),
            (&["1e3", "NaN", "-inf"], "float64"),
            (&["9007199254740993", "2.5"], "utf8"),
            (&["2013-01-31"], "date"),
            (&["2013-02-31"], "utf8"),
            (&["2013-01-31", "2013-01-31 10:00"], "timestamp(us)"),
            (&["2013-01-31T10:00:00.123456789"], "timestamp(ns)"),
            (&["2013-01-31T10:00:00Z", "2013-01-31T10:00:00+02:00"], "timestamp(us,UTC)"),
            (&["2013-01-31T10:00:00Z", "2013-01-31T10:00:00"], "utf8"),
            (&["1", "true"], "utf8"),
            (&["1", "2013-01-31"], "utf8"),
            (&["infinite", "1"], "utf8"),
            (&["-", "1"], "utf8"),
            (&["10:30:00"], "utf8"),
        ] {
            assert_eq!(guessed(texts), expected, "{texts:?}");
        }
    }
}
