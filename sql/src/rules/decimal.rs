//! Decimal arithmetic on values that fit 64 bits, which is nearly all there are.
//!
//! Arrow multiplies and adds 128-bit decimals with an overflow check on every element, and a 128-bit checked
//! multiplication is a function call. Where both operands fit 64 bits the product cannot overflow and is one
//! instruction: so it is computed that way, while looking whether they all fit; if one does not, the batch
//! is computed again by Arrow. The answer is the same to the last bit, type included.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Datum, Decimal128Array, Scalar};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DataType, Decimal128Type, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

/// The function for that operator on values of those types, where it is one of ours.
pub(super) fn operation(op: Operator, left: &DataType, right: &DataType) -> Option<ScalarUDF> {
    let arithmetic = NarrowArithmetic::of(op, left, right)?;
    let planned = BinaryTypeCoercer::new(left, &op, right).get_result_type().ok()?;
    (arithmetic.result == planned).then(|| ScalarUDF::new_from_impl(arithmetic))
}

/// The function's type, where it is one of ours.
pub(super) fn type_of(function: &ScalarUDF) -> Option<&DataType> {
    function.inner().downcast_ref::<NarrowArithmetic>().map(|arithmetic| &arithmetic.result)
}

/// One of the three operations, as a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Multiply,
    Add,
    Subtract,
}

