//! Rows of parameters as Flight brings them: a column a parameter.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use pantile_core::Code;
use pantile_sql::{ParamValue, Params};

use crate::error::Problem;

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
