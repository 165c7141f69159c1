//! `CREATE VIEW`.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::CreateView;
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::Change;

use super::{Prepared, dataset_name, done};
use crate::context::Context;
use crate::{Error, admit, names};

/// Plans the view's question, so that one that cannot be asked is never kept, then commits its text.
pub(super) async fn prepare(context: Arc<Context>, create: CreateView) -> Result<Prepared, Error> {
    let name = dataset_name(&create.name)?.name;
    if create.materialized || create.temporary || create.to.is_some() {
        return Err(Error::new(
            Code::Unsupported,
            "views are computed when read: neither `MATERIALIZED` nor `TEMPORARY`",
        ));
    }
    if context.lasting.table(&name).is_some() {
        let said = format!("there is a table `{name}` already; a view needs a name of its own");
        return Err(Error::new(Code::AlreadyExists, said));
    }
    if context.lasting.views.contains_key(&name) {
        if create.if_not_exists {
            let snapshot = context.pin.id;
            return Ok(Prepared::Work(async move { Ok(done("CREATE VIEW", None, snapshot)) }.boxed()));
        }
        if !create.or_replace {
            let said =
                format!("there is a view `{name}` already; use `CREATE OR REPLACE VIEW` to replace it");
            return Err(Error::new(Code::AlreadyExists, said));
        }
    }
    let query = create.query.to_string();
    let sql = if create.columns.is_empty() {
        query
    } else {
        let columns: Vec<String> =
            create.columns.iter().map(|column| names::quoted(&super::folded(&column.name))).collect();
        format!("SELECT * FROM ({query}) AS {} ({})", names::quoted(&name), columns.join(", "))
    };
    let limits = &context.engine.parts.limits;
    let statement = admit::view_query(&sql, limits)?;
    admit::Expansion::new(&context.lasting, limits).check(&statement)?;
    refuse_itself(&statement, &name, &context)?;
    let plan = context.plan(statement).await?;
    admit::allowed(&plan)?;
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = plan.schema().fields().iter().find(|field| !seen.insert(field.name())) {
        let said = format!(
            "the view would have two columns `{}`; give one of them another name with `AS`",
            twice.name()
        );
        return Err(Error::new(Code::InvalidSql, said));
    }
    let change = Change::CreateView { name, sql, replace: create.or_replace };
    Ok(Prepared::Work(async move { context.commit("CREATE VIEW", None, vec![change]).await }.boxed()))
}

/// A view that is replaced may not read itself, near or far.
fn refuse_itself(
    statement: &datafusion::sql::parser::Statement,
    name: &str,
    context: &Context,
) -> Result<(), Error> {
    let mut next = vec![(statement.clone(), &context.pin)];
    let mut seen = std::collections::HashSet::new();
    while let Some((statement, own)) = next.pop() {
        let references =
            context.planner.resolve_table_references(&statement).map_err(|error| Error::planning(&error))?;
        for reference in references {
            if reference.table() == name && reference.schema().is_none_or(|schema| schema == names::MAIN) {
                return Err(Error::new(Code::InvalidSql, format!("view `{name}` would refer to itself")));
            }
            let place = if reference.schema().is_none() { own } else { &context.lasting };
            if place.table(reference.table()).is_some_and(|table| table.is_temporary()) {
                let said = format!("`{}` is temporary, and a view of it would stay", reference.table());
                return Err(Error::new(Code::InvalidSql, said));
            }
            if let Some(view) = place.views.get(reference.table())
                && seen.insert(view.name.clone())
            {
                // What stays reads what stays.
                next.push((admit::view_query(&view.sql, &context.engine.parts.limits)?, &context.lasting));
            }
        }
    }
    Ok(())
}
