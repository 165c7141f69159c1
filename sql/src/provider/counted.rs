//! Readers of partitions, counted for whoever watches.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::common::DataFusionError;
use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use object_store::path::Path;
use pantile_core::pool::Progress;
use parking_lot::Mutex;

/// A part of a file: all of it where there is no range.
type Part = (Path, Option<(i64, i64)>);

/// Readers that another factory makes. The bytes of a part count as read when its reader is made: of the few that
/// are read at one moment nobody needs to know more.
#[derive(Debug)]
pub(super) struct Counted<F> {
    inner: F,
    progress: Arc<Progress>,
    /// A part gets a second reader after its filters were looked at with the first.
    begun: Mutex<HashSet<Part>>,
}

impl<F> Counted<F> {
    /// The readers of `inner`, for files of so many bytes together.
    pub(super) fn new(inner: F, progress: &Arc<Progress>, bytes: u64) -> Self {
        progress.read_bytes_total.fetch_add(bytes, Ordering::Relaxed);
        Self { inner, progress: Arc::clone(progress), begun: Mutex::default() }
    }
}

impl<F: ParquetFileReaderFactory> ParquetFileReaderFactory for Counted<F> {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        footer_bytes: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>, DataFusionError> {
        let range = file.range.as_ref().map(|FileRange { start, end }| (*start, *end));
        if self.begun.lock().insert((file.object_meta.location.clone(), range)) {
            let bytes = range.map_or(file.object_meta.size, |(start, end)| start.abs_diff(end));
            self.progress.read_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        self.inner.create_reader(partition_index, file, footer_bytes, metrics)
    }
}
