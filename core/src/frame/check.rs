//! What is wrong with a plan, before it runs: types that Polars would find out about only then, and which part of
//! the program is to blame.

use polars::prelude::{DataType, Expr, LazyFrame, Operator, Schema, SchemaRef};
use polars_plan::plans::{
    AExpr, ArenaExprIter, ArenaLpIter, IR, IRAggExpr, IRFunctionExpr, IRPlan, IRPowFunction,
    IRStringFunction, IRTemporalFunction, ToFieldContext,
};
use polars_plan::prelude::Node;

use super::lower::{Error, expression, field_of};
use crate::Code;
use crate::lang::Span;
use crate::lang::args::{Arg, Args, Literal};
use crate::lang::signature::Kind;
use crate::lang::type_shown;
use crate::lang::typed::{Call, Column, Frame};

/// Arguments of joins that are columns of the first frame.
const OF_THE_FIRST: &[&str] = &["by", "by_left", "left_on", "on"];
/// Arguments of joins that are columns of both frames.
const OF_BOTH: &[&str] = &["by", "key", "on"];
/// Arguments of joins that are columns of the second frame.
const OF_THE_SECOND: &[&str] = &["by_right", "right_on"];

/// What sums and the like take, and what to do with what is none.
const OF_NUMBERS: (&str, &str) =
    ("sums, means, spreads and quantiles take numbers and times", "`cast` it first: `.cast(Float64)`");

/// What a spread takes, and what to do with lengths of time.
const OF_LENGTHS: (&str, &str) =
    ("spreads take numbers", "make numbers of it first: `.dt.total_seconds(fractional=True)`");

