//! What Polars computes and DataFusion would compute otherwise, as functions: whole numbers that wrap around, division
//! that rounds down, floats of which NaN is one value and zero another.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::compute::kernels::numeric;
use arrow::compute::{binary, cast, try_binary};
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, DecimalType, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// What is computed, of arguments that are all of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::programs) enum Exact {
    /// `a + b`, which wraps around.
    Add,
    /// `a - b`, which wraps around.
    Subtract,
    /// `a * b`, which wraps around.
    Multiply,
    /// `a // b`; a whole number by zero is null.
    FloorDivide,
    /// `a % b`, with the sign of `b`; a whole number by zero is null.
    Remainder,
    /// `a // b` of a number `b` that is the same for all rows: Polars multiplies by what it is the inverse of.
    FloorDivideBy,
    /// `a % b`, the same way.
    RemainderBy,
    /// The low bits of a 64-bit number, as many as the type has.
    Wrap,
    /// `-a`.
    Negate,
    /// The number without its sign.
    Magnitude,
    /// One NaN, one zero: as values are compared, sorted and grouped.
    Canonical,
    /// The number; null where it is NaN.
    Number,
    /// A double as a whole number that is as large among its like.
    Ordinal,
    /// The double that is so large.
    OfOrdinal,
    /// Rounded to so many decimals, half to even.
    RoundEven(u32),
    /// Rounded to so many decimals, half away from zero.
    RoundAway(u32),
    /// Rounded down.
    Floor,
    /// Rounded up.
    Ceil,
    /// The square root.
    Sqrt,
    /// `e` to the power of it.
    Exp,
    /// `log(a, b)`.
    Log,
    /// `a ** b`.
    Power,
    /// The value, which may be null as far as anybody knows.
    MayBeNull,
}

impl Exact {
    /// The function, called, with an answer of that type.
    pub(in crate::programs) fn of(self, args: Vec<Expr>, data_type: &DataType) -> Expr {
        // What is computed while planning is a value that is known not to be null.
        let volatility = if self == Self::MayBeNull { Volatility::Volatile } else { Volatility::Immutable };
        let signature = Signature::any(args.len(), volatility);
        ScalarUDF::new_from_impl(Function { exact: self, data_type: data_type.clone(), signature }).call(args)
    }
}

/// One of them, as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    exact: Exact,
    data_type: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.exact {
            Exact::Add => "wrapping_add",
            Exact::Subtract => "wrapping_subtract",
            Exact::Multiply => "wrapping_multiply",
            Exact::FloorDivide => "floor_divide",
            Exact::Remainder => "floor_remainder",
            Exact::FloorDivideBy => "floor_divide_by",
            Exact::RemainderBy => "floor_remainder_by",
            Exact::Wrap => "wrap",
            Exact::Negate => "wrapping_negate",
            Exact::Magnitude => "wrapping_abs",
            Exact::Canonical => "canonical",
            Exact::Number => "number",
            Exact::Ordinal => "ordinal",
            Exact::OfOrdinal => "of_ordinal",
            Exact::RoundEven(_) => "round_half_even",
            Exact::RoundAway(_) => "round_half_away",
            Exact::Floor => "floor_float",
            Exact::Ceil => "ceil_float",
            Exact::Sqrt => "sqrt_float",
            Exact::Exp => "exp_float",
            Exact::Log => "log_float",
            Exact::Power => "power_float",
            Exact::MayBeNull => "may_be_null",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let one = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let made = match arrays.as_slice() {
            [values] => self.exact.one(values, &self.data_type)?,
            [left, right] => self.exact.two(left, right)?,
            _ => return internal_err!("{} takes one argument or two", self.name()),
        };
        match one {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?)),
            false => Ok(ColumnarValue::Array(made)),
        }
    }
}

