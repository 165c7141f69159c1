//! The types of an answer as Parquet has them, which has no seconds and no decimals of a scale below 0: its writer
//! makes bare integers of the first and gives up on the second.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, IntervalUnit, SchemaRef, TimeUnit};

use super::{Error, NAME};

/// Digits of the widest decimals there are.
const DIGITS_MAX: u8 = 76;

/// Whether Parquet has a layout for the type, and its writer has it too.
pub(super) fn exists(data_type: &DataType) -> bool {
    match data_type {
        DataType::Interval(IntervalUnit::MonthDayNano) | DataType::Union(..) => false,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => exists(item.data_type()),
        DataType::Struct(fields) => {
            !fields.is_empty() && fields.iter().all(|field| exists(field.data_type()))
        }
        _ => true,
    }
}

/// The type that Parquet holds for a plain one: itself, or one of the same meaning.
pub(super) fn of(data_type: &DataType) -> DataType {
    use DataType as T;
    match data_type {
        T::Timestamp(TimeUnit::Second, zone) => T::Timestamp(TimeUnit::Millisecond, zone.clone()),
        T::Date64 => T::Timestamp(TimeUnit::Millisecond, None),
        T::Time32(TimeUnit::Second) => T::Time32(TimeUnit::Millisecond),
        T::Decimal32(digits, scale @ ..0)
        | T::Decimal64(digits, scale @ ..0)
        | T::Decimal128(digits, scale @ ..0)
        | T::Decimal256(digits, scale @ ..0) => {
            match digits.saturating_add(scale.unsigned_abs()).min(DIGITS_MAX) {
                digits @ ..=38 => T::Decimal128(digits, 0),
                digits => T::Decimal256(digits, 0),
            }
        }
        T::List(item) => T::List(field(item)),
        T::LargeList(item) => T::LargeList(field(item)),
        T::FixedSizeList(item, length) => T::FixedSizeList(field(item), *length),
        T::Struct(fields) => T::Struct(fields.iter().map(field).collect()),
        T::Map(entries, sorted) => T::Map(field(entries), *sorted),
        other => other.clone(),
    }
}

fn field(inner: &FieldRef) -> FieldRef {
    Arc::new(inner.as_ref().clone().with_data_type(of(inner.data_type())))
}

/// The batch with its columns of those types.
///
/// # Errors
/// [`Error::OutOfRange`] for a value that only the type it had can hold.
pub(super) fn laid_out(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let columns = batch.columns().iter().zip(schema.fields()).map(|(values, field)| {
        if values.data_type() == field.data_type() {
            return Ok(Arc::clone(values));
        }
        cast_with_options(values, field.data_type(), &strict).map_err(|error| Error::OutOfRange {
            format: NAME,
            column: field.name().clone(),
            detail: error.to_string(),
        })
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|source| Error::Encode { format: NAME, source })
}