/// Refuses operators between values that they are not for, filters by what is not true or false, and texts' functions
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
                        operator(plan, &schema, *left, *op, *right)?;
                    }
                    AExpr::Agg(aggregate) => summed(plan, &schema, aggregate)?,
                    AExpr::Function { input, function, .. } => {
                        let all = if matches!(function, IRFunctionExpr::Log) { input.len() } else { 1 };
                        for input in input.iter().take(all) {
                            asked_of(plan, &schema, function, input.node())?;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

fn operator(plan: &IRPlan, schema: &Schema, left: Node, op: Operator, right: Node) -> Result<(), Error> {
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    let kind = |node| plan.expr_arena.get(node).to_dtype(&context);
    // A part of another context, such as the items of a list, has no type here.
    let (Ok(left), Ok(right)) = (kind(left), kind(right)) else { return Ok(()) };
    let shown = || (type_shown(&left), type_shown(&right));
    let is_logic = matches!(op, Operator::And | Operator::Or | Operator::Xor);
    if is_logic && (is_text(&left) || is_text(&right)) {
        let (left, right) = shown();
        let said =
            format!("`&`, `|` and `^` take Booleans and whole numbers, and these are {left} and {right}");
        return Err(Error::refused(said).hinted("put brackets around each comparison: `(a == 1) & (b == 2)`"));
    }
    if op.is_comparison() && (is_text(&left) && is_number(&right) || is_number(&left) && is_text(&right)) {
        let (left, right) = shown();
        return Err(Error::refused(format!("{left} and {right} cannot be compared"))
            .hinted("`cast` one of them first"));
    }
    Ok(())
}

fn filter(plan: &IRPlan, schema: &Schema, predicate: Node) -> Result<(), Error> {
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    match plan.expr_arena.get(predicate).to_dtype(&context) {
        Ok(kind) if is_text(&kind) || is_number(&kind) && kind != DataType::Boolean => {
            Err(Error::refused(format!("rows are kept by a Boolean, and this is {}", type_shown(&kind)))
                .hinted("compare it with something"))
        }
        _ => Ok(()),
    }
}

/// Refuses sums and the like of what is no number.
fn summed(plan: &IRPlan, schema: &Schema, aggregate: &IRAggExpr) -> Result<(), Error> {
    use IRAggExpr::{Mean, Median, Std, Sum, Var};
    let (Mean(input) | Median(input) | Std(input, _) | Sum(input) | Var(input, _)) = aggregate else {
        return Ok(());
    };
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    match plan.expr_arena.get(*input).to_dtype(&context) {
        Ok(kind) if is_without_numbers(&kind) => Err(wrong(OF_NUMBERS, &kind)),
        // Polars 0.55.2 panics.
        Ok(kind @ DataType::Duration(_)) if matches!(aggregate, Std(..)) => Err(wrong(OF_LENGTHS, &kind)),
        _ => Ok(()),
    }
}

/// Refuses functions of what they are not for, where Polars would find out about it when it runs.
fn asked_of(plan: &IRPlan, schema: &Schema, function: &IRFunctionExpr, input: Node) -> Result<(), Error> {
    use IRPowFunction::{Cbrt, Sqrt};
    use IRStringFunction::{ConcatHorizontal, ConcatVertical, Format};
    use IRTemporalFunction::{DatetimeFunction, Duration};
    let context = ToFieldContext::new(&plan.expr_arena, schema);
    let Ok(kind) = plan.expr_arena.get(input).to_dtype(&context) else { return Ok(()) };
    let refused = match function {
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
        // Polars 0.55.2 panics at others.
        IRFunctionExpr::Categorical(_) if !is_category(&kind) => {
            Some(("functions of `cat` take Categorical", "`cast` it first: `.cast(Categorical)`"))
        }
        // Polars 0.55.2 casts what it gets, and what is no number then is null.
        IRFunctionExpr::Exp
        | IRFunctionExpr::Log
        | IRFunctionExpr::Log1p
        | IRFunctionExpr::Pow(Sqrt | Cbrt)
            if !is_number(&kind) && kind != DataType::Null =>
        {
            Some(("roots, `exp` and logarithms take numbers", "`cast` it first: `.cast(Float64)`"))
        }
        IRFunctionExpr::Product | IRFunctionExpr::Quantile { .. } if is_without_numbers(&kind) => {
            Some(OF_NUMBERS)
        }
        IRFunctionExpr::Negate if is_text(&kind) || kind.is_nested() => {
            Some(("`-` takes numbers and Durations", "`cast` it first"))
        }
        _ => None,
    };
    refused.map_or(Ok(()), |rule| Err(wrong(rule, &kind)))
}

/// What is said of a value of that type, by what is taken in its place and what to do.
fn wrong((taken, hint): (&str, &'static str), kind: &DataType) -> Error {
    Error::refused(format!("{taken}, and this is {}", type_shown(kind))).hinted(hint)
}

fn is_without_numbers(kind: &DataType) -> bool {
    is_text(kind) || kind.is_nested() || *kind == DataType::Binary
}

fn is_text(kind: &DataType) -> bool {
    *kind == DataType::String || is_category(kind)
}

fn is_category(kind: &DataType) -> bool {
    matches!(kind, DataType::Categorical(..) | DataType::Enum(..))
}

fn is_number(kind: &DataType) -> bool {
    kind.is_primitive_numeric() || matches!(kind, DataType::Boolean | DataType::Decimal(..))
}

/// Whether the expression can be over the frame.
pub(super) type Check<'a> = &'a dyn Fn(&LazyFrame, Expr) -> Result<(), Error>;

/// The innermost part of the arguments that cannot be over `frame`, as `check` finds, and what is wrong with it.
pub(super) fn blamed(frame: &LazyFrame, args: &Args, check: Check<'_>) -> Option<(Span, Error)> {
    // Where two frames go together, only some of the arguments are of the first.
    let alone = !args.iter().any(|(_, arg)| matches!(arg, Arg::Frame(_)));
    args.iter().filter(|(param, _)| alone || OF_THE_FIRST.contains(&param.name)).find_map(|(_, arg)| {
        arg.every_column().into_iter().find_map(|column| blamed_in(frame, column, check))
    })
}

fn blamed_in(frame: &LazyFrame, column: &Column, check: Check<'_>) -> Option<(Span, Error)> {
    let error = expression(column).and_then(|made| check(frame, made)).err()?;
    match column {
        Column::Named(name, span) => Some((*span, unknown(error, &[name.as_ref()], &columns_of(frame)))),
        Column::Value(_) => None,
        Column::Call(call) => {
            inside(frame, call, check).or_else(|| Some((call.span, of_call(frame, call, error))))
        }
    }
}

fn inside(frame: &LazyFrame, call: &Call, check: Check<'_>) -> Option<(Span, Error)> {
    // What these hold is of the items of a list, or of the fields of a struct, and not of the frame.
    if call.function.name.ends_with(".eval") || call.function.name == "struct.with_fields" {
        return call.on.as_ref().and_then(|on| blamed_in(frame, on, check));
    }
    call.on.as_ref().and_then(|on| blamed_in(frame, on, check)).or_else(|| blamed(frame, &call.args, check))
}

/// Whether the expression can be selected.
pub(super) fn possible(frame: &LazyFrame, made: Expr) -> Result<(), Error> {
    let plan = frame.clone().select([made]).to_alp()?;
    types(&plan)
}

fn columns_of(frame: &LazyFrame) -> SchemaRef {
    frame.clone().collect_schema().unwrap_or_default()
}

/// What is wrong with a call; where it names a column or a field that is not there, which.
fn of_call(frame: &LazyFrame, call: &Call, error: Error) -> Error {
    let mut names = Vec::new();
    texts(&call.args, &mut names);
    if !call.function.name.starts_with("struct.") {
        return unknown(error, &names, &columns_of(frame));
    }
    let of = call.on.as_ref().and_then(|on| field_of(frame, &expression(on).ok()?).ok());
    match (of, said_of(&error, &names)) {
        (Some((_, DataType::Struct(fields))), Some(name)) => {
            Error::unknown_field(name, fields.iter().map(|field| field.name().as_str()))
        }
        (_, Some(name)) => Error::unknown_field(name, []),
        (_, None) => error,
    }
}

/// What is wrong with a verb whose parts are each as they should be: where it names a column that is not there, which.
pub(super) fn of_verb(on: Option<&Frame>, args: &Args, error: Error) -> Error {
    let other = args.iter().find_map(|(_, arg)| match arg {
        Arg::Frame(frame) => Some(&frame.schema),
        _ => None,
    });
    let Some(first) = on.map(|frame| &frame.schema) else { return error };
    args.iter().fold(error, |error, (param, arg)| {
        let mut names = Vec::new();
        named_in(param.kind, arg, &mut names);
        match other {
            None => unknown(error, &names, first),
            Some(other) if OF_THE_SECOND.contains(&param.name) => unknown(error, &names, other),
            Some(other) if OF_BOTH.contains(&param.name) => {
                unknown(unknown(error, &names, first), &names, other)
            }
            Some(_) if OF_THE_FIRST.contains(&param.name) => unknown(error, &names, first),
            Some(other) => {
                let mut both = Schema::clone(first);
                for (name, kind) in other.iter() {
                    let taken = both.contains(name);
                    both.insert(
                        if taken { format!("{name}_right").into() } else { name.clone() },
                        kind.clone(),
                    );
                }
                unknown(error, &names, &both)
            }
        }
    })
}

/// In place of what Polars says of a column that is not there, what we do, if it is one of these names.
fn unknown(error: Error, names: &[&str], there: &Schema) -> Error {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !there.contains(name)).collect();
    match said_of(&error, &missing) {
        Some(name) => Error::unknown_column(name, there.iter_names().map(|name| name.as_str())),
        None => error,
    }
}

/// The one of the names that Polars says is not there.
fn said_of<'n>(error: &Error, names: &[&'n str]) -> Option<&'n str> {
    let Error::Polars(polars) = error else { return None };
    let said = polars.to_string();
    let is_said = |name: &str| {
        let quoted = format!("{name:?}");
        said.contains(&quoted) || said.lines().next().is_some_and(|line| line.ends_with(&format!(": {name}")))
    };
    (error.code() == Code::UnknownColumn).then(|| names.iter().copied().find(|name| is_said(name))).flatten()
}

