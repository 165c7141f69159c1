//! `round` and `trunc` of floating-point numbers to more places than there are. DataFusion moves the point and
//! back, and what does not fit in between becomes infinite or no number.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, FieldRef, Float32Type, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// DataFusion's function, with the number itself where there is nothing to round, and zero where all is rounded away.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Rounded(pub(super) Arc<ScalarUDF>);

impl ScalarUDFImpl for Rounded {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn aliases(&self) -> &[String] {
        self.0.aliases()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.0.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.0.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce_types(types)
    }

    fn evaluate_bounds(&self, inputs: &[&Interval]) -> Result<Interval> {
        self.0.evaluate_bounds(inputs)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.0.output_ordering(inputs)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.0.documentation()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (numbers, places) = (args.args.first().cloned(), args.args.get(1).cloned());
        let rounded = self.0.invoke_with_args(args)?;
        match (numbers, places) {
            (Some(numbers), Some(places)) if rounded.data_type().is_floating() => {
                mended(&numbers, &places, rounded)
            }
            _ => Ok(rounded),
        }
    }
}

fn mended(numbers: &ColumnarValue, places: &ColumnarValue, rounded: ColumnarValue) -> Result<ColumnarValue> {
    let one = matches!(rounded, ColumnarValue::Scalar(_));
    let arrays = ColumnarValue::values_to_arrays(&[numbers.clone(), places.clone(), rounded.clone()])?;
    let [numbers, places, values] = arrays.as_slice() else { return Ok(rounded) };
    let places = arrow::compute::cast(places, &DataType::Int64)?;
    let mended: ArrayRef = match values.data_type() {
        DataType::Float32 => Arc::new(finite::<Float32Type>(numbers, &places, values)?),
        DataType::Float64 => Arc::new(finite::<Float64Type>(numbers, &places, values)?),
        _ => return Ok(rounded),
    };
    match one {
        true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&mended, 0)?)),
        false => Ok(ColumnarValue::Array(mended)),
    }
}

fn finite<T: ArrowPrimitiveType>(
    numbers: &ArrayRef,
    places: &ArrayRef,
    values: &ArrayRef,
) -> Result<PrimitiveArray<T>, DataFusionError>
where
    T::Native: ArrowNativeTypeOp + Into<f64>,
{
    let numbers = arrow::compute::cast(numbers, &T::DATA_TYPE)?;
    let (numbers, values) = (numbers.as_primitive::<T>(), values.as_primitive::<T>());
    let rows = numbers.iter().zip(places.as_primitive::<Int64Type>()).zip(values);
    Ok(rows
        .map(|((number, places), value)| {
            let (number, places, value) = (number?, places?, value?);
            match Into::<f64>::into(number).is_finite() && !Into::<f64>::into(value).is_finite() {
                true if places < 0 => Some(T::Native::ZERO),
                true => Some(number),
                false => Some(value),
            }
        })
        .collect())
}
