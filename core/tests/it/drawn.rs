//! Rows as pages write them: `name: Type` for each column, then a line for each row, values as Python's `repr` has
//! them but texts without quotes.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The rows, drawn.
pub fn drawn(schema: &Schema, batches: &[RecordBatch]) -> String {
    let names = schema.fields().iter().map(|field| format!("{}: {}", field.name(), kind(field.data_type())));
    let mut lines = vec![names.collect::<Vec<_>>().join(" | ")];
    for batch in batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| cell(column, row, false));
            lines.push(cells.collect::<Vec<_>>().join(" | "));
        }
    }
    lines.join("\n")
}

/// A type, as programs name it.
fn kind(data_type: &DataType) -> String {
    use arrow::datatypes::TimeUnit as Unit;
    let unit = |unit: &Unit| match unit {
        Unit::Second => "s",
        Unit::Millisecond => "ms",
        Unit::Microsecond => "us",
        Unit::Nanosecond => "ns",
    };
    match data_type {
        DataType::Utf8View => "String".to_owned(),
        DataType::BinaryView => "Binary".to_owned(),
        DataType::Date32 => "Date".to_owned(),
        DataType::Time64(_) => "Time".to_owned(),
        DataType::Timestamp(of, None) => format!("Datetime({})", unit(of)),
        DataType::Timestamp(of, Some(zone)) => format!("Datetime({}, {zone})", unit(of)),
        DataType::Duration(of) => format!("Duration({})", unit(of)),
        DataType::Decimal128(precision, scale) => format!("Decimal({precision}, {scale})"),
        DataType::List(item) => format!("List({})", kind(item.data_type())),
        DataType::FixedSizeList(item, size) => format!("Array({}, {size})", kind(item.data_type())),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| format!("{}: {}", field.name(), kind(field.data_type())));
            format!("Struct({})", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn cell(column: &dyn Array, row: usize, quoted: bool) -> String {
    if column.is_null(row) {
        return "None".to_owned();
    }
    let items = |values: &dyn Array| {
        let items = (0..values.len()).map(|index| cell(values, index, true));
        format!("[{}]", items.collect::<Vec<_>>().join(", "))
    };
    match column.data_type() {
        DataType::Null => "None".to_owned(),
        DataType::Boolean => if column.as_boolean().value(row) { "True" } else { "False" }.to_owned(),
        DataType::Float64 => number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => number(column.as_primitive::<Float32Type>().value(row).into()),
        DataType::Utf8View => {
            let text = column.as_string_view().value(row);
            if quoted { format!("{text:?}") } else { text.to_owned() }
        }
        DataType::BinaryView => format!("{:?}", column.as_binary_view().value(row)),
        DataType::List(_) => items(column.as_list::<i32>().value(row).as_ref()),
        DataType::FixedSizeList(..) => items(column.as_fixed_size_list().value(row).as_ref()),
        DataType::Struct(fields) => {
            let values = column.as_struct().columns().iter().zip(fields);
            let values =
                values.map(|(values, field)| format!("{}: {}", field.name(), cell(values, row, true)));
            format!("{{{}}}", values.collect::<Vec<_>>().join(", "))
        }
        _ => {
            let options = FormatOptions::default();
            ArrayFormatter::try_new(column, &options).unwrap().value(row).to_string()
        }
    }
}

fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "nan".to_owned(),
        value if value.is_infinite() => if value > 0.0 { "inf" } else { "-inf" }.to_owned(),
        value => format!("{value:?}"),
    }
}
