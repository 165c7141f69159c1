//! Types of both sides of an operator, and values as another type: what Polars would make of them.

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Cast, Expr, Operator, TryCast, binary_expr, lit};
use pantile_core::frame::engine::array_of;
use pantile_core::lang::args::Literal;

use super::exact::Exact;
use super::parts::{Holds, Lowered, Not, Part, must, written};

pub(super) fn is_number(part: &Part) -> bool {
    is_number_type(&part.kind)
}

pub(super) fn is_number_type(kind: &DataType) -> bool {
    kind.is_integer() || matches!(kind, DataType::Float32 | DataType::Float64 | DataType::Decimal128(..))
}

/// Dates, and times on no clock in particular.
pub(super) fn is_plain_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Timestamp(_, None))
}

pub(super) fn is_zero(part: &Part) -> bool {
    match &part.holds {
        Holds::Written(Literal::Int(value)) => *value == 0,
        Holds::Written(Literal::Float(value)) => *value == 0.0,
        _ => false,
    }
}

/// The part as that type, to which it widens.
pub(super) fn typed(part: &Part, to: &DataType) -> Lowered<Expr> {
    if part.kind == *to {
        return Ok(part.expr.clone());
    }
    let Holds::Written(value) = &part.holds else { return Ok(cast_to(part.expr.clone(), &part.kind, to)) };
    let not = || Not::here(format!("a value as {to}"));
    let scalar = match (value, to) {
        (Literal::None, to) => ScalarValue::try_from(to)?,
        (Literal::Int(value), DataType::Float64) => ScalarValue::Float64(Some(*value as f64)),
        (Literal::Int(value), DataType::Float32) => ScalarValue::Float32(Some(*value as f32)),
        (Literal::Float(value), DataType::Float32) => ScalarValue::Float32(Some(*value as f32)),
        (Literal::Int(value), to) if to.is_integer() => {
            let value = i64::try_from(*value).map_err(|_| not())?;
            ScalarValue::Int64(Some(value)).cast_to(to).map_err(|_| not())?
        }
        (Literal::Int(value), DataType::Decimal128(precision, scale)) => {
            let most = u32::try_from(*scale).ok().and_then(|scale| 10_i128.checked_pow(scale));
            let value = most.and_then(|one| value.checked_mul(one)).ok_or_else(not)?;
            ScalarValue::Decimal128(Some(value), *precision, *scale)
        }
        _ => return Err(not()),
    };
    Ok(lit(scalar))
}

pub(in crate::programs) fn cast_to(expr: Expr, from: &DataType, to: &DataType) -> Expr {
    if from == to { expr } else { Expr::Cast(Cast::new(Box::new(expr), to.clone())) }
}

/// The low bits of a 64-bit number.
pub(super) fn narrow(expr: Expr, from: &DataType, to: &DataType) -> Expr {
    if from == to { expr } else { Exact::Wrap.of(vec![expr], to) }
}

/// The value as it is compared, sorted and grouped.
pub(in crate::programs) fn canonical(expr: Expr, kind: &DataType) -> Expr {
    if kind.is_floating() { Exact::Canonical.of(vec![expr], kind) } else { expr }
}

/// Refuses types that are not compared, sorted and grouped alike.
pub(in crate::programs) fn comparable(kind: &DataType) -> Lowered<()> {
    let alike = kind.is_integer()
        || matches!(
            kind,
            DataType::Boolean
                | DataType::Float32
                | DataType::Float64
                | DataType::Utf8View
                | DataType::BinaryView
                | DataType::Date32
                | DataType::Time64(_)
                | DataType::Timestamp(..)
                | DataType::Decimal128(..)
        );
    if alike { Ok(()) } else { Err(Not::here(format!("a comparison of {kind}"))) }
}

pub(super) fn compared(left: &Part, operator: Operator, right: &Part) -> Lowered<Expr> {
    let kind = common(left, right)?;
    let (left, right) = (typed(left, &kind)?, typed(right, &kind)?);
    Ok(binary_expr(canonical(left, &kind), operator, canonical(right, &kind)))
}

/// The type that both are compared as. Where Polars and DataFusion might choose another, there is none.
fn common(left: &Part, right: &Part) -> Lowered<DataType> {
    let (one, other) = (&left.kind, &right.kind);
    let not = || Err(Not::here(format!("a comparison of {one} and {other}")));
    let kind = match (&left.holds, &right.holds) {
        (Holds::Written(_), Holds::Written(_)) => return not(),
        (Holds::Written(value), _) => beside(value, other),
        (_, Holds::Written(value)) => beside(value, one),
        _ if one == other => Some(one.clone()),
        _ => wider(one, other),
    };
    let Some(kind) = kind else { return not() };
    comparable(&kind)?;
    Ok(kind)
}

