//! Joins that give way.
//!
//! DataFusion's tasks yield where they read. Once both sides of a join are in memory, a join that makes
//! billions of rows of them reads nothing any more, and its task holds its thread until it is done: other
//! questions wait, and a cancel is not seen. So each operator that may give many more rows than it takes is
//! made to yield by what it gives.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use crate::operators::YieldingExec;

/// Operators that may give many more rows than they take.
const MULTIPLY: &[&str] = &[
    "CrossJoinExec",
    "HashJoinExec",
    "NestedLoopJoinExec",
    "PiecewiseMergeJoinExec",
    "SortMergeJoinExec",
    "UnnestExec",
];

/// Puts a yielding operator over each of [`MULTIPLY`].
#[derive(Debug)]
pub(super) struct YieldingJoins;

impl PhysicalOptimizerRule for YieldingJoins {
    fn name(&self) -> &str {
        "yielding_joins"
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let yielding = |plan: Arc<dyn ExecutionPlan>| {
            Ok(match MULTIPLY.contains(&plan.name()) {
                true => Transformed::yes(Arc::new(YieldingExec::new(plan)) as Arc<dyn ExecutionPlan>),
                false => Transformed::no(plan),
            })
        };
        plan.transform_up(yielding).map(|transformed| transformed.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}
