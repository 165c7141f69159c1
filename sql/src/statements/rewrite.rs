//! Rows into partitions, and partitions into those with some rows changed or gone.
//!
//! A change of rows is made in two passes. The first asks the question "which rows?" and gets back, for each, the
//! partition it is in and its number there. The second copies exactly the partitions that hold one, row for row
//! in their order. Partitions without a hit are never opened by the second, and mostly not by the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use pantile_core::catalog::{Change, Column, NewPartition, Partition, PartitionId, RewriteKind, Table};
use pantile_core::frame::{PartitionWriter, conform};
use pantile_core::pool::Charge;

use crate::Error;
use crate::context::Context;
use crate::provider::{PARTITION_COLUMN, ROW_COLUMN, RowTable, whole_partition};

/// All rows of the plan as partitions of the table whose folder is `folder`, and how many rows those are.
pub(super) async fn write(
    context: &Arc<Context>,
    plan: Arc<dyn ExecutionPlan>,
    folder: &str,
    columns: &[Column],
    schema: &SchemaRef,
) -> Result<(Vec<NewPartition>, u64), Error> {
    let mut batches = context.start(plan);
    let mut writer = Writer::new(context, folder, columns);
    let mut rows = 0_u64;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows = rows.saturating_add(batch.num_rows() as u64);
        let schema = Arc::clone(schema);
        writer = writer.add(context, move || Ok(conform(&batch, &schema)?)).await?;
    }
    Ok((writer.finish(context).await?, rows))
}

/// A partition writer that hops onto the pool for each batch.
pub(super) struct Writer(PartitionWriter);

impl Writer {
    pub(super) fn new(context: &Context, folder: &str, columns: &[Column]) -> Self {
        let parts = &context.engine.parts;
        Self(PartitionWriter::new(Arc::clone(&parts.store), folder, columns, parts.partition_sizes))
    }

    /// Writes the batch that `make` gives, both on the pool.
    pub(super) async fn add(
        mut self,
        context: &Context,
        make: impl FnOnce() -> Result<RecordBatch, Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let work = move || -> Result<Self, Error> {
            self.0.write(&make()?)?;
            Ok(self)
        };
        context.engine.parts.pool.run(work).await?
    }

    pub(super) async fn finish(self, context: &Context) -> Result<Vec<NewPartition>, Error> {
        Ok(context.engine.parts.pool.run(move || self.0.finish()).await??)
    }
}

/// A row that a change is about: its number in its partition, and its place in [`Hits::values`].
pub(super) type Hit = (u64, usize, usize);

/// The rows that a change is about: where they are, and what goes with each.
pub(super) struct Hits {
    /// Those of each partition, sorted by row number.
    rows: BTreeMap<PartitionId, Vec<Hit>>,
    /// The other columns of the question.
    pub(super) values: Vec<RecordBatch>,
    /// How many hits there are.
    pub(super) count: u64,
    _charge: Charge,
}

