//! `SELECT a, a`: DataFusion wants every expression of a list to have a name of its own, SQL does not. A second
//! one that would be called the same gets its own text for a name, or a number.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, OrderByKind, Query, Select, SelectItem, SetExpr, TypedString,
    Value, VisitMut, VisitorMut,
};

/// Names the repeated expressions of every `SELECT`.
pub(super) struct Twice;

impl VisitorMut for Twice {
    type Break = ();

    /// `SELECT a::text FROM t ORDER BY a`: DataFusion calls both `a`, and has no place for the second. Ordered is by
    /// the column of the answer.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let (Some(order), SetExpr::Select(select)) = (&query.order_by, query.body.as_mut()) else {
            return ControlFlow::Continue(());
        };
        let OrderByKind::Expressions(by) = &order.kind else { return ControlFlow::Continue(()) };
        let by: HashSet<String> = by
            .iter()
            .filter_map(|by| match &by.expr {
                Expr::Identifier(ident) => Some(folded(ident)),
                _ => None,
            })
            .collect();
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr @ Expr::Cast { .. }) = item
                && let Some(name) = last_name(&plain(expr))
                && by.contains(&name)
            {
                let alias = Ident::with_quote('"', name);
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.projection.len() < 2 {
            return ControlFlow::Continue(());
        }
        let mut seen: HashSet<String> = HashSet::new();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for item in &mut select.projection {
            let SelectItem::UnnamedExpr(expr) = item else {
                if let SelectItem::ExprWithAlias { alias, .. } = item {
                    seen.insert(folded(alias));
                }
                continue;
            };
            let plain = plain(expr);
            let unqualified = matches!(expr, Expr::Subquery(_)).then(|| last_name(&plain)).flatten();
            let called = plain.to_string();
            let free = unqualified.is_none_or(|name| !seen.contains(&format!("{LAST}{name}")));
            if let Some(name) = last_name(&plain) {
                seen.insert(format!("{LAST}{name}"));
            }
            if free && seen.insert(called.clone()) {
                continue;
            }
            let text = expr.to_string();
            let own = text != called && !matches!(expr, Expr::Subquery(_)) && seen.insert(text.clone());
            let alias = match own {
                true => Some(text),
                false => {
                    let base = last_name(&plain).unwrap_or(called);
                    // From where the last search ended: thousands of one name would each try all numbers before.
                    let next = numbers.entry(base.clone()).or_insert(1);
                    let mut free = (*next..).map(|number| (number, format!("{base}_{number}")));
                    free.find(|(_, alias)| seen.insert(alias.clone())).map(|(number, alias)| {
                        *next = number.saturating_add(1);
                        alias
                    })
                }
            };
            if let Some(alias) = alias {
                let mut expr = expr.clone();
                if own {
                    let _ = expr.visit(&mut ByFunction);
                }
                *item = SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', alias) };
            }
        }
        ControlFlow::Continue(())
    }
}

/// Writes casts as calls, which are a part of a name: aggregates have no other name that could tell them apart.
struct ByFunction;

impl VisitorMut for ByFunction {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr: inner, data_type, .. } = expr
            && let Some(arrow) = arrow_name(data_type)
        {
            let argument = |expr: Expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
            let to = Expr::value(Value::SingleQuotedString(arrow.to_owned()));
            *expr = Expr::Function(Function {
                name: ObjectName::from(vec![Ident::new("arrow_cast")]),
                uses_odbc_syntax: false,
                parameters: FunctionArguments::None,
                args: FunctionArguments::List(FunctionArgumentList {
                    duplicate_treatment: None,
                    args: vec![argument(inner.as_ref().clone()), argument(to)],
                    clauses: Vec::new(),
                }),
                filter: None,
                null_treatment: None,
                over: None,
                within_group: Vec::new(),
            });
        }
        ControlFlow::Continue(())
    }
}

