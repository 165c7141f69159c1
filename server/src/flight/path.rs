//! Tables and arrays by their path, without SQL: `["table", name]` and `["array", name]` are read or replaced,
//! `["table", name, "rows"]` is added to.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow_flight::{FlightDescriptor, FlightInfo};
use bytes::Bytes;
use pantile_core::Code;
use pantile_core::array::{Meta, rows, zarr};
use pantile_core::catalog::ARRAY_METADATA;
use pantile_sql::{Params, Sent};
use serde_json::Value;

use super::call::Call;
use super::door::flight;
use super::ingest::{self, Target};
use super::put::Incoming;
use crate::desk::{Held, Question};
use crate::error::Problem;
use crate::upload::{InDraft, Mode};

const TABLE: &str = "table";
const ARRAY: &str = "array";
const ROWS: &str = "rows";

/// Every table and every array whose name contains the criterion; all without one.
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
    let arrays = snapshot.arrays.values().filter(|array| array.name.contains(part));
    // What damaged metadata say is said where the array is read.
    let arrays = arrays.filter_map(|array| {
        let said = zarr::read_v3(array.metadata.as_bytes(), ARRAY_METADATA).ok()?;
        let schema = rows::schema(&[Meta::new(said.stored.dtype(), said.shape)]);
        let descriptor = FlightDescriptor::new_path(vec![ARRAY.to_owned(), array.name.clone()]);
        Some(flight(&schema, descriptor, Vec::new(), None))
    });
    tables.chain(arrays).collect()
}

/// The table's rows, to be read.
pub(super) async fn hold(call: &Call, path: &[String]) -> Result<Arc<Held>, Problem> {
    Ok(Arc::new(call.app.desk.hold(question(call, path)?).await?))
}

/// The table's columns.
pub(super) async fn schema(call: &Call, path: &[String]) -> Result<SchemaRef, Problem> {
    Ok(call.app.desk.describe(question(call, path)?).await?.schema)
}

/// Rows for the table, or boxes of the array.
pub(super) async fn put(call: &Call, path: &[String], incoming: Incoming) -> Result<Bytes, Problem> {
    let draft = call.state()?.transaction().map(InDraft::of).transpose()?;
    let (name, mode) = match path {
        [kind, name] if kind == ARRAY => {
            return Ok(Bytes::from(ingest::keep(call, name.clone(), draft, incoming).await?.answer));
        }
        [kind, name] if kind == TABLE => (name, Mode::Replace),
        [kind, name, rows] if kind == TABLE && rows == ROWS => (name, Mode::Append),
        _ => return Err(unknown(path)),
    };
    let target = Target { name: name.clone(), mode, draft };
    let loaded = ingest::load(call, target, incoming).await?;
    Ok(Bytes::from(loaded.answer))
}

/// All of it.
fn question(call: &Call, path: &[String]) -> Result<Question, Problem> {
    match path {
        [kind, name] if kind == TABLE => {
            call.question(format!("SELECT * FROM \"{}\"", name.replace('"', "\"\"")), Params::None)
        }
        [kind, name] if kind == ARRAY => {
            let program = format!("array({})", Value::from(name.as_str()));
            Ok(Question {
                program: Some(Sent::default()),
                in_order: true,
                ..call.question(program, Params::None)?
            })
        }
        _ => Err(unknown(path)),
    }
}

fn unknown(path: &[String]) -> Problem {
    let shown: String = path.join("/").chars().take(200).collect();
    Problem::new(Code::NotFound, format!("there is nothing at the path `{shown}`"))
        .hint("a table is at [\"table\", name], and takes further rows at [\"table\", name, \"rows\"]; an array at [\"array\", name]")
}
