//! What is wrong with a plan, before it runs: types that Polars would find out about only then, and which part of
//! the program is to blame.

use polars::prelude::{DataType, Expr, LazyFrame, Operator, Schema};
use polars_plan::plans::{
    AExpr, ArenaExprIter, ArenaLpIter, IR, IRFunctionExpr, IRPlan, IRStringFunction, IRTemporalFunction,
    ToFieldContext,
};
use polars_plan::prelude::Node;

use super::lower::{Error, expression};
use crate::lang::Span;
use crate::lang::args::{Arg, Args};
use crate::lang::typed::{Call, Column};

/// Arguments of joins that are columns of the first frame.
const OF_THE_FIRST: &[&str] = &["by", "by_left", "left_on", "on"];

/// Refuses comparisons of values that cannot be compared, filters by what is not true or false, and texts' functions
/// of what is no text, anywhere in the plan.
///
/// # Errors
/// With both types.
pub(super) fn types(plan: &IRPlan) -> Result<(), Error> {
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let Some(input) = node.inputs().next() else { continue };
        if matches!(node, IR::Join { .. }) {
            continue;
        }
        let schema = plan.lp_arena.get(input).schema(&plan.lp_arena);
        if let IR::Filter { predicate, .. } = node {
            filter(plan, &schema, predicate.node())?;
        }
        for expr in node.exprs() {
            for (_, part) in plan.expr_arena.iter(expr.node()) {
                match part {
                    AExpr::BinaryExpr { left, op, right } => {
                        comparison(plan, &schema, *left, *op, *right)?;
                    }
                    AExpr::Function { input, function, .. } => {
                        let input = input.first().map(|input| input.node());
                        input.map_or(Ok(()), |input| asked_of(plan, &schema, function, input))?;
                    }
                    _ => {}
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

fn filter(plan: &IRPlan, schema: &Schema, predicate: Node) -> Result<(), Error> {
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    match plan.expr_arena.get(predicate).to_dtype(&context) {
        Ok(kind) if is_text(&kind) || is_number(&kind) && kind != DataType::Boolean => {
            Err(Error::refused(format!("rows are kept by a Boolean, and this is {}", named(&kind)))
                .hinted("compare it with something"))
        }
        _ => Ok(()),
    }
}

/// Refuses functions of what they are not for, where Polars would find out about it when it runs.
fn asked_of(plan: &IRPlan, schema: &Schema, function: &IRFunctionExpr, input: Node) -> Result<(), Error> {
    use IRStringFunction::{ConcatHorizontal, ConcatVertical, Format};
    use IRTemporalFunction::{DatetimeFunction, Duration};
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    let Ok(kind) = plan.expr_arena.get(input).to_dtype(&context) else { return Ok(()) };
    let wrong = match function {
        // These write whatever they get as text, and those below make one of numbers.
        IRFunctionExpr::StringExpr(ConcatHorizontal { .. } | ConcatVertical { .. } | Format { .. }) => None,
        IRFunctionExpr::StringExpr(_) if is_number(&kind) || kind.is_temporal() || kind.is_nested() => {
            Some(("functions of `str` take String", "`cast` it first: `.cast(String)`"))
        }
        IRFunctionExpr::TemporalExpr(DatetimeFunction { .. } | Duration(_)) => None,
        IRFunctionExpr::TemporalExpr(_) if is_number(&kind) || is_text(&kind) || kind.is_nested() => Some((
            "functions of `dt` take Date, Datetime, Duration or Time",
            "make it one first: a text by `.str.to_datetime()`, a number by `.cast(Datetime(\"us\"))`",
        )),
        IRFunctionExpr::Interpolate(_) if kind == DataType::Boolean => {
            Some(("`interpolate` takes numbers and times", "`cast` it first: `.cast(Float64)`"))
        }
        IRFunctionExpr::Negate if is_text(&kind) || kind.is_nested() => {
            Some(("`-` takes numbers and Durations", "`cast` it first"))
        }
        _ => None,
    };
    match wrong {
        Some((said, hint)) => {
            Err(Error::refused(format!("{said}, and this is {}", named(&kind))).hinted(hint))
        }
        None => Ok(()),
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
    // Where two frames go together, only some of the arguments are of the first.
    let alone = !args.iter().any(|(_, arg)| matches!(arg, Arg::Frame(_)));
    args.iter().filter(|(param, _)| alone || OF_THE_FIRST.contains(&param.name)).find_map(|(_, arg)| {
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
    types(&plan)
}