impl Hits {
    fn of(&self, partition: PartitionId) -> &[Hit] {
        self.rows.get(&partition).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Asks the question and sorts its rows by where they are.
pub(super) async fn hits(context: &Arc<Context>, plan: Arc<dyn ExecutionPlan>) -> Result<Hits, Error> {
    let charge = context.engine.parts.query.try_charge(&context.ask.query_id, 0)?;
    let mut hits = Hits { rows: BTreeMap::new(), values: Vec::new(), count: 0, _charge: charge };
    let mut batches = context.start(plan);
    while let Some(batch) = batches.next().await {
        let mut batch = batch?;
        let found = batch.num_rows();
        // The place in memory, and the 24 bytes that say where the row is.
        hits._charge
            .try_grow(batch.get_array_memory_size().saturating_add(found.saturating_mul(24)) as u64)?;
        let (partition, row) = (take(&mut batch, PARTITION_COLUMN)?, take(&mut batch, ROW_COLUMN)?);
        let place = hits.values.len();
        let (partitions, rows) = (partition.as_primitive::<Int64Type>(), row.as_primitive::<Int64Type>());
        for (index, (partition, row)) in partitions.values().iter().zip(rows.values()).enumerate() {
            let row = u64::try_from(*row).map_err(|error| Error::defect(&error))?;
            hits.rows.entry(*partition).or_default().push((row, place, index));
        }
        hits.values.push(batch);
        hits.count = hits.count.saturating_add(found as u64);
    }
    for rows in hits.rows.values_mut() {
        rows.sort_unstable();
    }
    Ok(hits)
}

fn take(batch: &mut RecordBatch, column: &str) -> Result<arrow::array::ArrayRef, Error> {
    let index = batch.schema().index_of(column).map_err(|error| Error::defect(&error))?;
    Ok(batch.remove_column(index))
}

/// The plan with its scan of the table in place of one whose rows say where they are, wherever the scan feeds the
/// plan's own rows; scans inside subqueries stay as they are.
pub(super) fn with_places(
    context: &Context,
    table: &Arc<Table>,
    plan: LogicalPlan,
) -> Result<LogicalPlan, Error> {
    let source = provider_as_source(Arc::new(RowTable::new(Arc::clone(table), Arc::clone(&context.shared))));
    let placed = plan.transform_up(|node| match node {
        LogicalPlan::TableScan(scan) => {
            let named = LogicalPlanBuilder::scan(scan.table_name, Arc::clone(&source), None)?.build()?;
            Ok(Transformed::yes(named))
        }
        // Schemas are worked out anew from the inputs.
        other => {
            let inputs: Vec<LogicalPlan> = other.inputs().into_iter().cloned().collect();
            Ok(Transformed::yes(other.with_new_exprs(other.expressions(), inputs)?))
        }
    });
    placed.data().map_err(|error: DataFusionError| Error::planning(&error))
}

/// The partitions that have hits, written anew as `made` says for each piece of their rows, which begins with the row of
/// that number. Rows stay in their order: what comes of neighbours takes their place, in a change of its own.
pub(super) async fn rewritten(
    context: &Arc<Context>,
    table: &Table,
    hits: Hits,
    kind: RewriteKind,
    made: fn(&RecordBatch, u64, &[Hit], &Hits) -> Result<RecordBatch, Error>,
) -> Result<Vec<Change>, Error> {
    let hits = Arc::new(hits);
    let mut changes = Vec::new();
    let is_hit = |partition: &Arc<Partition>| hits.rows.contains_key(&partition.id);
    for run in table.partitions.chunk_by(|one, next| is_hit(one) == is_hit(next)) {
        if !run.first().is_some_and(is_hit) {
            continue;
        }
        let mut writer = Writer::new(context, &table.uuid, &table.columns);
        for partition in run {
            let id = partition.id;
            if kind == RewriteKind::Delete && hits.of(id).len() as u64 == partition.rows {
                continue;
            }
            let mut pieces = Rows::of(context, table, partition)?;
            while let Some(piece) = pieces.next().await {
                let (first, batch) = piece?;
                let hits = Arc::clone(&hits);
                let made = move || made(&batch, first, within(hits.of(id), first, batch.num_rows()), &hits);
                writer = writer.add(context, made).await?;
            }
        }
        changes.push(Change::Rewrite {
            table: table.id,
            schema_version: table.schema_version,
            ended: run.iter().map(|partition| partition.id).collect(),
            added: writer.finish(context).await?,
            kind,
        });
    }
    Ok(changes)
}

/// The rows of a partition, in order and in pieces, with the number of the first row of each.
struct Rows {
    batches: futures::stream::BoxStream<'static, Result<RecordBatch, Error>>,
    next: u64,
}

impl Rows {
    fn of(context: &Arc<Context>, table: &Table, partition: &Arc<Partition>) -> Result<Self, Error> {
        let plan = whole_partition(&*context.planner, &context.shared, table, partition, None);
        let plan = plan.map_err(|error| Error::planning(&error))?;
        Ok(Self { batches: context.start(plan), next: 0 })
    }

    async fn next(&mut self) -> Option<Result<(u64, RecordBatch), Error>> {
        let batch = self.batches.next().await?;
        Some(batch.map(|batch| {
            let first = self.next;
            self.next = first.saturating_add(batch.num_rows() as u64);
            (first, batch)
        }))
    }
}

/// The hits in rows `first` to `first + rows` of a partition's sorted hits.
fn within(hits: &[Hit], first: u64, rows: usize) -> &[Hit] {
    let last = first.saturating_add(rows as u64);
    let from = hits.partition_point(|(row, ..)| *row < first);
    let to = hits.partition_point(|(row, ..)| *row < last);
    hits.get(from..to).unwrap_or_default()
}