impl Operation {
    /// The type that Arrow gives the result, by the rules of Hive; nothing where it is not for us.
    fn result(self, left: &DataType, right: &DataType) -> Option<DataType> {
        let (DataType::Decimal128(left_digits, left_scale), DataType::Decimal128(right_digits, right_scale)) =
            (left, right)
        else {
            return None;
        };
        let digits = |digits: i16| u8::try_from(digits.clamp(1, 38)).ok();
        let (left_digits, right_digits) = (i16::from(*left_digits), i16::from(*right_digits));
        let (left_scale, right_scale) = (i16::from(*left_scale), i16::from(*right_scale));
        let (precision, scale) = match self {
            Self::Multiply => {
                (left_digits.checked_add(right_digits)?.checked_add(1)?, left_scale.checked_add(right_scale)?)
            }
            Self::Add | Self::Subtract => {
                let scale = left_scale.max(right_scale);
                let whole = left_digits.checked_sub(left_scale)?.max(right_digits.checked_sub(right_scale)?);
                (scale.checked_add(whole)?.checked_add(1)?, scale)
            }
        };
        let scale = i8::try_from(scale).ok().filter(|scale| (0..=38).contains(scale))?;
        Some(DataType::Decimal128(digits(precision)?, scale))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NarrowArithmetic {
    operation: Operation,
    result: DataType,
    signature: Signature,
}

impl NarrowArithmetic {
    fn of(op: Operator, left: &DataType, right: &DataType) -> Option<Self> {
        let operation = match op {
            Operator::Multiply => Operation::Multiply,
            Operator::Plus => Operation::Add,
            Operator::Minus => Operation::Subtract,
            _ => return None,
        };
        let result = operation.result(left, right)?;
        Some(Self { operation, result, signature: Signature::any(2, Volatility::Immutable) })
    }

    fn arrow(&self, left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef> {
        let result = match self.operation {
            Operation::Multiply => numeric::mul(left, right),
            Operation::Add => numeric::add(left, right),
            Operation::Subtract => numeric::sub(left, right),
        };
        Ok(result?)
    }
}

impl ScalarUDFImpl for NarrowArithmetic {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Multiply => "decimal_multiply",
            Operation::Add => "decimal_add",
            Operation::Subtract => "decimal_subtract",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.result.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        super::arithmetic::field(self.name(), &self.result, &args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let result_type = args.return_field.data_type().clone();
        let [left, right] = args.args.as_slice() else {
            return internal_err!("{} takes two arguments", self.name());
        };
        let (left, right) = (Operand::of(left)?, Operand::of(right)?);
        let scalar = left.scalar && right.scalar;
        let narrow = self.narrow(&left, &right, &result_type);
        let result = match narrow {
            Some(result) => Arc::new(result) as ArrayRef,
            None => self.arrow(left.datum().as_ref(), right.datum().as_ref())?,
        };
        if scalar {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}

impl NarrowArithmetic {
    /// The result, where every value that counts fits 64 bits.
    fn narrow(&self, left: &Operand, right: &Operand, result: &DataType) -> Option<Decimal128Array> {
        let (a, b) =
            (left.values.as_primitive::<Decimal128Type>(), right.values.as_primitive::<Decimal128Type>());
        let DataType::Decimal128(precision, scale) = result else { return None };
        let factor = |from: i8| 10_i64.checked_pow(u32::try_from(scale.checked_sub(from)?).ok()?);
        let values = match self.operation {
            Operation::Multiply => {
                pairs(left, right, a, b, |a, b| i128::from(a).wrapping_mul(i128::from(b)))?
            }
            operation => {
                let (a_factor, b_factor) = (i128::from(factor(a.scale())?), i128::from(factor(b.scale())?));
                // 64 bits times 63 bits, twice, is less than 128: nothing wraps.
                match operation {
                    Operation::Add => pairs(left, right, a, b, |a, b| {
                        i128::from(a)
                            .wrapping_mul(a_factor)
                            .wrapping_add(i128::from(b).wrapping_mul(b_factor))
                    })?,
                    _ => pairs(left, right, a, b, |a, b| {
                        i128::from(a)
                            .wrapping_mul(a_factor)
                            .wrapping_sub(i128::from(b).wrapping_mul(b_factor))
                    })?,
                }
            }
        };
        let nulls = match (left.scalar, right.scalar) {
            (false, false) => NullBuffer::union(a.nulls(), b.nulls()),
            (true, false) => b.nulls().cloned(),
            _ => a.nulls().cloned(),
        };
        Decimal128Array::new(values.into(), nulls).with_precision_and_scale(*precision, *scale).ok()
    }
}

/// `compute` over both, element by element, unless a value does not fit 64 bits. Values under a null are
/// computed as well, to no effect: without a branch the loop is a few instructions an element.
fn pairs(
    left: &Operand,
    right: &Operand,
    a: &Decimal128Array,
    b: &Decimal128Array,
    compute: impl Fn(i64, i64) -> i128,
) -> Option<Vec<i128>> {
    // A null constant makes all null: rare, and Arrow's to answer.
    let constant = |operand: &Operand, array: &Decimal128Array| {
        (operand.scalar && array.is_valid(0)).then(|| array.value(0))
    };
    let mut wide = 0_i128;
    let mut narrow = |value: i128| {
        let low = value as i64;
        wide |= value ^ i128::from(low);
        low
    };
    let values: Vec<i128> = match (left.scalar, right.scalar) {
        (true, true) => {
            let (a, b) = (narrow(constant(left, a)?), narrow(constant(right, b)?));
            vec![compute(a, b)]
        }
        (true, false) => {
            let a = narrow(constant(left, a)?);
            b.values().iter().map(|b| compute(a, narrow(*b))).collect()
        }
        (false, true) => {
            let b = narrow(constant(right, b)?);
            a.values().iter().map(|a| compute(narrow(*a), b)).collect()
        }
        (false, false) => {
            a.values().iter().zip(b.values()).map(|(a, b)| compute(narrow(*a), narrow(*b))).collect()
        }
    };
    (wide == 0).then_some(values)
}

/// An argument: a column, or a constant as an array of one.
struct Operand {
    values: ArrayRef,
    scalar: bool,
}

impl Operand {
    fn of(value: &ColumnarValue) -> Result<Self> {
        Ok(match value {
            ColumnarValue::Array(values) => Self { values: Arc::clone(values), scalar: false },
            ColumnarValue::Scalar(value) => Self { values: value.to_array()?, scalar: true },
        })
    }

    fn datum(&self) -> Box<dyn Datum> {
        if self.scalar {
            Box::new(Scalar::new(Arc::clone(&self.values)))
        } else {
            Box::new(Arc::clone(&self.values))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use arrow::datatypes::Field;
    use datafusion::common::ScalarValue;
    use datafusion::common::config::ConfigOptions;
    use proptest::prelude::*;

    use super::*;

    fn column(values: Vec<Option<i128>>, scale: i8) -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(38 - 10, scale).unwrap())
    }

    fn check(op: Operator, left: ColumnarValue, right: ColumnarValue, rows: usize) {
        let function = NarrowArithmetic::of(op, &left.data_type(), &right.data_type()).unwrap();
        let (a, b) = (Operand::of(&left).unwrap(), Operand::of(&right).unwrap());
        let expected = function.arrow(a.datum().as_ref(), b.datum().as_ref());
        let result = function.result.clone();
        let got = function.invoke_with_args(ScalarFunctionArgs {
            arg_fields: vec![],
            args: vec![left, right],
            number_rows: rows,
            return_field: Arc::new(Field::new("r", result, true)),
            config_options: Arc::new(ConfigOptions::new()),
        });
        match (expected, got) {
            (Ok(expected), Ok(ColumnarValue::Array(got))) => assert_eq!(&expected, &got),
            (Ok(expected), Ok(ColumnarValue::Scalar(got))) => {
                assert_eq!(ScalarValue::try_from_array(&expected, 0).unwrap(), got);
            }
            (Err(expected), Err(got)) => {
                assert!(got.to_string().contains(&expected.to_string().split(':').next().unwrap()[..5]))
            }
            (expected, got) => panic!("Arrow says {expected:?}, we say {got:?}"),
        }
    }

    fn value() -> impl Strategy<Value = Option<i128>> {
        prop_oneof![
            4 => any::<i32>().prop_map(|value| Some(value.into())),
            1 => any::<i64>().prop_map(|value| Some(value.into())),
            1 => (-(10_i128.pow(26))..10_i128.pow(26)).prop_map(Some),
            1 => Just(None),
        ]
    }

    proptest! {
        #[test]
        fn the_same_as_arrow(
            rows in prop::collection::vec((value(), value()), 1..40), left_scale in 0_i8..6, right_scale in 0_i8..6, shape in 0..4,
        ) {
            let (left, right): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let count = left.len();
            let constant = |value: Option<i128>, scale| ColumnarValue::Scalar(ScalarValue::Decimal128(value, 28, scale));
            let left = if shape & 1 == 0 { ColumnarValue::Array(column(left, left_scale)) } else { constant(left[0], left_scale) };
            let right = if shape & 2 == 0 { ColumnarValue::Array(column(right, right_scale)) } else { constant(right[0], right_scale) };
            for op in [Operator::Multiply, Operator::Plus, Operator::Minus] {
                check(op, left.clone(), right.clone(), count);
            }
        }
    }
}
