//! The types that tables hold: one for each meaning, so that every file of a table agrees with every other
//! and both engines read a cached column without a copy.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::Error;

/// Bytes of a column's name.
const NAME_BYTES_MAX: usize = 255;

/// The type a table holds for a column that comes as `found`.
///
/// | comes as | held as |
/// |---|---|
/// | any text, dictionaries of it, only nulls | `Utf8View` |
/// | any binary | `BinaryView` |
/// | dictionary, run-end encoded | the held type of its values |
/// | `Float16` | `Float32` |
/// | decimals up to 38 digits | `Decimal128` of the same precision and scale; a scale below 0 is written out |
/// | `Date64` | `Timestamp(ms)` |
/// | `Timestamp(s)` | `Timestamp(ms)`: Parquet has no seconds |
/// | `Duration` | `Int64`: neither Parquet nor DuckLake has a type for it |
/// | `Time32`, `Time64` | `Time64(us)`, `Time64(ns)` |
/// | large and fixed lists, list views | `List` |
/// | everything else that Parquet can hold | itself |
///
/// # Errors
/// [`Error::UnsupportedType`] for unions, wider decimals, and intervals that Parquet cannot hold.
pub fn held_type(column: &str, found: &DataType) -> Result<DataType, Error> {
    use DataType as T;
    let refuse =
        |instead| Err(Error::UnsupportedType { column: column.to_owned(), found: found.clone(), instead });
    let held = match found {
        T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Null => T::Utf8View,
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => T::BinaryView,
        T::Dictionary(_, values) => held_type(column, values)?,
        T::RunEndEncoded(_, values) => held_type(column, values.data_type())?,
        T::Float16 => T::Float32,
        T::Decimal256(precision, _) if *precision > 38 => return refuse("Decimal128(38, scale) or Float64"),
        T::Decimal32(precision, scale)
        | T::Decimal64(precision, scale)
        | T::Decimal128(precision, scale)
        | T::Decimal256(precision, scale) => held_decimal(*precision, *scale),
        T::Date64 => T::Timestamp(TimeUnit::Millisecond, None),
        T::Timestamp(TimeUnit::Second, zone) => T::Timestamp(TimeUnit::Millisecond, zone.clone()),
        T::Time32(_) => T::Time64(TimeUnit::Microsecond),
        T::List(item)
        | T::LargeList(item)
        | T::FixedSizeList(item, _)
        | T::ListView(item)
        | T::LargeListView(item) => {
            T::List(Arc::new(Field::new("element", held_type(column, item.data_type())?, true)))
        }
        T::Struct(fields) if fields.is_empty() => return refuse("a struct with at least one field"),
        T::Struct(fields) => {
            T::Struct(fields.iter().map(|field| held_field(field)).collect::<Result<_, _>>()?)
        }
        T::Map(entries, _) => match entries.data_type() {
            T::Struct(pair) if pair.len() == 2 => {
                let kind = |index: usize| match pair.get(index) {
                    Some(field) => held_type(column, field.data_type()),
                    None => Ok(T::Utf8View),
                };
                let pair = vec![Field::new("key", kind(0)?, false), Field::new("value", kind(1)?, true)];
                T::Map(Arc::new(Field::new("key_value", T::Struct(pair.into()), false)), false)
            }
            _ => return refuse("a list of structs"),
        },
        T::Interval(_) => return refuse("Int64 or Utf8"),
        T::Union(..) => return refuse("a struct with one field a member"),
        T::Duration(_) => T::Int64,
        T::Boolean
        | T::Int8
        | T::Int16
        | T::Int32
        | T::Int64
        | T::UInt8
        | T::UInt16
        | T::UInt32
        | T::UInt64
        | T::Float32
        | T::Float64
        | T::Date32
        | T::Time64(_)
        | T::Timestamp(..) => found.clone(),
    };
    Ok(held)
}

/// Parquet has no scale below 0, so the zeros that such a scale leaves out are digits. Where that makes more
/// than 38 of them, values that do not fit are refused when they come.
fn held_decimal(precision: u8, scale: i8) -> DataType {
    let zeros = if scale < 0 { scale.unsigned_abs() } else { 0 };
    DataType::Decimal128(precision.saturating_add(zeros).min(38), scale.max(0))
}

/// The field as tables hold it: its name and nullability, no metadata.
///
/// # Errors
/// [`Error::UnsupportedType`].
pub fn held_field(field: &Field) -> Result<Field, Error> {
    Ok(Field::new(field.name(), held_type(field.name(), field.data_type())?, field.is_nullable()))
}

/// The schema as a table holds it.
///
/// # Errors
/// [`Error::NoColumns`], [`Error::DuplicateColumn`], [`Error::BadColumnName`], [`Error::UnsupportedType`].
pub fn held_schema(schema: &Schema) -> Result<SchemaRef, Error> {
    if schema.fields().is_empty() {
        return Err(Error::NoColumns);
    }
    let mut names = HashSet::new();
    let mut fields = Vec::with_capacity(schema.fields().len());
    for (index, field) in schema.fields().iter().enumerate() {
        let name = field.name();
        let bad = |why| Error::BadColumnName {
            position: index.saturating_add(1),
            column: name.chars().take(60).collect(),
            why,
        };
        if name.is_empty() {
            return Err(bad("an empty name cannot be asked for"));
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(bad("names may have 255 bytes"));
        }
        if name.contains('\0') {
            return Err(bad("names may not hold NUL"));
        }
        if !names.insert(name.as_str()) {
            return Err(Error::DuplicateColumn { column: name.clone() });
        }
        fields.push(held_field(field)?);
    }
    Ok(Arc::new(Schema::new(fields)))
}