impl Exact {
    fn one(self, values: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
        match (self, values.data_type()) {
            (Self::MayBeNull, _) => Ok(Arc::clone(values)),
            (Self::Wrap, _) => wrapped(values, to),
            (Self::Negate, kind) if kind.is_signed_integer() => Ok(numeric::neg_wrapping(values)?),
            (Self::Magnitude, DataType::Int8) => Ok(whole::<Int8Type>(values, i8::wrapping_abs)),
            (Self::Magnitude, DataType::Int16) => Ok(whole::<Int16Type>(values, i16::wrapping_abs)),
            (Self::Magnitude, DataType::Int32) => Ok(whole::<Int32Type>(values, i32::wrapping_abs)),
            (Self::Magnitude, DataType::Int64) => Ok(whole::<Int64Type>(values, i64::wrapping_abs)),
            (Self::Ordinal, DataType::Float64) => {
                let doubles = values.as_primitive::<Float64Type>();
                Ok(Arc::new(doubles.unary::<_, Int64Type>(|x| flipped(x.to_bits() as i64))))
            }
            (Self::OfOrdinal, DataType::Int64) => {
                let ordinals = values.as_primitive::<Int64Type>();
                Ok(Arc::new(ordinals.unary::<_, Float64Type>(|x| f64::from_bits(flipped(x) as u64))))
            }
            (Self::Number, DataType::Float32) => {
                let numbers = values.as_primitive::<Float32Type>();
                Ok(Arc::new(numbers.unary_opt::<_, Float32Type>(|x| (!x.is_nan()).then_some(x))))
            }
            (Self::Number, DataType::Float64) => {
                let numbers = values.as_primitive::<Float64Type>();
                Ok(Arc::new(numbers.unary_opt::<_, Float64Type>(|x| (!x.is_nan()).then_some(x))))
            }
            (_, DataType::Float32) => self.float32(values),
            (_, DataType::Float64) => self.float64(values),
            (_, kind) => internal_err!("{self:?} of {kind}"),
        }
    }

    fn float64(self, values: &ArrayRef) -> Result<ArrayRef> {
        let work: Box<dyn Fn(f64) -> f64> = match self {
            Self::Negate => Box::new(|x: f64| -x),
            Self::Magnitude => Box::new(f64::abs),
            Self::Canonical => Box::new(canonical),
            Self::RoundEven(decimals) => Box::new(move |x| rounded(x, decimals, f64::round_ties_even)),
            Self::RoundAway(decimals) => Box::new(move |x| rounded(x, decimals, f64::round)),
            Self::Floor => Box::new(f64::floor),
            Self::Ceil => Box::new(f64::ceil),
            Self::Sqrt => Box::new(f64::sqrt),
            Self::Exp => Box::new(f64::exp),
            _ => return internal_err!("{self:?} of floats"),
        };
        Ok(whole::<Float64Type>(values, work))
    }

    fn float32(self, values: &ArrayRef) -> Result<ArrayRef> {
        let work: Box<dyn Fn(f32) -> f32> = match self {
            Self::Negate => Box::new(|x: f32| -x),
            Self::Magnitude => Box::new(f32::abs),
            // Every value of 32 bits is one of 64.
            Self::Canonical => Box::new(|x| canonical(f64::from(x)) as f32),
            Self::RoundEven(decimals) => Box::new(move |x| rounded32(x, decimals, f64::round_ties_even)),
            Self::RoundAway(decimals) => Box::new(move |x| rounded32(x, decimals, f64::round)),
            Self::Floor => Box::new(f32::floor),
            Self::Ceil => Box::new(f32::ceil),
            Self::Sqrt => Box::new(f32::sqrt),
            Self::Exp => Box::new(f32::exp),
            _ => return internal_err!("{self:?} of floats"),
        };
        Ok(whole::<Float32Type>(values, work))
    }

    fn two(self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        match (self, left.data_type()) {
            (Self::Multiply, DataType::Decimal128(_, scale)) => products(left, right, *scale),
            (Self::Add, _) => Ok(numeric::add_wrapping(left, right)?),
            (Self::Subtract, _) => Ok(numeric::sub_wrapping(left, right)?),
            (Self::Multiply, _) => Ok(numeric::mul_wrapping(left, right)?),
            (Self::FloorDivide, DataType::Int64) => {
                pairs::<Int64Type>(left, right, |a, b| (b != 0).then(|| floor_divided(a, b).0))
            }
            (Self::Remainder, DataType::Int64) => {
                pairs::<Int64Type>(left, right, |a, b| (b != 0).then(|| floor_divided(a, b).1))
            }
            (Self::FloorDivide, DataType::UInt64) => pairs::<UInt64Type>(left, right, u64::checked_div),
            (Self::Remainder, DataType::UInt64) => pairs::<UInt64Type>(left, right, u64::checked_rem),
            (_, DataType::Float64) => self.floats64(left, right),
            (_, DataType::Float32) => self.floats32(left, right),
            (_, kind) => internal_err!("{self:?} of {kind}"),
        }
    }

    fn floats64(self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        let work = match self {
            Self::FloorDivide => |a: f64, b: f64| (a / b).floor(),
            Self::Remainder => |a: f64, b: f64| a - b * (a / b).floor(),
            Self::FloorDivideBy => |a: f64, b: f64| (a * (1.0 / b)).floor(),
            Self::RemainderBy => |a: f64, b: f64| a - b * (a * (1.0 / b)).floor(),
            Self::Log => f64::log,
            Self::Power => powered,
            _ => return internal_err!("{self:?} of floats"),
        };
        let (left, right) = (left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>());
        let made: PrimitiveArray<Float64Type> = binary(left, right, work)?;
        Ok(Arc::new(made))
    }

