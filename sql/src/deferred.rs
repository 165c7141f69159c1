//! A question that is planned and not yet run: its partitions are asked for one by one, each as often as its
//! reader needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use datafusion::prelude::SessionConfig;
use futures::stream::BoxStream;
use pantile_core::catalog::{Pin, SnapshotId};
use pantile_core::pool::{Cancel, Progress};

use crate::answer;
use crate::context::Context;
use crate::memory::StatementPool;
use crate::rules::watched;
use crate::{Engine, Error, RunsOn};

/// A question that is planned and not yet run, at the snapshot it was planned for.
#[derive(Debug)]
pub struct Deferred {
    engine: Arc<Engine>,
    pin: Pin,
    plan: Arc<dyn ExecutionPlan>,
    runs_on: RunsOn,
    config: SessionConfig,
    /// Whether it lists functions.
    functions: bool,
    /// Whether a run has used the plan, which keeps what operators of one run tell each other.
    used: AtomicBool,
}

/// One run of a question. Its partitions share memory, hash tables and exchanges, so each is had once.
#[derive(Debug)]
pub struct Run {
    engine: Arc<Engine>,
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    cancel: Cancel,
    progress: Arc<Progress>,
    pin: Pin,
}

impl Deferred {
    pub(crate) fn new(context: &Context, plan: Arc<dyn ExecutionPlan>) -> Self {
        let runs_on = RunsOn::of(&plan);
        let plan = match comes_apart_alike(&plan) {
            true => plan,
            false => Arc::new(CoalescePartitionsExec::new(plan)),
        };
        Self {
            engine: Arc::clone(&context.engine),
            pin: context.pin.clone(),
            plan,
            runs_on,
            config: context.planner.config().clone(),
            functions: context.lists_functions(),
            used: AtomicBool::new(false),
        }
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        self.plan.schema()
    }

    /// What computes it.
    pub fn runs_on(&self) -> RunsOn {
        self.runs_on
    }

    /// The snapshot that is read.
    pub fn snapshot(&self) -> SnapshotId {
        self.pin.id
    }

    /// How many partitions the answer has. Together they are the answer, in whatever order they are read; each has
    /// the same rows in every run.
    pub fn partitions(&self) -> usize {
        self.plan.output_partitioning().partition_count()
    }

    /// The same with its rows in one partition.
    #[must_use]
    pub fn in_one(self) -> Self {
        let plan = match self.partitions() {
            1 => self.plan,
            _ => Arc::new(CoalescePartitionsExec::new(self.plan)),
        };
        Self { plan, ..self }
    }

    /// Makes ready to run. Nothing runs before a partition is started.
    ///
    /// # Errors
    /// A defect of an operator.
    pub fn run(&self, query_id: &str, cancel: Cancel, progress: Arc<Progress>) -> Result<Run, Error> {
        let plan = match self.used.swap(true, Ordering::Relaxed) {
            false => Ok(Arc::clone(&self.plan)),
            true => reset_plan_states(Arc::clone(&self.plan)),
        };
        let plan = plan.and_then(|plan| watched(plan, &cancel)).map_err(|error| Error::planning(&error))?;
        let pool = StatementPool::new(&self.engine.parts.query, query_id, cancel.clone())?;
        let task =
            self.engine.planners.task(&self.config, query_id, pool as Arc<dyn MemoryPool>, self.functions);
        Ok(Run { engine: Arc::clone(&self.engine), plan, task, cancel, progress, pin: self.pin.clone() })
    }
}

impl Run {
    /// Starts one partition: its batches, as they are made.
    pub fn start(&self, partition: usize) -> BoxStream<'static, Result<RecordBatch, Error>> {
        answer::start(
            self.engine.engines.handle(),
            answer::Work {
                plan: Arc::clone(&self.plan),
                partition: Some(partition),
                task: Arc::clone(&self.task),
            },
            self.cancel.clone(),
            Arc::clone(&self.progress),
            self.pin.clone(),
        )
    }
}

/// Whether every run gives each partition the same rows. Rows that are dealt out in turns, cut off by a limit or
/// drawn by lot may fall elsewhere the next time, and a reader who asks for one partition again would miss some and
/// have others twice.
fn comes_apart_alike(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if plan.output_partitioning().partition_count() == 1 {
        return true;
    }
    let mut alike = !dealt_out(plan);
    let look = plan.apply(|plan| {
        let mut drawn = false;
        plan.apply_expressions(&mut |expr| {
            drawn |= expr.exists(|expr| Ok(is_volatile(expr)))?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        alike &= !drawn && plan.fetch().is_none() && plan.name() != "GlobalLimitExec";
        Ok(TreeNodeRecursion::Continue)
    });
    look.is_ok() && alike
}

/// Whether the plan's partitions are those of a round robin, with nothing between that puts rows in their place.
fn dealt_out(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if plan.output_partitioning().partition_count() == 1 {
        return false;
    }
    match plan.downcast_ref::<RepartitionExec>().map(RepartitionExec::partitioning) {
        Some(Partitioning::RoundRobinBatch(_)) => true,
        Some(_) => false,
        None => plan.children().into_iter().any(dealt_out),
    }
}
