//! Batches as Polars' frames and back, by Arrow's C data interface: buffers are shared, not copied.
//!
//! Polars has fewer types than Arrow. What it lacks becomes what Polars itself makes of it: times are counted in
//! nanoseconds, lists have 64-bit offsets, maps are lists of structs. Coming back, lists have 32-bit offsets again
//! and categories are their texts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, make_array, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use polars::prelude::{
    Column, CompatLevel, DataFrame, DataType as Kind, Expr, IntoLazy, LazyFrame, NULL, PlSmallStr,
    PolarsError, PolarsResult, Scalar, Series, col, lit,
};
use polars_arrow::datatypes::Field as PolarsField;
use polars_arrow::ffi;

use crate::pool::caught;

/// The batches as one frame of that schema. Cost: some words for each buffer.
///
/// # Errors
/// Where Polars has no such type.
fn frame_of(schema: &Schema, batches: &[RecordBatch]) -> PolarsResult<DataFrame> {
    let height = batches.iter().map(RecordBatch::num_rows).sum();
    let columns = schema.fields().iter().enumerate().map(|(index, field)| {
        let chunks: Vec<&ArrayRef> = batches.iter().filter_map(|batch| batch.columns().get(index)).collect();
        Ok(Column::from(series(field, &chunks)?))
    });
    DataFrame::new(height, columns.collect::<PolarsResult<_>>()?)
}

fn series(field: &Field, chunks: &[&ArrayRef]) -> PolarsResult<Series> {
    let name = PlSmallStr::from_str(field.name());
    let kind = polars_field(field)?;
    if chunks.is_empty() {
        return Ok(Series::new_empty(name, &Kind::from_arrow_field(&kind)));
    }
    let chunks = chunks.iter().map(|chunk| {
        let (array, _) = to_ffi(&chunk.to_data()).map_err(from_arrow)?;
        // SAFETY: both are `#[repr(C)]` with the fields of the C data interface, whose release callback the
        // importer takes over; `array` is not used again.
        let array = unsafe { std::mem::transmute::<FFI_ArrowArray, ffi::ArrowArray>(array) };
        // SAFETY: arrow-rs exported it, and `kind` is what it said of the same type.
        unsafe { ffi::import_array_from_c(array, kind.dtype.clone()) }
    });
    Series::from_arrow_chunks(name, chunks.collect::<PolarsResult<_>>()?)
}

fn polars_field(field: &Field) -> PolarsResult<PolarsField> {
    let plain = Field::new(field.name(), field.data_type().clone(), field.is_nullable());
    let schema = FFI_ArrowSchema::try_from(&plain).map_err(from_arrow)?;
    // SAFETY: as above; the schema is only read, and dropped by its own callback.
    let schema = unsafe { std::mem::transmute::<FFI_ArrowSchema, ffi::ArrowSchema>(schema) };
    // SAFETY: arrow-rs exported it.
    unsafe { ffi::import_field_from_c(&schema) }
}

/// The columns as Polars has them.
///
/// # Errors
/// Where Polars has no such type.
pub fn frame_schema(schema: &Schema) -> PolarsResult<polars::prelude::SchemaRef> {
    // Polars panics on some of the types that it does not have.
    let frame = caught(|| frame_of(schema, &[]));
    Ok(Arc::clone(frame.map_err(|error| PolarsError::SchemaMismatch(error.to_string().into()))??.schema()))
}

/// The batches as a plan that reads them, with the columns of `whole`: those that the batches have not are null, for
/// nobody wants them.
///
/// # Errors
/// Where Polars has no such type.
pub fn plan_of(
    whole: &polars::prelude::Schema,
    schema: &Schema,
    batches: &[RecordBatch],
) -> PolarsResult<LazyFrame> {
    let frame = frame_of(schema, batches)?;
    if frame.schema().iter_names().eq(whole.iter_names()) {
        return Ok(frame.lazy());
    }
    let columns = whole.iter().map(|(name, kind)| match frame.schema().contains(name) {
        true => col(name.clone()),
        false => lit(NULL).cast(kind.clone()).alias(name.clone()),
    });
    let columns: Vec<Expr> = columns.collect();
    // Selected, a frame without columns would have one row.
    Ok(frame
        .lazy()
        .with_columns(&columns)
        .select(whole.iter_names().map(|name| col(name.clone())).collect::<Vec<_>>()))
}

