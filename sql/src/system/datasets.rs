//! `system.datasets`: a row a table, view or array.

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use pantile_core::catalog::{Dialect, StoredArray, Table, View};

use super::rows::{batch, count, flag, number, text};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Datasets;

struct Row<'a> {
    name: &'a str,
    kind: &'static str,
    table: Option<&'a Table>,
    view: Option<&'a View>,
    array: Option<&'a StoredArray>,
}

#[async_trait]
impl SystemTable for Datasets {
    fn name(&self) -> &'static str {
        "datasets"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let tables = sources.pin.tables.values().map(|table| Row {
            name: &table.name,
            kind: if table.external.is_some() { "external" } else { "table" },
            table: Some(table),
            view: None,
            array: None,
        });
        let views = sources.pin.views.values().map(|view| Row {
            name: &view.name,
            kind: "view",
            table: None,
            view: Some(view),
            array: None,
        });
        let arrays = sources.pin.arrays.values().map(|array| Row {
            name: &array.name,
            kind: "array",
            table: None,
            view: None,
            array: Some(array),
        });
        let mut rows: Vec<Row<'_>> = tables.chain(views).chain(arrays).collect();
        rows.sort_by_key(|row| row.name);
        let held = |row: &Row<'_>, of: fn(&Table) -> u64| {
            row.table.filter(|table| table.external.is_none()).map(of).and_then(count)
        };
        let array_bytes = |row: &Row<'_>| row.array.and_then(|array| array.bytes()).and_then(count);
        let pinned = |row: &Row<'_>| {
            row.table.is_some_and(|table| table.pinned) || row.array.is_some_and(|array| array.pinned)
        };
        let place = |row: &Row<'_>| {
            if let Some(at) = row.array.and_then(|array| array.location.as_ref()) {
                return Some(at.to_string());
            }
            let external = row.table?.external.as_ref()?;
            Some(format!("{}/{}", external.location, external.path))
        };
        batch(vec![
            ("name", text(rows.iter().map(|row| Some(row.name))), false),
            ("kind", text(rows.iter().map(|row| Some(row.kind))), false),
            ("rows", number(rows.iter().map(|row| held(row, Table::rows))), true),
            (
                "bytes",
                number(rows.iter().map(|row| held(row, Table::bytes).or_else(|| array_bytes(row)))),
                true,
            ),
            (
                "partitions",
                number(rows.iter().map(|row| held(row, |table| table.partitions.len() as u64))),
                true,
            ),
            (
                "columns",
                number(rows.iter().map(|row| {
                    let known = row.view.map(|view| view.columns.len()).filter(|columns| *columns > 0);
                    row.table.map(|table| table.columns.len()).or(known).map(|columns| columns as i64)
                })),
                true,
            ),
            ("pinned", flag(rows.iter().map(pinned)), false),
            ("location", text(rows.iter().map(place)), true),
            ("sql", text(rows.iter().map(|row| in_dialect(row, Dialect::Sql))), true),
            ("program", text(rows.iter().map(|row| in_dialect(row, Dialect::Expressions))), true),
        ])
    }
}

/// The text of a view in that language.
fn in_dialect<'a>(row: &Row<'a>, dialect: Dialect) -> Option<&'a str> {
    row.view.filter(|view| view.dialect == dialect).map(|view| view.text.as_str())
}
