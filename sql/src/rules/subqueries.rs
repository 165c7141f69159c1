//! Subqueries that DataFusion 55 answers as if nothing were ever null or empty, or not at all, put in a form that it
//! answers as SQL has it:
//!
//! - `(SELECT …)` without a row is null, whatever its column says.
//! - An aggregate without `GROUP BY` has a row even where it is of nothing, so that `EXISTS` is true of it.
//! - `x IN (SELECT …)` is null where `x` is not found and it or one of the rows is null. Where a filter drops null as
//!   it drops false that makes no difference; elsewhere the rows are counted.
//! - `EXISTS`, `IN`, `ANY` and `ALL` outside of `WHERE` are counts, which can stand in any list.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ExprSchema, Result, ScalarValue, internal_err};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::{Exists, InSubquery, ScalarFunction, SetComparison, SetQuantifier};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, ColumnarValue, Expr, ExprSchemable, FetchType, Filter, LogicalPlan,
    LogicalPlanBuilder, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    SkipType, Subquery, Volatility, binary_expr, lit, not, when,
};
use datafusion::optimizer::AnalyzerRule;
use pantile_core::Code;

use super::under_names;
use crate::Error;

/// Operators of a subquery that may be put into a statement once more, for its nulls to be counted.
const OPERATORS: usize = 256;

/// Puts subqueries so that their nulls and their emptiness count.
#[derive(Debug)]
pub(super) struct Subqueries {
    or_null: Arc<ScalarUDF>,
}

impl Subqueries {
    pub(super) fn new() -> Self {
        // Folding it would bring back a column that is never null.
        let or_null = OrNull { signature: Signature::any(1, Volatility::Volatile) };
        Self { or_null: Arc::new(ScalarUDF::new_from_impl(or_null)) }
    }
}

impl AnalyzerRule for Subqueries {
    fn name(&self) -> &str {
        "subqueries"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let put = plan.transform_up_with_subqueries(|node| self.node(node))?;
        if !put.transformed {
            return Ok(put.data);
        }
        // What can be null now can be so all the way up.
        let anew = |node: LogicalPlan| node.recompute_schema().map(Transformed::yes);
        Ok(put.data.transform_up_with_subqueries(anew)?.data)
    }
}

