//! How long texts become.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use super::guard::Size;

/// The bytes of each row's text; null is none.
pub(super) enum Lengths {
    /// The same in every row.
    Same(u64),
    /// One a row.
    Each(Vec<u64>),
}

impl Lengths {
    pub(super) fn of(value: Option<&ColumnarValue>) -> Self {
        match value {
            Some(ColumnarValue::Scalar(
                ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text),
            )) => Self::Same(text.as_ref().map_or(0, |text| text.len() as u64)),
            Some(ColumnarValue::Scalar(other)) => Self::Same(other.size() as u64),
            Some(ColumnarValue::Array(values)) => Self::Each(lengths(values)),
            None => Self::Same(0),
        }
    }

    pub(super) fn at(&self, row: usize) -> u64 {
        match self {
            Self::Same(bytes) => *bytes,
            Self::Each(each) => each.get(row).copied().unwrap_or(0),
        }
    }
}

fn lengths(values: &ArrayRef) -> Vec<u64> {
    let len = |text: Option<&str>| text.map_or(0, |text| text.len() as u64);
    match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().iter().map(len).collect(),
        DataType::LargeUtf8 => values.as_string::<i64>().iter().map(len).collect(),
        DataType::Utf8View => values.as_string_view().iter().map(len).collect(),
        // Whatever else comes is printed or joined: its bytes, spread over its rows, and some for the printing.
        _ => {
            let rows = values.len().max(1);
            vec![
                (values.get_array_memory_size() as u64).div_euclid(rows as u64).saturating_mul(4);
                values.len()
            ]
        }
    }
}

/// Each row's whole number; null and what is negative are none.
pub(super) enum Counts {
    /// The same in every row.
    Same(u64),
    /// One a row.
    Each(Vec<u64>),
}

impl Counts {
    pub(super) fn of(value: Option<&ColumnarValue>) -> Result<Self, DataFusionError> {
        let positive =
            |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        Ok(match value {
            Some(ColumnarValue::Scalar(scalar)) => match scalar.cast_to(&DataType::Int64)? {
                ScalarValue::Int64(number) => Self::Same(positive(number)),
                _ => Self::Same(0),
            },
            Some(ColumnarValue::Array(values)) => {
                let numbers = arrow::compute::cast(values, &DataType::Int64)?;
                Self::Each(numbers.as_primitive::<Int64Type>().iter().map(positive).collect())
            }
            None => Self::Same(0),
        })
    }

    pub(super) fn at(&self, row: usize) -> u64 {
        match self {
            Self::Same(count) => *count,
            Self::Each(each) => each.get(row).copied().unwrap_or(0),
        }
    }
}

/// Rows that will be made: one where every argument is a scalar.
pub(super) fn rows(args: &ScalarFunctionArgs) -> usize {
    let scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    if scalar { 1 } else { args.number_rows }
}

/// `repeat(text, times)`.
pub(super) fn repeat(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let (text, times) = (Lengths::of(args.args.first()), Counts::of(args.args.get(1))?);
    Ok(Size::of((0..rows(args)).map(|row| text.at(row).saturating_mul(times.at(row)))))
}

/// `lpad(text, length, fill)`: a character has up to four bytes.
pub(super) fn pad(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let length = Counts::of(args.args.get(1))?;
    Ok(Size::of((0..rows(args)).map(|row| length.at(row).saturating_mul(4))))
}

/// `replace(text, from, to)`.
pub(super) fn replace(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let (text, from) = (Lengths::of(args.args.first()), Lengths::of(args.args.get(1)));
    let to = Lengths::of(args.args.get(2));
    Ok(Size::of((0..rows(args)).map(|row| {
        let places = text.at(row).checked_div(from.at(row)).unwrap_or_else(|| text.at(row).saturating_add(1));
        text.at(row).saturating_add(places.saturating_mul(to.at(row)))
    })))
}

/// `regexp_replace(text, pattern, to, flags)`: a pattern may match between any two characters, and each `$1` in
/// `to` may stand for the whole text, which matches can share but not exceed all together.
pub(super) fn regexp_replace(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let (text, to) = (Lengths::of(args.args.first()), Lengths::of(args.args.get(2)));
    let global = args.args.len() > 3;
    Ok(Size::of((0..rows(args)).map(|row| {
        let (text, to) = (text.at(row), to.at(row));
        let matches = if global { text.saturating_add(1) } else { 1 };
        let groups = text.saturating_mul(to.div_euclid(2));
        text.saturating_add(matches.saturating_mul(to)).saturating_add(groups)
    })))
}

/// `concat(a, b, …)`.
pub(super) fn concat(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let parts: Vec<Lengths> = args.args.iter().map(|arg| Lengths::of(Some(arg))).collect();
    Ok(Size::of((0..rows(args)).map(|row| parts.iter().map(|part| part.at(row)).sum())))
}

/// `concat_ws(separator, a, b, …)`.
pub(super) fn concat_ws(args: &ScalarFunctionArgs) -> Result<Size, DataFusionError> {
    let parts: Vec<Lengths> = args.args.iter().map(|arg| Lengths::of(Some(arg))).collect();
    let gaps = parts.len() as u64;
    let separator = Lengths::of(args.args.first());
    Ok(Size::of((0..rows(args)).map(|row| {
        let all: u64 = parts.iter().map(|part| part.at(row)).sum();
        all.saturating_add(separator.at(row).saturating_mul(gaps))
    })))
}
