//! What `system.queries` and `system.settings` show of this server.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array};
use chrono::{DateTime, Utc};
use pantile_core::Code;
use pantile_sql::{RunsOn, SystemSource};

use crate::config::Effective;
use crate::desk::{Entry, QueryId, Registry, State};

/// The source of the system tables that SQL cannot know by itself.
#[derive(Debug)]
pub struct System {
    registry: Arc<Registry>,
    settings: RecordBatch,
}

impl System {
    /// A source over those records and settings.
    pub fn new(registry: Arc<Registry>, effective: &Effective) -> Self {
        Self { registry, settings: settings(effective) }
    }
}

impl SystemSource for System {
    fn queries(&self) -> RecordBatch {
        let entries = self.registry.entries();
        let text = |of: fn(&Entry) -> Option<&str>| -> ArrayRef {
            Arc::new(entries.iter().map(of).collect::<StringArray>())
        };
        let time = |of: fn(&Entry) -> Option<DateTime<Utc>>| -> ArrayRef {
            let micros = entries.iter().map(|entry| of(entry).map(|time| time.timestamp_micros()));
            Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        };
        let count = |of: fn(&Entry) -> u64| -> ArrayRef {
            Arc::new(entries.iter().map(|entry| Some(of(entry))).collect::<UInt64Array>())
        };
        table([
            ("query_id", text(|entry| Some(QueryId::as_str(&entry.query_id)))),
            ("sql", text(|entry| Some(&entry.text))),
            ("state", text(|entry| Some(State::as_str(entry.state)))),
            ("caller", text(|entry| Some(&entry.caller))),
            ("enqueued", time(|entry| Some(entry.enqueued))),
            ("started", time(|entry| entry.started)),
            ("first_batch", time(|entry| entry.first)),
            ("finished", time(|entry| entry.finished)),
            ("rows", count(|entry| entry.rows)),
            ("bytes", count(|entry| entry.bytes)),
            ("error", text(|entry| entry.error.map(Code::as_str))),
            ("engine", text(|entry| entry.runs_on.map(RunsOn::as_str))),
            ("snapshot", Arc::new(entries.iter().map(|entry| entry.snapshot).collect::<Int64Array>())),
        ])
    }

    fn settings(&self) -> RecordBatch {
        self.settings.clone()
    }
}

fn settings(effective: &Effective) -> RecordBatch {
    let rows: Vec<_> = effective.rows().collect();
    let column = |of: &dyn Fn(&(_, _, _)) -> String| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<StringArray>())
    };
    table([
        (
            "name",
            column(&|(key, ..): &(&crate::config::Key, &str, crate::config::Origin)| key.name.to_owned()),
        ),
        ("value", column(&|(_, text, _)| (*text).to_owned())),
        ("unit", column(&|(key, ..)| key.unit.to_owned())),
        ("default", column(&|(key, ..)| key.default.to_owned())),
        ("origin", column(&|(.., origin)| origin.to_string())),
        ("description", column(&|(key, ..)| key.doc.trim().to_owned())),
    ])
}

/// The columns as one batch. They are all of one length; were they not, there would be no rows.
fn table<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)))
        .unwrap_or_else(|_| RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty())))
}
