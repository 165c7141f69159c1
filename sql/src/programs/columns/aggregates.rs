//! Aggregates of programs as DataFusion's, with what Polars makes of groups in which there is nothing.

use std::sync::Arc;

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::bool_and_or::{bool_and_udaf, bool_or_udaf};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::median::median_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::stddev::{stddev_pop_udaf, stddev_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::functions_aggregate::variance::{var_pop_udaf, var_samp_udaf};
use datafusion::logical_expr::{AggregateUDF, Expr, lit};
use pantile_core::lang::args::{Arg, Literal};
use pantile_core::lang::typed::Call;

use super::Scope;
use super::comoments::Comoment;
use super::exact::Exact;
use super::parts::{Holds, Lowered, Not, Part, must};
use super::types::{canonical, cast_to, comparable, narrow};

fn one(expr: Expr, kind: DataType) -> Part {
    Part { expr, kind, holds: Holds::One }
}

/// A sum: of nothing it is 0, and it wraps around, as DataFusion's own does.
pub(super) fn sum(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let ((me, filter), kind) = (scope.aggregated(call)?, scope.kind(call)?);
    let wide = match &me.kind {
        DataType::Float64 => DataType::Float64,
        DataType::Boolean => DataType::Int64,
        from if from.is_signed_integer() => DataType::Int64,
        from if from.is_unsigned_integer() => DataType::UInt64,
        DataType::Decimal128(_, scale) => DataType::Decimal128(DECIMAL128_MAX_PRECISION, *scale),
        from => return Err(Not::here(format!("a sum of {from}"))),
    };
    let sum = scope.aggregate(sum_udaf(), vec![cast_to(me.expr, &me.kind, &wide)], false, filter)?;
    let sum = coalesce(vec![sum, lit(ScalarValue::new_zero(&wide)?)]);
    Ok(one(narrow(sum, &wide, &kind), kind))
}

/// The mean.
pub(super) fn mean(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    floats(scope, call, avg_udaf())
}

/// The median; half of two values is a number with a point.
pub(super) fn median(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    floats(scope, call, median_udaf())
}

/// The standard deviation.
pub(super) fn std(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let sample = is_sample(call)?;
    floats(scope, call, if sample { stddev_udaf() } else { stddev_pop_udaf() })
}

/// The variance.
pub(super) fn var(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let sample = is_sample(call)?;
    floats(scope, call, if sample { var_samp_udaf() } else { var_pop_udaf() })
}

/// The covariance of two columns.
pub(super) fn cov(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let ddof = match call.args.get("ddof") {
        Some(Arg::Literal(Literal::Int(ddof))) => u8::try_from(*ddof).ok(),
        _ => None,
    };
    of_two(scope, call, Comoment::Covariance(ddof.ok_or_else(|| Not::here("such a `ddof`"))?))
}

/// The correlation of two columns.
pub(super) fn corr(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    must(call.args.text("method").is_some_and(|method| **method == *"pearson"), "a correlation of ranks")?;
    of_two(scope, call, Comoment::Correlation)
}

fn of_two(scope: &Scope<'_>, call: &Call, of: Comoment) -> Lowered<Part> {
    let (inner, kind) = (scope.inner(), scope.kind(call)?);
    let double = DataType::Float64;
    let column = |name: &str| -> Lowered<Expr> {
        let part = inner.arg(call, name)?;
        must(part.holds == Holds::Rows, "an aggregate of a value that is written")?;
        must(part.kind.is_integer() || part.kind == double, "an aggregate of other types than numbers")?;
        Ok(cast_to(part.expr, &part.kind, &double))
    };
    must(kind == double, "an aggregate of other types than numbers")?;
    Ok(one(scope.aggregate(of.udaf(), vec![column("a")?, column("b")?], false, None)?, kind))
}

fn is_sample(call: &Call) -> Lowered<bool> {
    match call.args.get("ddof") {
        Some(Arg::Literal(Literal::Int(1))) => Ok(true),
        Some(Arg::Literal(Literal::Int(0))) => Ok(false),
        _ => Err(Not::here("`ddof` other than 0 and 1")),
    }
}

fn floats(scope: &Scope<'_>, call: &Call, function: Arc<AggregateUDF>) -> Lowered<Part> {
    let ((me, filter), kind) = (scope.aggregated(call)?, scope.kind(call)?);
    let number = me.kind.is_integer() || matches!(me.kind, DataType::Float64 | DataType::Decimal128(..));
    must(number && kind == DataType::Float64, "an aggregate of other types than numbers")?;
    let input = cast_to(me.expr, &me.kind, &kind);
    // Of whole numbers and decimals, none is NaN or minus zero.
    let input = if me.kind.is_floating() { canonical(input, &kind) } else { input };
    Ok(one(scope.aggregate(function, vec![input], false, filter)?, kind))
}

/// The least value; NaN where there is no other.
pub(super) fn min(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    extreme(scope, call, min_udaf)
}

/// The greatest value; NaN where there is no other.
pub(super) fn max(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    extreme(scope, call, max_udaf)
}

fn extreme(scope: &Scope<'_>, call: &Call, function: fn() -> Arc<AggregateUDF>) -> Lowered<Part> {
    let ((me, filter), kind) = (scope.aggregated(call)?, scope.kind(call)?);
    must(me.kind == kind, "an aggregate of that type")?;
    comparable(&kind)?;
    if !kind.is_floating() {
        return Ok(one(scope.aggregate(function(), vec![me.expr], false, filter)?, kind));
    }
    // DataFusion begins with the least finite double, and so never comes to -inf: whole numbers are compared instead.
    let double = DataType::Float64;
    let value = canonical(cast_to(me.expr, &kind, &double), &double);
    let ordinal = |value: Expr| Exact::Ordinal.of(vec![value], &DataType::Int64);
    let number = ordinal(Exact::Number.of(vec![value.clone()], &double));
    let number = scope.aggregate(function(), vec![number], false, filter.clone())?;
    let any = scope.aggregate(max_udaf(), vec![ordinal(value)], false, filter)?;
    let found = Exact::OfOrdinal.of(vec![coalesce(vec![number, any])], &double);
    Ok(one(cast_to(found, &double, &kind), kind))
}

/// How many values there are.
pub(super) fn count(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    if call.on.is_none() && call.args.texts("columns").is_some_and(|names| names.is_empty()) {
        return len(scope, call);
    }
    let ((me, filter), kind) = (scope.aggregated(call)?, scope.kind(call)?);
    counted(scope, vec![me.expr], false, filter, kind)
}

/// How many rows there are.
pub(super) fn len(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let kind = scope.kind(call)?;
    let filter = if call.on.is_some() { scope.aggregated(call)?.1 } else { None };
    counted(scope, vec![lit(1_i64)], false, filter, kind)
}

/// How many nulls there are.
pub(super) fn null_count(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let ((me, filter), kind) = (scope.aggregated(call)?, scope.kind(call)?);
    let null = me.expr.is_null();
    let filter = filter.map_or(null.clone(), |filter| filter.and(null));
    counted(scope, vec![lit(1_i64)], false, Some(filter), kind)
}

/// How many different values there are, null being one of them.
pub(super) fn n_unique(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    let ((me, filter), kind) = (scope.aggregated(call)?, scope.kind(call)?);
    comparable(&me.kind)?;
    let value = canonical(me.expr.clone(), &me.kind);
    let null = me.expr.is_null();
    let values = scope.aggregate(count_udaf(), vec![value], true, filter.clone())?;
    let filter = filter.map_or(null.clone(), |filter| filter.and(null));
    let nulls = scope.aggregate(bool_or_udaf(), vec![lit(true)], false, Some(filter))?;
    let nulls = cast_to(coalesce(vec![nulls, lit(false)]), &DataType::Boolean, &DataType::Int64);
    let both = Exact::Add.of(vec![values, nulls], &DataType::Int64);
    Ok(one(cast_to(both, &DataType::Int64, &kind), kind))
}

fn counted(
    scope: &Scope<'_>,
    args: Vec<Expr>,
    distinct: bool,
    filter: Option<Expr>,
    kind: DataType,
) -> Lowered<Part> {
    let count = scope.aggregate(count_udaf(), args, distinct, filter)?;
    Ok(one(cast_to(count, &DataType::Int64, &kind), kind))
}

/// Whether any is true; of nothing, none is.
pub(super) fn any(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    logic(scope, call, bool_or_udaf(), false)
}

/// Whether all are true; of nothing, all are.
pub(super) fn all(scope: &Scope<'_>, call: &Call) -> Lowered<Part> {
    logic(scope, call, bool_and_udaf(), true)
}

fn logic(scope: &Scope<'_>, call: &Call, function: Arc<AggregateUDF>, of_nothing: bool) -> Lowered<Part> {
    let ignored = call.args.is("ignore_nulls");
    must(ignored, "`any` and `all` that heed nulls")?;
    let (me, filter) = scope.aggregated(call)?;
    must(me.kind == DataType::Boolean, "`any` and `all` of other types than booleans")?;
    let made = scope.aggregate(function, vec![me.expr], false, filter)?;
    Ok(one(coalesce(vec![made, lit(of_nothing)]), DataType::Boolean))
}
