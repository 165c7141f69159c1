//! A cell of each type.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTime,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::array::{
    ArrayRef, BinaryBuilder, BinaryViewBuilder, BooleanBuilder, FixedSizeBinaryBuilder, LargeBinaryBuilder,
    LargeStringBuilder, NullArray, PrimitiveBuilder, StringBuilder, StringViewBuilder,
};
use arrow::compute::kernels::cast_utils::Parser;
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::number::{keeps_digits, parse_decimal, parse_decimal256};
use super::{Cell, time};

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A cell of that type; none for types that no text spells, nested ones among them.
pub(in crate::format) fn cell(data_type: &DataType) -> Option<Box<dyn Cell>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Some(match data_type {
        DataType::Null => Box::new(Nulls(0)),
        DataType::Boolean => Box::new(Truth(BooleanBuilder::new())),
        DataType::Int8 => number::<Int8Type>(data_type),
        DataType::Int16 => number::<Int16Type>(data_type),
        DataType::Int32 => number::<Int32Type>(data_type),
        DataType::Int64 => number::<Int64Type>(data_type),
        DataType::UInt8 => number::<UInt8Type>(data_type),
        DataType::UInt16 => number::<UInt16Type>(data_type),
        DataType::UInt32 => number::<UInt32Type>(data_type),
        DataType::UInt64 => number::<UInt64Type>(data_type),
        DataType::Float16 => parsed::<Float16Type>(data_type, |text| {
            let text = text.trim_ascii();
            Float16Type::parse(text).filter(|value| value.is_finite() || is_not_finite(text))
        }),
        DataType::Float32 => parsed::<Float32Type>(data_type, |text| {
            let text = text.trim_ascii();
            let value: f32 = text.parse().ok()?;
            let fits = match value.is_finite() {
                true => keeps_digits(text, value as i128, ryu::Buffer::new().format_finite(value)),
                false => is_not_finite(text),
            };
            fits.then_some(value)
        }),
        DataType::Float64 => parsed::<Float64Type>(data_type, |text| {
            let text = text.trim_ascii();
            let value: f64 = text.parse().ok()?;
            let fits = match value.is_finite() {
                true => keeps_digits(text, value as i128, ryu::Buffer::new().format_finite(value)),
                false => is_not_finite(text),
            };
            fits.then_some(value)
        }),
        &DataType::Decimal32(precision, scale) => parsed::<Decimal32Type>(data_type, move |text| {
            parse_decimal(text, precision, scale).and_then(|value| value.try_into().ok())
        }),
        &DataType::Decimal64(precision, scale) => parsed::<Decimal64Type>(data_type, move |text| {
            parse_decimal(text, precision, scale).and_then(|value| value.try_into().ok())
        }),
        &DataType::Decimal128(precision, scale) => {
            parsed::<Decimal128Type>(data_type, move |text| parse_decimal(text, precision, scale))
        }
        &DataType::Decimal256(precision, scale) => {
            parsed::<Decimal256Type>(data_type, move |text| parse_decimal256(text, precision, scale))
        }
        DataType::Utf8 => Box::new(Text(StringBuilder::new())),
        DataType::LargeUtf8 => Box::new(Text(LargeStringBuilder::new())),
        DataType::Utf8View => Box::new(Text(StringViewBuilder::new())),
        DataType::Binary => Box::new(Bytes { builder: BinaryBuilder::new(), decoded: Vec::new() }),
        DataType::LargeBinary => Box::new(Bytes { builder: LargeBinaryBuilder::new(), decoded: Vec::new() }),
        DataType::BinaryView => Box::new(Bytes { builder: BinaryViewBuilder::new(), decoded: Vec::new() }),
        &DataType::FixedSizeBinary(length) if length >= 0 => {
            Box::new(Bytes { builder: FixedSizeBinaryBuilder::new(length), decoded: Vec::new() })
        }
        DataType::Date32 => parsed::<Date32Type>(data_type, |text| {
            time::parse_date(text).and_then(|days| days.try_into().ok())
        }),
        DataType::Date64 => {
            parsed::<Date64Type>(data_type, |text| time::parse_timestamp(text, Millisecond, None))
        }
        DataType::Time32(Second) => parsed::<Time32SecondType>(data_type, |text| {
            time::parse_time(text, Second).and_then(|value| value.try_into().ok())
        }),
        DataType::Time32(_) => parsed::<Time32MillisecondType>(data_type, |text| {
            time::parse_time(text, Millisecond).and_then(|value| value.try_into().ok())
        }),
        DataType::Time64(Nanosecond) => {
            parsed::<Time64NanosecondType>(data_type, |text| time::parse_time(text, Nanosecond))
        }
        DataType::Time64(_) => {
            parsed::<Time64MicrosecondType>(data_type, |text| time::parse_time(text, Microsecond))
        }
        DataType::Timestamp(unit, zone) => {
            let zone: Option<Tz> = match zone {
                Some(zone) => Some(zone.parse().ok()?),
                None => None,
            };
            let unit = *unit;
            let parse = move |text: &str| time::parse_timestamp(text, unit, zone);
            match unit {
                Second => parsed::<TimestampSecondType>(data_type, parse),
                Millisecond => parsed::<TimestampMillisecondType>(data_type, parse),
                Microsecond => parsed::<TimestampMicrosecondType>(data_type, parse),
                Nanosecond => parsed::<TimestampNanosecondType>(data_type, parse),
            }
        }
        DataType::Duration(Second) => {
            parsed::<DurationSecondType>(data_type, |text| time::parse_duration(text, Second))
        }
        DataType::Duration(Millisecond) => {
            parsed::<DurationMillisecondType>(data_type, |text| time::parse_duration(text, Millisecond))
        }
        DataType::Duration(Microsecond) => {
            parsed::<DurationMicrosecondType>(data_type, |text| time::parse_duration(text, Microsecond))
        }
        DataType::Duration(Nanosecond) => {
            parsed::<DurationNanosecondType>(data_type, |text| time::parse_duration(text, Nanosecond))
        }
        DataType::Interval(IntervalUnit::YearMonth) => parsed::<IntervalYearMonthType>(data_type, |text| {
            time::parse_interval(text).filter(|it| it.days == 0 && it.nanoseconds == 0).map(|it| it.months)
        }),
        DataType::Interval(IntervalUnit::DayTime) => parsed::<IntervalDayTimeType>(data_type, |text| {
            let interval =
                time::parse_interval(text).filter(|it| it.months == 0 && it.nanoseconds % 1_000_000 == 0)?;
            let milliseconds = (interval.nanoseconds / 1_000_000).try_into().ok()?;
            Some(IntervalDayTime { days: interval.days, milliseconds })
        }),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            parsed::<IntervalMonthDayNanoType>(data_type, time::parse_interval)
        }
        _ => return None,
    })
}

