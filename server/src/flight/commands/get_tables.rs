//! Tables and views, with their columns where asked for. An absent filter means all; filters of names are patterns of
//! `LIKE`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use arrow_flight::sql::CommandGetTables;
use futures::FutureExt;
use pantile_core::catalog::Table;
use pantile_sql::Params;

use super::super::call::Call;
use super::super::door::read;
use super::super::encode::wire_schema;
use super::types::sql_name;
use super::{CATALOG, Command, Reads};
use crate::desk::Question;
use crate::error::Problem;
use crate::flight::error::built;

pub(super) const COMMAND: Command = Command {
    name: "CommandGetTables",
    reads: Some(Reads::Rows(|call, body| {
        async move {
            let command: CommandGetTables = read("CommandGetTables", body)?;
            let with_columns = command.include_schema;
            let mut tables = command.into_builder();
            for (schema, name, kind) in all(call)? {
                let columns = match with_columns {
                    true => columns(call, schema, &name).await?,
                    false => Schema::empty(),
                };
                built(tables.append(CATALOG, schema, &name, kind, &columns))?;
            }
            built(tables.build())
        }
        .boxed()
    })),
    put: None,
};

fn all(call: &Call) -> Result<Vec<(&'static str, String, &'static str)>, Problem> {
    let snapshot = call.seen()?;
    let kind = |table: &Table| if table.is_temporary() { "LOCAL TEMPORARY" } else { "TABLE" };
    let tables = snapshot.tables.iter().map(|(name, table)| ("main", name.clone(), kind(table)));
    let views = snapshot.views.keys().map(|name| ("main", name.clone(), "VIEW"));
    let system = pantile_sql::system_tables().map(|(schema, name)| (schema, name.to_owned(), "SYSTEM TABLE"));
    Ok(tables.chain(views).chain(system).collect())
}

/// The columns as they are when read, each with what drivers want to know of it.
async fn columns(call: &Call, schema: &str, name: &str) -> Result<Schema, Problem> {
    let snapshot = call.seen()?;
    let columns = match snapshot.table(name).filter(|_| schema == "main") {
        Some(table) => Arc::clone(&table.schema),
        None => {
            let sql = format!("SELECT * FROM {schema}.\"{}\"", name.replace('"', "\"\""));
            let question = call.question(sql, Params::None)?;
            let question = Question { transaction: call.implied_transaction()?, ..question };
            match call.app.desk.describe(question).await {
                Ok(described) => described.schema,
                // A view over what is gone has no columns, and is there all the same.
                Err(error) => {
                    tracing::debug!(view = name, %error, "a view has no columns now");
                    Arc::new(Schema::empty())
                }
            }
        }
    };
    let fields =
        wire_schema(&columns).fields().iter().map(|field| described(field, schema, name)).collect::<Vec<_>>();
    Ok(Schema::new(fields))
}

fn described(field: &Field, schema: &str, table: &str) -> Field {
    let mut metadata = field.metadata().clone();
    let mut say = |key: &str, value: String| metadata.insert(format!("ARROW:FLIGHT:SQL:{key}"), value);
    say("CATALOG_NAME", CATALOG.to_owned());
    say("SCHEMA_NAME", schema.to_owned());
    say("TABLE_NAME", table.to_owned());
    say("TYPE_NAME", sql_name(field.data_type()));
    say("IS_AUTO_INCREMENT", "0".to_owned());
    say("IS_CASE_SENSITIVE", if field.data_type().is_string() { "1" } else { "0" }.to_owned());
    say("IS_READ_ONLY", if schema == "main" { "0" } else { "1" }.to_owned());
    say("IS_SEARCHABLE", "1".to_owned());
    if let Some((precision, scale)) = digits(field.data_type()) {
        say("PRECISION", precision.to_string());
        say("SCALE", scale.to_string());
    }
    field.clone().with_metadata(metadata)
}

fn digits(data_type: &DataType) -> Option<(u8, i8)> {
    Some(match data_type {
        DataType::Int8 | DataType::UInt8 => (3, 0),
        DataType::Int16 | DataType::UInt16 => (5, 0),
        DataType::Int32 | DataType::UInt32 => (10, 0),
        DataType::Int64 => (19, 0),
        DataType::UInt64 => (20, 0),
        DataType::Float32 => (7, 0),
        DataType::Float64 => (15, 0),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => (*precision, *scale),
        _ => return None,
    })
}
