//! Partitions that are in memory already, and those that should be.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Statistics};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::{DataSource, DataSourceExec};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan, Partitioning, collect};
use pantile_core::catalog::{Column, ColumnId, Partition, Table};
use pantile_core::store::HotCache;
use tokio::sync::Semaphore;

use super::{Shared, parquet};

/// Partitions decoded for the cache at one moment: it works in the shadow of questions, not beside them.
static LOADING: Semaphore = Semaphore::const_new(1);

/// A scan's partitions, by where they come from.
pub(super) struct Split {
    /// Partitions that are in memory.
    pub(super) hot: Vec<Arc<Partition>>,
    /// Their rows.
    pub(super) batches: Vec<RecordBatch>,
    /// Partitions to read.
    pub(super) cold: Vec<Arc<Partition>>,
    /// Those of them that are worth keeping.
    pub(super) wanted: Vec<Arc<Partition>>,
}

impl Split {
    fn append(&mut self, next: Split) {
        self.hot.extend(next.hot);
        self.batches.extend(next.batches);
        self.cold.extend(next.cold);
        self.wanted.extend(next.wanted);
    }
}

/// Parts the partitions into those the cache holds with all `columns` and those it does not.
pub(super) fn split(
    shared: &Shared,
    table: &Table,
    partitions: Vec<Arc<Partition>>,
    columns: &[usize],
    schema: &SchemaRef,
) -> Result<Split, DataFusionError> {
    let mut split = Split { hot: Vec::new(), batches: Vec::new(), cold: Vec::new(), wanted: Vec::new() };
    let columns: Vec<&Column> = columns.iter().filter_map(|index| table.columns.get(*index)).collect();
    for partition in partitions {
        let ids = present(&partition, &columns);
        match shared.cache.get(partition.id, &ids) {
            Some(batches) => {
                for batch in batches {
                    split.batches.push(complete(&batch, &partition, &columns, schema)?);
                }
                split.hot.push(partition);
            }
            None => {
                if shared.cache.wants(partition.id, &ids) {
                    split.wanted.push(Arc::clone(&partition));
                }
                split.cold.push(partition);
            }
        }
    }
    Ok(split)
}

/// The partitions in their order, in runs of neighbours that are all in memory or all to be read.
pub(super) fn runs(
    shared: &Shared,
    table: &Table,
    partitions: Vec<Arc<Partition>>,
    columns: &[usize],
    schema: &SchemaRef,
) -> Result<Vec<Split>, DataFusionError> {
    let mut runs: Vec<Split> = Vec::new();
    for partition in partitions {
        let next = split(shared, table, vec![partition], columns, schema)?;
        match runs.last_mut() {
            Some(run) if run.hot.is_empty() == next.hot.is_empty() => run.append(next),
            _ => runs.push(next),
        }
    }
    Ok(runs)
}

/// Those of the columns that the partition's file has.
fn present(partition: &Partition, columns: &[&Column]) -> Vec<ColumnId> {
    columns.iter().map(|column| column.id).filter(|id| partition.stats_of(*id).is_some()).collect()
}

/// The cached columns under their present names, with nulls where the file has none.
fn complete(
    batch: &RecordBatch,
    partition: &Partition,
    columns: &[&Column],
    schema: &SchemaRef,
) -> Result<RecordBatch, DataFusionError> {
    let mut cached = batch.columns().iter();
    let arrays = columns.iter().map(|column| match partition.stats_of(column.id) {
        Some(_) => cached.next().cloned(),
        None => Some(new_null_array(&column.data_type, batch.num_rows())),
    });
    let arrays: Vec<ArrayRef> = arrays.flatten().collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?)
}

/// A scan of batches in memory, in `lanes` runs of about the same length.
pub(super) fn scan(
    table: &Table,
    batches: Vec<RecordBatch>,
    schema: &SchemaRef,
    lanes: usize,
    limit: Option<usize>,
    statistics: Statistics,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let run = batches.len().div_ceil(lanes.max(1)).max(1);
    let runs: Vec<Vec<RecordBatch>> = batches.chunks(run).map(<[RecordBatch]>::to_vec).collect();
    let batches = MemorySourceConfig::try_new(&runs, Arc::clone(schema), None)?.with_limit(limit);
    let (table, statistics) = (Arc::from(table.name.as_str()), Arc::new(statistics));
    Ok(DataSourceExec::from_data_source(Cached { table, batches, statistics }))
}

/// Whether the operator gives rows that are in memory.
pub(crate) fn is_cached(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.downcast_ref::<DataSourceExec>().is_some_and(|scan| scan.data_source().is::<Cached>())
}

/// Batches in memory with what the catalog knows of them, for the optimiser.
#[derive(Clone, Debug)]
struct Cached {
    table: Arc<str>,
    batches: MemorySourceConfig,
    statistics: Arc<Statistics>,
}

