//! Rows of parameters as Flight brings them: a column a parameter.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RunArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float64Type, Int16Type, Int32Type, Int64Type, RunEndIndexType, Schema, TimeUnit,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use pantile_core::Code;
use pantile_sql::{ParamValue, Params};

use crate::error::Problem;

/// Bytes of a value that is kept as its text, mostly fewer.
const TYPED_BYTES: u64 = 32;
/// Bytes that a parameter's name takes besides its letters.
const NAME_BYTES: usize = 48;

/// The batch's rows as parameters of a statement that takes `wanted`: by name where those have names, else by place.
pub(super) fn rows(batch: &RecordBatch, wanted: &Schema) -> Result<Vec<Params>, Problem> {
    let count = wanted.fields().len();
    if batch.num_columns() != count {
        let said = format!("the statement takes {count} parameters, and {} were bound", batch.num_columns());
        return Err(Problem::invalid(said));
    }
    let columns = batch.columns().iter().enumerate().map(|(place, column)| {
        values(column).map_err(|problem| {
            let name = wanted.fields().get(place).map_or("", |field| field.name());
            Problem::new(problem.code, format!("parameter ${name}: {}", problem.detail))
        })
    });
    let columns: Vec<Vec<ParamValue>> = columns.collect::<Result<_, _>>()?;
    let named = wanted.fields().iter().any(|field| field.name().parse::<usize>().is_err());
    // A name that the statement has finds its column; others are told by their place.
    let names: Vec<String> = wanted.fields().iter().map(|field| field.name().clone()).collect();
    let place = |index: usize, name: &str| batch.schema().index_of(name).unwrap_or(index);
    let rows = (0..batch.num_rows()).map(|row| {
        let value = |column: usize| columns.get(column)?.get(row).cloned();
        match named {
            true => Params::Named(
                names
                    .iter()
                    .enumerate()
                    .filter_map(|(index, name)| Some((name.clone(), value(place(index, name))?)))
                    .collect::<BTreeMap<_, _>>(),
            ),
            false => Params::Positional((0..count).filter_map(value).collect()),
        }
    });
    Ok(rows.collect())
}

/// Bytes that the batch's rows take as parameters, at most. What is written once and meant many times is counted as
/// often as it is meant: a page of it can stand for more than there is memory.
pub(super) fn bytes(batch: &RecordBatch, wanted: &Schema) -> u64 {
    let names = wanted.fields().iter().map(|field| field.name().len().saturating_add(NAME_BYTES));
    let row = names.fold(size_of::<Params>(), usize::saturating_add) as u64;
    let values = batch.columns().iter().flat_map(|column| lengths(column));
    let values = values.map(|length| length.saturating_add(size_of::<ParamValue>() as u64));
    values.fold(row.saturating_mul(batch.num_rows() as u64), u64::saturating_add)
}

/// Bytes of each of the column's values beside what every value takes.
fn lengths(column: &dyn Array) -> Vec<u64> {
    let ends = |offsets: &[i64]| {
        offsets.array_windows().map(|[from, to]| to.saturating_sub(*from).max(0).cast_unsigned()).collect()
    };
    let small = |offsets: &[i32]| ends(&offsets.iter().map(|end| i64::from(*end)).collect::<Vec<_>>());
    // The length of what a view shows is its first four bytes.
    let views = |views: &[u128]| views.iter().map(|view| *view as u32).map(u64::from).collect();
    match column.data_type() {
        DataType::Utf8 => small(column.as_string::<i32>().offsets()),
        DataType::LargeUtf8 => ends(column.as_string::<i64>().offsets()),
        DataType::Binary => small(column.as_binary::<i32>().offsets()),
        DataType::LargeBinary => ends(column.as_binary::<i64>().offsets()),
        DataType::Utf8View => views(column.as_string_view().views()),
        DataType::BinaryView => views(column.as_binary_view().views()),
        DataType::FixedSizeBinary(width) => vec![u64::try_from(*width).unwrap_or(0); column.len()],
        DataType::Dictionary(..) => {
            let Some(dictionary) = column.as_any_dictionary_opt() else { return Vec::new() };
            let lengths = lengths(dictionary.values().as_ref());
            let keys = dictionary.normalized_keys();
            keys.into_iter().map(|key| lengths.get(key).copied().unwrap_or(0)).collect()
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs::<Int16Type>(column),
            DataType::Int32 => runs::<Int32Type>(column),
            _ => runs::<Int64Type>(column),
        },
        _ => vec![TYPED_BYTES; column.len()],
    }
}

