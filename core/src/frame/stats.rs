//! What a partition says of its columns: read off its Parquet footer, kept in the catalog as text, in the
//! form DuckLake gives it, so that both systems prune by the same rows.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::{SortOptions, cast, sort_to_indices};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;

use super::Error;
use crate::catalog::{Column, ColumnStats};

/// Longest text that is kept as a least or greatest value; beyond it the bound is simply unknown.
const TEXT_BYTES_MAX: usize = 256;

/// What the footer does not say: nulls at any depth, and NaN.
#[derive(Debug)]
pub(super) struct Seen {
    nulls: Vec<u64>,
    nan: Vec<Option<bool>>,
}

impl Seen {
    pub(super) fn of(schema: &SchemaRef) -> Self {
        let nan = |kind: &DataType| matches!(kind, DataType::Float32 | DataType::Float64).then_some(false);
        Self {
            nulls: vec![0; schema.fields().len()],
            nan: schema.fields().iter().map(|field| nan(field.data_type())).collect(),
        }
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) {
        for (values, (nulls, nan)) in batch.columns().iter().zip(self.nulls.iter_mut().zip(&mut self.nan)) {
            *nulls = nulls.saturating_add(values.null_count() as u64);
            if *nan == Some(false) {
                *nan = Some(has_nan(values));
            }
        }
    }

    /// Statistics of the finished file.
    pub(super) fn with_footer(
        &self,
        columns: &[Column],
        footer: &ParquetMetaData,
    ) -> Result<Vec<ColumnStats>, Error> {
        let parquet = footer.file_metadata().schema_descr();
        let arrow = Schema::new(columns.iter().map(Column::file_field).collect::<Vec<_>>());
        let stats = columns.iter().zip(self.nulls.iter().zip(&self.nan)).enumerate().map(
            |(root, (column, (nulls, nan)))| {
                let (min, max) = bounds(column, &arrow, footer)?;
                let bytes = footer.row_groups().iter().flat_map(|group| {
                    let leaves = group.columns().iter().enumerate();
                    leaves.filter(move |(leaf, _)| parquet.get_column_root_idx(*leaf) == root)
                });
                Ok(ColumnStats {
                    column: column.id,
                    bytes: bytes.map(|(_, chunk)| u64::try_from(chunk.compressed_size()).unwrap_or(0)).sum(),
                    nulls: *nulls,
                    min,
                    max,
                    nan: *nan,
                })
            },
        );
        stats.collect()
    }
}

fn has_nan(values: &ArrayRef) -> bool {
    match values.data_type() {
        DataType::Float32 => values.as_primitive::<Float32Type>().iter().flatten().any(f32::is_nan),
        DataType::Float64 => values.as_primitive::<Float64Type>().iter().flatten().any(f64::is_nan),
        _ => false,
    }
}

/// Least and greatest value over all row groups, as text; nothing where one of them does not say exactly.
fn bounds(
    column: &Column,
    arrow: &Schema,
    footer: &ParquetMetaData,
) -> Result<(Option<String>, Option<String>), Error> {
    if !has_text(&column.data_type) {
        return Ok((None, None));
    }
    let parquet = footer.file_metadata().schema_descr();
    let Ok(converter) = StatisticsConverter::try_new(&column.file_name, arrow, parquet) else {
        return Ok((None, None));
    };
    let groups = footer.row_groups();
    let nulls = converter.row_group_null_counts(groups)?;
    let bound = |values: ArrayRef,
                 exact: &arrow::array::BooleanArray,
                 descending: bool|
     -> Result<Option<String>, Error> {
        for (index, group) in groups.iter().enumerate() {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            // A group of nothing but nulls has no bounds and needs none.
            let only_nulls = !nulls.is_null(index) && nulls.value(index) == rows;
            if !only_nulls && (values.is_null(index) || exact.is_null(index) || !exact.value(index)) {
                return Ok(None);
            }
        }
        extreme(&values, descending).map_err(|error| Error::Rows(error.to_string()))
    };
    let min =
        bound(converter.row_group_mins(groups)?, &converter.row_group_is_min_value_exact(groups)?, false)?;
    let max =
        bound(converter.row_group_maxes(groups)?, &converter.row_group_is_max_value_exact(groups)?, true)?;
    Ok((min, max))
}

