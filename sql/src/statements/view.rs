//! `CREATE VIEW`, and a text that is kept as a view.

use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::CreateView;
use futures::FutureExt;
use pantile_core::Code;
use pantile_core::catalog::{Change, Dialect, NewColumn};
use pantile_core::lang;
use pantile_core::lang::typed::Source;

use super::{Prepared, dataset_name, done};
use crate::context::Context;
use crate::{Error, NewView, admit, names, programs};

/// Plans the view's question, so that one that cannot be asked is never kept, then commits its text.
pub(super) async fn prepare(context: Arc<Context>, create: CreateView) -> Result<Prepared, Error> {
    let name = dataset_name(&create.name)?.name;
    if create.materialized || create.temporary || create.to.is_some() {
        return Err(Error::new(
            Code::Unsupported,
            "views are computed when read: neither `MATERIALIZED` nor `TEMPORARY`",
        ));
    }
    needs_own_name(&context, &name)?;
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
    let columns = of_sql(&context, &name, &sql).await?;
    let change =
        Change::CreateView { name, text: sql, dialect: Dialect::Sql, columns, replace: create.or_replace };
    Ok(Prepared::Work(async move { context.commit("CREATE VIEW", None, vec![change]).await }.boxed()))
}

/// Plans the text that is to be a view, in SQL or as a program, then commits it in the place of a view of that name.
pub(crate) async fn keep(context: Arc<Context>) -> Result<Prepared, Error> {
    super::writing(&context)?;
    let Some(NewView { name, presence }) = context.ask.view.clone() else {
        return Err(Error::defect(&"a view without a name"));
    };
    if presence.is_some() && context.in_transaction() {
        let said = "a precondition goes with a commit, and this view is a part of a transaction";
        return Err(Error::new(Code::InvalidRequest, said));
    }
    // What is asked for before anything is looked at: a name that is taken may be what the precondition is about.
    if let Some(presence) = presence {
        context.lasting.require(&name, presence)?;
    }
    needs_own_name(&context, &name)?;
    let text = context.ask.sql.clone();
    let (dialect, columns) = match context.ask.program {
        None => (Dialect::Sql, of_sql(&context, &name, &text).await?),
        Some(_) => (Dialect::Expressions, of_program(&context, &name, &text).await?),
    };
    let required = presence.map(|presence| Change::Require { name: name.clone(), presence });
    let view = Change::CreateView { name, text, dialect, columns, replace: true };
    let changes = required.into_iter().chain([view]).collect();
    Ok(Prepared::Work(async move { context.commit("CREATE VIEW", None, changes).await }.boxed()))
}

/// Refuses a name that something else than a view has.
fn needs_own_name(context: &Context, name: &str) -> Result<(), Error> {
    let said = match context.lasting.kind_of(name) {
        Some("table") => format!("there is a table `{name}` already; a view needs a name of its own"),
        Some("array") => format!("there is an array `{name}` already; a view needs a name of its own"),
        _ => return Ok(()),
    };
    Err(Error::new(Code::AlreadyExists, said))
}

/// The columns of a view in SQL, once it is known that it can be asked.
async fn of_sql(context: &Context, name: &str, sql: &str) -> Result<Vec<NewColumn>, Error> {
    let limits = &context.engine.parts.limits;
    let statement = admit::view_query(sql, limits)?;
    admit::Expansion::new(&context.lasting, limits).check(&statement)?;
    refuse_itself(references(context, &statement)?, name, context)?;
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
    Ok(plan.schema().fields().iter().map(|field| NewColumn::from(field.as_ref())).collect())
}

/// The columns of a view that is a program, once it is known that it can be asked.
async fn of_program(context: &Context, name: &str, text: &str) -> Result<Vec<NewColumn>, Error> {
    admit::Expansion::new(&context.lasting, &context.engine.parts.limits).check_program(text)?;
    refuse_itself(reads(context, text, Dialect::Expressions)?, name, context)?;
    let inside = Arc::new(context.inside(text.to_owned(), context.lasting.clone(), 1));
    let schema = programs::bound(&inside).await?.schema()?;
    Ok(schema.fields().iter().map(|field| NewColumn::from(field.as_ref())).collect())
}

/// A view that is replaced may not read itself, near or far.
fn refuse_itself(read: Vec<TableReference>, name: &str, context: &Context) -> Result<(), Error> {
    let mut next = vec![(read, &context.pin)];
    let mut seen = std::collections::HashSet::new();
    while let Some((read, own)) = next.pop() {
        for reference in read {
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
                next.push((reads(context, &view.text, view.dialect)?, &context.lasting));
            }
        }
    }
    Ok(())
}

/// What a view's text reads.
fn reads(context: &Context, text: &str, dialect: Dialect) -> Result<Vec<TableReference>, Error> {
    let in_sql = |sql: &str| references(context, &admit::view_query(sql, &context.engine.parts.limits)?);
    if dialect == Dialect::Sql {
        return in_sql(text);
    }
    let program = lang::parse(text, &lang::Limits::default())?;
    let mut read = Vec::new();
    for (source, _) in lang::reads(&program)? {
        match source {
            Source::Table(name) => read.push(TableReference::parse_str(&name)),
            Source::Sql(sql) => read.extend(in_sql(&sql)?),
            Source::Sent(_) => {}
        }
    }
    Ok(read)
}

fn references(context: &Context, statement: &Statement) -> Result<Vec<TableReference>, Error> {
    context.planner.resolve_table_references(statement).map_err(|error| Error::planning(&error))
}
