//! CSV files: by the names in their headers, or by place where they have none.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Scalar, StringViewArray};
use arrow::compute::kernels::cmp::eq;
use arrow::compute::nullif;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use datafusion::common::config::CsvOptions;
use datafusion::datasource::file_format::DEFAULT_SCHEMA_INFER_MAX_RECORD;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{CsvSource, FileScanConfigBuilder, FileSource};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_expr::projection::ProjectionExprs;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use pantile_core::Code;

use super::LOOKS;
use super::named::{Reader, Rows, Wanted};
use crate::Error;

/// No header is longer, but for one with a quote that is never closed.
const HEADER_BYTES_MAX: usize = 1 << 20;

/// CSV files of one table.
#[derive(Debug)]
pub(super) struct Csv {
    options: CsvOptions,
    /// What DataFusion minds when it infers types, and not when it reads.
    null: Option<Scalar<StringViewArray>>,
    /// The names of a file without a header.
    table: SchemaRef,
}

impl Csv {
    pub(super) fn new(options: &CsvOptions, null: Option<&str>, table: &SchemaRef) -> Self {
        let null = null.map(|null| Scalar::new(StringViewArray::from(vec![null])));
        Self { options: options.clone(), null, table: Arc::clone(table) }
    }

    async fn names(&self, store: &dyn ObjectStore, path: &Path) -> Result<Vec<String>, DataFusionError> {
        match self.options.has_header {
            Some(false) => Ok(self.table.fields().iter().map(|field| field.name().clone()).collect()),
            _ => header(store, path, &self.options).await,
        }
    }

    /// A column as it is read, before its nulls are told from its values.
    fn read_as(&self, name: &str, wanted: &Schema) -> Field {
        match wanted.field_with_name(name) {
            Ok(field) if self.null.is_none() => field.clone(),
            _ => Field::new(name, DataType::Utf8View, true),
        }
    }
}

#[async_trait]
impl Reader for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn shares(&self) -> bool {
        // A line break inside a value looks like the end of a row to whoever begins in the middle.
        !self.options.newlines_in_values.unwrap_or(false)
    }

    async fn open(&self, file: PartitionedFile, wanted: Wanted) -> Result<Rows, DataFusionError> {
        let path = &file.object_meta.location;
        let names = self.names(wanted.store.as_ref(), path).await?;
        if names.is_empty() {
            return Ok(Rows { schema: Arc::new(Schema::empty()), batches: stream::empty().boxed() });
        }
        let present = present(path, &names, &wanted.columns)?;
        let columns = names.iter().map(|name| self.read_as(name, &wanted.columns));
        let columns = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        let schema = Arc::new(columns.project(&present)?);
        let source = CsvSource::new(Arc::clone(&columns)).with_csv_options(self.options.clone());
        let projected = source.try_pushdown_projection(&ProjectionExprs::from_indices(&present, &columns))?;
        let source = projected.unwrap_or_else(|| Arc::new(source)).with_batch_size(wanted.batch_rows);
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::clone(&source))
            .with_file_compression_type(self.options.compression.into())
            .build();
        let batches = source.create_file_opener(wanted.store, &config, 0)?.open(file)?.await?;
        let batches = match self.null.clone() {
            Some(null) => batches.map(move |batch| with_nulls(&batch?, &null)).boxed(),
            None => batches,
        };
        Ok(Rows { schema, batches })
    }
}

/// The places of those of the wanted columns that the file has.
fn present(path: &Path, names: &[String], wanted: &Schema) -> Result<Vec<usize>, DataFusionError> {
    let mut present = Vec::with_capacity(wanted.fields().len());
    for field in wanted.fields() {
        let mut places = (0..).zip(names).filter(|(_, name)| *name == field.name()).map(|(place, _)| place);
        present.extend(places.next());
        if places.next().is_some() {
            return Err(twice(path, field.name()));
        }
    }
    Ok(present)
}

fn twice(path: &Path, name: &str) -> DataFusionError {
    let said = format!("the header of `{path}` has two columns named `{name}`; rename one of them");
    Error::new(Code::InvalidData, said).carried()
}

