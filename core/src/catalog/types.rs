//! DuckLake's names of the types that tables hold.

use arrow::datatypes::{DataType, TimeUnit};

/// DuckLake's name of a held type. Types inside it are rows of their own.
pub(super) fn duck_type(kind: &DataType) -> String {
    use DataType as T;
    let name = match kind {
        T::Boolean => "boolean",
        T::Int8 => "int8",
        T::Int16 => "int16",
        T::Int32 => "int32",
        T::Int64 => "int64",
        T::UInt8 => "uint8",
        T::UInt16 => "uint16",
        T::UInt32 => "uint32",
        T::UInt64 => "uint64",
        T::Float32 => "float32",
        T::Float64 => "float64",
        T::Decimal128(precision, scale) => return format!("decimal({precision},{scale})"),
        T::Date32 => "date",
        T::Time64(_) => "time",
        T::Timestamp(_, Some(_)) => "timestamptz",
        T::Timestamp(TimeUnit::Second, None) => "timestamp_s",
        T::Timestamp(TimeUnit::Millisecond, None) => "timestamp_ms",
        T::Timestamp(TimeUnit::Microsecond, None) => "timestamp",
        T::Timestamp(TimeUnit::Nanosecond, None) => "timestamp_ns",
        T::BinaryView => "blob",
        T::List(_) => "list",
        T::Struct(_) => "struct",
        T::Map(..) => "map",
        // The rest is not held; text is what every system can show.
        _ => "varchar",
    };
    name.to_owned()
}