impl Subqueries {
    fn node(&self, node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        if !asks(&node)? {
            return Ok(Transformed::no(node));
        }
        match node {
            LogicalPlan::Filter(filter) => {
                let schema = Arc::clone(filter.input.schema());
                let conditions = split_conjunction_owned(filter.predicate);
                let conditions: Vec<Expr> = conditions
                    .into_iter()
                    .map(|expr| self.condition(expr, &schema))
                    .collect::<Result<_>>()?;
                let predicate = conjunction(conditions).unwrap_or_else(|| lit(true));
                Ok(Transformed::yes(LogicalPlan::Filter(Filter::try_new(predicate, filter.input)?)))
            }
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate),
            LogicalPlan::Projection(_) => {
                let schema = Arc::clone(node.inputs().first().map_or(node.schema(), |input| input.schema()));
                under_names(node, |expr| expr.transform_up(|expr| self.value(expr, &schema)))
            }
            // Elsewhere only such as have a value of their own can stand.
            node => under_names(node, |expr| expr.transform_up(|expr| self.scalar(expr))),
        }
    }

    /// A condition that a row must meet: null is as good as false.
    fn condition(&self, expr: Expr, schema: &DFSchema) -> Result<Expr> {
        let (expr, turned) = match expr {
            Expr::Not(inner) if matches!(inner.as_ref(), Expr::InSubquery(_) | Expr::Exists(_)) => {
                (*inner, true)
            }
            expr => (expr, false),
        };
        match expr {
            Expr::InSubquery(asked) => {
                let asked = InSubquery { negated: asked.negated != turned, ..asked };
                // DataFusion minds the nulls of a whole condition, but for those of a subquery about each row.
                let minded = asked.subquery.outer_ref_columns.is_empty();
                self.in_part(asked, schema, minded)
            }
            Expr::Exists(asked) => exists(Exists { negated: asked.negated != turned, ..asked }),
            expr => self.part(expr, schema, true),
        }
    }

    /// A part of a condition. In a `loose` place null is as good as false.
    fn part(&self, expr: Expr, schema: &DFSchema, loose: bool) -> Result<Expr> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
                let (left, right) = (self.part(*left, schema, loose)?, self.part(*right, schema, loose)?);
                Ok(Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op, right: Box::new(right) }))
            }
            Expr::InSubquery(asked) => {
                let minded = loose && !asked.negated;
                self.in_part(asked, schema, minded)
            }
            Expr::Exists(asked) => exists(asked),
            expr => {
                let put = expr.map_children(|child| self.part(child, schema, false).map(Transformed::yes))?;
                Ok(self.scalar(put.data)?.data)
            }
        }
    }

    /// `x IN (SELECT …)` in a condition; where its nulls are `minded`, it can stay as it is.
    fn in_part(&self, asked: InSubquery, schema: &DFSchema, minded: bool) -> Result<Expr> {
        let asked = match in_one_row(asked)? {
            Ok(done) => return Ok(done),
            Err(asked) => asked,
        };
        let x = self.part(*asked.expr, schema, false)?;
        let asked = InSubquery { expr: Box::new(x), ..asked };
        // A condition that is not turned drops null as it drops false.
        if minded || !may_be_null(&asked.expr, &asked.subquery, schema)? {
            return Ok(Expr::InSubquery(asked));
        }
        let InSubquery { expr, subquery, negated } = asked;
        let found = Expr::InSubquery(InSubquery::new(expr.clone(), subquery.clone(), false));
        in_three(&expr, subquery, negated, found, schema)
    }

    /// A value in a list, where `EXISTS` and `IN` must be counts.
    fn value(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        match expr {
            Expr::Exists(asked) => match exists(asked)? {
                Expr::Exists(Exists { subquery, negated }) => {
                    let rows = LogicalPlanBuilder::from(subquery.subquery.as_ref().clone());
                    // One row is enough, where that is the same for all.
                    let rows = match subquery.outer_ref_columns.is_empty() {
                        true => rows.limit(0, Some(1))?,
                        false => rows,
                    };
                    let some = counted(rows, subquery.outer_ref_columns)?.gt(lit(0_i64));
                    Ok(Transformed::yes(if negated { not(some) } else { some }))
                }
                known => Ok(Transformed::yes(known)),
            },
            Expr::InSubquery(asked) => {
                let InSubquery { expr, subquery, negated } = match in_one_row(asked)? {
                    Ok(done) => return Ok(Transformed::yes(done)),
                    Err(asked) => asked,
                };
                let found = found(&expr, Operator::Eq, &subquery, schema)?;
                in_three(&expr, subquery, negated, found, schema).map(Transformed::yes)
            }
            Expr::SetComparison(SetComparison { expr, subquery, op, quantifier }) => {
                refuse_lost_rows(&subquery, "ANY")?;
                // All are so where none is otherwise.
                let (op, negated) = match (quantifier, op.negate()) {
                    (SetQuantifier::Any, _) => (op, false),
                    (SetQuantifier::All, Some(other)) => (other, true),
                    (SetQuantifier::All, None) => return internal_err!("`{op} ALL` has no opposite"),
                };
                let found = found(&expr, op, &subquery, schema)?;
                in_three(&expr, subquery, negated, found, schema).map(Transformed::yes)
            }
            expr => self.scalar(expr),
        }
    }

    /// A subquery that is a value may have none.
    fn scalar(&self, expr: Expr) -> Result<Transformed<Expr>> {
        let Expr::ScalarSubquery(subquery) = &expr else { return Ok(Transformed::no(expr)) };
        let field = match subquery.subquery.schema().fields().first() {
            Some(field) if !field.is_nullable() && !has_one_row(&subquery.subquery)? => Arc::clone(field),
            _ => return Ok(Transformed::no(expr)),
        };
        let column = subquery.subquery.schema().columns().into_iter().take(1).map(Expr::Column).collect();
        let value = Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&self.or_null), column));
        let plan = LogicalPlanBuilder::from(subquery.subquery.as_ref().clone())
            .project([value.alias(field.name())])?
            .build()?;
        Ok(Transformed::yes(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), ..subquery.clone() })))
    }

    /// What an aggregate asks is asked of the rows below it.
    fn aggregate(&self, aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
        let schema = Arc::clone(aggregate.input.schema());
        let mut asked: Vec<Expr> = Vec::new();
        let node = under_names(LogicalPlan::Aggregate(aggregate), |expr| {
            expr.transform_up(|expr| match expr {
                Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) => {
                    let column = format!("__asked_{}", asked.len());
                    asked.push(self.value(expr, &schema)?.data.alias(&column));
                    Ok(Transformed::yes(Expr::Column(Column::from_name(column))))
                }
                expr => self.scalar(expr),
            })
        })?;
        let LogicalPlan::Aggregate(aggregate) = node.data else { return Ok(node) };
        let columns = schema.columns().into_iter().map(Expr::Column);
        let input = match asked.is_empty() {
            true => aggregate.input,
            false => {
                let rows = LogicalPlanBuilder::from(aggregate.input.as_ref().clone());
                Arc::new(rows.project(columns.chain(asked))?.build()?)
            }
        };
        let aggregate = Aggregate::try_new(input, aggregate.group_expr, aggregate.aggr_expr)?;
        Ok(Transformed::yes(LogicalPlan::Aggregate(aggregate)))
    }
}

