//! Counts, least and greatest values from the catalog instead of from rows, where they are exact.
//!
//! DataFusion 55 takes the count of distinct values of a filtered column for exact though the rows that are left
//! are an estimate, and answers with it. So plans that count distinct values are counted.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNode;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::aggregate_statistics::AggregateStatistics;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;

/// DataFusion's rule, for plans in which it is right.
#[derive(Debug)]
pub(super) struct ExactCounts;

impl PhysicalOptimizerRule for ExactCounts {
    fn name(&self) -> &str {
        "exact_counts"
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let distinct = |plan: &Arc<dyn ExecutionPlan>| {
            let aggregate = plan.downcast_ref::<AggregateExec>();
            Ok(aggregate.is_some_and(|aggregate| aggregate.aggr_expr().iter().any(|expr| expr.is_distinct())))
        };
        match plan.exists(distinct)? {
            true => Ok(plan),
            false => AggregateStatistics::new().optimize(plan, config),
        }
    }

    fn schema_check(&self) -> bool {
        false
    }
}
