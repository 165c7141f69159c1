//! What a statement becomes once every CTE and every view stands where it is named: DataFusion inlines both,
//! so a text of one kilobyte can ask for a million scans.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, Select, SetExpr, Statement as Ast, Visit, Visitor,
};
use pantile_core::Code;
use pantile_core::catalog::{Dialect, Snapshot};
use pantile_core::lang;
use pantile_core::lang::typed::Source;

use crate::{Error, Params, SqlLimits};

/// Subqueries inside one another's expressions. Planning doubles with each, and triples through chained CTEs
/// (2 cores, debug build: 12 levels 48 ms, 16 levels 0.64 s, 24 levels more than 30 s, and nothing can stop it).
const SUBQUERIES: usize = 8;

/// Columns of one `SELECT` or row of `VALUES`. Planning costs the square of them (5,000 literals 2.4 s, 20,000 30 s).
const COLUMNS: usize = 5_000;
/// Calls with `OVER` in a statement, each with a sort of its own: planning costs the cube of them (200 take 1.1 s,
/// 400 take 7 s).
const WINDOWS: usize = 256;
/// Conditions of `CASE` inside one another. Whether one can be null is asked three times over for each that holds it
/// (10 of them take 0.3 s, 16 take 18 s).
const CONDITIONS: usize = 8;
/// What `CUBE` is of: it comes to two to the power of it.
const CUBE: usize = 12;

/// What a question comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    /// Relations in it.
    relations: u64,
    /// Subqueries inside one another's expressions.
    depth: usize,
}

/// Weighs statements over one snapshot, remembering what each view comes to.
pub(crate) struct Expansion<'a> {
    snapshot: &'a Snapshot,
    limits: &'a SqlLimits,
    views: HashMap<String, Option<Weight>>,
}

impl<'a> Expansion<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, limits: &'a SqlLimits) -> Self {
        Self { snapshot, limits, views: HashMap::new() }
    }

    /// Refuses the statement where it comes to more than the limits allow.
    pub(crate) fn check(&mut self, statement: &Statement) -> Result<(), Error> {
        self.weigh(statement).map(|_| ())
    }

    /// Refuses the program where it comes to more than the limits allow.
    pub(crate) fn check_program(&mut self, text: &str) -> Result<(), Error> {
        self.weigh_program(text).map(|_| ())
    }

    fn weigh_program(&mut self, text: &str) -> Result<Weight, Error> {
        let program = lang::parse(text, &lang::Limits::default())?;
        let mut total = Weight::default();
        for (source, _) in lang::reads(&program)? {
            let own = match source {
                Source::Table(name) => self.view(TableReference::parse_str(&name).table())?,
                Source::Sql(text) => Some(self.weigh(&view_query(&text, self.limits)?)?),
                Source::Sent(_) => None,
            };
            let own = own.unwrap_or_default().at_least_one();
            total.relations = total.relations.saturating_add(own.relations);
            total.depth = total.depth.max(own.depth);
            if total.relations > self.limits.relations {
                let what = "relations once its views are put in their places";
                return Err(Error::limit("sql_relations", what, total.relations, self.limits.relations));
            }
        }
        Ok(total)
    }

    fn weigh(&mut self, statement: &Statement) -> Result<Weight, Error> {
        let mut counter = Counter {
            expansion: self,
            frames: vec![Frame::default()],
            bodies: HashMap::new(),
            depth: 0,
            windows: 0,
            conditions: HashSet::new(),
            inside: 0,
        };
        let flow = match statement {
            Statement::Statement(ast) => ast.visit(&mut counter),
            Statement::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(&mut counter),
                CopyToSource::Relation(name) => counter.pre_visit_relation(name),
            },
            Statement::Explain(explain) => return self.weigh(&explain.statement),
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        };
        let total = counter.frames.first().map(|frame| frame.weight).unwrap_or_default();
        match flow {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(total),
        }
    }

    /// What a view comes to. A view that reaches itself comes to an error.
    fn view(&mut self, name: &str) -> Result<Option<Weight>, Error> {
        match self.views.get(name) {
            Some(Some(known)) => return Ok(Some(*known)),
            Some(None) => {
                let said = format!("view `{name}` refers to itself; replace or drop it");
                return Err(Error::new(Code::InvalidSql, said));
            }
            None => {}
        }
        let Some(view) = self.snapshot.views.get(name) else { return Ok(None) };
        self.views.insert(name.to_owned(), None);
        let weight = match view.dialect {
            Dialect::Sql => self.weigh(&view_query(&view.text, self.limits)?)?,
            Dialect::Expressions => self.weigh_program(&view.text)?,
        };
        let weight = weight.at_least_one();
        self.views.insert(name.to_owned(), Some(weight));
        Ok(Some(weight))
    }
}

