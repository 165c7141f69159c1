//! Clauses that parse and that DataFusion plans as if they were not there: whoever wrote one would get another answer
//! than the one asked for.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ColumnDef, ColumnOption, Expr, GroupByExpr, OrderBy, OrderByKind, Query, Select, Statement as Ast,
    TableFactor, VisitorMut,
};
use pantile_core::Code;

use crate::Error;

/// Stops at the first of them.
pub(super) struct Ignored;

impl VisitorMut for Ignored {
    type Break = Error;

    fn pre_visit_statement(&mut self, statement: &mut Ast) -> ControlFlow<Error> {
        match statement {
            Ast::CreateTable(create) => create.columns.iter().try_for_each(column),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        refuse(query.settings.is_some(), "SETTINGS", "`SET` is a statement of its own")?;
        refuse(query.format_clause.is_some(), "FORMAT", "the format of an answer is asked for by `Accept`")?;
        refuse(query.for_clause.is_some(), "FOR", "the format of an answer is asked for by `Accept`")?;
        refuse(
            !query.locks.is_empty(),
            "FOR UPDATE",
            "a statement is a transaction of its own, and reads one snapshot",
        )?;
        let filled = |order: &OrderBy| match &order.kind {
            OrderByKind::Expressions(by) => by.iter().any(|by| by.with_fill.is_some()),
            OrderByKind::All(_) => false,
        };
        refuse(query.order_by.as_ref().is_some_and(filled), "WITH FILL", "join `generate_series`")
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        refuse(select.prewhere.is_some(), "PREWHERE", "use `WHERE`")?;
        refuse(!select.connect_by.is_empty(), "CONNECT BY", "use `WITH RECURSIVE`")?;
        refuse(select.value_table_mode.is_some(), "SELECT AS", "use `struct(…)`")?;
        let totals = match &select.group_by {
            GroupByExpr::All(with) | GroupByExpr::Expressions(_, with) => !with.is_empty(),
        };
        refuse(
            totals,
            "WITH behind GROUP BY",
            "write `GROUP BY ROLLUP (…)`, `CUBE (…)` or `GROUPING SETS (…)`",
        )?;
        refuse(select.exclude.is_some(), "EXCLUDE behind other columns", "write `* EXCLUDE (…)`")?;
        refuse(select.select_modifiers.is_some(), "modifiers of `SELECT`", "leave them out")
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        let sample = match factor {
            TableFactor::Table {
                sample,
                version,
                with_hints,
                with_ordinality,
                partitions,
                json_path,
                index_hints,
                ..
            } => {
                refuse(version.is_some(), "AS OF", "write `AT (TIMESTAMP => '2026-01-31 12:00:00')`")?;
                refuse(*with_ordinality, "WITH ORDINALITY", "use `row_number() OVER ()`")?;
                refuse(!partitions.is_empty(), "PARTITION", "use `WHERE`")?;
                refuse(json_path.is_some(), "a path behind a table", "use `[…]` behind a column")?;
                refuse(!with_hints.is_empty() || !index_hints.is_empty(), "hints", "leave them out")?;
                sample
            }
            TableFactor::Derived { sample, .. } => sample,
            _ => return ControlFlow::Continue(()),
        };
        refuse(sample.is_some(), "TABLESAMPLE", "use `WHERE random() < 0.1`")
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let collated = matches!(expr, Expr::Collate { .. });
        refuse(collated, "COLLATE", "texts are compared by their bytes; `lower(…)` makes letters equal")
    }
}

fn refuse(met: bool, what: &str, hint: &str) -> ControlFlow<Error> {
    match met {
        true => {
            let said = match what.chars().all(|c| c.is_ascii_uppercase() || c == ' ') {
                true => format!("`{what}` is not supported"),
                false => format!("{what}: not supported"),
            };
            ControlFlow::Break(Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned())))
        }
        false => ControlFlow::Continue(()),
    }
}

fn column(column: &ColumnDef) -> ControlFlow<Error> {
    let kept = |option: &ColumnOption| {
        // Keys and defaults are refused where the table is made.
        matches!(
            option,
            ColumnOption::Null
                | ColumnOption::NotNull
                | ColumnOption::Default(_)
                | ColumnOption::PrimaryKey(_)
                | ColumnOption::Unique(_)
        )
    };
    match column.options.iter().find(|def| !kept(&def.option)) {
        Some(def) => {
            let said = format!("`{}` of column `{}` would not be kept", def.option, column.name);
            let hint = "name columns, types and `NOT NULL` only";
            ControlFlow::Break(Error::new(Code::Unsupported, said).hinted(Some(hint.to_owned())))
        }
        None => ControlFlow::Continue(()),
    }
}
