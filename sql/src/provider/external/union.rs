//! The columns of all the files of a table, each of a type that holds what every file has in it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use object_store::path::Path;
use pantile_core::Code;

use crate::Error;

/// The columns of the files, in the order in which they are first seen. JSON has one kind of number: what looks whole in
/// one file need not in the next.
///
/// # Errors
/// [`Code::SchemaMismatch`] where no type holds what two files have in a column.
pub(super) fn union(files: Vec<(Path, SchemaRef)>, json: bool) -> Result<SchemaRef, DataFusionError> {
    let mut union: Vec<(Path, Field)> = Vec::new();
    for (path, schema) in files {
        for field in schema.fields() {
            match union.iter_mut().find(|(_, known)| known.name() == field.name()) {
                None => union.push((path.clone(), field.as_ref().clone())),
                Some((first, known)) => match wider(known.data_type(), field.data_type(), json) {
                    Some(data_type) => known.set_data_type(data_type),
                    None => return Err(refused(first, known, &path, field)),
                },
            }
        }
    }
    Ok(Arc::new(Schema::new(union.into_iter().map(|(_, field)| field).collect::<Vec<_>>())))
}

fn refused(first: &Path, known: &Field, path: &Path, field: &Field) -> DataFusionError {
    let said = format!(
        "column `{}` is {} in `{first}` and {} in `{path}`",
        known.name(),
        known.data_type(),
        field.data_type()
    );
    let hint = format!("name the columns: `CREATE EXTERNAL TABLE t (\"{}\" TEXT, …)`", known.name());
    Error::new(Code::SchemaMismatch, said).hinted(Some(hint)).carried()
}

/// The type that holds all values of both.
fn wider(one: &DataType, other: &DataType, json: bool) -> Option<DataType> {
    use DataType as T;
    Some(match (one, other) {
        (one, other) if one == other => one.clone(),
        (T::Null, known) | (known, T::Null) => known.clone(),
        (one, other) if one.is_string() && other.is_string() => T::Utf8View,
        (one, other) if is_bytes(one) && is_bytes(other) => T::BinaryView,
        (T::Float16 | T::Float32 | T::Float64, T::Float16 | T::Float32 | T::Float64) => T::Float64,
        (whole, T::Float16 | T::Float32 | T::Float64) | (T::Float16 | T::Float32 | T::Float64, whole)
            if bits(whole).is_some_and(|(_, bits)| json || bits <= 32) =>
        {
            T::Float64
        }
        (one, other) if bits(one).is_some() => whole(bits(one)?, bits(other)?)?,
        (T::List(one), T::List(other)) => T::List(Arc::new(one.as_ref().clone().with_data_type(wider(
            one.data_type(),
            other.data_type(),
            json,
        )?))),
        (one, other) => {
            let mut field = Field::new("", one.clone(), true);
            field.try_merge(&Field::new("", other.clone(), true)).ok()?;
            field.data_type().clone()
        }
    })
}

fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// Whether it has a sign, and how many bits.
fn bits(data_type: &DataType) -> Option<(bool, u64)> {
    let bits = (data_type.primitive_width()? as u64).saturating_mul(8);
    data_type.is_integer().then(|| (data_type.is_signed_integer(), bits))
}

fn whole(one: (bool, u64), other: (bool, u64)) -> Option<DataType> {
    // Without a sign it takes one bit more than there is.
    let needed = |(signed, bits): (bool, u64), among: bool| {
        if among && !signed { bits.saturating_mul(2) } else { bits }
    };
    let signed = one.0 || other.0;
    Some(match (signed, needed(one, signed).max(needed(other, signed))) {
        (true, 16) => DataType::Int16,
        (true, 32) => DataType::Int32,
        (true, 64) => DataType::Int64,
        (false, 16) => DataType::UInt16,
        (false, 32) => DataType::UInt32,
        (false, 64) => DataType::UInt64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        use DataType as T;
        for (one, other, both) in [
            (T::Int64, T::Int32, Some(T::Int64)),
            (T::UInt32, T::Int8, Some(T::Int64)),
            (T::UInt64, T::Int8, None),
            (T::Int32, T::Float32, Some(T::Float64)),
            (T::Int64, T::Float64, None),
            (T::Utf8, T::LargeUtf8, Some(T::Utf8View)),
            (T::Utf8, T::Int32, None),
            (T::Null, T::Date32, Some(T::Date32)),
        ] {
            assert_eq!(wider(&one, &other, false), both, "{one} and {other}");
            assert_eq!(wider(&other, &one, false), both, "{other} and {one}");
        }
    }
}
