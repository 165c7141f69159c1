//! Selections of our own instead of DataFusion's filters.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;

use crate::operators::SelectionExec;

/// Puts them in, after all rules of DataFusion's that know its own.
#[derive(Debug)]
pub(super) struct Selections;

impl PhysicalOptimizerRule for Selections {
    fn name(&self) -> &str {
        "selections"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let select = |plan: Arc<dyn ExecutionPlan>| {
            Ok(match plan.downcast_ref::<FilterExec>() {
                Some(filter) => {
                    Transformed::yes(Arc::new(SelectionExec::of(filter)) as Arc<dyn ExecutionPlan>)
                }
                None => Transformed::no(plan),
            })
        };
        plan.transform_up(select).map(|transformed| transformed.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}