/// The texts among the arguments, and the names of columns that they are made of.
fn texts<'a>(args: &'a Args, found: &mut Vec<&'a str>) {
    args.iter().for_each(|(param, arg)| named_in(param.kind, arg, found));
}

fn named_in<'a>(kind: Kind, arg: &'a Arg, found: &mut Vec<&'a str>) {
    match arg {
        Arg::Column(column) => named_by(column, found),
        Arg::Columns(columns) => columns.iter().for_each(|column| named_by(column, found)),
        Arg::Named(columns) => {
            columns.iter().for_each(|(_, column)| named_by(column, found));
            found.extend(columns.iter().map(|(name, _)| name.as_ref()));
        }
        Arg::Literal(value) if matches!(kind, Kind::Name | Kind::Names) => texts_in(value, found),
        Arg::Pairs(pairs) => pairs.iter().for_each(|(from, _)| texts_in(from, found)),
        Arg::Types(types) => found.extend(types.iter().map(|(name, _)| name.as_ref())),
        _ => {}
    }
}

fn named_by<'a>(column: &'a Column, found: &mut Vec<&'a str>) {
    match column {
        Column::Named(name, _) => found.push(name),
        Column::Value(_) => {}
        Column::Call(call) => {
            call.on.iter().for_each(|on| named_by(on, found));
            texts(&call.args, found);
        }
    }
}

fn texts_in<'a>(value: &'a Literal, found: &mut Vec<&'a str>) {
    match value {
        Literal::Text(text) => found.push(text),
        Literal::List(items) => items.iter().for_each(|item| texts_in(item, found)),
        _ => {}
    }
}
