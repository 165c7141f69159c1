//! One column of a batch, typed once, written cell by cell.

use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType,
    IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::array::{Array, AsArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};

use super::nested;
use super::number::{SAFE_MAX, push_decimal, push_decimal256, push_f32, push_f64, push_int};
use super::text::{push_base64, push_string};
use super::time::{
    Zone, push_date, push_day_time, push_duration, push_interval, push_months, push_time, push_timestamp,
};
use crate::format::Numbers;

/// A column ready to be written. Of cells that are null neither [`Column::text`] nor [`Column::json`] may be
/// asked.
pub(in crate::format) struct Column<'a> {
    nulls: Option<NullBuffer>,
    value: Box<dyn Value + 'a>,
}

/// The spelling of a type. `text` is bare, `json` is a JSON value.
pub(super) trait Value {
    fn text(&self, row: usize, out: &mut Vec<u8>);
    fn json(&self, row: usize, out: &mut Vec<u8>);
}

impl<'a> Column<'a> {
    /// `array` must be of a type that [`super::check_schema`] lets pass; others are written as nulls.
    pub(in crate::format) fn new(array: &'a dyn Array, numbers: Numbers) -> Column<'a> {
        Column {
            nulls: array.logical_nulls().filter(|nulls| nulls.null_count() > 0),
            value: value(array, numbers),
        }
    }

    pub(super) fn with_nulls(nulls: Option<NullBuffer>, value: Box<dyn Value + 'a>) -> Column<'a> {
        Column { nulls, value }
    }

    /// Whether the cell is null.
    pub(in crate::format) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Appends the bare spelling.
    pub(in crate::format) fn text(&self, row: usize, out: &mut Vec<u8>) {
        self.value.text(row, out);
    }

    /// Appends the JSON value, `null` included.
    pub(in crate::format) fn json(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            out.extend_from_slice(b"null");
        } else {
            self.value.json(row, out);
        }
    }
}

/// Bare in JSON as well: numbers and truth values.
pub(super) struct Bare<F>(pub(super) F);

impl<F: Fn(usize, &mut Vec<u8>)> Value for Bare<F> {
    fn text(&self, row: usize, out: &mut Vec<u8>) {
        (self.0)(row, out);
    }

    fn json(&self, row: usize, out: &mut Vec<u8>) {
        (self.0)(row, out);
    }
}

/// In quotes in JSON, and without a sign that would need an escape: times, decimals, base64.
struct Quoted<F>(F);

impl<F: Fn(usize, &mut Vec<u8>)> Value for Quoted<F> {
    fn text(&self, row: usize, out: &mut Vec<u8>) {
        (self.0)(row, out);
    }

    fn json(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'"');
        (self.0)(row, out);
        out.push(b'"');
    }
}

/// Bare in JSON where it is a number that every reader keeps, else in quotes.
struct Number<F, S> {
    push: F,
    is_safe: S,
}

impl<F: Fn(usize, &mut Vec<u8>), S: Fn(usize) -> bool> Value for Number<F, S> {
    fn text(&self, row: usize, out: &mut Vec<u8>) {
        (self.push)(row, out);
    }

    fn json(&self, row: usize, out: &mut Vec<u8>) {
        if (self.is_safe)(row) {
            return (self.push)(row, out);
        }
        out.push(b'"');
        (self.push)(row, out);
        out.push(b'"');
    }
}

/// Text, with escapes in JSON.
struct Text<F>(F);

impl<'a, F: Fn(usize) -> &'a str> Value for Text<F> {
    fn text(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice((self.0)(row).as_bytes());
    }

    fn json(&self, row: usize, out: &mut Vec<u8>) {
        push_string((self.0)(row), out);
    }
}

fn int<T: ArrowPrimitiveType>(array: &dyn Array) -> Box<dyn Value + '_>
where
    T::Native: itoa::Integer,
{
    let values = array.as_primitive::<T>().values();
    Box::new(Bare(move |row, out: &mut Vec<u8>| push_int(values[row], out)))
}

fn long<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    numbers: Numbers,
    is_safe: fn(T::Native) -> bool,
) -> Box<dyn Value + 'a>
where
    T::Native: itoa::Integer,
{
    let values = array.as_primitive::<T>().values();
    let push = move |row: usize, out: &mut Vec<u8>| push_int(values[row], out);
    match numbers {
        Numbers::Exact => Box::new(Number { push, is_safe: move |row: usize| is_safe(values[row]) }),
        Numbers::String => Box::new(Quoted(push)),
    }
}

/// A type whose spelling is in quotes, from its native values.
fn quoted<'a, T: ArrowPrimitiveType>(
    array: &'a dyn Array,
    push: impl Fn(T::Native, &mut Vec<u8>) + 'a,
) -> Box<dyn Value + 'a> {
    let values = array.as_primitive::<T>().values();
    Box::new(Quoted(move |row, out: &mut Vec<u8>| push(values[row], out)))
}

fn timestamp<'a, T: ArrowPrimitiveType<Native = i64>>(
    array: &'a dyn Array,
    unit: TimeUnit,
    zone: Option<&str>,
) -> Box<dyn Value + 'a> {
    let zone = Zone::of(zone);
    quoted::<T>(array, move |value, out| push_timestamp(value, unit, &zone, out))
}

