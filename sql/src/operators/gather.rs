//! Gathering the keys of a join's side as they go by.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{
    ChildrenPropertiesMode, ReplaceChildrenOptions, apply_expression_roots,
};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

use super::keys::{Keys, MOST, gather};

/// Its input, unchanged; the values of one expression over it are gathered.
#[derive(Clone, Debug)]
pub(crate) struct GatherKeysExec {
    input: Arc<dyn ExecutionPlan>,
    key: Arc<dyn PhysicalExpr>,
    keys: Arc<Keys>,
}

impl GatherKeysExec {
    pub(crate) fn new(input: Arc<dyn ExecutionPlan>, key: Arc<dyn PhysicalExpr>, keys: Arc<Keys>) -> Self {
        Self { input, key, keys }
    }
}

impl DisplayAs for GatherKeysExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatherKeysExec: {}", self.key)
    }
}

impl ExecutionPlan for GatherKeysExec {
    fn name(&self) -> &str {
        "GatherKeysExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots([&self.key], f)
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input =
            children.pop().ok_or_else(|| internal_datafusion_err!("there is nothing to gather from"))?;
        Ok(Arc::new(Self { input, ..Self::clone(&self) }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    /// The next run may put other rows into each partition, and must not mix its keys with those of the run before.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        if !self.keys.is_settled() {
            self.keys.abandon();
        }
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let held = MemoryConsumer::new("GatherKeys").register(context.memory_pool());
        Ok(Box::pin(Passing {
            input: self.input.execute(partition, Arc::clone(&context))?,
            key: Arc::clone(&self.key),
            keys: Arc::clone(&self.keys),
            partition,
            gathered: Some((Vec::new(), held)),
        }))
    }
}

struct Passing {
    input: SendableRecordBatchStream,
    key: Arc<dyn PhysicalExpr>,
    keys: Arc<Keys>,
    partition: usize,
    /// What was gathered; absent once it was handed over or given up.
    gathered: Option<(Vec<u64>, MemoryReservation)>,
}

impl Passing {
    fn look(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some((keys, held)) = &mut self.gathered else { return Ok(()) };
        let more = batch.num_rows().saturating_mul(size_of::<u64>());
        let wanted = keys.len() <= MOST && !self.keys.is_settled();
        if !wanted
            || held.try_grow(more).is_err()
            || !gather(&self.key.evaluate(batch)?.into_array(batch.num_rows())?, keys)
        {
            // Memory that is short is worth more to the join itself.
            self.gathered = None;
            self.keys.abandon();
        }
        Ok(())
    }
}

impl Stream for Passing {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.input.poll_next_unpin(cx));
        match &next {
            Some(Ok(batch)) => self.look(batch)?,
            Some(Err(_)) => {}
            None => {
                if let Some((keys, held)) = self.gathered.take() {
                    self.keys.add(self.partition, keys, held);
                }
            }
        }
        Poll::Ready(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.input.size_hint()
    }
}

impl RecordBatchStream for Passing {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
