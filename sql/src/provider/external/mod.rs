//! Files at a configured location, as a table: listed anew for every question, so that what was added since is
//! seen, up to a number of files that the limits name.
//!
//! `location/folder/` means every file of the format below it, `location/a.csv` one file, and anything with `*`,
//! `**`, `?` or `[…]` is a pattern over whole paths. Folders named `key=value` become columns where the table
//! says so, and leave out files before one is opened.

mod csv;
mod files;
mod format;
mod ipc;
mod named;
mod union;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use pantile_core::Code;
use pantile_core::catalog::{External, Table};

pub(crate) use files::check_path;
pub(crate) use format::{check_format, format_options};

use super::{Shared, nothing};
use crate::{Error, stores};

/// Files whose columns are looked at to find those of a table.
const INFERRED_FILES: usize = 64;
/// How many of them at one moment.
const LOOKS: usize = 8;

/// A table whose rows lie at a location.
#[derive(Debug)]
pub(crate) struct ExternalTable {
    schema: SchemaRef,
    external: Arc<External>,
    shared: Arc<Shared>,
}

impl ExternalTable {
    pub(crate) fn new(table: &Table, external: &Arc<External>, shared: Arc<Shared>) -> Self {
        Self { schema: Arc::clone(&table.schema), external: Arc::clone(external), shared }
    }

    async fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, Error> {
        let (format, extension) = format::of(state, &self.external)?;
        let objects =
            files::list(&self.shared.locations, &self.external, &extension, self.shared.files).await?;
        let hive = files::Hive::of(&self.schema, &self.external.partitioned_by);
        let files = hive.files(state, objects, filters)?;
        let planned = |error: DataFusionError| Error::planning(&error);
        if files.is_empty() {
            return nothing(&self.schema, projection).map_err(planned);
        }
        let schema =
            TableSchema::builder(hive.file_schema()).with_table_partition_cols(hive.columns()).build();
        let url = stores::location_url(&self.external.location)?;
        let groups = FileGroup::new(files).split_files(state.config().target_partitions());
        let config = FileScanConfigBuilder::new(url, format.source(schema))
            .with_file_groups(groups)
            .with_file_compression_type(format.packed)
            .with_limit(limit)
            .with_projection_indices(projection.cloned())
            .map_err(planned)?
            .build();
        format.plan(state, config).await.map_err(planned)
    }
}

#[async_trait]
impl TableProvider for ExternalTable {
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
        let limit = limit.filter(|_| filters.is_empty());
        self.plan(state, projection, filters, limit).await.map_err(Error::carried)
    }
}

/// The columns that the files have, those of their folders' names last.
pub(crate) async fn inferred(
    state: &dyn Session,
    shared: &Shared,
    external: &External,
) -> Result<Schema, Error> {
    let (format, extension) = format::of(state, external)?;
    let mut objects = files::list(&shared.locations, external, &extension, shared.files).await?;
    if objects.is_empty() {
        let said =
            format!("there is no {} file at `{}/{}`", external.format, external.location, external.path);
        return Err(Error::new(
            Code::InvalidRequest,
            format!("{said}; name the columns to make the table all the same"),
        ));
    }
    objects.truncate(INFERRED_FILES);
    let store = files::store(&shared.locations, external)?;
    let found = format.columns(state, &store, &objects).await.map_err(|error| Error::running(&error))?;
    let hive = external.partitioned_by.iter().map(|name| Field::new(name, DataType::Utf8View, true));
    // Another file may come that has no such column, or has nulls in it.
    let fields = found.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    Ok(Schema::new(fields.chain(hive).collect::<Vec<_>>()))
}
