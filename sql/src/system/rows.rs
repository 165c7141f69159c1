//! Columns of system tables, made from what the rows say.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, ListArray, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{Field, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, Utc};

use crate::Error;

/// A batch of these columns, each with its name and whether it may be null.
pub(super) fn batch(columns: Vec<(&str, ArrayRef, bool)>) -> Result<RecordBatch, Error> {
    let fields =
        columns.iter().map(|(name, values, null)| Field::new(*name, values.data_type().clone(), *null));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let values = columns.into_iter().map(|(_, values, _)| values).collect();
    RecordBatch::try_new(schema, values).map_err(|error| Error::defect(&error))
}

/// Text.
pub(super) fn text<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

/// Whole numbers: counts and bytes too, which never come near 2^63.
pub(super) fn number(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

/// Rows of lengths.
pub(super) fn numbers(values: impl IntoIterator<Item = Option<Vec<usize>>>) -> ArrayRef {
    let long = |length: usize| i64::try_from(length).ok();
    let values = values.into_iter().map(|row| row.map(|row| row.into_iter().map(long).collect::<Vec<_>>()));
    Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(values))
}

/// A count as a number.
pub(super) fn count(value: u64) -> Option<i64> {
    i64::try_from(value).ok()
}

/// Truth values.
pub(super) fn flag(values: impl IntoIterator<Item = bool>) -> ArrayRef {
    Arc::new(values.into_iter().map(Some).collect::<BooleanArray>())
}

/// Times, in UTC.
pub(super) fn time(values: impl IntoIterator<Item = DateTime<Utc>>) -> ArrayRef {
    let micros = values.into_iter().map(|time| Some(time.timestamp_micros()));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}