/// `x IN (SELECT …)` of a subquery about each row that has one row is a comparison.
fn in_one_row(asked: InSubquery) -> Result<std::result::Result<Expr, InSubquery>> {
    if asked.subquery.outer_ref_columns.is_empty() {
        return Ok(Err(asked));
    }
    if has_one_row(&asked.subquery.subquery)? {
        let (x, value) = (*asked.expr, Expr::ScalarSubquery(asked.subquery));
        return Ok(Ok(if asked.negated { x.not_eq(value) } else { x.eq(value) }));
    }
    refuse_lost_rows(&asked.subquery, "IN")?;
    Ok(Err(asked))
}

/// Whether `x` is in the rows, with the nulls that may come of it; `found` says whether it was seen there.
fn in_three(x: &Expr, subquery: Subquery, negated: bool, found: Expr, schema: &DFSchema) -> Result<Expr> {
    let known = match may_be_null(x, &subquery, schema)? {
        false => found,
        true => {
            let least = match x.nullable(schema)? {
                // Of a null it is not known once there is a row, of another value once there is a null.
                true => when(x.clone().is_null(), lit(0_i64)).otherwise(lit(1_i64))?,
                false => lit(1_i64),
            };
            when(found, lit(true))
                .when(emptiness(subquery)?.gt(least), lit(ScalarValue::Boolean(None)))
                .otherwise(lit(false))?
        }
    };
    Ok(if negated { not(known) } else { known })
}

