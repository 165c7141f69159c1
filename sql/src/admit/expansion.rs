//! What a statement becomes once every CTE and every view stands where it is named: DataFusion inlines both,
//! so a text of one kilobyte can ask for a million scans.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Query, Select, Statement as Ast, Visit, Visitor,
};
use pantile_core::Code;
use pantile_core::catalog::Snapshot;

use crate::{Error, Params, SqlLimits};

/// Counts relations over one snapshot, remembering what each view comes to.
pub(crate) struct Expansion<'a> {
    snapshot: &'a Snapshot,
    limits: &'a SqlLimits,
    views: HashMap<String, Option<u64>>,
}

impl<'a> Expansion<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, limits: &'a SqlLimits) -> Self {
        Self { snapshot, limits, views: HashMap::new() }
    }

    /// Refuses the statement where it comes to more relations than the limit allows.
    pub(crate) fn check(&mut self, statement: &Statement) -> Result<(), Error> {
        self.relations(statement).map(|_| ())
    }

    fn relations(&mut self, statement: &Statement) -> Result<u64, Error> {
        let mut counter = Counter { expansion: self, frames: vec![Frame::default()], bodies: HashMap::new() };
        let flow = match statement {
            Statement::Statement(ast) => ast.visit(&mut counter),
            Statement::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(&mut counter),
                CopyToSource::Relation(name) => counter.pre_visit_relation(name),
            },
            Statement::Explain(explain) => return self.relations(&explain.statement),
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        };
        let total = counter.frames.first().map_or(0, |frame| frame.sum);
        match flow {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(total),
        }
    }

    /// What a view comes to. A view that reaches itself comes to an error.
    fn view(&mut self, name: &str) -> Result<Option<u64>, Error> {
        match self.views.get(name) {
            Some(Some(known)) => return Ok(Some(*known)),
            Some(None) => {
                return Err(Error::new(
                    Code::InvalidSql,
                    format!("view `{name}` refers to itself; replace or drop it"),
                ));
            }
            None => {}
        }
        let Some(view) = self.snapshot.views.get(name) else { return Ok(None) };
        self.views.insert(name.to_owned(), None);
        let statement = view_query(&view.sql, self.limits)?;
        let count = self.relations(&statement)?.max(1);
        self.views.insert(name.to_owned(), Some(count));
        Ok(Some(count))
    }
}

/// A view's text, parsed under the limits that any statement has.
pub(crate) fn view_query(sql: &str, limits: &SqlLimits) -> Result<Statement, Error> {
    let statement = super::statement(sql, &Params::None, limits)?;
    match &statement {
        Statement::Statement(ast) if matches!(**ast, Ast::Query(_)) => Ok(statement),
        _ => Err(Error::new(Code::InvalidSql, "a view is a query, and this is another statement")),
    }
}

/// The relations of one query level, and what the CTEs defined there come to.
#[derive(Default)]
struct Frame {
    sum: u64,
    ctes: HashMap<String, u64>,
}

struct Counter<'a, 'b> {
    expansion: &'a mut Expansion<'b>,
    frames: Vec<Frame>,
    /// Queries that are the bodies of CTEs, by their place in memory, which does not change during a visit.
    bodies: HashMap<*const Query, String>,
}

impl Counter<'_, '_> {
    fn cost(&mut self, name: &ObjectName) -> Result<u64, Error> {
        let Some(last) = name.0.last().and_then(ObjectNamePart::as_ident).map(folded) else { return Ok(1) };
        if name.0.len() == 1
            && let Some(cost) = self.frames.iter().rev().find_map(|frame| frame.ctes.get(&last))
        {
            return Ok(*cost);
        }
        Ok(self.expansion.view(&last)?.unwrap_or(1))
    }
}

impl Visitor for Counter<'_, '_> {
    type Break = Error;

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<Error> {
        let cost = match self.cost(name) {
            Ok(cost) => cost,
            Err(error) => return ControlFlow::Break(error),
        };
        let max = self.expansion.limits.relations;
        let Some(frame) = self.frames.last_mut() else { return ControlFlow::Continue(()) };
        frame.sum = frame.sum.saturating_add(cost);
        if frame.sum > max {
            let what = "relations once its CTEs and views are put in their places";
            return ControlFlow::Break(Error::limit("sql.relations", what, frame.sum, max));
        }
        ControlFlow::Continue(())
    }

