//! What expressions grow to while DataFusion rewrites them, reckoned before it does.
//!
//! A condition that is pushed below a projection gets what its columns stand for in their place, and so does a
//! projection over another, unless that would repeat work. `x BETWEEN a AND b` becomes two comparisons of `x`,
//! `coalesce(x, y)` two `x`. Each is harmless, and doubles what it holds: twenty of them inside one another, half a
//! kilobyte of text, are a million expressions.

use std::collections::HashSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DataFusionError, JoinType};
use datafusion::logical_expr::expr::GroupingSet;
use datafusion::logical_expr::{Case, Expr, LogicalPlan, Operator, Projection};

use crate::{Error, SqlLimits};

/// Lists up to this length become comparisons joined by `OR`.
const SHORT_LIST: usize = 3;

/// Refuses a plan with an expression that grows beyond what a statement may have in tokens.
pub(crate) fn check_growth(plan: &LogicalPlan, limits: &SqlLimits) -> Result<(), Error> {
    let growth = Growth { max: limits.tokens as u64 };
    growth.columns(plan).map(|_| ()).map_err(|error| Error::planning(&error))
}

struct Growth {
    max: u64,
}

/// What a column of a plan comes to where an expression names it.
#[derive(Clone, Copy)]
struct Size {
    /// In a condition, which goes down to where its rows are read.
    pushed: u64,
    /// In a projection, which goes down to where its columns are made.
    merged: u64,
    /// Whether it is a value or a column, which costs nothing to have twice.
    plain: bool,
}

impl Size {
    const ONE: Self = Self { pushed: 1, merged: 1, plain: true };

    /// What it comes to above an operator that projections stay above.
    fn apart(self) -> Self {
        Self { pushed: self.pushed, ..Self::ONE }
    }
}

impl Growth {
    fn columns(&self, plan: &LogicalPlan) -> Result<Vec<Size>, DataFusionError> {
        let inputs: Vec<Vec<Size>> =
            plan.inputs().into_iter().map(|input| self.columns(input)).collect::<Result<_, _>>()?;
        plan.apply_subqueries(|subquery| self.columns(subquery).map(|_| TreeNodeRecursion::Continue))?;
        plan.apply_expressions(|expr| self.allow(size(expr, &|_| 1)).map(|()| TreeNodeRecursion::Continue))?;
        self.of_node(plan, inputs)
    }

    fn of_node(&self, plan: &LogicalPlan, inputs: Vec<Vec<Size>>) -> Result<Vec<Size>, DataFusionError> {
        use LogicalPlan as P;
        let columns = plan.schema().fields().len();
        let pushed = |name: &Column| resolved(plan, &inputs, name).pushed;
        let apart = || inputs.iter().flatten().copied().map(Size::apart);
        let sizes: Vec<Size> = match plan {
            P::Projection(projection) => self.projected(projection, plan, &inputs)?,
            P::Aggregate(aggregate) => {
                let groups = aggregate.group_expr.iter().flat_map(|expr| match expr {
                    Expr::GroupingSet(GroupingSet::GroupingSets(_)) => Vec::new(),
                    Expr::GroupingSet(set) => set.distinct_expr(),
                    expr => vec![expr],
                });
                groups.map(|expr| Size { pushed: size(expr, &pushed), ..Size::ONE }).collect()
            }
            P::Filter(filter) => {
                self.allow(size(&filter.predicate, &pushed))?;
                inputs.into_iter().flatten().collect()
            }
            P::Join(join) => {
                let keys = join.on.iter().flat_map(|(left, right)| [left, right]);
                keys.chain(&join.filter).try_for_each(|condition| self.allow(size(condition, &pushed)))?;
                let first = match join.join_type {
                    JoinType::RightSemi | JoinType::RightAnti => join.left.schema().fields().len(),
                    _ => 0,
                };
                apart().skip(first).collect()
            }
            P::SubqueryAlias(_) => inputs.into_iter().flatten().collect(),
            P::Sort(_) | P::Window(_) => apart().collect(),
            // No condition comes past it.
            P::Limit(_) => Vec::new(),
            _ => {
                let pushed = inputs.iter().flatten().map(|size| size.pushed).max().unwrap_or(1);
                vec![Size { pushed, ..Size::ONE }; columns]
            }
        };
        Ok(sizes.into_iter().chain(std::iter::repeat(Size::ONE)).take(columns).collect())
    }

