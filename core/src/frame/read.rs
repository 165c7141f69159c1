//! Partitions read back, whole: for the hot cache and for compaction. Questions read through their engine.

use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use object_store::ObjectStoreExt;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::Error;
use crate::catalog::{Column, Partition};
use crate::store::{self, TileStore};

/// The file of a partition.
///
/// # Errors
/// [`Error::Store`].
pub async fn fetch(store: &TileStore, partition: &Partition) -> Result<Bytes, Error> {
    let path = object_store::path::Path::from(partition.path.as_str());
    let failed = |source| store::Error::Remote { doing: "to read", path: partition.path.clone(), source };
    let got = store.reader().get(&path).await.map_err(failed)?;
    Ok(got.bytes().await.map_err(failed)?)
}

/// These columns of a partition's file, as batches of `batch_rows` rows but the last, under their file
/// names; a column that the file is too old to have is null. Blocks; made for the pool.
///
/// # Errors
/// [`Error::Damaged`]; [`Error::Rows`] where its columns are not what the catalog says.
pub fn read_columns(file: Bytes, columns: &[Column], batch_rows: usize) -> Result<Vec<RecordBatch>, Error> {
    // Field ids are for other systems; a type with them inside would be another type to every cast.
    let fields: Vec<_> = columns.iter().map(|column| column.field().with_name(&column.file_name)).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let options = ArrowReaderOptions::new();
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(Error::Damaged)?;
    let names = columns.iter().map(|column| column.file_name.as_str());
    let roots = names.filter_map(|name| builder.schema().index_of(name).ok());
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    builder
        .with_projection(mask)
        .with_batch_size(batch_rows)
        .build()
        .map_err(Error::Damaged)?
        .map(|batch| in_order(&batch.map_err(|error| Error::Damaged(error.into()))?, &schema))
        .collect()
}

fn in_order(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(values) if values.data_type() == field.data_type() => Ok(Arc::clone(values)),
            Some(values) => arrow::compute::cast(values, field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<Vec<_>, _>>();
    columns
        .and_then(|columns| RecordBatch::try_new(Arc::clone(schema), columns))
        .map_err(|error| Error::Rows(error.to_string()))
}