/// The names in a file's header; none if the file has no row.
async fn header(
    store: &dyn ObjectStore,
    path: &Path,
    options: &CsvOptions,
) -> Result<Vec<String>, DataFusionError> {
    let bytes = store.get(path).await?.into_stream().map_err(DataFusionError::from).boxed();
    let mut bytes = FileCompressionType::from(options.compression).convert_stream(bytes)?;
    let mut format = Format::default()
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_quote(options.quote)
        .with_truncated_rows(true);
    if let Some(escape) = options.escape {
        format = format.with_escape(escape);
    }
    let mut read = Vec::new();
    loop {
        let part = bytes.try_next().await?;
        read.extend_from_slice(part.as_deref().unwrap_or_default());
        // A line that is cut may be cut within a letter.
        let lines = match &part {
            Some(_) => read.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last.saturating_add(1)),
            None => read.len(),
        };
        let (schema, rows) = format
            .infer_schema(read.get(..lines).unwrap_or_default(), Some(1))
            .map_err(|error| unreadable(path, &error.to_string()))?;
        // Where a row follows, the header has ended.
        if rows > 0 || part.is_none() {
            return Ok((1..)
                .zip(schema.fields())
                .map(|(place, field)| called(field.name(), place))
                .collect());
        }
        if read.len() > HEADER_BYTES_MAX {
            let said = format!("it does not end within {HEADER_BYTES_MAX} bytes; is a quote never closed?");
            return Err(unreadable(path, &said));
        }
    }
}

fn unreadable(path: &Path, why: &str) -> DataFusionError {
    Error::new(Code::InvalidData, format!("the header of `{path}` cannot be read: {why}")).carried()
}

/// A column without a name is called by its place, as in what is loaded.
fn called(name: &str, place: usize) -> String {
    match name.is_empty() {
        true => format!("column_{place}"),
        false => name.to_owned(),
    }
}

/// The batch, which is all text, with nulls where it says `null`.
fn with_nulls(batch: &RecordBatch, null: &Scalar<StringViewArray>) -> Result<RecordBatch, DataFusionError> {
    if batch.num_columns() == 0 {
        return Ok(batch.clone());
    }
    let columns = batch.columns().iter().map(|column| nullif(column, &eq(column, null)?));
    Ok(RecordBatch::try_new(batch.schema(), columns.collect::<Result<_, _>>()?)?)
}

/// The columns of all the files, in the order in which they are first seen, by the first rows of each.
pub(super) async fn columns(
    csv: &CsvFormat,
    state: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    files: &[ObjectMeta],
) -> Result<SchemaRef, DataFusionError> {
    let schemas: Vec<_> = files.iter().map(|file| columns_of(csv, state, store, file).boxed()).collect();
    let schemas: Vec<Schema> = stream::iter(schemas).buffered(LOOKS).try_collect().await?;
    let mut union: Vec<Field> = Vec::new();
    for field in schemas.iter().flat_map(Schema::fields) {
        match union.iter_mut().find(|known| known.name() == field.name()) {
            Some(known) => known.set_data_type(wider(known.data_type(), field.data_type())),
            None => union.push(field.as_ref().clone()),
        }
    }
    for field in union.iter_mut().filter(|field| field.data_type().is_null()) {
        field.set_data_type(DataType::Utf8);
    }
    Ok(Arc::new(Schema::new(union)))
}

/// The columns of one file, each with a name of its own.
async fn columns_of(
    csv: &CsvFormat,
    state: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    file: &ObjectMeta,
) -> Result<Schema, DataFusionError> {
    let bytes = store.get(&file.location).await?.into_stream().map_err(DataFusionError::from).boxed();
    let rows = csv.read_to_delimited_chunks_from_stream(bytes);
    // What infers the columns of several files makes one of two that are called the same.
    let (schema, _) = csv.infer_schema_from_stream(state, DEFAULT_SCHEMA_INFER_MAX_RECORD, rows).await?;
    let mut seen = HashSet::new();
    let fields = (1..).zip(schema.fields()).map(|(place, field)| {
        let name = called(field.name(), place);
        match seen.insert(name.clone()) {
            true => Ok(field.as_ref().clone().with_name(name)),
            false => Err(twice(&file.location, &name)),
        }
    });
    Ok(Schema::new(fields.collect::<Result<Vec<_>, _>>()?))
}

/// The type that holds the values of both, as DataFusion has it within a file.
fn wider(one: &DataType, other: &DataType) -> DataType {
    use DataType as T;
    match (one, other) {
        (T::Null, known) | (known, T::Null) => known.clone(),
        (one, other) if one == other => one.clone(),
        (T::Int64, T::Float64) | (T::Float64, T::Int64) => T::Float64,
        _ => T::Utf8,
    }
}
