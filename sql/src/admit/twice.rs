//! `SELECT a, a`: DataFusion wants every expression of a list to have a name of its own, SQL does not. A second
//! one that would be called the same gets a number.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Select, SelectItem, VisitorMut};

/// Names the repeated expressions of every `SELECT`.
pub(super) struct Twice;

impl VisitorMut for Twice {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.projection.len() < 2 {
            return ControlFlow::Continue(());
        }
        let mut seen: HashSet<String> = HashSet::new();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for item in &mut select.projection {
            let SelectItem::UnnamedExpr(expr) = item else {
                if let SelectItem::ExprWithAlias { alias, .. } = item {
                    seen.insert(alias.value.clone());
                }
                continue;
            };
            let text = expr.to_string();
            if seen.insert(text.clone()) {
                continue;
            }
            let base = last_name(expr).unwrap_or(text);
            // From where the last search ended: thousands of one name would each try all numbers before.
            let next = numbers.entry(base.clone()).or_insert(1);
            let mut free = (*next..).map(|number| (number, format!("{base}_{number}")));
            let alias = free.find(|(_, alias)| seen.insert(alias.clone())).map(|(number, alias)| {
                *next = number.saturating_add(1);
                alias
            });
            if let Some(alias) = alias {
                *item =
                    SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::with_quote('"', alias) };
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a plain column is called.
fn last_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| ident.value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Params, SqlLimits, admit};

    #[test]
    fn a_second_one_gets_a_number() {
        let named =
            |sql: &str| admit::statement(sql, &Params::None, &SqlLimits::default()).unwrap().to_string();
        assert_eq!(
            named("SELECT a, t.a, a, a, 1, 1 FROM t"),
            "SELECT a, t.a, a AS \"a_1\", a AS \"a_2\", 1, 1 AS \"1_1\" FROM t"
        );
        assert_eq!(named("SELECT a AS b, b FROM t"), "SELECT a AS b, b AS \"b_1\" FROM t");
    }
}
