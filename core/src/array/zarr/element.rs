//! What stored elements are: the dtypes of arrays, and those that are stored as they are held otherwise.

use std::fmt;

use serde_json::{Map, Value, json};

use super::error::Error;
use super::json;
use crate::array::times::Unit;
use crate::array::{DType, Kind};

/// Units of times, as NumPy spells them.
const UNITS: &[&str] = &["generic", "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"];

const INSTEAD: &str = "store the array as numbers, truths or times";

/// The type of a stored element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stored {
    /// One that arrays have.
    Plain(DType),
    /// A time, held as `int64` of its ticks since 1970; the least of them is no time.
    Instant(Tick),
    /// A span of time, held likewise.
    Span(Tick),
}

/// How long a tick is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tick {
    /// NumPy's name of the unit: `ns`, `D`, …
    pub unit: &'static str,
    /// How many of them one tick has.
    pub times: u32,
}

/// As NumPy names it: `float64`, `datetime64[ms]`.
impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |f: &mut fmt::Formatter<'_>, name: &str, tick: &Tick| match (tick.unit, tick.times) {
            ("generic", _) => f.write_str(name),
            (unit, 1) => write!(f, "{name}[{unit}]"),
            (unit, times) => write!(f, "{name}[{times}{unit}]"),
        };
        match self {
            Self::Plain(dtype) => f.write_str(dtype.name()),
            Self::Instant(tick) => times(f, "datetime64", tick),
            Self::Span(tick) => times(f, "timedelta64", tick),
        }
    }
}

impl Stored {
    /// Bytes of one element.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Plain(dtype) => dtype.bytes(),
            Self::Instant(_) | Self::Span(_) => 8,
        }
    }

    /// The dtype that its elements have once they are read.
    pub const fn held(self) -> DType {
        match self {
            Self::Plain(dtype) => dtype,
            Self::Instant(_) | Self::Span(_) => DType::Int64,
        }
    }

    /// The dtype of arrays of it: that of times where arrays have the unit, else that of the numbers of its ticks.
    pub fn dtype(self) -> DType {
        let unit = |tick: Tick| Unit::named(tick.unit).filter(|_| tick.times == 1);
        match self {
            Self::Plain(dtype) => dtype,
            Self::Instant(tick) => unit(tick).map_or(DType::Int64, DType::Instant),
            Self::Span(tick) => unit(tick).map_or(DType::Int64, DType::Span),
        }
    }

    /// As which arrays of that dtype are stored.
    pub const fn of(dtype: DType) -> Self {
        match dtype {
            DType::Instant(unit) => Self::Instant(Tick { unit: unit.name(), times: 1 }),
            DType::Span(unit) => Self::Span(Tick { unit: unit.name(), times: 1 }),
            plain => Self::Plain(plain),
        }
    }

    /// Whether it is a time or a span of time, of which the least number is none.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Instant(_) | Self::Span(_))
    }

    /// The type as Zarr 3 writes it.
    pub(super) fn to_v3(self) -> Value {
        let ticks = |name: &str, tick: Tick| json!({"name": name, "configuration": {"unit": tick.unit, "scale_factor": tick.times}});
        match self {
            Self::Plain(dtype) => dtype.name().into(),
            Self::Instant(tick) => ticks("numpy.datetime64", tick),
            Self::Span(tick) => ticks("numpy.timedelta64", tick),
        }
    }

    /// The type that Zarr 3's metadata name.
    pub(super) fn of_v3(value: &Value) -> Result<Self, Error> {
        let (name, configuration) = json::named(value, "data_type")?;
        match (name.as_str(), DType::named(&name).filter(|dtype| !dtype.is_time())) {
            (_, Some(dtype)) => Ok(Self::Plain(dtype)),
            ("numpy.datetime64", _) => tick_of_v3(&configuration).map(Self::Instant),
            ("numpy.timedelta64", _) => tick_of_v3(&configuration).map(Self::Span),
            _ => Err(Error::unsupported(format!("data type `{name}`"), INSTEAD)),
        }
    }

    /// The type that Zarr 2's metadata or the head of a `.npy` name, and whether the bytes of an element come the greatest
    /// first.
    pub(in crate::array) fn of_v2(value: &Value) -> Result<(Self, bool), Error> {
        let Value::String(said) = value else {
            let what = format!("a structure, dtype {}", json::shown(value));
            return Err(Error::unsupported(what, "store each of its fields as an array"));
        };
        let (order, rest) = said.split_at_checked(1).unwrap_or(("", said));
        let refused = || match rest.chars().next() {
            Some('O') => Error::unsupported(
                format!("dtype {said:?}, Python objects"),
                "store numbers, truths or times: pickles are never read",
            ),
            _ => Error::unsupported(format!("dtype {said:?}"), INSTEAD),
        };
        if !["<", ">", "|", "="].contains(&order) {
            return Err(refused());
        }
        let stored = match rest.split_once('[') {
            Some(("M8", unit)) => Self::Instant(tick_of_v2(unit, said)?),
            Some(("m8", unit)) => Self::Span(tick_of_v2(unit, said)?),
            Some(_) => return Err(refused()),
            None => plain(rest).ok_or_else(refused)?,
        };
        Ok((stored, order == ">"))
    }
}

