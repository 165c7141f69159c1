//! Making rows of some file into rows of a table, by name, without ever guessing.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::Error;
use crate::catalog::{Column, ColumnId};

/// The rows of `batch` as rows of `to`, a schema of held types: columns are found by name, whatever their
/// order; one that is missing becomes nulls where it may; types are widened, and narrowed only where every
/// value fits.
///
/// Cost: columns of the right type are shared, others are cast.
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
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(values, to.data_type(), &strict).map_err(|error| Error::BadValue {
        column: to.name().clone(),
        expected: to.data_type().clone(),
        detail: error.to_string(),
    })
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
        (
            T::List(from)
            | T::LargeList(from)
            | T::FixedSizeList(from, _)
            | T::ListView(from)
            | T::LargeListView(from),
            T::List(to),
        ) => fits(from.data_type(), to.data_type()),
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

/// The columns of a table that does not exist yet: numbered from 1, fields inside a type after the column
/// they belong to, as DuckLake numbers them.
pub fn new_columns(schema: &Schema) -> Vec<Column> {
    let mut next: ColumnId = 1;
    schema.fields().iter().map(|field| Column::numbered(field, &mut next)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{Float64Array, Int64Array, StringArray};

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
    fn each_refusal_names_its_column() {
        let refuse = |columns| conform(&rows(columns), &table()).unwrap_err().to_string();
        let id: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let said = refuse(vec![("id", Arc::new(StringArray::from(vec!["1"])))]);
        assert_eq!(said, "column `id` is Int32 in the table and Utf8 in the rows");
        let said = refuse(vec![("id", Arc::new(Int64Array::from(vec![1_i64 << 40])))]);
        assert!(said.starts_with("column `id` is Int32: "), "{said}");
        let said = refuse(vec![("id", Arc::new(Int64Array::from(vec![None])))]);
        assert_eq!(said, "column `id` may not be null, and a row of it is");
        let said = refuse(vec![("id", id.clone()), ("sore", Arc::new(Float64Array::from(vec![1.0])))]);
        assert_eq!(said, "the table has no column `sore`; its columns are `id`, `name`, `score`");
        let said = refuse(vec![("name", Arc::new(StringArray::from(vec!["1"])))]);
        assert_eq!(said, "the rows have no column `id`, which may not be null");
    }
}
