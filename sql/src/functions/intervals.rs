//! `INTERVAL '1 month' * 3`, for which DataFusion has no operator.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::try_binary;
use arrow::datatypes::{DataType, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use arrow::error::ArrowError;
use datafusion::common::{DFSchema, Result, ScalarValue, internal_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// Plans the operator as a function.
#[derive(Debug)]
pub(super) struct Intervals;

impl ExprPlanner for Intervals {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if expr.op != BinaryOperator::Multiply {
            return Ok(PlannerResult::Original(expr));
        }
        let (left, right) = (expr.left.get_type(schema)?, expr.right.get_type(schema)?);
        let (interval, times) = match (&left, &right) {
            (DataType::Interval(_), times) if times.is_integer() => (expr.left, expr.right),
            (times, DataType::Interval(_)) if times.is_integer() => (expr.right, expr.left),
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let arguments = vec![interval.cast_to(&INTERVAL, schema)?, times.cast_to(&DataType::Int64, schema)?];
        let signature = Signature::exact(vec![INTERVAL, DataType::Int64], Volatility::Immutable);
        let multiply = ScalarUDF::new_from_impl(Multiply { signature });
        Ok(PlannerResult::Planned(multiply.call(arguments)))
    }
}

/// An interval so many times, each of its parts on its own.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Multiply {
    signature: Signature,
}

impl ScalarUDFImpl for Multiply {
    fn name(&self) -> &str {
        "interval_multiply"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(INTERVAL)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let one = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [intervals, times] = arrays.as_slice() else {
            return internal_err!("{} takes two arguments", self.name());
        };
        let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
        let products: ArrayRef = Arc::new(try_binary::<_, _, _, IntervalMonthDayNanoType>(
            intervals,
            times.as_primitive::<Int64Type>(),
            |interval, times| {
                let said = "an interval has too many months or days when it is multiplied";
                multiplied(interval, times).ok_or_else(|| ArrowError::ComputeError(said.to_owned()))
            },
        )?);
        match one {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&products, 0)?)),
            false => Ok(ColumnarValue::Array(products)),
        }
    }
}

fn multiplied(interval: IntervalMonthDayNano, times: i64) -> Option<IntervalMonthDayNano> {
    let part = |part: i32| i32::try_from(i64::from(part).checked_mul(times)?).ok();
    let nanoseconds = interval.nanoseconds.checked_mul(times)?;
    Some(IntervalMonthDayNano { months: part(interval.months)?, days: part(interval.days)?, nanoseconds })
}