fn value(array: &dyn Array, numbers: Numbers) -> Box<dyn Value + '_> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(Bare(move |row, out: &mut Vec<u8>| {
                out.extend_from_slice(if values.value(row) { b"true" } else { b"false" });
            }))
        }
        DataType::Int8 => int::<Int8Type>(array),
        DataType::Int16 => int::<Int16Type>(array),
        DataType::Int32 => int::<Int32Type>(array),
        DataType::Int64 => long::<Int64Type>(array, numbers, |value| value.unsigned_abs() <= SAFE_MAX),
        DataType::UInt8 => int::<UInt8Type>(array),
        DataType::UInt16 => int::<UInt16Type>(array),
        DataType::UInt32 => int::<UInt32Type>(array),
        DataType::UInt64 => long::<UInt64Type>(array, numbers, |value| value <= SAFE_MAX),
        DataType::Float16 => {
            let values = array.as_primitive::<Float16Type>().values();
            let push = move |row: usize, out: &mut Vec<u8>| push_f32(values[row].to_f32(), out);
            Box::new(Number { push, is_safe: move |row: usize| values[row].is_finite() })
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().values();
            let push = move |row: usize, out: &mut Vec<u8>| push_f32(values[row], out);
            Box::new(Number { push, is_safe: move |row: usize| values[row].is_finite() })
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            let push = move |row: usize, out: &mut Vec<u8>| push_f64(values[row], out);
            Box::new(Number { push, is_safe: move |row: usize| values[row].is_finite() })
        }
        &DataType::Decimal32(_, scale) => {
            quoted::<Decimal32Type>(array, move |value, out| push_decimal(value.into(), scale, out))
        }
        &DataType::Decimal64(_, scale) => {
            quoted::<Decimal64Type>(array, move |value, out| push_decimal(value.into(), scale, out))
        }
        &DataType::Decimal128(_, scale) => {
            quoted::<Decimal128Type>(array, move |value, out| push_decimal(value, scale, out))
        }
        &DataType::Decimal256(_, scale) => {
            quoted::<Decimal256Type>(array, move |value, out| push_decimal256(value, scale, out))
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Box::new(Text(|row| values.value(row)))
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            Box::new(Text(|row| values.value(row)))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            Box::new(Text(|row| values.value(row)))
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>();
            Box::new(Quoted(|row, out: &mut Vec<u8>| push_base64(values.value(row), out)))
        }
        DataType::LargeBinary => {
            let values = array.as_binary::<i64>();
            Box::new(Quoted(|row, out: &mut Vec<u8>| push_base64(values.value(row), out)))
        }
        DataType::BinaryView => {
            let values = array.as_binary_view();
            Box::new(Quoted(|row, out: &mut Vec<u8>| push_base64(values.value(row), out)))
        }
        DataType::FixedSizeBinary(_) => {
            let values = array.as_fixed_size_binary();
            Box::new(Quoted(|row, out: &mut Vec<u8>| push_base64(values.value(row), out)))
        }
        DataType::Date32 => quoted::<Date32Type>(array, |value, out| push_date(value.into(), out)),
        DataType::Date64 => quoted::<Date64Type>(array, |value, out| {
            // By its definition whole days; but files do keep times in it.
            match value.rem_euclid(86_400_000) {
                0 => push_date(value.div_euclid(86_400_000), out),
                _ => push_timestamp(value, Millisecond, &Zone::None, out),
            }
        }),
        DataType::Time32(Second) => {
            quoted::<Time32SecondType>(array, |value, out| push_time(value.into(), Second, out))
        }
        DataType::Time32(_) => {
            quoted::<Time32MillisecondType>(array, |value, out| push_time(value.into(), Millisecond, out))
        }
        DataType::Time64(Nanosecond) => {
            quoted::<Time64NanosecondType>(array, |value, out| push_time(value, Nanosecond, out))
        }
        DataType::Time64(_) => {
            quoted::<Time64MicrosecondType>(array, |value, out| push_time(value, Microsecond, out))
        }
        DataType::Timestamp(Second, zone) => timestamp::<TimestampSecondType>(array, Second, zone.as_deref()),
        DataType::Timestamp(Millisecond, zone) => {
            timestamp::<TimestampMillisecondType>(array, Millisecond, zone.as_deref())
        }
        DataType::Timestamp(Microsecond, zone) => {
            timestamp::<TimestampMicrosecondType>(array, Microsecond, zone.as_deref())
        }
        DataType::Timestamp(Nanosecond, zone) => {
            timestamp::<TimestampNanosecondType>(array, Nanosecond, zone.as_deref())
        }
        DataType::Duration(Second) => {
            quoted::<DurationSecondType>(array, |value, out| push_duration(value, Second, out))
        }
        DataType::Duration(Millisecond) => {
            quoted::<DurationMillisecondType>(array, |value, out| push_duration(value, Millisecond, out))
        }
        DataType::Duration(Microsecond) => {
            quoted::<DurationMicrosecondType>(array, |value, out| push_duration(value, Microsecond, out))
        }
        DataType::Duration(Nanosecond) => {
            quoted::<DurationNanosecondType>(array, |value, out| push_duration(value, Nanosecond, out))
        }
        DataType::Interval(IntervalUnit::YearMonth) => quoted::<IntervalYearMonthType>(array, push_months),
        DataType::Interval(IntervalUnit::DayTime) => quoted::<IntervalDayTimeType>(array, push_day_time),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            quoted::<IntervalMonthDayNanoType>(array, push_interval)
        }
        _ => nested::value(array, numbers),
    }
}
