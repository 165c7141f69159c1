//! Nested loop joins that can be ended, and that leave their thread to others now and then.
//!
//! Such a join tries every pair of rows before it gives anything: where its filter lets nothing through, it
//! is one step of its task from beginning to end, and no yield of what it gives helps. Its filter is the one
//! thing of ours that it calls on the way, some thousands of pairs at a time; so the filter looks whether
//! the statement was ended, and hands the worker's other tasks to another thread from time to time.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, exec_err, internal_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use pantile_core::pool::Cancel;

/// Calls between two hand-overs: about ten milliseconds of filtering full batches on one core.
const CALLS: u64 = 256;

/// The plan with the filters of its nested loop joins watched.
pub(crate) fn watched(plan: Arc<dyn ExecutionPlan>, cancel: &Cancel) -> Result<Arc<dyn ExecutionPlan>> {
    let watch = |plan: Arc<dyn ExecutionPlan>| {
        let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() else { return Ok(Transformed::no(plan)) };
        let Some(filter) = join.filter() else { return Ok(Transformed::no(plan)) };
        let watched = Watched {
            inner: Arc::clone(filter.expression()),
            cancel: cancel.clone(),
            calls: AtomicU64::new(0),
        };
        let filter =
            JoinFilter::new(Arc::new(watched), filter.column_indices().to_vec(), Arc::clone(filter.schema()));
        let join = NestedLoopJoinExecBuilder::new(
            Arc::clone(join.left()),
            Arc::clone(join.right()),
            *join.join_type(),
        )
        .with_filter(Some(filter))
        .with_projection_ref(join.projection().clone())
        .build()?;
        Ok(Transformed::yes(Arc::new(join) as Arc<dyn ExecutionPlan>))
    };
    plan.transform_up(watch).map(|transformed| transformed.data)
}

/// An expression that fails once its statement was ended.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn PhysicalExpr>,
    cancel: Cancel,
    calls: AtomicU64,
}

impl PhysicalExpr for Watched {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if let Some(reason) = self.cancel.reason() {
            return exec_err!("{}", reason.as_str());
        }
        if self.calls.fetch_add(1, Ordering::Relaxed) % CALLS == CALLS.saturating_sub(1) {
            return tokio::task::block_in_place(|| self.inner.evaluate(batch));
        }
        self.inner.evaluate(batch)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.inner.return_field(schema)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        match <[Arc<dyn PhysicalExpr>; 1]>::try_from(children) {
            Ok([inner]) => {
                Ok(Arc::new(Self { inner, cancel: self.cancel.clone(), calls: AtomicU64::new(0) }))
            }
            Err(children) => internal_err!("a watched filter has one child, not {}", children.len()),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Watched {}

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}
