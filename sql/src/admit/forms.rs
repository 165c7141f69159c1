//! Forms of SQL that DataFusion does not know, or takes for something else, written as it knows them.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, DataType, Expr, Fetch, GroupByExpr, GroupByWithModifier, JoinOperator, LimitClause, Query,
    Select, SelectFlavor, SelectItem, TypedString, Value, VisitorMut, WildcardAdditionalOptions,
};

/// Writes them so.
pub(super) struct Forms;

impl VisitorMut for Forms {
    type Break = ();

    /// `FETCH FIRST 3 ROWS ONLY` is `LIMIT 3`. Ties and percentages are left for DataFusion to refuse.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let rows = match &query.fetch {
            Some(Fetch { with_ties: false, percent: false, quantity }) => {
                quantity.clone().unwrap_or_else(|| Expr::value(Value::Number("1".to_owned(), false)))
            }
            _ => return ControlFlow::Continue(()),
        };
        match &mut query.limit_clause {
            None => {
                query.limit_clause =
                    Some(LimitClause::LimitOffset { limit: Some(rows), offset: None, limit_by: Vec::new() });
            }
            Some(LimitClause::LimitOffset { limit: limit @ None, .. }) => *limit = Some(rows),
            Some(_) => return ControlFlow::Continue(()),
        }
        query.fetch = None;
        ControlFlow::Continue(())
    }

    /// `FROM t` alone asks for all columns; `SEMI JOIN` keeps rows of the left; `WITH ROLLUP` and `WITH CUBE` are of all that is grouped by.
    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            select.flavor = SelectFlavor::FromFirst;
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            join.join_operator = match join.join_operator.clone() {
                JoinOperator::Semi(on) => JoinOperator::LeftSemi(on),
                JoinOperator::Anti(on) => JoinOperator::LeftAnti(on),
                other => other,
            };
        }
        if let GroupByExpr::Expressions(by, with) = &mut select.group_by
            && let [with_one] = with.as_slice()
        {
            let sets = || by.iter().map(|by| vec![by.clone()]).collect::<Vec<_>>();
            let together = match with_one {
                GroupByWithModifier::Rollup => Some(Expr::Rollup(sets())),
                GroupByWithModifier::Cube => Some(Expr::Cube(sets())),
                GroupByWithModifier::Totals | GroupByWithModifier::GroupingSets(_) => None,
            };
            if let Some(together) = together {
                *by = vec![together];
                with.clear();
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::TypedString(TypedString { data_type, value, .. }) if is_time(data_type) => {
                with_seconds(&mut value.value);
            }
            Expr::Cast { expr, data_type, .. } if is_time(data_type) => {
                if let Expr::Value(value) = expr.as_mut() {
                    with_seconds(&mut value.value);
                }
            }
            // `(…).name` is a field by its name; `t.a[1]` begins with a column by its name, which DataFusion finds.
            Expr::CompoundFieldAccess { root, access_chain } => {
                let is_name = |access: &AccessExpr| matches!(access, AccessExpr::Dot(Expr::Identifier(_)));
                let is_named = matches!(root.as_ref(), Expr::Identifier(_));
                for access in access_chain.iter_mut().skip_while(|access| is_named && is_name(access)) {
                    if let AccessExpr::Dot(Expr::Identifier(name)) = access {
                        let name = Value::SingleQuotedString(name.value.clone());
                        *access = AccessExpr::Dot(Expr::value(name));
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(..) | DataType::TimestampNtz(_) | DataType::Datetime(_))
}

/// `2026-01-31 12:00` gets its seconds.
fn with_seconds(value: &mut Value) {
    let Value::SingleQuotedString(text) = value else { return };
    let form = "dddd-dd-dd dd:dd";
    let fits = |(form, c): (char, char)| match form {
        'd' => c.is_ascii_digit(),
        ' ' => c == ' ' || c == 'T',
        other => c == other,
    };
    let (minutes, zone) = match (text.get(..form.len()), text.get(form.len()..)) {
        (Some(minutes), Some(zone)) if form.chars().zip(minutes.chars()).all(fits) => (minutes, zone),
        _ => return,
    };
    if zone.is_empty() || zone.trim_start().starts_with(['Z', 'z', '+', '-']) {
        *text = format!("{minutes}:00{zone}");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Params, SqlLimits, admit};

    #[test]
    fn other_forms_of_the_same() {
        for (sql, known) in [
            ("FROM t", "FROM t SELECT *"),
            (
                "SELECT a FROM t OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY",
                "SELECT a FROM t LIMIT 3 OFFSET 2 ROWS",
            ),
            ("SELECT a FROM t SEMI JOIN s ON a = b", "SELECT a FROM t LEFT SEMI JOIN s ON a = b"),
            ("SELECT a FROM t FETCH NEXT ROW ONLY", "SELECT a FROM t LIMIT 1"),
            ("SELECT a, b FROM t GROUP BY a, b WITH ROLLUP", "SELECT a, b FROM t GROUP BY ROLLUP (a, b)"),
            ("SELECT TIMESTAMP '2026-01-31 12:00'", "SELECT TIMESTAMP '2026-01-31 12:00:00'"),
            ("SELECT '2026-01-31T12:00Z'::timestamp", "SELECT '2026-01-31T12:00:00Z'::TIMESTAMP"),
            ("SELECT TIMESTAMP '2026-01-31 1:00'", "SELECT TIMESTAMP '2026-01-31 1:00'"),
        ] {
            let statement = admit::statement(sql, &Params::None, &SqlLimits::default()).unwrap();
            assert_eq!(statement.to_string(), known);
        }
    }
}
