//! What is known of the values of a chunk: the least, the greatest, how many are no number, how many nobody wrote.

use std::fmt;

use half::f16;

use super::dtype::{DType, Kind};
use super::element::{Data, Element, Slice};
use super::grid::Region;
use super::runs::{Place, rows};

/// A number as a dtype has them, wide enough for each.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Number {
    /// Of the whole numbers with a sign, and times.
    Int(i64),
    /// Of those without.
    UInt(u64),
    /// Of the real ones.
    Float(f64),
}

/// What is known of the values of a chunk, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// How many there are.
    pub count: u64,
    /// The least that is a number; nothing where there is none, and of truths and complex numbers.
    pub min: Option<Number>,
    /// The greatest.
    pub max: Option<Number>,
    /// How many are not a number, or no time.
    pub nans: u64,
    /// How many are the fill value, NaN of whatever bits counted where it is one.
    pub fills: u64,
}

impl Stats {
    /// Of all of those elements. `fill` holds one, and `times` says that the least whole number is no time.
    ///
    /// Cost: one pass.
    pub fn of(values: Slice<'_>, fill: &Data, times: bool) -> Self {
        let len = values.len();
        Self::of_part(values, &Place::dense(&[len], &[]), &Region::whole(&[len]), fill, times)
    }

    /// Of a box of them that begins at `place`; of fewer where `values` does not have all of it.
    pub(super) fn of_part(values: Slice<'_>, place: &Place, part: &Region, fill: &Data, times: bool) -> Self {
        let place = place.at(&part.start);
        match values {
            Slice::Bool(values) => unranked(values, &place, part, fill),
            Slice::Complex64(values) => unranked(values, &place, part, fill),
            Slice::Complex128(values) => unranked(values, &place, part, fill),
            Slice::Int8(values) => ranked(values, &place, part, fill, times),
            Slice::Int16(values) => ranked(values, &place, part, fill, times),
            Slice::Int32(values) => ranked(values, &place, part, fill, times),
            Slice::Int64(values) => ranked(values, &place, part, fill, times),
            Slice::UInt8(values) => ranked(values, &place, part, fill, times),
            Slice::UInt16(values) => ranked(values, &place, part, fill, times),
            Slice::UInt32(values) => ranked(values, &place, part, fill, times),
            Slice::UInt64(values) => ranked(values, &place, part, fill, times),
            Slice::Float16(values) => ranked(values, &place, part, fill, times),
            Slice::Float32(values) => ranked(values, &place, part, fill, times),
            Slice::Float64(values) => ranked(values, &place, part, fill, times),
        }
    }

    /// Of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let pick =
            |one: Option<Number>, two: Option<Number>, first: fn(Number, Number) -> bool| match (one, two) {
                (Some(one), Some(two)) => Some(if first(one, two) { one } else { two }),
                (one, two) => one.or(two),
            };
        Self {
            count: self.count.saturating_add(other.count),
            min: pick(self.min, other.min, |one, two| one <= two),
            max: pick(self.max, other.max, |one, two| one >= two),
            nans: self.nans.saturating_add(other.nans),
            fills: self.fills.saturating_add(other.fills),
        }
    }
}