/// The type that NumPy's letter and number of bytes are.
fn plain(rest: &str) -> Option<Stored> {
    let tick = Tick { unit: "generic", times: 1 };
    match rest {
        "M8" => return Some(Stored::Instant(tick)),
        "m8" => return Some(Stored::Span(tick)),
        _ => {}
    }
    let (letter, bytes) = rest.split_at_checked(1)?;
    let kind = match letter {
        "b" => Kind::Bool,
        "i" => Kind::Int,
        "u" => Kind::UInt,
        "f" => Kind::Float,
        "c" => Kind::Complex,
        _ => return None,
    };
    let found = DType::ALL.iter().find(|dtype| dtype.kind() == kind && dtype.bytes().to_string() == bytes);
    found.copied().map(Stored::Plain)
}

fn tick_of_v3(configuration: &Map<String, Value>) -> Result<Tick, Error> {
    let unit = json::text(json::member(configuration, "unit")?, "unit")?;
    let times =
        configuration.get("scale_factor").map_or(Ok(1), |value| json::count(value, "scale_factor"))?;
    tick(unit, times)
}

/// `10ns]`: a number, which may be missing, and a unit.
fn tick_of_v2(said: &str, whole: &str) -> Result<Tick, Error> {
    let wrong = || Error::metadata(format!("dtype {whole:?} names no unit of time"));
    let said = said.strip_suffix(']').ok_or_else(wrong)?;
    let digits = said.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (times, unit) = said.split_at(digits);
    tick(unit, if times.is_empty() { 1 } else { times.parse().map_err(|_| wrong())? })
}

fn tick(unit: &str, times: usize) -> Result<Tick, Error> {
    let unit = if unit == "μs" { "us" } else { unit };
    let found = UNITS.iter().copied().find(|known| *known == unit);
    let unit = found.ok_or_else(|| {
        Error::metadata(format!("{unit:?} is no unit of time; these are: {}", UNITS.join(", ")))
    })?;
    let times = u32::try_from(times).ok().filter(|times| (1..=0x7fff_ffff).contains(times));
    let times =
        times.ok_or_else(|| Error::metadata(format!("a tick takes from 1 on of its unit, `{unit}`")))?;
    Ok(Tick { unit, times })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn types_are_read_by_their_names() {
        for dtype in DType::ALL {
            let stored = Stored::Plain(*dtype);
            assert_eq!(Stored::of_v3(&stored.to_v3()).unwrap(), stored);
        }
        let tick = Tick { unit: "s", times: 10 };
        for stored in [Stored::Instant(tick), Stored::Span(tick)] {
            assert_eq!(Stored::of_v3(&stored.to_v3()).unwrap(), stored);
        }
        for (said, stored, big) in [
            ("<f2", Stored::Plain(DType::Float16), false),
            (">c16", Stored::Plain(DType::Complex128), true),
            ("|b1", Stored::Plain(DType::Bool), false),
            ("<M8[10s]", Stored::Instant(tick), false),
            (">m8[10s]", Stored::Span(tick), true),
        ] {
            assert_eq!(Stored::of_v2(&said.into()).unwrap(), (stored, big), "{said}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        for said in ["|O", "<U4", "|S3", "|V8", "<i3", "<M8[q]", "<M8[", "", "i4", "<f16", "<M8[0s]"] {
            assert!(Stored::of_v2(&said.into()).is_err(), "{said}");
        }
        assert!(Stored::of_v2(&"|O".into()).unwrap_err().to_string().contains("pickles"));
        assert!(Stored::of_v2(&json!([["a", "<i4"]])).unwrap_err().to_string().contains("structure"));
        for said in ["string", "variable_length_utf8", "r16", "float8_e3m4", "int4"] {
            assert!(Stored::of_v3(&said.into()).unwrap_err().to_string().contains(said), "{said}");
        }
    }
}
