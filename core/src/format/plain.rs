//! Batches for files that any reader of their format must understand.
//!
//! Inside, text is kept as views, and engines hand out dictionaries and runs. Many readers of Arrow and
//! Parquet files know none of these, so what is written is plain.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, GenericByteViewArray, MAX_INLINE_VIEW_LEN, RecordBatch, RecordBatchOptions,
};
use arrow::compute::cast;
use arrow::datatypes::{ByteViewType, DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

/// Plain arrays of text and bytes have 32-bit offsets, so a batch is cut before its text reaches them.
const BATCH_BYTES_MAX: usize = 1 << 30;
/// Fields' numbers inside of a partition file mean nothing outside of it.
const FIELD_ID: &str = "PARQUET:field_id";

/// The schema as it is written.
pub fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(plain_field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn plain_field(field: &FieldRef) -> FieldRef {
    let mut metadata = field.metadata().clone();
    metadata.remove(FIELD_ID);
    Arc::new(
        Field::new(field.name(), plain_type(field.data_type()), field.is_nullable()).with_metadata(metadata),
    )
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        DataType::List(item) | DataType::ListView(item) => DataType::List(plain_field(item)),
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::LargeList(plain_field(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(plain_field(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(plain_field(entries), *sorted),
        other => other.clone(),
    }
}

/// The batch as it is written: one, or several where its text would not fit into one.
pub fn plain_batches(batch: &RecordBatch, schema: &SchemaRef) -> Result<Vec<RecordBatch>, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields());
    if columns.clone().all(|(column, field)| column.data_type() == field.data_type()) {
        return Ok(vec![with_columns(batch, schema, batch.columns().to_vec())?]);
    }
    let rows = batch.num_rows();
    if rows > 1 && columns.clone().any(|(column, _)| text_bytes(column) > BATCH_BYTES_MAX) {
        let mut halves = plain_batches(&batch.slice(0, rows / 2), schema)?;
        halves.extend(plain_batches(&batch.slice(rows / 2, rows - rows / 2), schema)?);
        return Ok(halves);
    }
    let columns =
        columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![with_columns(batch, schema, columns)?])
}

fn with_columns(
    batch: &RecordBatch,
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
) -> Result<RecordBatch, ArrowError> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}

/// How many bytes of text the column's rows hold, a shared value counted as often as it is used. Nested
/// columns and dictionaries are few and are taken at their buffers' size.
fn text_bytes(column: &ArrayRef) -> usize {
    use arrow::array::AsArray;
    match column.data_type() {
        DataType::Utf8View => viewed_bytes(column.as_string_view()),
        DataType::BinaryView => viewed_bytes(column.as_binary_view()),
        _ => column.get_buffer_memory_size(),
    }
}

fn viewed_bytes<T: ByteViewType>(column: &GenericByteViewArray<T>) -> usize {
    if column.data_buffers().is_empty() {
        // All are short and lie in their views: counting them took a twentieth of what sending them does.
        return column.len().saturating_mul(MAX_INLINE_VIEW_LEN as usize);
    }
    column.lengths().map(|length| length as usize).sum()
}