    fn projected(
        &self,
        projection: &Projection,
        plan: &LogicalPlan,
        inputs: &[Vec<Size>],
    ) -> Result<Vec<Size>, DataFusionError> {
        let merges = merges(projection, plan, inputs);
        let sizes = projection.expr.iter().map(|expr| {
            let merged = match merges {
                true => size(expr, &|name| resolved(plan, inputs, name).merged),
                false => size(expr, &|_| 1),
            };
            self.allow(merged)?;
            let plain = match expr.clone().unalias() {
                Expr::Literal(..) => true,
                Expr::Column(name) => !merges || resolved(plan, inputs, &name).plain,
                _ => false,
            };
            Ok(Size { pushed: size(expr, &|name| resolved(plan, inputs, name).pushed), merged, plain })
        });
        sizes.collect()
    }

    fn allow(&self, size: u64) -> Result<(), DataFusionError> {
        if size <= self.max {
            return Ok(());
        }
        let what = "tokens in an expression once what it names and repeats is written out";
        Err(Error::limit("sql_tokens", what, size, self.max).carried())
    }
}

/// What a column comes to that an expression of this plan names.
fn resolved(plan: &LogicalPlan, inputs: &[Vec<Size>], name: &Column) -> Size {
    let found = plan.inputs().into_iter().zip(inputs).find_map(|(input, sizes)| {
        let index = input.schema().maybe_index_of_column(name)?;
        sizes.get(index).copied()
    });
    found.unwrap_or(Size::ONE)
}

/// Whether the projection and the one below become one: not if that computes something twice.
fn merges(projection: &Projection, plan: &LogicalPlan, inputs: &[Vec<Size>]) -> bool {
    let mut named: HashSet<&Column> = HashSet::new();
    let mut once = true;
    for expr in &projection.expr {
        // A walk over parts has no error of its own.
        let _ = expr.apply(|part| {
            if let Expr::Column(name) = part
                && !resolved(plan, inputs, name).plain
            {
                once &= named.insert(name);
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }
    once
}

/// How many expressions are in this one once it is written out, `column` of them in the place of a column. Values
/// cost nothing, in a list or elsewhere.
fn size(expr: &Expr, column: &impl Fn(&Column) -> u64) -> u64 {
    match expr {
        Expr::Column(name) => return column(name),
        Expr::Literal(..) => return 0,
        _ => {}
    }
    let (mut sum, mut part) = (1_u64, 0_usize);
    // A walk over parts has no error of its own.
    let _ = expr.apply_children(|child| {
        sum = sum.saturating_add(size(child, column).saturating_mul(copies(expr, part)));
        part = part.saturating_add(1);
        Ok(TreeNodeRecursion::Continue)
    });
    sum
}

/// How often the simplifier writes out a part of an expression.
fn copies(expr: &Expr, part: usize) -> u64 {
    let twice = match expr {
        Expr::Between(_) => part == 0,
        Expr::InList(list) if part == 0 && list.list.len() <= SHORT_LIST => {
            return list.list.len().max(1) as u64;
        }
        Expr::ScalarFunction(call) if matches!(call.name(), "coalesce" | "ifnull" | "nvl") => {
            part.saturating_add(1) < call.args.len()
        }
        // `floor(x) = 1` becomes `x >= 1 AND x < 2`.
        Expr::BinaryExpr(compared) => {
            matches!(
                compared.op,
                Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom
            ) && [&compared.left, &compared.right].into_iter().any(|side| has_preimage(side))
        }
        // A few conditions with truth values become one of `AND` and `OR`.
        Expr::Case(Case { expr: None, when_then_expr, .. }) if when_then_expr.len() < SHORT_LIST => {
            part.is_multiple_of(2) && part / 2 < when_then_expr.len()
        }
        _ => false,
    };
    if twice { 2 } else { 1 }
}

fn has_preimage(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if matches!(call.name(), "date_part" | "floor"))
}