impl Weight {
    fn at_least_one(self) -> Self {
        Self { relations: self.relations.max(1), ..self }
    }
}

/// A view's text, parsed under the limits that any statement has.
pub(crate) fn view_query(sql: &str, limits: &SqlLimits) -> Result<Statement, Error> {
    let statement = super::statement(sql, &Params::None, limits)?;
    match &statement {
        Statement::Statement(ast) if matches!(**ast, Ast::Query(_)) => Ok(statement),
        _ => Err(Error::new(Code::InvalidSql, "a query is asked for, and this is another statement")),
    }
}

/// What one query level comes to, and what the CTEs defined there do.
#[derive(Default)]
struct Frame {
    weight: Weight,
    /// How deep in expressions the query itself stands.
    base: usize,
    ctes: HashMap<String, Weight>,
}

struct Counter<'a, 'b> {
    expansion: &'a mut Expansion<'b>,
    frames: Vec<Frame>,
    /// Queries that are the bodies of CTEs, by their place in memory, which does not change during a visit.
    bodies: HashMap<*const Query, String>,
    /// Subqueries of expressions that the visit is in.
    depth: usize,
    /// Calls with `OVER` so far.
    windows: usize,
    /// Conditions of `CASE`, by their place in memory, and how many of them the visit is in.
    conditions: HashSet<*const Expr>,
    inside: usize,
}

impl Counter<'_, '_> {
    fn cost(&mut self, name: &ObjectName) -> Result<Weight, Error> {
        let one = Weight { relations: 1, depth: 0 };
        let Some(last) = name.0.last().and_then(ObjectNamePart::as_ident).map(folded) else { return Ok(one) };
        if name.0.len() == 1
            && let Some(cost) = self.frames.iter().rev().find_map(|frame| frame.ctes.get(&last))
        {
            return Ok(*cost);
        }
        Ok(self.expansion.view(&last)?.unwrap_or(one))
    }

    /// Adds to the innermost query, unless that is too much.
    fn add(&mut self, relations: u64, depth: usize) -> ControlFlow<Error> {
        let limits = self.expansion.limits;
        let Some(frame) = self.frames.last_mut() else { return ControlFlow::Continue(()) };
        frame.weight.relations = frame.weight.relations.saturating_add(relations);
        frame.weight.depth = frame.weight.depth.max(depth);
        if frame.weight.relations > limits.relations {
            let what = "relations once its CTEs and views are put in their places";
            let error = Error::limit("sql_relations", what, frame.weight.relations, limits.relations);
            return ControlFlow::Break(error);
        }
        if depth > SUBQUERIES {
            let what = "subqueries inside one another once its CTEs and views are put in their places";
            return ControlFlow::Break(Error::limit("sql_nesting", what, depth as u64, SUBQUERIES as u64));
        }
        ControlFlow::Continue(())
    }
}

fn at_most(limit: &'static str, what: &str, got: usize, max: usize) -> ControlFlow<Error> {
    match got > max {
        true => ControlFlow::Break(Error::limit(limit, what, got as u64, max as u64)),
        false => ControlFlow::Continue(()),
    }
}

fn holds_a_query(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. })
}

