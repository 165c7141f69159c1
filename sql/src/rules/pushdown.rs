//! DataFusion's pushdown of filters, where it is safe.
//!
//! DataFusion 55 follows a filter's columns down a plan by their names. Where two columns under a filter have
//! one name, it may end on the wrong one, and rows of the answer are lost without a word (fixed upstream in its
//! pull request 25259, after 55). Columns of one name meet in joins; so filters are pushed down within the parts
//! of a plan that lie below its joins, and not through them.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_optimizer::optimizer::ConfigOnlyContext;
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;

/// The rule it stands before.
#[derive(Debug)]
pub(super) struct SafePushdown(pub(super) Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for SafePushdown {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.optimize_with_context(plan, &ConfigOnlyContext::new(config))
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !joins(&plan) {
            return match safe(&plan).is_some() {
                true => self.0.optimize_with_context(plan, context),
                false => Ok(plan),
            };
        }
        let children =
            plan.children().into_iter().map(|child| self.optimize_with_context(Arc::clone(child), context));
        let children = children.collect::<Result<_>>()?;
        replace_children_if_necessary(plan, children)
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// Whether anything but a union puts several inputs together in the plan.
fn joins(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let children = plan.children();
    (children.len() > 1 && !plan.is::<UnionExec>()) || children.into_iter().any(joins)
}

/// The names that two columns have somewhere in the plan, or `None` where a filter over such a name is, or may
/// be made.
fn safe(plan: &Arc<dyn ExecutionPlan>) -> Option<HashSet<String>> {
    let mut twice = HashSet::new();
    for child in plan.children() {
        twice.extend(safe(child)?);
    }
    if sources(plan)
        .iter()
        .any(|expr| collect_columns(expr).iter().any(|column| twice.contains(column.name())))
    {
        return None;
    }
    let schema = plan.schema();
    let mut once = HashSet::new();
    let again = schema.fields().iter().filter(|field| !once.insert(field.name()));
    twice.extend(again.map(|field| field.name().clone()));
    Some(twice)
}

/// What this operator makes filters of, for those below it.
fn sources(plan: &Arc<dyn ExecutionPlan>) -> Vec<Arc<dyn PhysicalExpr>> {
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        vec![Arc::clone(filter.predicate())]
    } else if let Some(sort) = plan.downcast_ref::<SortExec>() {
        sort.expr().iter().map(|sort| Arc::clone(&sort.expr)).collect()
    } else if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        aggregate.aggr_expr().iter().flat_map(|expr| expr.expressions()).collect()
    } else {
        Vec::new()
    }
}