/// Whether a text says so itself when its value is not finite, rather than being too large a number.
fn is_not_finite(text: &str) -> bool {
    !text.contains(|character: char| character.is_ascii_digit())
}

struct Nulls(usize);

impl Cell for Nulls {
    fn push(&mut self, _: &str) -> bool {
        false
    }

    fn push_null(&mut self) {
        self.0 += 1;
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(NullArray::new(std::mem::take(&mut self.0)))
    }
}

struct Truth(BooleanBuilder);

impl Cell for Truth {
    fn push(&mut self, text: &str) -> bool {
        let text = text.trim_ascii();
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is(&["true", "t", "yes", "y", "1"]) {
            self.0.append_value(true);
        } else if is(&["false", "f", "no", "n", "0"]) {
            self.0.append_value(false);
        } else {
            return false;
        }
        true
    }

    fn push_null(&mut self) {
        self.0.append_null();
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// A type whose values are numbers inside, and what makes them of text.
struct Parsed<T: ArrowPrimitiveType, F> {
    builder: PrimitiveBuilder<T>,
    parse: F,
}

fn parsed<T: ArrowPrimitiveType>(
    data_type: &DataType,
    parse: impl Fn(&str) -> Option<T::Native> + Send + 'static,
) -> Box<dyn Cell> {
    Box::new(Parsed { builder: PrimitiveBuilder::<T>::new().with_data_type(data_type.clone()), parse })
}

fn number<T: ArrowPrimitiveType>(data_type: &DataType) -> Box<dyn Cell>
where
    T::Native: std::str::FromStr,
{
    parsed::<T>(data_type, |text| text.trim_ascii().parse().ok())
}

impl<T: ArrowPrimitiveType, F: Fn(&str) -> Option<T::Native> + Send> Cell for Parsed<T, F> {
    fn push(&mut self, text: &str) -> bool {
        let value = (self.parse)(text);
        if let Some(value) = value {
            self.builder.append_value(value);
        }
        value.is_some()
    }

    fn push_null(&mut self) {
        self.builder.append_null();
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.builder.finish())
    }
}

struct Text<B>(B);

struct Bytes<B> {
    builder: B,
    decoded: Vec<u8>,
}

macro_rules! text_cell {
    ($($builder:ty),*) => {$(
        impl Cell for Text<$builder> {
            fn push(&mut self, text: &str) -> bool {
                self.0.append_value(text);
                true
            }

            fn push_null(&mut self) {
                self.0.append_null();
            }

            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.0.finish())
            }

            fn is_text(&self) -> bool {
                true
            }
        }
    )*};
}

text_cell!(StringBuilder, LargeStringBuilder, StringViewBuilder);

macro_rules! bytes_cell {
    ($($builder:ty, $has_empty:literal, |$bytes_builder:ident, $decoded:ident| $append:expr;)*) => {$(
        impl Cell for Bytes<$builder> {
            fn push(&mut self, text: &str) -> bool {
                self.decoded.clear();
                if BASE64.decode_vec(text.trim_ascii(), &mut self.decoded).is_err() {
                    return false;
                }
                let ($bytes_builder, $decoded) = (&mut self.builder, &self.decoded);
                $append
            }

            fn push_null(&mut self) {
                self.builder.append_null();
            }

            fn finish(&mut self) -> ArrayRef {
                Arc::new(self.builder.finish())
            }

            fn has_empty(&self) -> bool {
                $has_empty
            }
        }
    )*};
}

bytes_cell! {
    BinaryBuilder, true, |builder, bytes| { builder.append_value(bytes); true };
    LargeBinaryBuilder, true, |builder, bytes| { builder.append_value(bytes); true };
    BinaryViewBuilder, true, |builder, bytes| { builder.append_value(bytes); true };
    // Fails on another length than the type's.
    FixedSizeBinaryBuilder, false, |builder, bytes| builder.append_value(bytes).is_ok();
}
