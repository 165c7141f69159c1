//! What is wrong with a plan, before it runs: types that Polars would find out about only then, and which part of
//! the program is to blame.

use polars::prelude::{DataType, Expr, LazyFrame, Operator, Schema};
use polars_plan::plans::{AExpr, ArenaExprIter, ArenaLpIter, IR, IRPlan, ToFieldContext};
use polars_plan::prelude::Node;

use super::lower::{Error, expression};
use crate::lang::Span;
use crate::lang::args::{Arg, Args};
use crate::lang::typed::{Call, Column};

/// Refuses comparisons of values that cannot be compared, anywhere in the plan.
///
/// # Errors
/// With both types.
pub(super) fn comparisons(plan: &IRPlan) -> Result<(), Error> {
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let Some(input) = node.inputs().next() else { continue };
        if matches!(node, IR::Join { .. }) {
            continue;
        }
        let schema = plan.lp_arena.get(input).schema(&plan.lp_arena);
        for expr in node.exprs() {
            for (_, part) in plan.expr_arena.iter(expr.node()) {
                if let AExpr::BinaryExpr { left, op, right } = part {
                    comparison(plan, &schema, *left, *op, *right)?;
                }
            }
        }
    }
    Ok(())
}

fn comparison(plan: &IRPlan, schema: &Schema, left: Node, op: Operator, right: Node) -> Result<(), Error> {
    if !op.is_comparison() {
        return Ok(());
    }
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    let kind = |node| plan.expr_arena.get(node).to_dtype(&context);
    // A part of another context, such as the items of a list, has no type here.
    let (Ok(left), Ok(right)) = (kind(left), kind(right)) else { return Ok(()) };
    match is_text(&left) && is_number(&right) || is_number(&left) && is_text(&right) {
        false => Ok(()),
        true => Err(Error::refused(format!("{} and {} cannot be compared", named(&left), named(&right)))
            .hinted("`cast` one of them first")),
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::String | DataType::Categorical(..) | DataType::Enum(..))
}

fn is_number(kind: &DataType) -> bool {
    kind.is_primitive_numeric() || matches!(kind, DataType::Boolean | DataType::Decimal(..))
}

/// A type, as programs name it.
fn named(kind: &DataType) -> String {
    match kind {
        DataType::Unknown(_) => "a number".to_owned(),
        DataType::String => "String".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The innermost part of the arguments that cannot be over `frame`, and what is wrong with it.
pub(super) fn blamed(frame: &LazyFrame, args: &Args) -> Option<(Span, Error)> {
    args.iter().find_map(|(_, arg)| {
        let columns: Vec<&Column> = match arg {
            Arg::Column(column) => vec![column],
            Arg::Columns(columns) => columns.iter().collect(),
            Arg::Named(columns) => columns.iter().map(|(_, column)| column).collect(),
            _ => Vec::new(),
        };
        columns.into_iter().find_map(|column| blamed_in(frame, column))
    })
}

fn blamed_in(frame: &LazyFrame, column: &Column) -> Option<(Span, Error)> {
    let error = expression(column).and_then(|made| possible(frame, made)).err()?;
    match column {
        Column::Named(_, span) => Some((*span, error)),
        Column::Value(_) => None,
        Column::Call(call) => Some(inside(frame, call).unwrap_or((call.span, error))),
    }
}

fn inside(frame: &LazyFrame, call: &Call) -> Option<(Span, Error)> {
    // What these hold is of the items of a list, or of the fields of a struct, and not of the frame.
    if call.function.name.ends_with(".eval") || call.function.name == "struct.with_fields" {
        return call.on.as_ref().and_then(|on| blamed_in(frame, on));
    }
    call.on.as_ref().and_then(|on| blamed_in(frame, on)).or_else(|| blamed(frame, &call.args))
}

/// Whether the expression can be selected.
fn possible(frame: &LazyFrame, made: Expr) -> Result<(), Error> {
    let plan = frame.clone().select([made]).to_alp()?;
    comparisons(&plan)
}
