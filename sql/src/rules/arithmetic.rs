//! Arithmetic of our own in place of DataFusion's operators: whole numbers that do not wrap around, decimals that are
//! computed in 64 bits where they fit.
//!
//! It is put in once, between the last logical rule and the first physical expression, so that all rules know
//! operators, which they can simplify and push down. A physical rule, which could tell DataFusion's operators to check,
//! would not reach the arguments of window functions: they cannot be made anew.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, Result};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, ReturnFieldArgs};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};

use super::{decimal, integers, under_names};

/// What the operation comes to: a null where one of the two may be, as of DataFusion's operators.
pub(super) fn field(name: &str, data_type: &DataType, args: &ReturnFieldArgs<'_>) -> Result<FieldRef> {
    let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
    Ok(Arc::new(Field::new(name, data_type.clone(), nullable)))
}

/// DataFusion's planner, given plans with our arithmetic.
#[derive(Debug)]
pub(super) struct OwnArithmetic;

#[async_trait]
impl QueryPlanner for OwnArithmetic {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::default();
        match calculates(plan)? {
            true => planner.create_physical_plan(&exchanged(plan.clone())?, session).await,
            false => planner.create_physical_plan(plan, session).await,
        }
    }
}

/// Whether there is any arithmetic in the plan.
fn calculates(plan: &LogicalPlan) -> Result<bool> {
    let mut any = false;
    plan.apply_with_subqueries(|node| {
        any = any || node_calculates(node)?;
        Ok(if any { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(any)
}

fn node_calculates(node: &LogicalPlan) -> Result<bool> {
    let mut any = false;
    // A scan's filters are read by its provider, which knows operators and not our functions.
    if !matches!(node, LogicalPlan::TableScan(_)) {
        node.apply_expressions(|expr| {
            any = any || expr.exists(|expr| Ok(is_arithmetic(expr)))?;
            Ok(if any { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
    }
    Ok(any)
}

fn exchanged(plan: LogicalPlan) -> Result<LogicalPlan> {
    let exchanged = plan.transform_up_with_subqueries(|node| match node_calculates(&node)? {
        true => in_node(node, exchange),
        false => Ok(Transformed::no(node)),
    });
    Ok(exchanged?.data)
}

/// Rewrites the node's expressions, each under its name, by one that is told what columns there are.
pub(super) fn in_node(
    node: LogicalPlan,
    rewrite: impl Fn(Expr, &DFSchema) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let schema: DFSchemaRef = match node.inputs().as_slice() {
        [input] => Arc::clone(input.schema()),
        inputs => Arc::new(merge_schema(inputs)),
    };
    under_names(node, |expr| rewrite(expr, &schema))
}

fn exchange(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| exchange_one(expr, schema))
}

pub(super) fn is_arithmetic(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(BinaryExpr { op, .. }) => {
            matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply)
        }
        expr => matches!(expr, Expr::Negative(_)),
    }
}

/// One operator, whose operands have been looked at.
pub(super) fn exchange_one(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply) =>
        {
            // In a long sum the right side is the short one.
            let right_type = type_of(&right, schema)?;
            let ours = right_type.is_integer() || matches!(right_type, DataType::Decimal128(..));
            let call = match ours.then(|| type_of(&left, schema)).transpose()? {
                Some(left_type) => integers::operation(op, &left_type, &right_type)
                    .or_else(|| decimal::operation(op, &left_type, &right_type)),
                None => None,
            };
            Ok(match call {
                Some(call) => Transformed::yes(call.call(vec![*left, *right])),
                None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
            })
        }
        Expr::Negative(inner) => {
            let data_type = type_of(&inner, schema)?;
            match integers::opposite(*inner, &data_type)? {
                Ok(call) => Ok(Transformed::yes(call)),
                Err(inner) => Ok(Transformed::no(Expr::Negative(Box::new(inner)))),
            }
        }
        expr => Ok(Transformed::no(expr)),
    }
}

/// The type, known at once where it is one of ours: asking each operand anew costs the square of a long sum.
fn type_of(expr: &Expr, schema: &DFSchema) -> Result<DataType> {
    let ours = match expr {
        Expr::ScalarFunction(call) => {
            integers::type_of(&call.func).or_else(|| decimal::type_of(&call.func)).cloned()
        }
        _ => None,
    };
    ours.map_or_else(|| expr.get_type(schema), Ok)
}
