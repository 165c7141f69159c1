//! Statements that are planned before another thread could be woken for it.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement as Ast, TableFactor, Visit, Visitor};

/// Bytes of a text that may be one.
const BYTES: usize = 64;

/// Whether the text may be of one: short, and without anything that nests or is called, so that it can be parsed and
/// planned on any stack and is done at once.
pub(crate) fn may_be_brief(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " \n_,.'+*;".contains(c);
    let lower = || text.to_ascii_lowercase();
    text.len() <= BYTES
        && text.chars().all(plain)
        && !["from", "not", "case"].iter().any(|word| lower().contains(word))
}

/// Whether the statement is one plain `SELECT` that reads nothing, as drivers send to see who is there.
pub(crate) fn is_brief(statement: &Statement) -> bool {
    let Statement::Statement(ast) = statement else { return false };
    let Ast::Query(query) = ast.as_ref() else { return false };
    let plain = query.with.is_none() && matches!(query.body.as_ref(), SetExpr::Select(_));
    plain && query.visit(&mut Alone { queries: 0 }).is_continue()
}

/// Stops at a second query and at anything to read from.
struct Alone {
    queries: usize,
}

impl Visitor for Alone {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries = self.queries.saturating_add(1);
        if self.queries > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn pre_visit_table_factor(&mut self, _: &TableFactor) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Params, SqlLimits, admit};

    #[test]
    fn only_what_reads_nothing_is_brief() {
        let brief =
            |sql: &str| is_brief(&admit::statement(sql, &Params::None, &SqlLimits::default()).unwrap());
        for sql in ["SELECT 1", "select 1.5 + 2 as n, 'a' as t;", "SELECT current_date"] {
            assert!(may_be_brief(sql) && brief(sql), "{sql}");
        }
        for sql in [
            "SELECT 1 FROM t",
            "SELECT 1 FROM generate_series(1, 9)",
            "SELECT (SELECT 1)",
            "SELECT 1 WHERE 1 IN (SELECT 1)",
            "WITH a AS (SELECT 1) SELECT 1",
            "SELECT 1 UNION SELECT 2",
            "VALUES (1)",
            "EXPLAIN SELECT 1",
            "SHOW TABLES",
            "DROP TABLE t",
        ] {
            assert!(!brief(sql), "{sql}");
        }
    }

    #[test]
    fn nothing_deep_may_be_brief() {
        for sql in
            ["SELECT (1)", "SELECT NOT NOT true", "SELECT - - - 1", "SELECT [[[1]]]", "SELECT repeat('a', 9)"]
        {
            assert!(!may_be_brief(sql), "{sql}");
        }
        assert!(!may_be_brief(&format!("SELECT {}1", "1 + ".repeat(50))));
    }
}
