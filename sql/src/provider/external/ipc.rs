//! Arrow files and streams read by the names of their columns. DataFusion's own source takes the n-th column of a
//! file for the n-th of the table and casts nothing; here each file is opened for the columns it has, and its
//! batches are brought to the table's.

use std::sync::Arc;

use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    ArrowOpener, FileOpenFuture, FileOpener, FileScanConfig, FileSource,
};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr_adapter::BatchAdapterFactory;
use datafusion::physical_plan::apply_expression_roots;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use pantile_core::Code;

use crate::Error;

/// What an Arrow file begins with. Zeros follow, up to a multiple of 8 and at most 64, and then the same as in a
/// stream, the schema first.
const MAGIC: &[u8] = b"ARROW1";
/// Enough to see where the zeros end.
const HEAD_BYTES: u64 = 72;
/// No schema is longer. What is no Arrow file gives a length all the same.
const SCHEMA_BYTES_MAX: u64 = 16 << 20;

/// Arrow files and streams, in any mixture.
#[derive(Clone)]
pub(super) struct ArrowByName {
    table: TableSchema,
    projection: SplitProjection,
    metrics: ExecutionPlanMetricsSet,
}

impl ArrowByName {
    pub(super) fn new(table: TableSchema) -> Self {
        let projection = SplitProjection::unprojected(&table);
        Self { table, projection, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl FileSource for ArrowByName {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>, DataFusionError> {
        let file_schema = self.table.file_schema();
        let wanted = Arc::new(file_schema.project(&self.projection.file_indices)?);
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(Opener { store, wanted }), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table
    }

    fn with_batch_size(&self, _: usize) -> Arc<dyn FileSource> {
        Arc::new(self.clone())
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        "arrow"
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
    store: Arc<dyn ObjectStore>,
    wanted: SchemaRef,
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture, DataFusionError> {
        Ok(open(Arc::clone(&self.store), Arc::clone(&self.wanted), file).boxed())
    }
}

async fn open(
    store: Arc<dyn ObjectStore>,
    wanted: SchemaRef,
    mut file: PartitionedFile,
) -> Result<BoxStream<'static, Result<RecordBatch, DataFusionError>>, DataFusionError> {
    let path = &file.object_meta.location;
    let head = store.get_range(path, 0..HEAD_BYTES).await?;
    let padded = head.strip_prefix(MAGIC);
    let schema = schema(store.as_ref(), path, padded.map_or(0, after_zeros)).await?;
    let present: Vec<usize> =
        wanted.fields().iter().filter_map(|field| schema.index_of(field.name()).ok()).collect();
    let adapter = BatchAdapterFactory::new(wanted).make_adapter(&Arc::new(schema.project(&present)?))?;
    let opener = if padded.is_some() {
        ArrowOpener::new_file_opener(store, Some(present))
    } else {
        // A stream does not say where its batches are: it goes whole to whoever has its first byte.
        if file.range.take().is_some_and(|range| range.start > 0) {
            return Ok(stream::empty().boxed());
        }
        ArrowOpener::new_stream_file_opener(store, Some(present))
    };
    Ok(opener.open(file)?.await?.map(move |batch| adapter.adapt_batch(&batch?)).boxed())
}

/// Where the schema begins. Its own first bytes are a length that may begin with a zero.
fn after_zeros(padded: &[u8]) -> u64 {
    let zeros = padded.iter().take_while(|byte| **byte == 0).count();
    (MAGIC.len() as u64).saturating_add(zeros as u64) / 8 * 8
}

/// The schema of a stream that begins at this byte of a file.
async fn schema(store: &dyn ObjectStore, path: &Path, from: u64) -> Result<SchemaRef, DataFusionError> {
    let range = from..from.saturating_add(SCHEMA_BYTES_MAX);
    let mut bytes = store.get_opts(path, GetOptions::new().with_range(Some(range))).await?.into_stream();
    let mut decoder = StreamDecoder::new();
    while let Some(part) = bytes.try_next().await? {
        let decoded = decoder.decode(&mut Buffer::from(part));
        if let Some(schema) = decoder.schema() {
            return Ok(schema);
        }
        decoded?;
    }
    Err(Error::new(
        Code::InvalidData,
        format!("`{path}` is not an Arrow file: it does not begin with a schema"),
    )
    .carried())
}