impl DataSource for Cached {
    fn open(
        &self,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        self.batches.open(partition, task)
    }

    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "cached={}, ", self.table)?;
        self.batches.fmt_as(form, f)
    }

    fn output_partitioning(&self) -> Partitioning {
        self.batches.output_partitioning()
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        self.batches.eq_properties()
    }

    fn scheduling_type(&self) -> SchedulingType {
        self.batches.scheduling_type()
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>, DataFusionError> {
        match partition {
            None => Ok(Arc::clone(&self.statistics)),
            Some(_) => self.batches.partition_statistics(partition),
        }
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn DataSource>> {
        let batches = self.batches.clone().with_limit(limit);
        let statistics = Arc::new(Statistics::clone(&self.statistics).with_fetch(limit, 0, 1).ok()?);
        Some(Arc::new(Self { table: Arc::clone(&self.table), batches, statistics }))
    }

    fn fetch(&self) -> Option<usize> {
        self.batches.fetch()
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn DataSource>>, DataFusionError> {
        let swapped = self.batches.try_swapping_with_projection(projection)?;
        let Some(batches) = swapped.as_ref().and_then(|source| source.downcast_ref::<MemorySourceConfig>())
        else {
            return Ok(swapped);
        };
        let statistics = Statistics::clone(&self.statistics);
        let properties = batches.eq_properties();
        let statistics = Arc::new(projection.project_statistics(statistics, properties.schema())?);
        Ok(Some(Arc::new(Self { table: Arc::clone(&self.table), batches: batches.clone(), statistics })))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion, DataFusionError>,
    ) -> Result<TreeNodeRecursion, DataFusionError> {
        self.batches.apply_expressions(f)
    }
}

/// Decodes all of the table that the cache does not hold and is worth keeping.
pub(crate) fn load_whole(shared: &Arc<Shared>, state: &dyn Session, table: &Arc<Table>) {
    let columns: Vec<&Column> = table.columns.iter().collect();
    let wanted = table
        .partitions
        .iter()
        .filter(|partition| shared.cache.wants(partition.id, &present(partition, &columns)));
    let every: Vec<usize> = (0..columns.len()).collect();
    load(shared, state, table, wanted.map(Arc::clone).collect(), &every);
}

/// Decodes the partitions' columns in the background and keeps them.
pub(super) fn load(
    shared: &Arc<Shared>,
    state: &dyn Session,
    table: &Arc<Table>,
    partitions: Vec<Arc<Partition>>,
    columns: &[usize],
) {
    // What is read for the cache is no part of the question's progress.
    let shared = &Arc::new(Shared { progress: Arc::default(), ..Shared::clone(shared) });
    for partition in partitions {
        let kept: Vec<usize> = columns
            .iter()
            .copied()
            .filter(|index| {
                table.columns.get(*index).is_some_and(|column| partition.stats_of(column.id).is_some())
            })
            .collect();
        let plan = match parquet::whole_partition(state, shared, table, &partition, Some(&kept)) {
            Ok(plan) => plan,
            Err(error) => {
                tracing::warn!(table = table.name, %error, "partition cannot be decoded for the cache");
                continue;
            }
        };
        let config = state.config().clone().with_batch_size(HotCache::BATCH_ROWS);
        let task =
            TaskContext::default().with_session_config(config).with_runtime(Arc::clone(state.runtime_env()));
        let task = Arc::new(task);
        let (shared, table) = (Arc::clone(shared), Arc::clone(table));
        shared.runtime.clone().spawn(async move {
            let Ok(_turn) = LOADING.acquire().await else { return };
            match collect(plan, task)
                .await
                .map_err(crate::error::told)
                .and_then(|rows| named(&table, &kept, &rows))
            {
                Ok((ids, batches)) => {
                    shared.cache.put(partition.id, &ids, &batches);
                }
                Err(error) => {
                    tracing::warn!(table = table.name, error, "partition was not decoded for the cache")
                }
            }
        });
    }
}

/// The batches under the names their columns have in files, cut as the cache holds them.
fn named(
    table: &Table,
    columns: &[usize],
    batches: &[RecordBatch],
) -> Result<(Vec<ColumnId>, Vec<RecordBatch>), String> {
    let columns: Vec<&Column> = columns.iter().filter_map(|index| table.columns.get(*index)).collect();
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| Field::new(&column.file_name, DataType::clone(&column.data_type), column.nullable))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let even = batches.iter().rev().skip(1).all(|batch| batch.num_rows() == HotCache::BATCH_ROWS);
    let mut cut: Vec<RecordBatch> = Vec::with_capacity(batches.len());
    if even {
        cut.extend(batches.iter().cloned());
    } else {
        let whole = batches.first().map(RecordBatch::schema).unwrap_or_else(|| Arc::clone(&schema));
        let whole = arrow::compute::concat_batches(&whole, batches).map_err(|error| error.to_string())?;
        let starts = (0..whole.num_rows()).step_by(HotCache::BATCH_ROWS);
        cut.extend(starts.map(|start| {
            whole.slice(start, HotCache::BATCH_ROWS.min(whole.num_rows().saturating_sub(start)))
        }));
    }
    let renamed =
        cut.into_iter().map(|batch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()));
    let batches = renamed.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    Ok((columns.iter().map(|column| column.id).collect(), batches))
}
