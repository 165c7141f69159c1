//! Keys as Flight SQL asks for them. Tables here declare none, so what is said is that there are none, of tables
//! that there are.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use pantile_core::{catalog, nearest};

use super::super::call::Call;
use super::CATALOG;
use crate::error::Problem;

/// Refuses a table that is not there.
pub(super) fn known(
    call: &Call,
    catalog: Option<&str>,
    schema: Option<&str>,
    table: &str,
) -> Result<(), Problem> {
    let snapshot = call.seen()?;
    let ours = catalog.is_none_or(|name| name.is_empty() || name == CATALOG);
    let named = |name: &str| snapshot.tables.contains_key(name) || snapshot.views.contains_key(name);
    let main = schema.is_none_or(|name| name.is_empty() || name == "main");
    let system = || pantile_sql::system_tables().any(|(of, name)| Some(of) == schema && name == table);
    if ours && ((main && named(table)) || system()) {
        return Ok(());
    }
    let near = nearest(table, snapshot.names()).map(str::to_owned);
    Err(catalog::Error::UnknownDataset { name: table.to_owned(), nearest: near }.into())
}

pub(super) fn no_primary_keys() -> RecordBatch {
    empty(&[
        ("catalog_name", DataType::Utf8, true),
        ("db_schema_name", DataType::Utf8, true),
        ("table_name", DataType::Utf8, false),
        ("column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("key_name", DataType::Utf8, true),
    ])
}

pub(super) fn no_references() -> RecordBatch {
    empty(&[
        ("pk_catalog_name", DataType::Utf8, true),
        ("pk_db_schema_name", DataType::Utf8, true),
        ("pk_table_name", DataType::Utf8, false),
        ("pk_column_name", DataType::Utf8, false),
        ("fk_catalog_name", DataType::Utf8, true),
        ("fk_db_schema_name", DataType::Utf8, true),
        ("fk_table_name", DataType::Utf8, false),
        ("fk_column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("fk_key_name", DataType::Utf8, true),
        ("pk_key_name", DataType::Utf8, true),
        ("update_rule", DataType::UInt8, false),
        ("delete_rule", DataType::UInt8, false),
    ])
}

fn empty(columns: &[(&str, DataType, bool)]) -> RecordBatch {
    let fields =
        columns.iter().map(|(name, data_type, nullable)| Field::new(*name, data_type.clone(), *nullable));
    RecordBatch::new_empty(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}
