//! Tables by their path, without SQL: `["table", name]` is read or replaced, `["table", name, "rows"]` is added to.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow_flight::{FlightDescriptor, FlightInfo};
use bytes::Bytes;
use pantile_core::Code;
use pantile_sql::Params;

use super::call::Call;
use super::door::flight;
use super::ingest::{self, Target};
use super::put::Incoming;
use crate::desk::Held;
use crate::error::Problem;
use crate::upload::{InDraft, Mode};

const TABLE: &str = "table";
const ROWS: &str = "rows";

/// Every table whose name contains the criterion; all without one.
pub(super) fn list(call: &Call, criterion: &[u8]) -> Result<Vec<FlightInfo>, Problem> {
    let part = std::str::from_utf8(criterion)
        .map_err(|_| Problem::invalid("the criterion is not UTF-8; it is a part of a name, or empty"))?;
    let snapshot = call.seen()?;
    let tables = snapshot.tables.values().filter(|table| table.name.contains(part));
    let tables = tables.map(|table| {
        let descriptor = FlightDescriptor::new_path(vec![TABLE.to_owned(), table.name.clone()]);
        let rows = table.external.is_none().then(|| usize::try_from(table.rows()).ok()).flatten();
        let mut info = flight(&table.schema, descriptor, Vec::new(), rows)?;
        if table.external.is_none() {
            info.total_bytes = i64::try_from(table.bytes()).unwrap_or(-1);
        }
        Ok(info)
    });
    tables.collect()
}

/// The table's rows, to be read.
pub(super) async fn hold(call: &Call, path: &[String]) -> Result<Arc<Held>, Problem> {
    let question = call.question(all_of(path)?, Params::None)?;
    Ok(Arc::new(call.app.desk.hold(question).await?))
}

/// The table's columns.
pub(super) async fn schema(call: &Call, path: &[String]) -> Result<SchemaRef, Problem> {
    let question = call.question(all_of(path)?, Params::None)?;
    Ok(call.app.desk.describe(question).await?.schema)
}

/// Rows for the table.
pub(super) async fn put(call: &Call, path: &[String], incoming: Incoming) -> Result<Bytes, Problem> {
    let (name, mode) = match path {
        [kind, name] if kind == TABLE => (name, Mode::Replace),
        [kind, name, rows] if kind == TABLE && rows == ROWS => (name, Mode::Append),
        _ => return Err(unknown(path)),
    };
    let draft = call.state()?.transaction().map(InDraft::of).transpose()?;
    let target = Target { name: name.clone(), mode, draft };
    let loaded = ingest::load(call, target, incoming).await?;
    Ok(Bytes::from(loaded.answer))
}

fn all_of(path: &[String]) -> Result<String, Problem> {
    match path {
        [kind, name] if kind == TABLE => Ok(format!("SELECT * FROM \"{}\"", name.replace('"', "\"\""))),
        _ => Err(unknown(path)),
    }
}

fn unknown(path: &[String]) -> Problem {
    let shown: String = path.join("/").chars().take(200).collect();
    Problem::new(Code::NotFound, format!("there is nothing at the path `{shown}`"))
        .hint("a table is at [\"table\", name], and takes further rows at [\"table\", name, \"rows\"]")
}
