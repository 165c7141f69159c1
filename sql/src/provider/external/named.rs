//! Files read by the names of their columns, where DataFusion's own source takes the n-th column of a file for the
//! n-th of the table: each file is opened for those of the wanted columns that it has, and its batches are
//! brought to the table's.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr_adapter::BatchAdapterFactory;
use datafusion::physical_plan::apply_expression_roots;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::ObjectStore;

/// A format whose files say which columns they have.
#[async_trait]
pub(super) trait Reader: Debug + Send + Sync {
    /// The format's name.
    fn name(&self) -> &'static str;

    /// Whether tasks may share a file by ranges of its bytes.
    fn shares(&self) -> bool;

    /// The rows of a file, or of a range of it, with those of the wanted columns that it has, of any type that
    /// can be cast to the one wanted.
    async fn open(&self, file: PartitionedFile, wanted: Wanted) -> Result<Rows, DataFusionError>;
}

/// What a question wants of files.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) columns: SchemaRef,
    pub(super) batch_rows: usize,
}

/// Batches, and the columns they have.
pub(super) struct Rows {
    pub(super) schema: SchemaRef,
    pub(super) batches: BoxStream<'static, Result<RecordBatch, DataFusionError>>,
}

/// Files of one format.
#[derive(Clone)]
pub(super) struct ByName {
    reader: Arc<dyn Reader>,
    table: TableSchema,
    projection: SplitProjection,
    batch_rows: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl ByName {
    pub(super) fn new(reader: Arc<dyn Reader>, table: TableSchema) -> Self {
        let projection = SplitProjection::unprojected(&table);
        // A scan says its own number of rows before it opens a file.
        Self { reader, table, projection, batch_rows: 8192, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl FileSource for ByName {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>, DataFusionError> {
        let file_schema = self.table.file_schema();
        let columns = Arc::new(file_schema.project(&self.projection.file_indices)?);
        let wanted = Wanted { store, columns, batch_rows: self.batch_rows };
        let opener = Arc::new(Opener { reader: Arc::clone(&self.reader), wanted });
        ProjectionOpener::try_new(self.projection.clone(), opener, file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table
    }

    fn with_batch_size(&self, rows: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_rows: rows, ..self.clone() })
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        self.reader.name()
    }

    fn supports_repartitioning(&self) -> bool {
        self.reader.shares()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>, DataFusionError> {
        let projection = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table.file_schema(), &projection);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion, DataFusionError>,
    ) -> Result<TreeNodeRecursion, DataFusionError> {
        apply_expression_roots(self.projection.source.iter(), f)
    }
}

/// Opens files for the columns wanted of the table.
struct Opener {
    reader: Arc<dyn Reader>,
    wanted: Wanted,
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture, DataFusionError> {
        let (reader, wanted) = (Arc::clone(&self.reader), self.wanted.clone());
        Ok(async move {
            let factory = BatchAdapterFactory::new(Arc::clone(&wanted.columns));
            let rows = reader.open(file, wanted).await?;
            let adapter = factory.make_adapter(&rows.schema)?;
            Ok(rows.batches.map(move |batch| adapter.adapt_batch(&batch?)).boxed())
        }
        .boxed())
    }
}