    fn floats32(self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        let work = match self {
            Self::FloorDivide => |a: f32, b: f32| (a / b).floor(),
            Self::Remainder => |a: f32, b: f32| a - b * (a / b).floor(),
            Self::FloorDivideBy => |a: f32, b: f32| (a * (1.0 / b)).floor(),
            Self::RemainderBy => |a: f32, b: f32| a - b * (a * (1.0 / b)).floor(),
            Self::Log => f32::log,
            _ => return internal_err!("{self:?} of floats"),
        };
        let (left, right) = (left.as_primitive::<Float32Type>(), right.as_primitive::<Float32Type>());
        let made: PrimitiveArray<Float32Type> = binary(left, right, work)?;
        Ok(Arc::new(made))
    }
}

fn whole<T: ArrowPrimitiveType>(values: &ArrayRef, work: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    Arc::new(values.as_primitive::<T>().unary::<_, T>(work))
}

fn pairs<T: ArrowPrimitiveType>(
    left: &ArrayRef,
    right: &ArrayRef,
    work: impl Fn(T::Native, T::Native) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let rows = left.as_primitive::<T>().iter().zip(right.as_primitive::<T>());
    let made: PrimitiveArray<T> = rows.map(|(left, right)| work(left?, right?)).collect();
    Ok(Arc::new(made))
}

/// Products of decimals with as many digits behind the point as each side has, half to even.
fn products(left: &ArrayRef, right: &ArrayRef, scale: i8) -> Result<ArrayRef> {
    let (one, other) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
    let unit = 10_i128.wrapping_pow(u32::from(scale.unsigned_abs()));
    let made: PrimitiveArray<Decimal128Type> = try_binary(one, other, |a, b| {
        let rounded = divided(a, b, unit).and_then(|(quotient, rest)| {
            let up = match rest.unsigned_abs().saturating_mul(2).cmp(&unit.unsigned_abs()) {
                Ordering::Less => false,
                Ordering::Equal => quotient % 2 != 0,
                Ordering::Greater => true,
            };
            let away = if (a < 0) == (b < 0) { 1 } else { -1 };
            quotient.checked_add(if up { away } else { 0 })
        });
        let fits = rounded
            .filter(|made| Decimal128Type::is_valid_decimal_precision(*made, DECIMAL128_MAX_PRECISION));
        fits.ok_or_else(|| {
            ArrowError::ArithmeticOverflow(format!("overflow in decimal multiplication for {a} * {b}"))
        })
    })?;
    Ok(Arc::new(made.with_precision_and_scale(DECIMAL128_MAX_PRECISION, scale)?))
}

/// The quotient of `a * b` by `unit`, rounded to zero, and what remains, in as few bits as they take: most products of
/// prices and rates take 64, which are divided ten times as fast as 256.
fn divided(a: i128, b: i128, unit: i128) -> Option<(i128, i128)> {
    let Some(product) = a.checked_mul(b) else {
        let (product, unit) = (i256::from_i128(a).wrapping_mul(i256::from_i128(b)), i256::from_i128(unit));
        return product.wrapping_div(unit).to_i128().zip(product.wrapping_rem(unit).to_i128());
    };
    match (i64::try_from(product), i64::try_from(unit)) {
        (Ok(product), Ok(unit)) => {
            Some((product.checked_div(unit)?.into(), product.checked_rem(unit)?.into()))
        }
        _ => Some((product.checked_div(unit)?, product.checked_rem(unit)?)),
    }
}

/// The quotient, rounded down, and what remains; `b` is not zero.
fn floor_divided(a: i64, b: i64) -> (i64, i64) {
    let (quotient, remainder) = (a.wrapping_div(b), a.wrapping_rem(b));
    match remainder != 0 && (remainder < 0) != (b < 0) {
        true => (quotient.wrapping_sub(1), remainder.wrapping_add(b)),
        false => (quotient, remainder),
    }
}

/// The bits of a double, of which those of a negative one grow as it falls.
fn flipped(bits: i64) -> i64 {
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// As Polars does where the exponent is one for all rows: small whole ones are products, and a half is the square root.
fn powered(x: f64, exponent: f64) -> f64 {
    match exponent {
        0.5 => x.sqrt(),
        whole if (1.0..10.0).contains(&whole) && whole.fract() == 0.0 => {
            (1..whole as u8).fold(x, |product, _| product * x)
        }
        _ => x.powf(exponent),
    }
}

fn canonical(x: f64) -> f64 {
    // Minus zero and zero is zero.
    if x.is_nan() { f64::NAN } else { x + 0.0 }
}

/// As Polars rounds: to as many places as there are in a double, by a power of ten that is one, too.
fn rounded(x: f64, decimals: u32, round: fn(f64) -> f64) -> f64 {
    if decimals == 0 {
        return round(x);
    }
    let many = 10_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX));
    let made = round(x * many) / many;
    if made.is_finite() { made } else { x }
}