/// The type that a written value is compared as with a column of type `kind`.
pub(super) fn beside(value: &Literal, kind: &DataType) -> Option<DataType> {
    match (value, kind) {
        (Literal::Bool(_), DataType::Boolean) | (Literal::Text(_), DataType::Utf8View) => Some(kind.clone()),
        (Literal::Int(_) | Literal::Float(_), DataType::Float32 | DataType::Float64) => Some(kind.clone()),
        (Literal::Int(value), kind) if kind.is_integer() => {
            let value = ScalarValue::Int64(Some(i64::try_from(*value).ok()?));
            value.cast_to(kind).ok().map(|_| kind.clone())
        }
        (Literal::Float(_), DataType::Int32 | DataType::Int64 | DataType::Decimal128(..)) => {
            Some(DataType::Float64)
        }
        (Literal::Int(value), DataType::Decimal128(precision, scale)) => {
            let whole = u32::from(precision.saturating_sub(scale.unsigned_abs()));
            (value.unsigned_abs() < 10_u128.checked_pow(whole)?).then(|| kind.clone())
        }
        (Literal::Moment(moment), kind) => (array_of(moment)?.data_type() == kind).then(|| kind.clone()),
        _ => None,
    }
}

fn wider(one: &DataType, other: &DataType) -> Option<DataType> {
    let small = |kind: &DataType| kind.is_integer() && kind.primitive_width().is_some_and(|width| width < 8);
    let signs = |kind: &DataType| kind.is_signed_integer();
    let (widest, least) = match one.primitive_width() >= other.primitive_width() {
        true => (one, other),
        false => (other, one),
    };
    if let (DataType::Decimal128(one, scale), DataType::Decimal128(other, other_scale)) = (one, other) {
        // As many digits before the point as both have, and behind it, if there is room.
        let behind = *scale.max(other_scale);
        let whole = (i16::from(*one) - i16::from(*scale)).max(i16::from(*other) - i16::from(*other_scale));
        let digits = u8::try_from(whole.saturating_add(i16::from(behind))).ok()?;
        return (digits <= DECIMAL128_MAX_PRECISION).then_some(DataType::Decimal128(digits, behind));
    }
    match (one.is_integer(), other.is_integer()) {
        (true, true) if signs(one) == signs(other) => Some(widest.clone()),
        (true, true) if small(one) && small(other) => Some(DataType::Int64),
        (false, false) if *widest == DataType::Float64 && *least == DataType::Float32 => {
            Some(DataType::Float64)
        }
        (true, false) | (false, true) if one == &DataType::Float64 || other == &DataType::Float64 => {
            Some(DataType::Float64)
        }
        _ => None,
    }
}

/// `cast`, where both engines make the same of a value.
pub(in crate::programs) fn cast(part: Part, to: &DataType, strict: bool) -> Lowered<Part> {
    let from = part.kind.clone();
    must(!part.is_written(), "`cast` of a value that is written")?;
    let number = |kind: &DataType| is_number_type(kind) && !kind.is_decimal();
    let alike = match (&from, to) {
        (from, to) if from == to => true,
        (from, to) if number(from) && number(to) => true,
        // Digits that are left out are rounded in different ways.
        (DataType::Decimal128(_, from), DataType::Decimal128(_, to)) => from <= to,
        (from, DataType::Decimal128(..)) => from.is_integer(),
        (DataType::Decimal128(..), to) => *to == DataType::Float64,
        (DataType::Boolean, to) => number(to) || *to == DataType::Utf8View,
        (from, DataType::Utf8View | DataType::Boolean) => from.is_integer(),
        (DataType::Date32, DataType::Timestamp(unit, None)) => *unit != TimeUnit::Nanosecond,
        (DataType::Timestamp(_, None), DataType::Date32) => true,
        _ => false,
    };
    if !alike {
        return Err(Not::here(format!("`cast` from {from} to {to}")));
    }
    let expr = match (from == *to, strict) {
        (true, _) => part.expr,
        (false, true) => Expr::Cast(Cast::new(Box::new(part.expr), to.clone())),
        (false, false) => Expr::TryCast(TryCast::new(Box::new(part.expr), to.clone())),
    };
    Ok(Part { expr, kind: to.clone(), holds: part.holds })
}

/// The part with `value` in place of its nulls, where they go together.
pub(in crate::programs) fn filled(part: Part, value: &Literal, to: &DataType) -> Lowered<Expr> {
    let fits = match value {
        Literal::Bool(_) => part.kind == DataType::Boolean,
        Literal::Int(_) | Literal::Float(_) => is_number(&part),
        Literal::Text(_) => part.kind == DataType::Utf8View,
        _ => return Err(Not::here("`fill_null` with such a value")),
    };
    match fits {
        true => Ok(coalesce(vec![typed(&part, to)?, typed(&written(value)?, to)?])),
        false => Ok(part.expr),
    }
}
