//! What comes of a statement: a schema, batches as they are made, and what became of the catalog.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, InListExpr, Literal};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, collect, execute_stream};
use futures::StreamExt;
use futures::stream::BoxStream;
use pantile_core::catalog::SnapshotId;
use pantile_core::pool::{Cancel, Progress};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::operators::PolarsExec;
use crate::rules::watched;
use crate::runtime::Aborting;
use crate::{Error, provider};

/// Batches made ahead of whoever takes them.
const AHEAD: usize = 2;

/// The answer to a statement. Dropping it ends the work behind it.
pub struct Answer {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows. An error is the last thing it gives.
    pub batches: BoxStream<'static, Result<RecordBatch, Error>>,
    /// The snapshot that was read, or the one that was made.
    pub snapshot: SnapshotId,
    /// What became of it.
    pub outcome: Outcome,
    /// What computes it.
    pub runs_on: RunsOn,
}

/// An engine that computes answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsOn {
    /// DataFusion: SQL, and programs that are lowered to it.
    DataFusion,
    /// Polars: all other programs.
    Polars,
    /// Our own: arrays.
    Arrays,
}

impl RunsOn {
    /// What computes the plan's last step.
    pub(crate) fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        match plan.is::<PolarsExec>() {
            true => Self::Polars,
            false => Self::DataFusion,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataFusion => "datafusion",
            Self::Polars => "polars",
            Self::Arrays => "arrays",
        }
    }
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is being answered by rows.
    Rows,
    /// It is done: its one row says no more than this.
    Done {
        /// How many rows it touched, where it touches rows.
        rows: Option<u64>,
        /// The snapshot that holds it, or the newest where nothing changed.
        snapshot: SnapshotId,
        /// Whether it had been done before, for a request under the same key.
        replayed: bool,
    },
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("snapshot", &self.snapshot)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Rows that are fewer than it takes to hand a plan to another thread.
const FEW: usize = 1024;

/// Whether the plan is over at once: a few rows that are in memory, and operators that make no more of them.
pub(crate) fn is_brief(plan: &Arc<dyn ExecutionPlan>) -> bool {
    const PLAIN: &[&str] = &[
        "AggregateExec",
        "GlobalLimitExec",
        "LocalLimitExec",
        "PlaceholderRowExec",
        "ProjectionExec",
        "SelectionExec",
        "SortExec",
    ];
    let few = |plan: &Arc<dyn ExecutionPlan>| {
        let stats = || StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new());
        provider::is_cached(plan)
            && stats().is_ok_and(|stats| stats.num_rows.get_value().is_some_and(|rows| *rows <= FEW))
    };
    plan.output_partitioning().partition_count() == 1
        && is_cheap(plan)
        && ((PLAIN.contains(&plan.name()) && plan.children().into_iter().all(is_brief)) || few(plan))
}

/// Whether the operator only compares columns and values: a function may take its time for one row.
fn is_cheap(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let mut cheap = true;
    let look = &mut |expr: &Arc<dyn PhysicalExpr>| {
        let calls = expr.exists(|expr| {
            Ok(!(expr.is::<Column>()
                || expr.is::<Literal>()
                || expr.is::<BinaryExpr>()
                || expr.is::<InListExpr>()))
        })?;
        cheap &= !calls;
        Ok(TreeNodeRecursion::Continue)
    };
    plan.apply_expressions(look).is_ok() && cheap
}

/// Runs a brief plan where it was planned.
pub(crate) async fn whole(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    progress: &Progress,
) -> Result<BoxStream<'static, Result<RecordBatch, Error>>, Error> {
    let batches = collect(plan, task).await.map_err(|error| Error::running(&error))?;
    for batch in &batches {
        note(progress, batch);
    }
    Ok(futures::stream::iter(batches.into_iter().map(Ok)).boxed())
}

fn note(progress: &Progress, batch: &RecordBatch) {
    progress.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
    progress.bytes.fetch_add(batch.get_array_memory_size() as u64, Ordering::Relaxed);
}

/// What is to be run: all of a plan, or one of its partitions.
pub(crate) struct Work {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    pub(crate) partition: Option<usize>,
    pub(crate) task: Arc<TaskContext>,
}

impl Work {
    fn start(self, cancel: &Cancel) -> Result<SendableRecordBatchStream, DataFusionError> {
        match self.partition {
            None => execute_stream(watched(self.plan, cancel)?, self.task),
            // Who runs a plan by its partitions watches it whole, so that they go on sharing what they share.
            Some(partition) => self.plan.execute(partition, self.task),
        }
    }
}

/// Starts the work on `runtime`; its batches cross over by a short queue, so that a slow reader slows it down.
/// `keep` lives as long as the work does: the pin on the snapshot.
pub(crate) fn start(
    runtime: &Handle,
    work: Work,
    cancel: Cancel,
    progress: Arc<Progress>,
    keep: impl Send + 'static,
) -> BoxStream<'static, Result<RecordBatch, Error>> {
    let (send, receive) = mpsc::channel(AHEAD);
    let until = cancel.clone();
    let work = runtime.spawn(async move {
        let _keep = keep;
        let mut batches = work.start(&until).map_err(|error| Error::running(&error))?;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| Error::running(&error))?;
            // A closed queue is a reader that left.
            if send.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let state = Reader { receive, work: Some(Aborting(work)), cancel, progress };
    futures::stream::unfold(state, |mut reader| async move {
        let next = reader.next().await?;
        Some((next, reader))
    })
    .boxed()
}

struct Reader {
    receive: mpsc::Receiver<RecordBatch>,
    work: Option<Aborting<Result<(), Error>>>,
    cancel: Cancel,
    progress: Arc<Progress>,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        self.work.as_ref()?;
        let batch = tokio::select! {
            biased;
            reason = self.cancel.cancelled() => return self.end(Err(Error::stopped(reason))),
            batch = self.receive.recv() => batch,
        };
        match batch {
            Some(batch) => {
                note(&self.progress, &batch);
                Some(Ok(batch))
            }
            None => {
                // Only the task knows whether the queue closed because all was said.
                let work = self.work.as_mut()?;
                let ended = (&mut work.0).await.unwrap_or_else(|error| Err(Error::defect(&error)));
                self.end(ended)
            }
        }
    }

    fn end(&mut self, ended: Result<(), Error>) -> Option<Result<RecordBatch, Error>> {
        self.work = None;
        match (ended, self.cancel.reason()) {
            (Ok(()), _) => None,
            // The work may fail because it was ended; the reason says more than the failure.
            (Err(_), Some(reason)) => Some(Err(Error::stopped(reason))),
            (Err(error), None) => Some(Err(error)),
        }
    }
}
