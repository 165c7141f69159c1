//! Functions that take more than a line.

use arrow::datatypes::{DataType, Date32Type};
use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn;
use datafusion::logical_expr::{Case, Expr, Operator, binary_expr, lit};
use pantile_core::lang::args::{Arg, Literal};
use pantile_core::lang::typed::{Call, Column};

use super::exact::Exact;
use super::parts::{Holds, Lowered, Not, Part, must, together, written};
use super::types::{beside, canonical, comparable, compared, is_number, is_number_type, typed};
use super::{Scope, in_list};

pub(super) fn case(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let condition = scope.arg(call, "condition")?;
    must(condition.kind == DataType::Boolean && !condition.is_written(), "a condition that is no column")?;
    let (then, otherwise) = (scope.arg(call, "then")?, scope.arg(call, "otherwise")?);
    let kind = scope.kind(call)?;
    for part in [&then, &otherwise] {
        let beside = part.is_written() || part.holds == Holds::Fixed || part.holds == condition.holds;
        must(beside, "an aggregate beside rows")?;
        let same = part.kind == kind || part.is_written() || is_number(part) && is_number_type(&kind);
        must(same, "cases of different types")?;
    }
    let branches = vec![(Box::new(condition.expr), Box::new(typed(&then, &kind)?))];
    let expr = Expr::Case(Case::new(None, branches, Some(Box::new(typed(&otherwise, &kind)?))));
    Ok(Part { expr, kind, holds: condition.holds })
}

pub(super) fn fill_null(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    must(matches!(call.args.get("strategy"), Some(Arg::None)), "`fill_null` with a strategy")?;
    let (me, value, kind) = (scope.me_of_rows(call)?, scope.arg(call, "value")?, scope.kind(call)?);
    let holds = together(&me, &value)?;
    let same = |part: &Part| part.kind == kind || part.is_written() || is_number(part);
    must(same(&me) && same(&value), "`fill_null` with another type")?;
    let expr = expr_fn::coalesce(vec![typed(&me, &kind)?, typed(&value, &kind)?]);
    Ok(Part { expr, kind, holds })
}

pub(super) fn fill_nan(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (me, value, kind) = (scope.me_of_rows(call)?, scope.arg(call, "value")?, scope.kind(call)?);
    must(me.kind == DataType::Float64 && kind == me.kind, "`fill_nan` of other types than Float64")?;
    let holds = together(&me, &value)?;
    let branches = vec![(Box::new(expr_fn::isnan(me.expr.clone())), Box::new(typed(&value, &kind)?))];
    let expr = Expr::Case(Case::new(None, branches, Some(Box::new(me.expr))));
    Ok(Part { expr, kind, holds })
}

pub(super) fn is_between(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let me = scope.me_of_rows(call)?;
    let (lower, upper) = (scope.arg(call, "lower_bound")?, scope.arg(call, "upper_bound")?);
    let (from, to) = match call.args.text("closed").map(AsRef::as_ref) {
        Some("both") => (Operator::GtEq, Operator::LtEq),
        Some("left") => (Operator::GtEq, Operator::Lt),
        Some("right") => (Operator::Gt, Operator::LtEq),
        Some(_) => (Operator::Gt, Operator::Lt),
        None => return Err(Not::here("`closed`")),
    };
    let holds = together(&me, &lower)?;
    together(&me, &upper)?;
    let expr = compared(&me, from, &lower)?.and(compared(&me, to, &upper)?);
    Ok(Part { expr, kind: DataType::Boolean, holds })
}

/// `is_in` of a list that the program writes out.
pub(super) fn is_in(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let me = scope.me_of_rows(call)?;
    let Some(Arg::Column(Column::Value(Literal::List(values)))) = call.args.get("other") else {
        return Err(Not::here("`is_in` of a column"));
    };
    let nulls_equal = call.args.is("nulls_equal");
    comparable(&me.kind)?;
    let mut list = Vec::with_capacity(values.len());
    for value in values.iter().filter(|value| **value != Literal::None) {
        let part = written(value)?;
        // The list has a type before it meets the column.
        let same = match value {
            Literal::Float(_) => me.kind == DataType::Float64,
            Literal::Int(_) => me.kind.is_integer(),
            _ => part.kind == me.kind,
        };
        must(
            same && beside(value, &me.kind).as_ref() == Some(&me.kind),
            "`is_in` of values of another type",
        )?;
        list.push(canonical(typed(&part, &me.kind)?, &me.kind));
    }
    let null = match nulls_equal {
        true => ScalarValue::Boolean(Some(list.len() < values.len())),
        false => ScalarValue::Boolean(None),
    };
    let found = match list.is_empty() {
        true => lit(false),
        false => in_list(canonical(me.expr.clone(), &me.kind), list),
    };
    let branches = vec![(Box::new(me.expr.is_null()), Box::new(lit(null)))];
    let expr = Expr::Case(Case::new(None, branches, Some(Box::new(found))));
    Ok(Part { expr, kind: DataType::Boolean, holds: me.holds })
}

