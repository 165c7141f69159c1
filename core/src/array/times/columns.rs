//! Times as Arrow has them: days as `date32`, seconds and what is finer as timestamps and durations, other units as whole
//! numbers; NaT as null.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;

use super::super::DType;
use super::{NAT, Unit};

/// The type of the column that holds such times.
pub fn data_type(dtype: DType) -> DataType {
    match dtype {
        DType::Instant(Unit::Day) => DataType::Date32,
        DType::Instant(unit) => {
            time_unit(unit).map_or(DataType::Int64, |unit| DataType::Timestamp(unit, None))
        }
        DType::Span(unit) => time_unit(unit).map_or(DataType::Int64, DataType::Duration),
        _ => DataType::Int64,
    }
}

/// The times that a column of that type holds, where it holds times.
pub fn dtype_of(data_type: &DataType) -> Option<DType> {
    Some(match data_type {
        DataType::Date32 => DType::Instant(Unit::Day),
        DataType::Timestamp(unit, None) => DType::Instant(unit_of(*unit)),
        DataType::Duration(unit) => DType::Span(unit_of(*unit)),
        _ => return None,
    })
}

const fn time_unit(unit: Unit) -> Option<TimeUnit> {
    Some(match unit {
        Unit::Second => TimeUnit::Second,
        Unit::Milli => TimeUnit::Millisecond,
        Unit::Micro => TimeUnit::Microsecond,
        Unit::Nano => TimeUnit::Nanosecond,
        _ => return None,
    })
}

const fn unit_of(unit: TimeUnit) -> Unit {
    match unit {
        TimeUnit::Second => Unit::Second,
        TimeUnit::Millisecond => Unit::Milli,
        TimeUnit::Microsecond => Unit::Micro,
        TimeUnit::Nanosecond => Unit::Nano,
    }
}

/// The column of such times.
///
/// # Errors
/// Days that `date32` does not hold: those more than five million years away.
pub(in crate::array) fn column(dtype: DType, values: &[i64]) -> Result<ArrayRef, ArrowError> {
    Ok(match data_type(dtype) {
        DataType::Date32 => {
            let day = |value: &i64| match *value {
                NAT => Ok(None),
                value => i32::try_from(value).map(Some).map_err(|_| {
                    ArrowError::ComputeError(format!("{value} days after 1970 are beyond Arrow's `date32`"))
                }),
            };
            let days = values.iter().map(day).collect::<Result<Vec<_>, _>>()?;
            Arc::new(PrimitiveArray::<Date32Type>::from(days))
        }
        DataType::Timestamp(TimeUnit::Second, _) => ticked::<TimestampSecondType>(values),
        DataType::Timestamp(TimeUnit::Millisecond, _) => ticked::<TimestampMillisecondType>(values),
        DataType::Timestamp(TimeUnit::Microsecond, _) => ticked::<TimestampMicrosecondType>(values),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => ticked::<TimestampNanosecondType>(values),
        DataType::Duration(TimeUnit::Second) => ticked::<DurationSecondType>(values),
        DataType::Duration(TimeUnit::Millisecond) => ticked::<DurationMillisecondType>(values),
        DataType::Duration(TimeUnit::Microsecond) => ticked::<DurationMicrosecondType>(values),
        DataType::Duration(TimeUnit::Nanosecond) => ticked::<DurationNanosecondType>(values),
        _ => ticked::<Int64Type>(values),
    })
}

fn ticked<T: ArrowPrimitiveType<Native = i64>>(values: &[i64]) -> ArrayRef {
    let there =
        values.contains(&NAT).then(|| values.iter().map(|value| *value != NAT).collect::<NullBuffer>());
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values.to_vec()), there))
}

/// The numbers that a column of times holds; nothing of another column.
pub fn ticks(column: &dyn Array) -> Option<Vec<i64>> {
    let is_there = |row: usize| !column.is_null(row);
    let of = |value: i64, row: usize| if is_there(row) { value } else { NAT };
    if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        return Some(days.values().iter().zip(0..).map(|(day, row)| of((*day).into(), row)).collect());
    }
    macro_rules! held {
        ($($type:ty),*) => {
            $(if let Some(held) = column.as_primitive_opt::<$type>() {
                return Some(held.values().iter().zip(0..).map(|(value, row)| of(*value, row)).collect());
            })*
        };
    }
    held!(
        Int64Type,
        TimestampSecondType,
        TimestampMillisecondType,
        TimestampMicrosecondType,
        TimestampNanosecondType,
        DurationSecondType,
        DurationMillisecondType,
        DurationMicrosecondType,
        DurationNanosecondType
    );
    None
}