    /// Each join carries the columns of all before it: many in one `FROM` cost the square of their number.
    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        let joined: usize = select.from.iter().map(|table| table.joins.len().saturating_add(1)).sum();
        let max = self.expansion.limits.branches;
        match joined > max {
            true => ControlFlow::Break(Error::limit(
                "sql.branches",
                "tables in one `FROM`",
                joined as u64,
                max as u64,
            )),
            false => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        self.frames.push(Frame::default());
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.bodies.insert(&raw const *cte.query, folded(&cte.alias.name));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        let Some(done) = self.frames.pop() else { return ControlFlow::Continue(()) };
        let cte = self.bodies.remove(&std::ptr::from_ref(query));
        if let Some(frame) = self.frames.last_mut() {
            match cte {
                Some(name) => {
                    frame.ctes.insert(name, done.sum.max(1));
                }
                None => frame.sum = frame.sum.saturating_add(done.sum),
            }
            if frame.sum > self.expansion.limits.relations {
                let what = "relations once its CTEs and views are put in their places";
                return ControlFlow::Break(Error::limit(
                    "sql.relations",
                    what,
                    frame.sum,
                    self.expansion.limits.relations,
                ));
            }
        }
        ControlFlow::Continue(())
    }
}

fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use pantile_core::catalog::View;

    use super::*;

    fn count(sql: &str, views: &[(&str, &str)]) -> Result<u64, Error> {
        let views = views.iter().enumerate().map(|(id, (name, sql))| {
            let view = View { id: id as i64, name: (*name).to_owned(), sql: (*sql).to_owned() };
            ((*name).to_owned(), Arc::new(view))
        });
        let snapshot = Snapshot {
            id: 1,
            schema_version: 1,
            time: chrono::DateTime::UNIX_EPOCH,
            tables: BTreeMap::new(),
            views: views.collect(),
        };
        let limits = SqlLimits::default();
        let statement = crate::admit::statement(sql, &Params::None, &limits)?;
        Expansion::new(&snapshot, &limits).relations(&statement)
    }

    #[test]
    fn references_multiply() {
        let sql = "WITH a AS (SELECT 1 FROM t, t), b AS (SELECT 1 FROM a, a, u) SELECT * FROM b, (SELECT * FROM b) x, a";
        assert_eq!(count(sql, &[]).unwrap(), 5 + 5 + 2);
        assert_eq!(
            count("SELECT * FROM v, v", &[("v", "SELECT * FROM w, w"), ("w", "SELECT * FROM t, u, v2")])
                .unwrap(),
            12
        );
    }

    #[test]
    fn a_billion_laughs_are_not_laughed() {
        let mut sql = "WITH c0 AS (SELECT 1 AS x)".to_owned();
        for level in 1..=20 {
            let below = level - 1;
            sql.push_str(&format!(", c{level} AS (SELECT x FROM c{below} UNION ALL SELECT x FROM c{below})"));
        }
        let error = count(&format!("{sql} SELECT count(*) FROM c20"), &[]).unwrap_err();
        assert_eq!(error.limit_met().unwrap().name, "sql.relations");
    }

    #[test]
    fn one_from_has_so_many_tables() {
        let error = count(&format!("SELECT 1 FROM {}t", "t,".repeat(300)), &[]).unwrap_err();
        assert_eq!(error.limit_met().unwrap().name, "sql.branches");
    }

    #[test]
    fn views_in_a_ring_are_refused() {
        let views = [("v", "SELECT * FROM w"), ("w", "SELECT * FROM v")];
        assert!(count("SELECT * FROM v", &views).unwrap_err().to_string().contains("refers to itself"));
    }

    #[test]
    fn a_recursive_cte_counts_itself_once() {
        let sql =
            "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r";
        assert_eq!(count(sql, &[]).unwrap(), 1);
    }
}