/// `date(2024, 2, 29)`.
pub(super) fn date(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let of = |name| match scope.arg(call, name)?.holds {
        Holds::Written(Literal::Int(value)) => Ok(value),
        _ => Err(Not::here("`date` of columns")),
    };
    let (year, month, day) = (of("year")?, of("month")?, of("day")?);
    let date = i32::try_from(year).ok().zip(u32::try_from(month).ok()).zip(u32::try_from(day).ok());
    let date = date.and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    let date = date.ok_or_else(|| Not::here("a date that there is not"))?;
    let expr = lit(ScalarValue::Date32(Some(Date32Type::from_naive_date(date))));
    Ok(Part { expr, kind: DataType::Date32, holds: Holds::Fixed })
}

/// `a / b`: Polars multiplies by the inverse of what is the same for all rows.
pub(super) fn truediv(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let ((left, right, holds), kind) = (scope.two(call)?, scope.kind(call)?);
    must(is_number(&left) && is_number(&right), "arithmetic of other types than numbers")?;
    let (one, other) = (typed(&left, &kind)?, typed(&right, &kind)?);
    let expr = match (&kind, &right.holds) {
        (DataType::Float64, Holds::Written(value)) => {
            let by = match value {
                Literal::Int(value) => *value as f64,
                Literal::Float(value) => *value,
                _ => return Err(Not::here("`/` by no number")),
            };
            binary_expr(one, Operator::Multiply, lit(1.0 / by))
        }
        (DataType::Float64, _) => binary_expr(one, Operator::Divide, other),
        (kind, _) => return Err(Not::here(format!("`/` in {kind}"))),
    };
    Ok(Part { expr, kind, holds })
}

pub(super) fn round(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (Some(Arg::Literal(Literal::Int(decimals))), Some(Arg::Literal(Literal::Text(mode)))) =
        (call.args.get("decimals"), call.args.get("mode"))
    else {
        return Err(Not::here("`round`"));
    };
    let decimals = u32::try_from(*decimals).ok().filter(|decimals| *decimals < 40);
    let decimals = decimals.ok_or_else(|| Not::here("`round` to 40 decimals and more"))?;
    scope.rounded(
        call,
        match mode.as_ref() {
            "half_away_from_zero" => Exact::RoundAway(decimals),
            _ => Exact::RoundEven(decimals),
        },
    )
}

pub(super) fn log(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (me, kind) = (scope.me_of_rows(call)?, scope.kind(call)?);
    match scope.arg(call, "base")?.holds {
        Holds::Written(Literal::Float(base)) => logarithm(&me, &kind, base),
        Holds::Written(Literal::Int(base)) => logarithm(&me, &kind, base as f64),
        _ => Err(Not::here("a `base` that differs from row to row")),
    }
}

/// A float to a power that the program writes out.
pub(super) fn power(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let (me, kind) = (scope.me_of_rows(call)?, scope.kind(call)?);
    let exponent = match scope.arg(call, "other")?.holds {
        Holds::Written(Literal::Float(exponent)) => exponent,
        Holds::Written(Literal::Int(exponent)) => exponent as f64,
        _ => return Err(Not::here("an exponent that differs from row to row")),
    };
    must(me.kind == DataType::Float64 && kind == me.kind, "a power of other types than Float64")?;
    Ok(Part { expr: Exact::Power.of(vec![me.expr, lit(exponent)], &kind), kind, holds: me.holds })
}

pub(super) fn logarithm(me: &Part, kind: &DataType, base: f64) -> Lowered<Part> {
    must(is_number(me) && *kind == DataType::Float64, "a logarithm of other types than numbers")?;
    let expr = Exact::Log.of(vec![typed(me, kind)?, lit(base)], kind);
    Ok(Part { expr, kind: kind.clone(), holds: me.holds.clone() })
}
