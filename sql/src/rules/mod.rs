//! Rewritings of our own that DataFusion runs after its others: never another answer, only a better way to it.
//!
//! A rule is one file with its reason, and one line in [`add`]; [`watched`] is none, because it knows of the one
//! statement it is for.

mod cardinality;
mod decimal;
mod join_keys;
mod join_order;
mod pushdown;
mod selections;
mod watched;
mod yielding;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

pub(crate) use watched::watched;

/// The rules, in the order they run.
pub(crate) fn add(builder: SessionStateBuilder) -> SessionStateBuilder {
    builder.with_optimizer_rule(Arc::new(decimal::NarrowDecimals)).with_physical_optimizer_rules(physical())
}

/// DataFusion's rules with ours among them.
fn physical() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> = Vec::new();
    for rule in PhysicalOptimizer::new().rules {
        match rule.name() {
            "join_selection" => {
                rules.push(Arc::new(join_order::JoinOrder));
                rules.push(rule);
            }
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