impl Number {
    /// The number that the text of one of that dtype is; its text is what [`fmt::Display`] gives.
    pub fn read(dtype: DType, text: &str) -> Option<Self> {
        match dtype.kind() {
            Kind::Int => text.parse().ok().map(Self::Int),
            Kind::UInt => text.parse().ok().map(Self::UInt),
            Kind::Float => text.parse().ok().map(Self::Float),
            Kind::Bool | Kind::Complex => None,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::UInt(number) => number.fmt(f),
            // The shortest text that reads back as the same number.
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}

/// Elements with an order.
trait Ranked: Element + PartialOrd {
    const LEAST: Self;
    const MOST: Self;

    fn number(self) -> Number;

    /// Whether it is NaN, or no time.
    fn is_none(self, times: bool) -> bool;
}

macro_rules! ranked {
    ($($type:ident $number:ident $least:expr, $most:expr, $none:expr;)*) => { $(impl Ranked for $type {
        const LEAST: Self = $least;
        const MOST: Self = $most;

        fn number(self) -> Number { Number::$number(self.into()) }

        fn is_none(self, times: bool) -> bool { $none(self, times) }
    })* };
}

ranked! {
    i8 Int i8::MIN, i8::MAX, |_, _| false;
    i16 Int i16::MIN, i16::MAX, |_, _| false;
    i32 Int i32::MIN, i32::MAX, |_, _| false;
    i64 Int i64::MIN, i64::MAX, |number: i64, times| times && number == i64::MIN;
    u8 UInt u8::MIN, u8::MAX, |_, _| false;
    u16 UInt u16::MIN, u16::MAX, |_, _| false;
    u32 UInt u32::MIN, u32::MAX, |_, _| false;
    u64 UInt u64::MIN, u64::MAX, |_, _| false;
    f16 Float f16::NEG_INFINITY, f16::INFINITY, |number: f16, _| number.is_nan();
    f32 Float f32::NEG_INFINITY, f32::INFINITY, |number: f32, _| number.is_nan();
    f64 Float f64::NEG_INFINITY, f64::INFINITY, |number: f64, _| number.is_nan();
}

fn ranked<T: Ranked>(values: &[T], place: &Place, part: &Region, fill: &Data, times: bool) -> Stats {
    let fill = T::of(&fill.slice()).and_then(|fill| fill.first().copied());
    let fill_is_none = fill.is_some_and(|fill| fill.is_none(times));
    let fill = fill.unwrap_or_default();
    let (mut min, mut max, mut count, mut nans, mut fills) = (T::MOST, T::LEAST, 0_u64, 0_u64, 0_u64);
    each_row(values, place, part, |value: T| {
        let none = value.is_none(times);
        min = if !none && value < min { value } else { min };
        max = if !none && value > max { value } else { max };
        count += 1;
        nans += u64::from(none);
        fills += u64::from(value == fill || (none && fill_is_none));
    });
    let some = count > nans;
    let (min, max) = (some.then(|| min.number()), some.then(|| max.number()));
    Stats { count, min, max, nans, fills }
}

fn unranked<T: Element>(values: &[T], place: &Place, part: &Region, fill: &Data) -> Stats {
    let fill = T::of(&fill.slice()).and_then(|fill| fill.first().copied());
    let fill_is_nan = fill.is_some_and(is_nan);
    let (mut count, mut nans, mut fills) = (0_u64, 0_u64, 0_u64);
    each_row(values, place, part, |value: T| {
        let nan = is_nan(value);
        count += 1;
        nans += u64::from(nan);
        fills += u64::from(Some(value) == fill || (nan && fill_is_nan));
    });
    Stats { count, nans, fills, ..Stats::default() }
}

/// Whether it is a number with a NaN in it: of all elements only those are others than themselves.
fn is_nan<T: Element>(value: T) -> bool {
    #[allow(clippy::eq_op, reason = "NaN")]
    let nan = value != value;
    nan
}

fn each_row<T: Copy>(values: &[T], place: &Place, part: &Region, mut each: impl FnMut(T)) {
    let _: Result<(), ()> = rows(&part.lengths, place, place, |run| {
        let row = values.get(run.from..).unwrap_or_default();
        match run.from_step {
            1 => row.iter().take(run.len).for_each(|value| each(*value)),
            step => row.iter().step_by(step.max(1)).take(run.len).for_each(|value| each(*value)),
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_number_is_counted_and_not_ranked() {
        let zero = Data::Float64(vec![0.0]);
        let values = [1.0, f64::NAN, -0.0, f64::INFINITY];
        let found = Stats::of(Slice::Float64(&values), &zero, false);
        let (min, max) = (Some(Number::Float(-0.0)), Some(Number::Float(f64::INFINITY)));
        assert_eq!(found, Stats { count: 4, min, max, nans: 1, fills: 1 });
        let none = Stats::of(Slice::Float32(&[f32::NAN]), &Data::Float32(vec![f32::NAN]), false);
        assert_eq!(none, Stats { count: 1, min: None, max: None, nans: 1, fills: 1 });
        let halves = [1.5, -2.0, f32::NAN].map(f16::from_f32);
        let found = Stats::of(Slice::Float16(&halves), &Data::Float16(vec![f16::NAN]), false);
        let (min, max) = (Some(Number::Float(-2.0)), Some(Number::Float(1.5)));
        assert_eq!(found, Stats { count: 3, min, max, nans: 1, fills: 1 });
        let times = Stats::of(Slice::Int64(&[i64::MIN, 5, 3]), &Data::Int64(vec![i64::MIN]), true);
        let (min, max) = (Some(Number::Int(3)), Some(Number::Int(5)));
        assert_eq!(times, Stats { count: 3, min, max, nans: 1, fills: 1 });
        let truths = Stats::of(Slice::Bool(&[true, false]), &Data::Bool(vec![false]), false);
        assert_eq!(truths, Stats { count: 2, fills: 1, ..Stats::default() });
        assert_eq!(Stats::of(Slice::Int8(&[]), &Data::Int8(vec![0]), false), Stats::default());
    }

    #[test]
    fn a_number_is_read_as_it_was_written() {
        for (dtype, number) in [
            (DType::Float32, Number::Float(0.1_f32.into())),
            (DType::Float64, Number::Float(f64::NEG_INFINITY)),
            (DType::UInt64, Number::UInt(u64::MAX)),
            (DType::Int8, Number::Int(-128)),
        ] {
            assert_eq!(Number::read(dtype, &number.to_string()), Some(number));
        }
    }

    proptest! {
        #[test]
        fn parts_make_up_the_whole(values in prop::collection::vec(-9_i32..9, 0..60), cut in any::<prop::sample::Index>()) {
            let fill = Data::Int32(vec![2]);
            let (one, two) = values.split_at(cut.index(values.len() + 1));
            let of = |values| Stats::of(Slice::Int32(values), &fill, false);
            prop_assert_eq!(of(one).and(of(two)), of(&values));
            prop_assert_eq!(of(&values).min, values.iter().min().map(|min| Number::Int((*min).into())));
            prop_assert_eq!(of(&values).max, values.iter().max().map(|max| Number::Int((*max).into())));
            prop_assert_eq!(of(&values).fills, values.iter().filter(|value| **value == 2).count() as u64);
        }
    }
}