impl Visitor for Counter<'_, '_> {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        if self.conditions.contains(&std::ptr::from_ref(expr)) {
            self.inside = self.inside.saturating_add(1);
            at_most("sql_nesting", "conditions of `CASE` inside one another", self.inside, CONDITIONS)?;
        }
        match expr {
            Expr::Case { conditions, .. } => {
                self.conditions.extend(conditions.iter().map(|when| &raw const when.condition));
            }
            Expr::Cube(sets) => at_most("sql_branches", "expressions in a `CUBE`", sets.len(), CUBE)?,
            Expr::Function(call) if call.over.is_some() => {
                self.windows = self.windows.saturating_add(1);
                at_most("sql_branches", "window functions", self.windows, WINDOWS)?;
            }
            _ => {}
        }
        if !holds_a_query(expr) {
            return ControlFlow::Continue(());
        }
        self.depth = self.depth.saturating_add(1);
        self.add(0, self.depth)
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        if self.conditions.remove(&std::ptr::from_ref(expr)) {
            self.inside = self.inside.saturating_sub(1);
        }
        if holds_a_query(expr) {
            self.depth = self.depth.saturating_sub(1);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<Error> {
        match self.cost(name) {
            Ok(cost) => self.add(cost.relations, self.depth.saturating_add(cost.depth)),
            Err(error) => ControlFlow::Break(error),
        }
    }

    /// Each join carries the columns of all before it: many in one `FROM` cost the square of their number.
    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        let joined: usize = select.from.iter().map(|table| table.joins.len().saturating_add(1)).sum();
        at_most("sql_branches", "tables in one `FROM`", joined, self.expansion.limits.branches)?;
        at_most("sql_tokens", "columns in one `SELECT`", select.projection.len(), COLUMNS)
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        if let SetExpr::Values(values) = query.body.as_ref() {
            let widest = values.rows.iter().map(|row| row.len()).max().unwrap_or_default();
            at_most("sql_tokens", "columns in one row of `VALUES`", widest, COLUMNS)?;
        }
        self.frames.push(Frame { base: self.depth, ..Frame::default() });
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.bodies.insert(&raw const *cte.query, folded(&cte.alias.name));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        let Some(done) = self.frames.pop() else { return ControlFlow::Continue(()) };
        match self.bodies.remove(&std::ptr::from_ref(query)) {
            Some(name) => {
                let own = Weight { depth: done.weight.depth.saturating_sub(done.base), ..done.weight };
                if let Some(frame) = self.frames.last_mut() {
                    frame.ctes.insert(name, own.at_least_one());
                }
                ControlFlow::Continue(())
            }
            None => self.add(done.weight.relations, done.weight.depth),
        }
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

    fn weigh(sql: &str, views: &[(&str, &str)]) -> Result<Weight, Error> {
        let views = views.iter().enumerate().map(|(id, (name, sql))| {
            let view = View {
                id: id as i64,
                name: (*name).to_owned(),
                text: (*sql).to_owned(),
                dialect: Dialect::Sql,
                columns: Arc::default(),
            };
            ((*name).to_owned(), Arc::new(view))
        });
        let snapshot = Snapshot {
            id: 1,
            changed: 1,
            schema_version: 1,
            time: chrono::DateTime::UNIX_EPOCH,
            tables: BTreeMap::new(),
            views: views.collect(),
            arrays: BTreeMap::new(),
        };
        let limits = SqlLimits::default();
        let statement = crate::admit::statement(sql, &Params::None, &limits)?;
        Expansion::new(&snapshot, &limits).weigh(&statement)
    }

    fn count(sql: &str, views: &[(&str, &str)]) -> Result<u64, Error> {
        weigh(sql, views).map(|weight| weight.relations)
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
        assert_eq!(error.limit_met().unwrap().name, "sql_relations");
    }

    #[test]
    fn subqueries_add_up_through_ctes_and_views() {
        let sql = "WITH a AS (SELECT x FROM t WHERE x IN (SELECT 1)), b AS (SELECT x FROM a WHERE x IN (SELECT x FROM v))
                   SELECT (SELECT max(x) FROM b) FROM t";
        assert_eq!(weigh(sql, &[("v", "SELECT x FROM t WHERE EXISTS (SELECT 1 FROM u)")]).unwrap().depth, 3);
        let deep = format!("SELECT 1 WHERE {}true{}", "EXISTS (SELECT 1 WHERE ".repeat(60), ")".repeat(60));
        assert_eq!(count(&deep, &[]).unwrap_err().limit_met().unwrap().name, "sql_nesting");
    }

    #[test]
    fn one_from_has_so_many_tables() {
        let error = count(&format!("SELECT 1 FROM {}t", "t,".repeat(300)), &[]).unwrap_err();
        assert_eq!(error.limit_met().unwrap().name, "sql_branches");
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
