//! Rewritings of our own among DataFusion's: those of [`analyzer`] and the arithmetic of whole numbers mend what it would
//! answer wrongly or not at all, the others never change an answer, but only the way to it.
//!
//! A rule is one file with its reason, and one line in [`analyzer`], [`logical`], [`physical`] or [`add`]; [`watched`] is
//! none, because it knows of the one statement it is for.

mod arithmetic;
mod cardinality;
mod counts;
mod decimal;
mod frames;
mod integers;
mod join_keys;
mod join_order;
mod multisets;
mod pushdown;
mod selections;
mod subqueries;
mod watched;
mod yielding;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::{Analyzer, AnalyzerRule, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::optimizer::{ConfigOnlyContext, PhysicalOptimizer};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::projection::ProjectionExec;

pub(crate) use watched::watched;

/// The rules, in the order they run.
pub(crate) fn add(builder: SessionStateBuilder) -> SessionStateBuilder {
    builder
        .with_analyzer_rules(analyzer())
        .with_optimizer_rules(logical())
        .with_query_planner(Arc::new(arithmetic::OwnArithmetic))
        .with_physical_optimizer_rules(vec![Arc::new(Physical(physical()))])
}

/// DataFusion's rules of what a statement means, with ours around them: its last gives all values their types.
fn analyzer() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> =
        vec![Arc::new(frames::Frames), Arc::new(multisets::Multisets)];
    rules.extend(Analyzer::new().rules);
    rules.push(Arc::new(subqueries::Subqueries::new()));
    rules
}

/// DataFusion's rules of what need not be done, with ours before them.
fn logical() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules = Optimizer::new().rules;
    rules.insert(0, Arc::new(integers::CheckedConstants));
    rules
}

/// DataFusion's rules of how it runs, with ours among them.
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

/// Rewrites the node's expressions, each under the name it had, by which the nodes above know it.
fn under_names(
    node: LogicalPlan,
    mut rewrite: impl FnMut(Expr) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let names = NamePreserver::new(&node);
    let mut named = |expr: Expr| {
        let name = names.save(&expr);
        Ok(rewrite(expr)?.update_data(|expr| name.restore(expr)))
    };
    node.map_expressions(|expr| match expr {
        // They have no name, and what they are of does.
        Expr::GroupingSet(_) => expr.map_children(&mut named),
        expr => named(expr),
    })
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
