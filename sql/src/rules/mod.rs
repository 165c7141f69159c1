//! Rewritings of our own that DataFusion runs after its others: never another answer, only a better way to it.
//!
//! A rule is one file with its reason, and one line in [`physical`] or [`add`]; [`watched`] is none, because it knows of the one
//! statement it is for.

mod cardinality;
mod counts;
mod decimal;
mod join_keys;
mod join_order;
mod pushdown;
mod selections;
mod watched;
mod yielding;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_optimizer::optimizer::{ConfigOnlyContext, PhysicalOptimizer};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::projection::ProjectionExec;

pub(crate) use watched::watched;

/// The rules, in the order they run.
pub(crate) fn add(builder: SessionStateBuilder) -> SessionStateBuilder {
    builder
        .with_optimizer_rule(Arc::new(decimal::NarrowDecimals))
        .with_physical_optimizer_rules(vec![Arc::new(Physical(physical()))])
}

/// DataFusion's rules with ours among them.
fn physical() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for rule in PhysicalOptimizer::new().rules {
        match rule.name() {
            "aggregate_statistics" => rules.push(Arc::new(counts::ExactCounts)),
            "join_selection" => rules.extend([Arc::new(join_order::JoinOrder) as Rule, rule]),
            "FilterPushdown" => rules.push(Arc::new(pushdown::SafePushdown(rule))),
            "FilterPushdown(Post)" => {
                rules.push(Arc::new(selections::Selections));
                rules.push(Arc::new(pushdown::SafePushdown(rule)));
            }
            _ => rules.push(rule),
        }
    }
    rules.push(Arc::new(join_keys::JoinKeys));
    rules.push(Arc::new(yielding::YieldingJoins));
    rules
}

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// All rules as one, which a plan that reads nothing is spared: they would take half the time of a `SELECT 1`.
#[derive(Debug)]
struct Physical(Vec<Rule>);

impl PhysicalOptimizerRule for Physical {
    fn name(&self) -> &str {
        "physical"
    }

    fn optimize(&self, plan: Plan, config: &ConfigOptions) -> Result<Plan> {
        self.optimize_with_context(plan, &ConfigOnlyContext::new(config))
    }

    fn optimize_with_context(&self, plan: Plan, context: &dyn PhysicalOptimizerContext) -> Result<Plan> {
        if reads_nothing(&plan) {
            return Ok(plan);
        }
        self.0.iter().try_fold(plan, |plan, rule| rule.optimize_with_context(plan, context))
    }

    fn schema_check(&self) -> bool {
        true
    }
}

type Plan = Arc<dyn ExecutionPlan>;

fn reads_nothing(plan: &Plan) -> bool {
    plan.is::<PlaceholderRowExec>()
        || plan.downcast_ref::<ProjectionExec>().is_some_and(|projection| reads_nothing(projection.input()))
}
