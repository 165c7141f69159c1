//! Partitions as a Parquet scan.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use chrono::DateTime;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, ScalarValue, Statistics};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::parquet::arrow::RowNumber;
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectMeta;
use object_store::path::Path;
use pantile_core::catalog::{Partition, Table};

use super::counted::Counted;
use super::renamed::ByFileName;
use super::{Shared, bounds, nothing};
use crate::stores;

/// The hidden column that says which partition a row is in.
pub(crate) const PARTITION_COLUMN: &str = "\u{1}partition";
/// The hidden column that says which row of its partition it is.
pub(crate) const ROW_COLUMN: &str = "\u{1}row";

/// A scan of the partitions, over `projection` of the table's columns (and, with `rows`, the two hidden ones).
pub(super) fn scan(
    state: &dyn Session,
    shared: &Shared,
    table: &Table,
    partitions: &[Arc<Partition>],
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
    rows: bool,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let schema = table_schema(&table.schema, rows);
    let every: Vec<usize> = (0..table.columns.len()).collect();
    let wanted = projection.unwrap_or(&every);
    let (each, all) = bounds::statistics(table, partitions, wanted);
    let files = partitions.iter().zip(each).map(|(partition, stats)| file(partition, stats, rows)).collect();
    let global = state.config_options().execution.parquet.clone();
    let mut options = TableParquetOptions { global, ..TableParquetOptions::default() };
    if partitions.iter().any(|partition| bounds::may_hold_nan(table, partition)) {
        // The bounds in footers and page indexes leave NaN out, and nothing there says that there is one.
        options.global.pruning = false;
        options.global.enable_page_index = false;
    }
    let metadata = state.runtime_env().cache_manager.get_file_metadata_cache();
    let reader = CachedParquetFileReaderFactory::new(shared.store.reader(), metadata);
    let bytes = partitions.iter().map(|partition| partition.bytes).sum();
    let reader = Counted::new(reader, &shared.progress, bytes);
    let source = ParquetSource::new(schema)
        .with_table_parquet_options(options)
        .with_parquet_file_reader_factory(Arc::new(reader));
    let files = FileGroup::new(files);
    // Splitting sorts them by name.
    let groups = if shared.in_order { vec![files] } else { files.split_files(shared.lanes(state)) };
    let mut config = FileScanConfigBuilder::new(stores::tiles_url()?, Arc::new(source))
        .with_file_groups(groups)
        .with_limit(limit)
        .with_expr_adapter(ByFileName::of(table))
        .with_projection_indices(projection.cloned())?;
    if !rows {
        config = config.with_statistics(all);
    }
    Ok(DataSourceExec::from_data_source(config.build()))
}

/// The rows of one partition in their order, under the table's present columns.
pub(crate) fn whole_partition(
    state: &dyn Session,
    shared: &Shared,
    table: &Table,
    partition: &Arc<Partition>,
    columns: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    scan(state, shared, table, std::slice::from_ref(partition), columns, None, false)
}

fn table_schema(schema: &SchemaRef, rows: bool) -> TableSchema {
    let builder = TableSchema::builder(Arc::clone(schema));
    match rows {
        false => builder.build(),
        true => {
            let row = Field::new(ROW_COLUMN, DataType::Int64, false).with_extension_type(RowNumber);
            builder
                .with_table_partition_cols(vec![Arc::new(Field::new(
                    PARTITION_COLUMN,
                    DataType::Int64,
                    false,
                ))])
                .with_virtual_columns(vec![Arc::new(row)])
                .build()
        }
    }
}

/// The partition as a file. It never changes, so its time is no news.
fn file(partition: &Partition, stats: Arc<Statistics>, rows: bool) -> PartitionedFile {
    let meta = ObjectMeta {
        location: Path::from(partition.path.as_str()),
        last_modified: DateTime::UNIX_EPOCH,
        size: partition.bytes,
        e_tag: None,
        version: None,
    };
    // The footer is followed by its length and the magic bytes.
    let footer = usize::try_from(partition.footer_bytes.saturating_add(8)).unwrap_or(64 << 10);
    let file = PartitionedFile::new_from_meta(meta).with_metadata_size_hint(footer);
    match rows {
        true => file.with_partition_values(vec![ScalarValue::Int64(Some(partition.id))]),
        false => file.with_statistics(stats),
    }
}

/// A table whose rows say where they are: what `DELETE` and `UPDATE` look for rows in.
#[derive(Debug)]
pub(crate) struct RowTable {
    table: Arc<Table>,
    shared: Arc<Shared>,
    schema: SchemaRef,
}

impl RowTable {
    pub(crate) fn new(table: Arc<Table>, shared: Arc<Shared>) -> Self {
        let hidden =
            [PARTITION_COLUMN, ROW_COLUMN].map(|name| Arc::new(Field::new(name, DataType::Int64, false)));
        let fields = table.schema.fields().iter().cloned().chain(hidden);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self { table, shared, schema }
    }
}

#[async_trait]
impl TableProvider for RowTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let partitions = bounds::prune(state, &self.table, filters);
        if partitions.is_empty() {
            return nothing(&self.schema, projection);
        }
        let limit = limit.filter(|_| filters.is_empty());
        scan(state, &self.shared, &self.table, &partitions, projection, limit, true)
    }
}