fn extreme(values: &ArrayRef, descending: bool) -> Result<Option<String>, ArrowError> {
    let order = sort_to_indices(values, Some(SortOptions { descending, nulls_first: false }), Some(1))?;
    match order.values().first().map(|index| *index as usize) {
        Some(index) if !values.is_null(index) => value_text(values, index),
        _ => Ok(None),
    }
}

/// Types whose bounds have a text form that reads back as the same value.
fn has_text(kind: &DataType) -> bool {
    use DataType as T;
    kind.is_integer()
        || matches!(
            kind,
            T::Boolean
                | T::Float32
                | T::Float64
                | T::Decimal128(..)
                | T::Utf8View
                | T::Date32
                | T::Time64(_)
                | T::Timestamp(..)
        )
}

/// The value at `index` as DuckLake writes it, or nothing where it has no such form or is too long.
///
/// # Errors
/// Where Arrow cannot print the value: a date beyond the calendar's years.
pub fn value_text(values: &ArrayRef, index: usize) -> Result<Option<String>, ArrowError> {
    if !has_text(values.data_type()) || values.is_null(index) {
        return Ok(None);
    }
    let utc = match values.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            cast(values, &DataType::Timestamp(*unit, Some("+00:00".into())))?
        }
        _ => values.clone(),
    };
    let options = FormatOptions::new()
        .with_display_error(false)
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f+00"));
    let text = ArrayFormatter::try_new(utc.as_ref(), &options)?.value(index).try_to_string()?;
    let text = match values.data_type() {
        DataType::Boolean => if text == "true" { "1" } else { "0" }.to_owned(),
        _ => text,
    };
    Ok((text.len() <= TEXT_BYTES_MAX).then_some(text))
}

/// Texts of [`value_text`] as values again; null where there was none, or where the type has no text form.
///
/// # Errors
/// Where a text is no value of the type.
pub fn stats_array(
    texts: impl IntoIterator<Item = Option<String>>,
    kind: &DataType,
) -> Result<ArrayRef, ArrowError> {
    let texts = StringArray::from_iter(texts);
    // A cast to a list makes a list of each text, a null one included.
    if has_text(kind) { cast(&texts, kind) } else { Ok(new_null_array(kind, texts.len())) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringViewArray,
        TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array,
    };

    use super::*;

    #[test]
    fn every_bound_reads_back_as_itself() {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![i64::MIN, 0, i64::MAX])),
            Arc::new(UInt64Array::from(vec![0, 1, u64::MAX])),
            Arc::new(Float64Array::from(vec![f64::MIN_POSITIVE, -1.5e300, f64::INFINITY])),
            Arc::new(BooleanArray::from(vec![true, false, true])),
            Arc::new(Decimal128Array::from(vec![-150, 0, 99_999]).with_precision_and_scale(15, 2).unwrap()),
            Arc::new(Date32Array::from(vec![-1, 0, 20_000])),
            Arc::new(TimestampMicrosecondArray::from(vec![-1, 0, 1_700_000_000_123_456])),
            Arc::new(
                TimestampNanosecondArray::from(vec![1, 0, 1_700_000_000_123_456_789]).with_timezone("+01:00"),
            ),
            Arc::new(StringViewArray::from(vec!["", "ä", "a'b\"c"])),
        ];
        for values in columns {
            let texts = (0..values.len()).map(|index| value_text(&values, index).unwrap());
            let back = stats_array(texts, values.data_type()).unwrap();
            assert_eq!(&back, &values);
        }
    }

    #[test]
    fn a_list_has_no_bounds() {
        let list = DataType::List(Arc::new(arrow::datatypes::Field::new("element", DataType::Int64, true)));
        assert_eq!(stats_array([None, None], &list).unwrap().null_count(), 2);
    }

    #[test]
    fn a_long_text_is_no_bound() {
        let values: ArrayRef = Arc::new(StringViewArray::from(vec!["x".repeat(300)]));
        assert_eq!(value_text(&values, 0).unwrap(), None);
    }
}
