//! The answer of a statement that is done, and the same answer again to who repeats its request.

use std::sync::Arc;

use arrow::array::{Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use futures::{StreamExt, stream};
use pantile_core::catalog::SnapshotId;
use serde_json::{Value, json};

use crate::{Answer, Error, Outcome, RunsOn};

/// The columns of its one row.
pub(crate) fn done_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("statement", DataType::Utf8, false),
        Field::new("rows", DataType::Int64, true),
        Field::new("snapshot", DataType::Int64, false),
    ]))
}

/// One row that says what was done.
pub(crate) fn done(tag: &str, rows: Option<u64>, snapshot: SnapshotId) -> Answer {
    answer(tag, rows, snapshot, false)
}

/// What is remembered of it, with `{snapshot}` for the number it does not have yet.
pub(crate) fn to_remember(tag: &str, rows: Option<u64>) -> String {
    format!("{{\"statement\":{},\"rows\":{},\"snapshot\":{{snapshot}}}}", json!(tag), json!(rows))
}

/// The answer that was remembered.
pub(crate) fn replayed(remembered: &str, snapshot: SnapshotId) -> Answer {
    let said: Value = serde_json::from_str(remembered).unwrap_or_default();
    let tag = said.get("statement").and_then(Value::as_str).unwrap_or_default();
    let first = said.get("snapshot").and_then(Value::as_i64).unwrap_or(snapshot);
    answer(tag, said.get("rows").and_then(Value::as_u64), first, true)
}

fn answer(tag: &str, rows: Option<u64>, snapshot: SnapshotId, replayed: bool) -> Answer {
    let schema = done_schema();
    let row = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(StringArray::from(vec![tag])),
            Arc::new(Int64Array::from(vec![rows.and_then(|rows| i64::try_from(rows).ok())])),
            Arc::new(Int64Array::from(vec![snapshot])),
        ],
    );
    let row = row.map_err(|error| Error::defect(&error));
    Answer {
        schema,
        batches: stream::iter([row]).boxed(),
        snapshot,
        outcome: Outcome::Done { rows, snapshot, replayed },
        runs_on: RunsOn::DataFusion,
    }
}