/// The batches as rows of those columns: of their types, where Arrow has told them less exactly.
///
/// # Errors
/// Where Polars has no such type.
pub fn rows_of(
    columns: &polars::prelude::Schema,
    schema: &Schema,
    batches: &[RecordBatch],
) -> PolarsResult<super::Rows> {
    let mut frame = frame_of(schema, batches)?;
    for (name, kind) in columns.iter() {
        let column = frame.column(name)?.cast(kind)?;
        frame.with_column(column)?;
    }
    Ok(Arc::new(frame))
}

/// The columns of a frame as an answer has them.
///
/// # Errors
/// Where Arrow has no such type: objects.
pub fn schema_of(schema: &polars::prelude::Schema) -> Result<SchemaRef, ArrowError> {
    let fields = schema.iter().map(|(name, kind)| {
        let field = kind.to_arrow_field(name.clone(), CompatLevel::newest());
        Ok(answer_field(&Arc::new(arrow_field(&field)?)))
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<FieldRef>, ArrowError>>()?)))
}

fn arrow_field(field: &PolarsField) -> Result<Field, ArrowError> {
    let schema = ffi::export_field_to_c(field);
    // SAFETY: see `polars_field`.
    let schema = unsafe { std::mem::transmute::<ffi::ArrowSchema, FFI_ArrowSchema>(schema) };
    Ok(Field::new(field.name.as_str(), DataType::try_from(&schema)?, true))
}

/// The frame as batches of that schema, one for each of its chunks.
pub(super) fn batches_of(frame: DataFrame, schema: &SchemaRef) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut frame = frame;
    frame.align_chunks();
    let batches = frame.iter_chunks(CompatLevel::newest(), false).map(|chunk| {
        let height = chunk.len();
        let columns = chunk.into_arrays().into_iter().zip(schema.fields()).map(|(array, field)| {
            // Where there is no value at all, Polars 0.55.2 may forget of what type; and it gives nulls a buffer, which
            // Arrow's have not.
            if field.data_type().is_null() || array.null_count() == height {
                return Ok(new_null_array(field.data_type(), height));
            }
            let kind =
                ffi::export_field_to_c(&PolarsField::new(PlSmallStr::EMPTY, array.dtype().clone(), true));
            let array = ffi::export_array_to_c(array);
            // SAFETY: see `series`; here Polars exports and arrow-rs takes over.
            let array = unsafe { std::mem::transmute::<ffi::ArrowArray, FFI_ArrowArray>(array) };
            // SAFETY: the same.
            let kind = unsafe { std::mem::transmute::<ffi::ArrowSchema, FFI_ArrowSchema>(kind) };
            // SAFETY: Polars exported both, of one array.
            let array = make_array(unsafe { from_ffi(array, &kind) }?);
            if array.data_type() == field.data_type() { Ok(array) } else { cast(&array, field.data_type()) }
        });
        let columns = columns.collect::<Result<Vec<_>, ArrowError>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(height));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    });
    batches.collect()
}

/// The value as an array of one; nothing where Arrow has no such type.
pub fn array_of(value: &Scalar) -> Option<ArrayRef> {
    let frame = DataFrame::new(1, vec![value.clone().into_column(PlSmallStr::EMPTY)]).ok()?;
    let schema = schema_of(frame.schema()).ok()?;
    batches_of(frame, &schema).ok()?.first()?.columns().first().cloned()
}

fn answer_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), answer_type(field.data_type()), field.is_nullable()))
}

fn answer_type(found: &DataType) -> DataType {
    let item = |field: &FieldRef| Arc::new(answer_field(field).as_ref().clone().with_name("element"));
    match found {
        DataType::Dictionary(_, values) => answer_type(values),
        DataType::LargeList(field) | DataType::List(field) => DataType::List(item(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(item(field), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(answer_field).collect()),
        DataType::LargeUtf8 | DataType::Utf8 => DataType::Utf8View,
        DataType::LargeBinary | DataType::Binary => DataType::BinaryView,
        other => other.clone(),
    }
}

fn from_arrow(error: ArrowError) -> polars::prelude::PolarsError {
    polars::prelude::PolarsError::ComputeError(error.to_string().into())
}