/// Whether one of the node's own expressions has a subquery.
fn asks(node: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    node.apply_expressions(|expr| {
        found = expr.exists(|expr| {
            Ok(matches!(
                expr,
                Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) | Expr::ScalarSubquery(_)
            ))
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn exists(asked: Exists) -> Result<Expr> {
    if has_one_row(&asked.subquery.subquery)? {
        return Ok(lit(!asked.negated));
    }
    refuse_lost_rows(&asked.subquery, "EXISTS")?;
    Ok(Expr::Exists(asked))
}

fn may_be_null(x: &Expr, subquery: &Subquery, schema: &DFSchema) -> Result<bool> {
    let rows = subquery.subquery.schema().fields().first().is_none_or(|field| field.is_nullable());
    Ok(rows || x.nullable(schema)?)
}

/// Whether it has exactly one row, whatever is below it.
fn has_one_row(plan: &LogicalPlan) -> Result<bool> {
    match plan {
        LogicalPlan::Aggregate(aggregate) => Ok(aggregate.group_expr.is_empty()),
        LogicalPlan::EmptyRelation(relation) => Ok(relation.produce_one_row),
        LogicalPlan::Values(values) => Ok(values.values.len() == 1),
        LogicalPlan::Limit(limit) => {
            let all = matches!(limit.get_skip_type()?, SkipType::Literal(0))
                && match limit.get_fetch_type()? {
                    FetchType::Literal(rows) => rows != Some(0),
                    FetchType::UnsupportedExpr => false,
                };
            Ok(all && has_one_row(&limit.input)?)
        }
        LogicalPlan::Sort(sort) => Ok(sort.fetch != Some(0) && has_one_row(&sort.input)?),
        LogicalPlan::Projection(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::Window(_) => match plan.inputs().as_slice() {
            [input] => has_one_row(input),
            _ => Ok(false),
        },
        _ => Ok(false),
    }
}

/// DataFusion groups an aggregate about each row by what it is about, and the groups of no rows are lost; and it drops
/// an `OFFSET`.
fn refuse_lost_rows(subquery: &Subquery, what: &str) -> Result<()> {
    let lost = subquery.subquery.exists(|node| match node {
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => {
            aggregate.input.exists(|node| Ok(node.expressions().iter().any(Expr::contains_outer)))
        }
        LogicalPlan::Limit(limit) => Ok(!matches!(limit.get_skip_type()?, SkipType::Literal(0))
            && limit.input.exists(|node| Ok(node.expressions().iter().any(Expr::contains_outer)))?),
        _ => Ok(false),
    })?;
    if !lost {
        return Ok(());
    }
    let said = format!(
        "`{what}` of an aggregate or `OFFSET` that uses columns of the query around it is not supported"
    );
    let hint = "compare the aggregate itself: `(SELECT count(*) FROM … WHERE …) = 0`";
    Err(Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned())).carried())
}

/// `(SELECT count(*) FROM …)`.
fn counted(rows: LogicalPlanBuilder, outer_ref_columns: Vec<Expr>) -> Result<Expr> {
    let plan = rows.aggregate(Vec::<Expr>::new(), [count(lit(1_i64)).alias("rows")])?.build()?;
    Ok(Expr::ScalarSubquery(Subquery {
        subquery: Arc::new(plan),
        outer_ref_columns,
        spans: datafusion::common::Spans::new(),
    }))
}

/// The rows of a subquery, and their one column.
fn rows_of(subquery: &Subquery) -> Result<(LogicalPlanBuilder, Column)> {
    let rows = LogicalPlanBuilder::from(subquery.subquery.as_ref().clone());
    match rows.schema().columns().into_iter().next() {
        Some(column) => Ok((rows, column)),
        None => internal_err!("a subquery without a column"),
    }
}

/// Whether there is a row that `x` compares so with, by the number of those.
fn found(x: &Expr, op: Operator, subquery: &Subquery, schema: &DFSchema) -> Result<Expr> {
    let mut outer = subquery.outer_ref_columns.clone();
    let x = x.clone().transform_up(|expr| match expr {
        Expr::Column(column) => {
            let field = Arc::clone(schema.field_from_column(&column)?);
            let column = Expr::OuterReferenceColumn(field, column);
            if !outer.contains(&column) {
                outer.push(column.clone());
            }
            Ok(Transformed::yes(column))
        }
        expr => Ok(Transformed::no(expr)),
    })?;
    let (rows, column) = rows_of(subquery)?;
    let compares = binary_expr(x.data, op, Expr::Column(column));
    Ok(counted(rows.filter(compares)?, outer)?.gt(lit(0_i64)))
}

const ALL: &str = "__all";
const KNOWN: &str = "__known";

/// 0 where a subquery has no rows, 1 where it has some, 2 where one of them is null.
fn emptiness(subquery: Subquery) -> Result<Expr> {
    let mut operators = 0_usize;
    subquery.subquery.apply_with_subqueries(|_| {
        operators = operators.saturating_add(1);
        Ok(TreeNodeRecursion::Continue)
    })?;
    if operators > OPERATORS {
        let said = "a subquery behind `IN`, or a query around it, has";
        let said = format!(
            "{said} {operators} operators, and {OPERATORS} are the most where nulls must be told from other values"
        );
        let hint = "use `EXISTS`, or join it";
        return Err(Error::new(Code::LimitSql, said).hinted(Some(hint.to_owned())).carried());
    }
    let (rows, column) = rows_of(&subquery)?;
    let counts = [count(lit(1_i64)).alias(ALL), count(Expr::Column(column)).alias(KNOWN)];
    let counted = |name: &str| Expr::Column(Column::from_name(name));
    let state = when(counted(ALL).eq(lit(0_i64)), lit(0_i64))
        .when(counted(ALL).gt(counted(KNOWN)), lit(2_i64))
        .otherwise(lit(1_i64))?;
    let plan = rows.aggregate(Vec::<Expr>::new(), counts)?.project([state.alias("state")])?.build()?;
    Ok(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), ..subquery }))
}

/// Gives its argument back, and says that it may be null.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OrNull {
    signature: Signature,
}

impl ScalarUDFImpl for OrNull {
    fn name(&self) -> &str {
        "or_null"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        match args.arg_fields {
            [field] => Ok(Arc::new(Field::clone(field).with_nullable(true))),
            _ => internal_err!("or_null takes one argument"),
        }
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        args.args.pop().map_or_else(|| internal_err!("or_null takes one argument"), Ok)
    }
}
