//! Making rows of some file into rows of a table, by name, without ever guessing.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, make_comparator, new_null_array};
use arrow::compute::{CastOptions, SortOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;

use super::Error;
use crate::catalog::{Column, ColumnId};

/// The rows of `batch` as rows of `to`, a schema of held types: columns are found by name, whatever their
/// order; one that is missing becomes nulls where it may; types are widened, and narrowed only where every
/// value is the same afterwards.
///
/// Cost: columns of the right type are shared, others are cast; where a cast may round or cut, back as well.
///
/// # Errors
/// [`Error::ExtraColumn`], [`Error::MissingColumn`], [`Error::TypeMismatch`], [`Error::UnexpectedNull`],
/// [`Error::BadValue`].
pub fn conform(batch: &RecordBatch, to: &SchemaRef) -> Result<RecordBatch, Error> {
    let from = batch.schema();
    if let Some(extra) = from.fields().iter().find(|field| to.index_of(field.name()).is_err()) {
        let columns =
            to.fields().iter().map(|field| format!("`{}`", field.name())).collect::<Vec<_>>().join(", ");
        return Err(Error::ExtraColumn { column: extra.name().clone(), columns });
    }
    let columns = to
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(values) => conform_column(values, field),
            None if field.is_nullable() => Ok(new_null_array(field.data_type(), batch.num_rows())),
            None => Err(Error::MissingColumn { column: field.name().clone() }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(to), columns).map_err(|error| Error::Rows(error.to_string()))
}

fn conform_column(values: &ArrayRef, to: &Field) -> Result<ArrayRef, Error> {
    if !to.is_nullable() && values.logical_null_count() > 0 {
        return Err(Error::UnexpectedNull { column: to.name().clone() });
    }
    if values.data_type() == to.data_type() {
        return Ok(Arc::clone(values));
    }
    if !fits(values.data_type(), to.data_type()) {
        return Err(Error::TypeMismatch {
            column: to.name().clone(),
            expected: to.data_type().clone(),
            found: values.data_type().clone(),
        });
    }
    let bad =
        |detail| Error::BadValue { column: to.name().clone(), expected: to.data_type().clone(), detail };
    let cast = strict_cast(values, to.data_type()).map_err(|error| bad(error.to_string()))?;
    if !keeps_all(values.data_type(), to.data_type())
        && let Some(lost) = first_changed(values, &cast).map_err(|error| bad(error.to_string()))?
    {
        return Err(bad(format!("{lost} cannot be converted to it without loss")));
    }
    Ok(cast)
}

fn strict_cast(values: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let spelled = without_dictionaries(values.data_type());
    if spelled == *values.data_type() {
        return cast_with_options(values, to, &options);
    }
    // Arrow 59 makes empty texts of the nulls among a dictionary's values when it casts to views at once.
    cast_with_options(&cast_with_options(values, &spelled, &options)?, to, &options)
}

/// The type with its values in the place of dictionaries of them.
fn without_dictionaries(data_type: &DataType) -> DataType {
    use DataType as T;
    let inside = |field: &FieldRef| -> FieldRef {
        let spelled = without_dictionaries(field.data_type());
        Arc::new(field.as_ref().clone().with_data_type(spelled))
    };
    match data_type {
        T::Dictionary(_, values) => without_dictionaries(values),
        T::List(field) => T::List(inside(field)),
        T::LargeList(field) => T::LargeList(inside(field)),
        T::FixedSizeList(field, size) => T::FixedSizeList(inside(field), *size),
        T::ListView(field) => T::ListView(inside(field)),
        T::LargeListView(field) => T::LargeListView(inside(field)),
        T::Struct(fields) => T::Struct(fields.iter().map(inside).collect()),
        T::Map(entries, sorted) => T::Map(inside(entries), *sorted),
        other => other.clone(),
    }
}

/// The first of `values` that `cast` does not give back: Arrow's casts refuse what is out of range, but round
/// and cut what lies between two values of the type.
fn first_changed(values: &ArrayRef, cast: &ArrayRef) -> Result<Option<String>, ArrowError> {
    // A value that has grown out of its type by rounding has changed too: it comes back as a null.
    let back = cast_with_options(cast, values.data_type(), &CastOptions::default())?;
    let order = make_comparator(values, &back, SortOptions::default())?;
    match (0..values.len()).find(|row| order(*row, *row).is_ne()) {
        Some(row) => array_value_to_string(values, row).map(Some),
        None => Ok(None),
    }
}

/// Whether a cast that succeeds has changed no value, whatever the values are: only the layout differs.
fn keeps_all(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    match (from, to) {
        (T::Dictionary(_, values), to) => keeps_all(values, to),
        (T::RunEndEncoded(_, values), to) => keeps_all(values.data_type(), to),
        (T::Null, _) | (_, T::Utf8View | T::BinaryView) => true,
        (from, to) if from == to => true,
        (from, to) if from.is_integer() && to.is_integer() => true,
        (T::Float16, T::Float32 | T::Float64) | (T::Float32, T::Float64) => true,
        (from, T::List(to)) => element(from).is_some_and(|from| keeps_all(from, to.data_type())),
        (T::Struct(from), T::Struct(to)) => {
            from.iter().zip(to).all(|(from, to)| keeps_all(from.data_type(), to.data_type()))
        }
        (T::Map(from, _), T::Map(to, _)) => keeps_all(from.data_type(), to.data_type()),
        _ => false,
    }
}

/// Whether values of `from` mean the same as values of `to`, each of them that fits.
fn fits(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    let text = |kind: &T| matches!(kind, T::Utf8 | T::LargeUtf8 | T::Utf8View);
    let binary =
        |kind: &T| matches!(kind, T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_));
    let decimal = |kind: &T| {
        matches!(kind, T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..))
    };
    match (from, to) {
        (T::Null, _) => true,
        (T::Dictionary(_, values), to) => fits(values, to),
        (T::RunEndEncoded(_, values), to) => fits(values.data_type(), to),
        (from, to) if from == to => true,
        (from, to) if text(from) && text(to) => true,
        (from, to) if binary(from) && binary(to) => true,
        (from, to) if from.is_integer() => to.is_integer() || to.is_floating() || decimal(to),
        (from, to) if from.is_floating() => to.is_floating(),
        (from, to) if decimal(from) => decimal(to) || to.is_floating(),
        (T::Date32, T::Date64 | T::Timestamp(_, None)) | (T::Date64, T::Date32 | T::Timestamp(_, None)) => {
            true
        }
        (T::Timestamp(_, from), T::Timestamp(_, to)) => from.is_some() == to.is_some(),
        (T::Time32(_) | T::Time64(_), T::Time32(_) | T::Time64(_)) => true,
        (T::Duration(_), T::Int64) => true,
        (from, T::List(to)) => element(from).is_some_and(|from| fits(from, to.data_type())),
        (T::Struct(from), T::Struct(to)) => {
            from.len() == to.len()
                && from
                    .iter()
                    .zip(to)
                    .all(|(from, to)| from.name() == to.name() && fits(from.data_type(), to.data_type()))
        }
        (T::Map(from, _), T::Map(to, _)) => match (from.data_type(), to.data_type()) {
            (T::Struct(from), T::Struct(to)) => {
                from.len() == to.len()
                    && from.iter().zip(to).all(|(from, to)| fits(from.data_type(), to.data_type()))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The type of a list's elements, whichever kind of list it is.
fn element(data_type: &DataType) -> Option<&DataType> {
    use DataType as T;
    match data_type {
        T::List(item)
        | T::LargeList(item)
        | T::FixedSizeList(item, _)
        | T::ListView(item)
        | T::LargeListView(item) => Some(item.data_type()),
        _ => None,
    }
}

/// The columns of a table that does not exist yet: numbered from 1, fields inside a type after the column
/// they belong to, as DuckLake numbers them.
pub fn new_columns(schema: &Schema) -> Vec<Column> {
    let mut next: ColumnId = 1;
    schema.fields().iter().map(|field| Column::numbered(field, &mut next)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{
        Date64Array, Decimal128Array, DictionaryArray, FixedSizeListArray, Float64Array, Int8Array,
        Int64Array, ListArray, StringArray, Time64NanosecondArray, TimestampMicrosecondArray,
        TimestampNanosecondArray,
    };
    use arrow::datatypes::{Int64Type, TimeUnit};

    use super::*;

    fn table() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int32, false),
            Field::new("name", DataType::Utf8View, true),
            Field::new("score", DataType::Float64, true),
        ]))
    }

    fn rows(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, values)| (name, values, true)),
        )
        .unwrap()
    }

    #[test]
    fn columns_are_found_by_name_and_widened() {
        let got = conform(
            &rows(vec![
                ("score", Arc::new(Int64Array::from(vec![1, 2]))),
                ("id", Arc::new(Int64Array::from(vec![7, 8]))),
            ]),
            &table(),
        )
        .unwrap();
        assert_eq!(got.schema(), table());
        assert_eq!(got.column(1).null_count(), 2);
    }

    #[test]
    fn a_value_is_kept_whole_or_refused() {
        let columns: [(&str, ArrayRef, DataType, &[usize]); 12] = [
            (
                "decimal",
                Arc::new(
                    Decimal128Array::from(vec![Some(1_230), None, Some(1_234)])
                        .with_precision_and_scale(6, 3)
                        .unwrap(),
                ),
                DataType::Decimal128(5, 2),
                &[2],
            ),
            (
                "nanoseconds",
                Arc::new(TimestampNanosecondArray::from(vec![Some(1_000), None, Some(1)])),
                DataType::Timestamp(TimeUnit::Microsecond, None),
                &[2],
            ),
            (
                "zoned",
                Arc::new(TimestampMicrosecondArray::from(vec![1, -1]).with_timezone("Europe/Berlin")),
                DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
                &[],
            ),
            (
                "double of a long",
                Arc::new(Int64Array::from(vec![1 << 53, (1 << 53) + 1, i64::MAX])),
                DataType::Float64,
                &[1, 2],
            ),
            (
                "float of a long",
                Arc::new(Int64Array::from(vec![16_777_216, 16_777_217, (1 << 53) + 1])),
                DataType::Float32,
                &[1, 2],
            ),
            (
                "float of a double",
                Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY, 0.1, 1e300])),
                DataType::Float32,
                &[3, 4],
            ),
            (
                "double of a decimal",
                Arc::new(
                    Decimal128Array::from(vec![12_345, 10_i128.pow(20) + 1])
                        .with_precision_and_scale(38, 2)
                        .unwrap(),
                ),
                DataType::Float64,
                &[1],
            ),
            ("date", Arc::new(Date64Array::from(vec![86_400_000, 1])), DataType::Date32, &[1]),
            (
                "time",
                Arc::new(Time64NanosecondArray::from(vec![1_000, 1])),
                DataType::Time64(TimeUnit::Microsecond),
                &[1],
            ),
            (
                "dictionary",
                Arc::new(
                    DictionaryArray::try_new(
                        Int8Array::from(vec![0, 1]),
                        Arc::new(Int64Array::from(vec![1, (1 << 53) + 1])),
                    )
                    .unwrap(),
                ),
                DataType::Float64,
                &[1],
            ),
            (
                "list",
                Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(vec![
                    Some(vec![Some(1), None]),
                    None,
                    Some(vec![Some((1 << 53) + 1)]),
                ])),
                DataType::List(Arc::new(Field::new("element", DataType::Float64, true))),
                &[2],
            ),
            (
                "fixed list",
                Arc::new(FixedSizeListArray::from_iter_primitive::<Int64Type, _, _>(
                    vec![Some(vec![Some(1)]), None, Some(vec![Some((1 << 53) + 1)])],
                    1,
                )),
                DataType::List(Arc::new(Field::new("element", DataType::Float64, true))),
                &[2],
            ),
        ];
        for (name, values, to, changed) in columns {
            let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("a", to, true)]));
            for row in 0..values.len() {
                let got = conform(&rows(vec![("a", values.slice(row, 1))]), &schema);
                assert_eq!(got.is_err(), changed.contains(&row), "{name}, row {row}: {got:?}");
            }
        }
    }

    #[test]
    fn each_refusal_names_its_column() {
        let refuse = |columns| conform(&rows(columns), &table()).unwrap_err().to_string();
        let id: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let said = refuse(vec![("id", Arc::new(StringArray::from(vec!["1"])))]);
        assert_eq!(said, "column `id` is Int32 in the table and Utf8 in the rows");
        let said = refuse(vec![("id", Arc::new(Int64Array::from(vec![1_i64 << 40])))]);
        assert!(said.starts_with("column `id` is Int32: "), "{said}");
        let said =
            refuse(vec![("id", id.clone()), ("score", Arc::new(Int64Array::from(vec![(1 << 53) + 1])))]);
        assert_eq!(
            said,
            "column `score` is Float64: 9007199254740993 cannot be converted to it without loss"
        );
        let said = refuse(vec![("id", Arc::new(Int64Array::from(vec![None])))]);
        assert_eq!(said, "column `id` may not be null, and a row of it is");
        let said = refuse(vec![("id", id.clone()), ("sore", Arc::new(Float64Array::from(vec![1.0])))]);
        assert_eq!(said, "the table has no column `sore`; its columns are `id`, `name`, `score`");
        let said = refuse(vec![("name", Arc::new(StringArray::from(vec!["1"])))]);
        assert_eq!(said, "the rows have no column `id`, which may not be null");
    }
}
