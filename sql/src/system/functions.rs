//! `system.functions`: a row a name under which a function can be called.

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::execution::SessionState as Planner;
use datafusion::logical_expr::Documentation;

use super::rows::{batch, text};
use super::{Sources, SystemTable};
use crate::Error;

pub(super) struct Functions;

struct Row<'a> {
    name: &'a str,
    kind: &'static str,
    page: Option<&'a Documentation>,
}

#[async_trait]
impl SystemTable for Functions {
    fn name(&self) -> &'static str {
        "functions"
    }

    async fn rows(&self, sources: &Sources) -> Result<RecordBatch, Error> {
        let rows = rows(sources.planners.template());
        let said = |of: fn(&Documentation) -> &str| {
            text(rows.iter().map(|row| row.page.map(of).map(str::trim).filter(|said| !said.is_empty())))
        };
        batch(vec![
            ("name", text(rows.iter().map(|row| Some(row.name))), false),
            ("kind", text(rows.iter().map(|row| Some(row.kind))), false),
            ("section", said(|page| page.doc_section.label), true),
            ("syntax", said(|page| &page.syntax_example), true),
            ("description", said(|page| &page.description), true),
        ])
    }
}

/// The functions by name. One of two kinds has two rows: `first_value` is an aggregate and a window function.
fn rows(planner: &Planner) -> Vec<Row<'_>> {
    fn of<'a, F>(
        kind: &'static str,
        functions: &'a HashMap<String, F>,
        page: fn(&'a F) -> Option<&'a Documentation>,
    ) -> impl Iterator<Item = Row<'a>> {
        functions.iter().map(move |(name, function)| Row { name, kind, page: page(function) })
    }
    let scalar = of("scalar", planner.scalar_functions(), |function| function.documentation());
    let aggregate = of("aggregate", planner.aggregate_functions(), |function| function.documentation());
    let window = of("window", planner.window_functions(), |function| function.documentation());
    let table = of("table", planner.table_functions(), |_| None);
    let mut rows: Vec<Row<'_>> = scalar.chain(aggregate).chain(window).chain(table).collect();
    rows.sort_by_key(|row| (row.name, row.kind));
    rows
}
