//! `INTERSECT ALL` and `EXCEPT ALL` by counts.
//!
//! DataFusion 55 plans both as joins that look whether a row is on the other side, and not how often. So rows that
//! are equal are numbered on both sides, and the number is one more column that must match: of three on the left
//! and two on the right, the first two meet, and the third is left over.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinType, NullEquality, Result};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, Join, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::AnalyzerRule;
use pantile_core::Code;

use crate::Error;

/// Numbers the rows of both sides.
#[derive(Debug)]
pub(super) struct Multisets;

impl AnalyzerRule for Multisets {
    fn name(&self) -> &str {
        "multisets"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let counted = plan.transform_up_with_subqueries(|node| match node {
            LogicalPlan::Join(join) if is_of_all(&join) => {
                refuse_outer(&join)?;
                Ok(Transformed::yes(counted(join)?))
            }
            node => Ok(Transformed::no(node)),
        });
        Ok(counted?.data)
    }
}

/// Before it is optimised, only a set operation compares all columns so that a null equals a null; a program's join has
/// keys beside its columns. One that is not of all rows has a left side without repetitions, for which looking whether is
/// enough.
fn is_of_all(join: &Join) -> bool {
    matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull
        && join.on.len() == join.left.schema().fields().len()
        && !matches!(join.left.as_ref(), LogicalPlan::Distinct(_))
}

/// Of a subquery about each row the numbers would run on from row to row.
fn refuse_outer(join: &Join) -> Result<()> {
    let outer = |node: &LogicalPlan| Ok(node.expressions().iter().any(Expr::contains_outer));
    match join.left.exists(outer)? || join.right.exists(outer)? {
        true => {
            let said = "`INTERSECT ALL` and `EXCEPT ALL` cannot use columns of the query around them";
            Err(Error::new(Code::Unsupported, said).carried())
        }
        false => Ok(()),
    }
}

fn counted(join: Join) -> Result<LogicalPlan> {
    let columns = join.left.schema().columns();
    let (lefts, rights): (Vec<Expr>, Vec<Expr>) = join.on.iter().cloned().unzip();
    let left = numbered(&join.left, lefts, LEFT)?;
    let right = numbered(&join.right, rights, RIGHT)?;
    let number = |name: &str| Expr::Column(Column::from_name(name));
    let mut on = join.on;
    on.push((number(LEFT), number(RIGHT)));
    let joined = Join::try_new(
        Arc::new(left),
        Arc::new(right),
        on,
        join.filter,
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )?;
    LogicalPlanBuilder::from(LogicalPlan::Join(joined))
        .project(columns.into_iter().map(Expr::Column))?
        .build()
}

const LEFT: &str = "__number_on_the_left";
const RIGHT: &str = "__number_on_the_right";

/// The plan with a number from 1 for each of its rows that are equal in `by`.
fn numbered(plan: &LogicalPlan, by: Vec<Expr>, name: &str) -> Result<LogicalPlan> {
    let number = row_number().partition_by(by).build()?.alias(name);
    LogicalPlanBuilder::from(plan.clone()).window(vec![number])?.build()
}