/// What Arrow calls the types that are mostly cast to.
fn arrow_name(data_type: &DataType) -> Option<&'static str> {
    Some(match data_type {
        DataType::Double(_) | DataType::DoublePrecision | DataType::Float8 | DataType::Float64 => "Float64",
        DataType::Float(_) | DataType::Real | DataType::Float4 => "Float32",
        DataType::TinyInt(_) => "Int8",
        DataType::SmallInt(_) | DataType::Int2(_) => "Int16",
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "Int32",
        DataType::BigInt(_) | DataType::Int8(_) => "Int64",
        DataType::Date => "Date32",
        _ => return None,
    })
}

/// Before the names that columns have without their tables'.
const LAST: &str = "\0";

/// What a plain column is called.
fn last_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(folded(ident)),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded),
        _ => None,
    }
}

fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// The expression without what DataFusion leaves out of its name: casts, parentheses, the text of subqueries.
fn plain(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    let _ = expr.visit(&mut Plain);
    expr
}

struct Plain;

impl VisitorMut for Plain {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let named = |name: &str| Expr::Identifier(Ident::new(name));
        let name = match expr {
            Expr::Exists { negated, .. } => named(if *negated { "not exists" } else { "exists" }),
            Expr::InSubquery { negated, .. } => named(if *negated { "not in" } else { "in" }),
            // A subquery is called as its one column is.
            Expr::Subquery(query) => match query.body.as_ref() {
                SetExpr::Select(select) => match select.projection.as_slice() {
                    [SelectItem::UnnamedExpr(only)] => plain(only),
                    [SelectItem::ExprWithAlias { alias, .. }] => Expr::Identifier(alias.clone()),
                    _ => return ControlFlow::Continue(()),
                },
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        *expr = name;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let inner = match expr {
            Expr::Cast { expr, .. } | Expr::Nested(expr) => expr.as_ref().clone(),
            Expr::TypedString(TypedString { value, .. }) => Expr::Value(value.clone()),
            Expr::Identifier(ident) if ident.quote_style.is_none() => {
                Expr::Identifier(Ident::new(ident.value.to_lowercase()))
            }
            _ => return ControlFlow::Continue(()),
        };
        *expr = inner;
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Params, SqlLimits, admit};

    fn named(sql: &str) -> String {
        admit::statement(sql, &Params::None, &SqlLimits::default()).unwrap().to_string()
    }

    #[test]
    fn a_second_one_gets_a_number() {
        assert_eq!(
            named("SELECT a, t.a, a, a, 1, 1 FROM t"),
            "SELECT a, t.a, a AS \"a_1\", a AS \"a_2\", 1, 1 AS \"1_1\" FROM t"
        );
        assert_eq!(named("SELECT a AS b, b FROM t"), "SELECT a AS b, b AS \"b_1\" FROM t");
        assert_eq!(named("SELECT a, A, (a) FROM t"), "SELECT a, A AS \"A\", (a) AS \"(a)\" FROM t");
    }

    #[test]
    fn casts_and_subqueries_count_as_what_they_are_called() {
        assert_eq!(
            named("SELECT a, a::INT, a::INT, sum(a), sum(a::INT) FROM t"),
            "SELECT a, arrow_cast(a, 'Int32') AS \"a::INT\", a::INT AS \"a_1\", sum(a), sum(arrow_cast(a, 'Int32')) AS \"sum(a::INT)\" FROM t"
        );
        assert_eq!(
            named("SELECT a, (SELECT a FROM s), (SELECT max(b) FROM s) FROM t"),
            "SELECT a, (SELECT a FROM s) AS \"a_1\", (SELECT max(b) FROM s) FROM t"
        );
        assert_eq!(
            named("SELECT a::TEXT, b::TEXT FROM t ORDER BY A, t.b"),
            "SELECT a::TEXT AS \"a\", b::TEXT FROM t ORDER BY A, t.b"
        );
    }
}
