//! Where a plan's rows come from: stood for while it is made, asked for when it is known what it wants.

use std::any::Any;
use std::sync::Arc;

use arrow::array::ArrayRef;
use polars::polars_utils::slice_enum::Slice;
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, DataFrame, LazyFrame, Operator, PlSmallStr, PolarsResult, Scalar,
    ScanArgsAnonymous, Schema, SchemaRef,
};
use polars_plan::dsl::FileScanIR;
use polars_plan::plans::{AExpr, ArenaLpIter, IR, IRPlan, LiteralValue};
use polars_plan::prelude::Node;
use polars_plan::utils::aexpr_to_leaf_names_iter;

use super::arrow::array_of;

/// A source without rows, that stands for one that is read later.
#[derive(Clone, Debug)]
pub struct Placeholder {
    schema: SchemaRef,
    stands: Arc<dyn AnonymousScan>,
}

/// What a placeholder's plan reads, if it were ever run.
struct Nothing;

impl AnonymousScan for Nothing {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        Ok(DataFrame::empty_with_schema(asked.output_schema.as_ref().unwrap_or(&asked.schema)))
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

impl Placeholder {
    /// One of these columns.
    pub fn new(schema: &SchemaRef) -> Self {
        Self { schema: Arc::clone(schema), stands: Arc::new(Nothing) }
    }

    /// The plan that reads it.
    ///
    /// # Errors
    /// None that is known; Polars has them.
    pub fn plan(&self) -> PolarsResult<LazyFrame> {
        let args =
            ScanArgsAnonymous { schema: Some(Arc::clone(&self.schema)), ..ScanArgsAnonymous::default() };
        LazyFrame::anonymous_scan(Arc::clone(&self.stands), args)
    }

    fn is(&self, other: &Arc<dyn AnonymousScan>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.stands), Arc::as_ptr(other))
    }
}

/// What a plan wants of one source, after Polars has pushed down what it can.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wants {
    /// The columns, in the source's order.
    pub columns: Vec<PlSmallStr>,
    /// Comparisons that every row it uses meets: where a part of the source has no such row, it may be left out.
    pub bounds: Vec<Bound>,
    /// How many of the first rows it uses, when not all.
    pub rows: Option<u64>,
}

/// A column compared with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The column.
    pub column: PlSmallStr,
    /// How it is compared.
    pub comparison: Comparison,
    value: Scalar,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
}

impl Bound {
    /// What it is compared with, as an array of one; nothing where Arrow has no such type.
    pub fn value(&self) -> Option<ArrayRef> {
        array_of(&self.value)
    }
}

/// The plan as Polars would run it, in its own words: for people.
///
/// # Errors
/// What [`wants`] says.
pub fn explained(plan: LazyFrame) -> PolarsResult<String> {
    Ok(plan.to_alp_optimized()?.describe())
}

/// What the plan wants of each of the placeholders; nothing of those it does not read.
///
/// # Errors
/// What Polars says of a plan that cannot be: columns that are not there, types that do not fit.
pub fn wants(plan: LazyFrame, sources: &[&Placeholder]) -> PolarsResult<Vec<Option<Wants>>> {
    let plan = plan.to_alp_optimized()?;
    let mut wanted = vec![None; sources.len()];
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let IR::Scan { scan_type, predicate, output_schema, file_info, unified_scan_args, .. } = node else {
            continue;
        };
        let FileScanIR::Anonymous { function, .. } = scan_type.as_ref() else { continue };
        let Some(index) = sources.iter().position(|source| source.is(function)) else { continue };
        let mut bounds = Vec::new();
        if let Some(predicate) = predicate {
            conjuncts(&plan, predicate.node(), &mut bounds);
        }
        let rows = match &unified_scan_args.pre_slice {
            Some(Slice::Positive { offset, len }) => Some(offset.saturating_add(*len) as u64),
            _ => None,
        };
        let all = &file_info.schema;
        let mut columns: Vec<PlSmallStr> =
            output_schema.as_ref().unwrap_or(all).iter_names_cloned().collect();
        if let Some(predicate) = predicate {
            // Its columns are read, too, though nobody sees them behind it.
            columns.extend(aexpr_to_leaf_names_iter(predicate.node(), &plan.expr_arena).cloned());
        }
        let wants = Wants {
            columns: all.iter_names_cloned().filter(|name| columns.contains(name)).collect(),
            bounds,
            rows,
        };
        if let Some(slot) = wanted.get_mut(index) {
            *slot = Some(merged(slot.take(), wants, all));
        }
    }
    Ok(wanted)
}

/// What two readers of one source want of it.
fn merged(one: Option<Wants>, other: Wants, schema: &Schema) -> Wants {
    let Some(one) = one else { return other };
    let both = |name: &PlSmallStr| one.columns.contains(name) || other.columns.contains(name);
    Wants {
        columns: schema.iter_names_cloned().filter(both).collect(),
        bounds: one.bounds.into_iter().filter(|bound| other.bounds.contains(bound)).collect(),
        rows: one.rows.zip(other.rows).map(|(one, other)| one.max(other)),
    }
}

/// The comparisons of a column with a value that the predicate is a conjunction of; others are left out.
fn conjuncts(plan: &IRPlan, predicate: Node, found: &mut Vec<Bound>) {
    let mut open = vec![predicate];
    while let Some(node) = open.pop() {
        let AExpr::BinaryExpr { left, op, right } = plan.expr_arena.get(node) else { continue };
        if matches!(op, Operator::And | Operator::LogicalAnd) {
            open.extend([*left, *right]);
            continue;
        }
        found.extend(bound(plan, *left, *op, *right));
    }
}

fn bound(plan: &IRPlan, left: Node, operator: Operator, right: Node) -> Option<Bound> {
    let (column, operator, value) = match (plan.expr_arena.get(left), plan.expr_arena.get(right)) {
        (AExpr::Column(column), AExpr::Literal(value)) => (column, operator, value),
        (AExpr::Literal(value), AExpr::Column(column)) => (column, operator.swap_operands()?, value),
        _ => return None,
    };
    let comparison = match operator {
        Operator::Eq => Comparison::Equal,
        Operator::Lt => Comparison::Less,
        Operator::LtEq => Comparison::LessEqual,
        Operator::Gt => Comparison::Greater,
        Operator::GtEq => Comparison::GreaterEqual,
        _ => return None,
    };
    let LiteralValue::Scalar(value) = value.clone().materialize() else { return None };
    (!value.is_null()).then(|| Bound { column: column.clone(), comparison, value })
}