fn rounded32(x: f32, decimals: u32, round: fn(f64) -> f64) -> f32 {
    if decimals == 0 {
        return round(f64::from(x)) as f32;
    }
    let many = 10_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX));
    let made = (round(f64::from(x) * many) / many) as f32;
    if made.is_finite() { made } else { x }
}

/// The low bits.
fn wrapped(values: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    // Both are 64 bits; which bits are there is the same.
    let bits: PrimitiveArray<UInt64Type> = match values.data_type() {
        DataType::Int64 => values.as_primitive::<Int64Type>().unary(|x| x as u64),
        _ => cast(values, &DataType::UInt64)?.as_primitive::<UInt64Type>().clone(),
    };
    Ok(match to {
        DataType::Int8 => Arc::new(bits.unary::<_, Int8Type>(|x| x as i8)),
        DataType::Int16 => Arc::new(bits.unary::<_, Int16Type>(|x| x as i16)),
        DataType::Int32 => Arc::new(bits.unary::<_, Int32Type>(|x| x as i32)),
        DataType::Int64 => Arc::new(bits.unary::<_, Int64Type>(|x| x as i64)),
        DataType::UInt8 => Arc::new(bits.unary::<_, UInt8Type>(|x| x as u8)),
        DataType::UInt16 => Arc::new(bits.unary::<_, UInt16Type>(|x| x as u16)),
        DataType::UInt32 => Arc::new(bits.unary::<_, UInt32Type>(|x| x as u32)),
        DataType::UInt64 => Arc::new(bits),
        other => return internal_err!("a whole number is wrapped to {other}"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quotients_are_rounded_down() {
        for (a, b, made) in [(7, 2, (3, 1)), (-7, 2, (-4, 1)), (7, -2, (-4, -1)), (-7, -2, (3, -1))] {
            assert_eq!(floor_divided(a, b), made, "{a} // {b}");
        }
        assert_eq!(floor_divided(i64::MIN, -1), (i64::MIN, 0));
    }

    #[test]
    fn ordinals_are_in_the_order_of_their_doubles() {
        let doubles =
            [f64::NEG_INFINITY, f64::MIN, -1.0, -f64::MIN_POSITIVE, 0.0, 1.0, f64::INFINITY, f64::NAN];
        let ordinals = doubles.map(|x| flipped(x.to_bits() as i64));
        assert!(ordinals.is_sorted());
        assert_eq!(ordinals.map(|x| flipped(x) as u64), doubles.map(f64::to_bits));
    }

    #[test]
    fn products_are_rounded_half_to_even() {
        let decimals = |values: Vec<i128>| -> ArrayRef {
            let held = PrimitiveArray::<Decimal128Type>::from_iter_values(values);
            Arc::new(held.with_precision_and_scale(DECIMAL128_MAX_PRECISION, 2).unwrap())
        };
        // 0.05 * 0.50, 0.15 * 0.10, -0.15 * 0.10, 1.00 * -0.03
        let made = products(&decimals(vec![5, 15, -15, 100]), &decimals(vec![50, 10, 10, -3]), 2).unwrap();
        assert_eq!(made.as_primitive::<Decimal128Type>().values(), &[2, 2, -2, -3]);
        // Of 10^20 * 2.5 and 10^30 * 2.5, the products take 128 and 256 bits.
        let wide = decimals(vec![10_i128.pow(20), -(10_i128.pow(30))]);
        let made = products(&wide, &decimals(vec![250, 10_i128.pow(9) + 50]), 2).unwrap();
        let values = [25 * 10_i128.pow(19), -(10_i128.pow(37) + 5 * 10_i128.pow(29))];
        assert_eq!(made.as_primitive::<Decimal128Type>().values(), &values);
        assert!(products(&decimals(vec![10_i128.pow(37)]), &decimals(vec![10_i128.pow(37)]), 2).is_err());
    }

    #[test]
    fn numbers_wrap_around() {
        let values: ArrayRef = Arc::new(arrow::array::Int64Array::from(vec![300, -1]));
        let made = wrapped(&values, &DataType::UInt8).unwrap();
        assert_eq!(made.as_primitive::<UInt8Type>().values(), &[44, 255]);
    }
}