fn runs<R: RunEndIndexType>(column: &dyn Array) -> Vec<u64> {
    let Some(runs) = column.as_any().downcast_ref::<RunArray<R>>() else { return Vec::new() };
    let lengths = lengths(runs.values().as_ref());
    (0..runs.len()).map(|row| lengths.get(runs.get_physical_index(row)).copied().unwrap_or(0)).collect()
}

fn values(column: &ArrayRef) -> Result<Vec<ParamValue>, Problem> {
    let as_type = |data_type: &DataType| {
        cast(column, data_type).map_err(|error| Problem::new(Code::InvalidValue, error.to_string()))
    };
    let values = match column.data_type() {
        DataType::Null => vec![ParamValue::Null; column.len()],
        DataType::Boolean => {
            column.as_boolean().iter().map(|value| value.map_or(ParamValue::Null, ParamValue::Bool)).collect()
        }
        DataType::UInt64 => return typed(column, column.data_type()),
        whole if whole.is_integer() => as_type(&DataType::Int64)?
            .as_primitive::<Int64Type>()
            .iter()
            .map(|value| value.map_or(ParamValue::Null, ParamValue::Int))
            .collect(),
        float if float.is_floating() => as_type(&DataType::Float64)?
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.map_or(ParamValue::Null, ParamValue::Float))
            .collect(),
        text if text.is_string() => as_type(&DataType::LargeUtf8)?
            .as_string::<i64>()
            .iter()
            .map(|value| value.map_or(ParamValue::Null, |text| ParamValue::Text(text.to_owned())))
            .collect(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            as_type(&DataType::LargeBinary)?
                .as_binary::<i64>()
                .iter()
                .map(|value| value.map_or(ParamValue::Null, |bytes| ParamValue::Bytes(bytes.to_vec())))
                .collect()
        }
        DataType::Dictionary(_, inner) => return values(&as_type(inner)?),
        DataType::RunEndEncoded(_, inner) => return values(&as_type(inner.data_type())?),
        DataType::Duration(_) => {
            // Its text is not read back; its number is.
            let numbers = as_type(&DataType::Int64)?;
            return typed(&numbers, column.data_type());
        }
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..)
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Interval(_) => return typed(column, column.data_type()),
        other => {
            let said = format!("a value of type {other} cannot be bound");
            return Err(
                Problem::new(Code::Unsupported, said).hint("bind its parts, or put rows into a table")
            );
        }
    };
    Ok(values)
}

/// The column's values as text that a cast to `data_type` reads.
fn typed(column: &ArrayRef, data_type: &DataType) -> Result<Vec<ParamValue>, Problem> {
    let unreadable = |error: arrow::error::ArrowError| Problem::new(Code::InvalidValue, error.to_string());
    let formatter = ArrayFormatter::try_new(column, &FormatOptions::new()).map_err(unreadable)?;
    // A day is written without the time of day that a cast to it would stumble over.
    let data_type = match data_type {
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        other => other.clone(),
    };
    let value = |row: usize| match column.is_null(row) {
        true => Ok(ParamValue::Null),
        false => {
            let text = formatter.value(row).try_to_string().map_err(unreadable)?;
            Ok(ParamValue::Typed(text, data_type.clone()))
        }
    };
    (0..column.len()).map(value).collect()
}
