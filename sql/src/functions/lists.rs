//! How long lists become.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type, IntervalMonthDayNanoType, TimeUnit};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use super::guard::Size;
use super::text::{Counts, rows};

const DAY_NANOS: i128 = 86_400_000_000_000;

/// Bytes of one element of the argument, on average; never none, for a list of nulls takes room, too.
fn element(value: Option<&ColumnarValue>) -> u64 {
    match value {
        Some(ColumnarValue::Scalar(scalar)) => match scalar {
            ScalarValue::Utf8(Some(text))
            | ScalarValue::LargeUtf8(Some(text))
            | ScalarValue::Utf8View(Some(text)) => (text.len() as u64).saturating_add(16),
            other => scalar_bytes(other),
        },
        Some(ColumnarValue::Array(values)) => {
            (values.get_array_memory_size() as u64).div_ceil(values.len().max(1) as u64).max(8)
        }
        None => 8,
    }
}

fn scalar_bytes(scalar: &ScalarValue) -> u64 {
    match scalar.data_type().primitive_width() {
        Some(width) => width as u64,
        None => (scalar.size() as u64).max(8),
    }
}

/// `array_repeat(element, times)`.
pub(super) fn repeat(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let (bytes, times) = (element(args.args.first()), Counts::of(args.args.get(1))?);
    Ok(Size::of((0..rows(args)).map(|row| bytes.saturating_mul(times.at(row)))))
}

/// `array_resize(list, length, fill)`.
pub(super) fn resize(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let (bytes, length) = (element(args.args.get(2)).max(8), Counts::of(args.args.get(1))?);
    Ok(Size::of((0..rows(args)).map(|row| bytes.saturating_mul(length.at(row)))))
}

/// `array_concat(a, b, …)`.
pub(super) fn concat(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let rows = rows(args) as u64;
    let total = args.args.iter().fold(0_u64, |sum, arg| {
        sum.saturating_add(match arg {
            ColumnarValue::Array(values) => values.get_array_memory_size() as u64,
            ColumnarValue::Scalar(scalar) => (scalar.size() as u64).saturating_mul(rows),
        })
    });
    Ok(Size { value: total.div_ceil(rows.max(1)), total })
}

/// `range(start, stop, step)` and `generate_series`, over numbers, dates and times.
pub(super) fn range(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let numbers = args.args.iter().map(positions).collect::<Result<Vec<_>, _>>()?;
    let at = |list: &Vec<Option<i128>>, row: usize| match list.as_slice() {
        [one] => *one,
        many => many.get(row).copied().flatten(),
    };
    Ok(Size::of((0..rows(args)).map(|row| {
        let bounds = match numbers.as_slice() {
            [stop] => (Some(0), at(stop, row), Some(1)),
            [start, stop] => (at(start, row), at(stop, row), Some(1)),
            [start, stop, step, ..] => (at(start, row), at(stop, row), at(step, row)),
            [] => (None, None, None),
        };
        match bounds {
            (Some(start), Some(stop), Some(step)) if step != 0 => {
                let steps =
                    stop.saturating_sub(start).checked_div(step).unwrap_or(0).max(0).saturating_add(1);
                u64::try_from(steps).unwrap_or(u64::MAX).saturating_mul(8)
            }
            _ => 0,
        }
    })))
}

/// A number as itself; a date, time or interval as nanoseconds. One entry for a scalar, else one a row.
fn positions(value: &ColumnarValue) -> Result<Vec<Option<i128>>, DataFusionError> {
    let values = match value {
        ColumnarValue::Array(values) => std::sync::Arc::clone(values),
        ColumnarValue::Scalar(scalar) => scalar.to_array()?,
    };
    let whole = |to: &DataType, factor: i128| -> Result<Vec<Option<i128>>, DataFusionError> {
        let first = arrow::compute::cast(&values, to)?;
        let numbers = arrow::compute::cast(&first, &DataType::Int64)?;
        let numbers = numbers.as_primitive::<Int64Type>();
        Ok(numbers
            .iter()
            .map(|number| number.map(|number| i128::from(number).saturating_mul(factor)))
            .collect())
    };
    match values.data_type() {
        DataType::Date32 => whole(&DataType::Int32, DAY_NANOS),
        DataType::Date64 => whole(&DataType::Int64, 1_000_000),
        DataType::Timestamp(_, zone) => whole(&DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()), 1),
        DataType::Interval(_) => {
            let unit = DataType::Interval(arrow::datatypes::IntervalUnit::MonthDayNano);
            let spans = arrow::compute::cast(&values, &unit)?;
            let nanos = |span: arrow::datatypes::IntervalMonthDayNano| {
                // The shortest month is assumed, so that the count is never too low.
                let days = i128::from(span.months).saturating_mul(28).saturating_add(i128::from(span.days));
                days.saturating_mul(DAY_NANOS).saturating_add(i128::from(span.nanoseconds))
            };
            let spans = spans.as_primitive::<IntervalMonthDayNanoType>();
            Ok(spans.iter().map(|span| span.map(nanos)).collect())
        }
        DataType::Null => Ok(vec![None; values.len()]),
        _ => whole(&DataType::Int64, 1),
    }
}
